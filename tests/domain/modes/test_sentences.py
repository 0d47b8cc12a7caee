"""Numbers with their nouns."""

from bridge.domain.modes.sentences import count, so_many


def test_one_is_one_and_many_are_many():
    assert (count(1, "member"), count(2, "member")) == ("1 member", "2 members")
    assert (so_many(1, "objection"), so_many(0, "objection")) == (
        "1 objection is",
        "0 objections are",
    )
