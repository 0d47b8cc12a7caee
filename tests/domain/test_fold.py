"""The fold keeps its books consistent whatever one person does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import draft, ledger, react, unreact, write

from bridge.domain.acts import CONTEST, REMOVED, Door
from bridge.domain.fold import Fold, Lifted
from bridge.domain.positions import Position

TAPPED = ["endorse", "reserve", "no_objection", "abstain", "hold", "object"]

taps = st.tuples(st.just(Door.REACTION), st.sampled_from(TAPPED), st.just(0))
written = st.tuples(st.just(Door.CHAT), st.sampled_from([*Position, "contest"]), st.just(0))
removals = st.tuples(st.just(Door.REACTION), st.just(REMOVED), st.integers(0, 20))


def raised(what):
    return (
        {"what": "object", "flags": (CONTEST,)}
        if what == "contest"
        else {"what": what, "flags": ()}
    )


@given(st.lists(st.one_of(taps, written, removals), max_size=20))
def test_what_counts_shows_or_was_written_and_an_open_objection_counts(steps):
    fold = Fold()
    for act in ledger(
        *(
            draft("ada", door, at=at, source=f"${at}", target=f"${target}", **raised(what))
            for at, (door, what, target) in enumerate(steps, start=1)
        )
    ):
        fold.take(act)
        if fold.current is not None and fold.current.door is Door.REACTION:
            assert fold.current.source_id in fold.showing
        assert (fold.objection is not None) == (
            fold.current is not None and fold.current.position == Position.OBJECT
        )
        open_now = [one.is_contest for one in fold.objections if one.is_open]
        assert sorted(open_now) == sorted(fold.opens)


def ada(*drafts):
    """Return ada's open objections, the one to the text first, and how the others ended."""
    fold = Fold()
    for act in ledger(*drafts):
        fold.take(act)
    assert (fold.current is not None and fold.current.position == "object") is bool(fold.opens)
    return sorted(fold.opens), [one.how for one in fold.objections if not one.is_open]


NO = write("ada", "object", at=1, with_text=True)
HAND = react("ada", "✋", at=1)
CONTESTS = write("ada", "object", at=2, flags=(CONTEST,))


@pytest.mark.parametrize(
    ("acts", "opens", "ended"),
    [
        ([NO, CONTESTS], [False, True], []),
        ([CONTESTS, HAND], [False, True], []),
        ([CONTESTS, write("ada", "object", at=3)], [False, True], []),
        ([NO, CONTESTS, write("ada", "object", at=3)], [False, True], []),
        ([NO, CONTESTS, react("ada", "👍", at=3)], [False, True], []),
        ([HAND, CONTESTS, unreact("ada", 1, at=3)], [True], [Lifted.REMOVED]),
        ([NO, CONTESTS, write("ada", "withdraw", at=3)], [False], [Lifted.WITHDRAWN]),
        ([HAND, CONTESTS, write("ada", "withdraw", at=3)], [False], [Lifted.WITHDRAWN]),
        ([CONTESTS, write("ada", "object", at=3), write("ada", "withdraw", at=4)], [True],
         [Lifted.WITHDRAWN]),
        ([NO, CONTESTS, write("ada", "withdraw", at=3), write("ada", "withdraw", at=4)], [],
         [Lifted.WITHDRAWN] * 2),
        ([NO, CONTESTS, write("ada", "endorse", at=3)], [], [Lifted.REPLACED] * 2),
    ],
)  # fmt: skip
def test_an_objection_to_the_text_and_a_contest_of_its_label_stand_side_by_side(acts, opens, ended):
    assert ada(*acts) == (opens, ended)
