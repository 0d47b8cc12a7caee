"""What a wish must hold before anything is done about it."""

import pytest
from playbook_cast import CLOSES_AT, SILENCE

from bridge.errors import UserError
from handlers.wishes import LONGEST, Wish, find_ballot


def wish(desk, **given):
    return Wish(
        tx=desk.tx,
        context=desk.context,
        listed=desk.listed,
        key="$wish",
        arguments=given.pop("arguments", {}),
        **given,
    )


def test_a_reason_is_asked_for_with_the_right_form(desk):
    assert wish(desk, arguments={"reason": " two  words "}).reason("!x") == "two words"
    with pytest.raises(UserError, match='Write !x reason="…"'):
        wish(desk, arguments={"reason": "  "}).reason("!x")


def test_who_asks_must_be_known(desk):
    assert wish(desk, chair="nadia").is_chair() == "nadia"
    with pytest.raises(UserError, match="--as"):
        wish(desk).is_chair()


@pytest.mark.parametrize(
    ("who", "called"),
    [
        ("nadia", "the chair"),
        ("oskar", "Oskar Example, a facilitator of the list"),
        ("gone", "gone, a facilitator of the list"),
    ],
)
def test_another_facilitator_is_not_called_the_chair(desk, who, called):
    ballot = desk.opened(SILENCE).ballot
    assert wish(desk, chair=who).asked_by(ballot) == called


def test_the_only_ballot_that_goes_on_is_meant(desk):
    desk.opened(SILENCE)
    assert wish(desk).row() == find_ballot(desk.tx, desk.listed, {})


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
def test_a_reason_is_as_long_as_a_list_takes_it_and_the_limit_is_said(desk, more, is_taken):
    desk.opened(SILENCE)
    reason = "ж" * (LONGEST["reason"] + more)
    said = desk.chair(f'extend b/1 until="2025-11-04 08:00 UTC" reason="{reason}"', "$ask")
    assert ("reason= has 1,001 characters and may have 1,000." in said) is not is_taken
    assert (desk.row().ballot.deadline.instant > CLOSES_AT) is is_taken
    assert all(len(desk.letter(key)["raw"]) < 30_000 for key in desk.letters("mail:"))


def test_a_title_of_a_page_opens_nothing(desk):
    with pytest.raises(UserError, match="title= has 201 characters and may have 200"):
        desk.drafted(f'{SILENCE} title="{"x" * 201}"')
    with pytest.raises(UserError, match="reason= has 24,000 characters"):
        desk.drafted(f'{SILENCE} reason="{"x" * 24_000}"')
