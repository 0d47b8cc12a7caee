"""The fold keeps its books consistent whatever one person does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ledgers import draft, ledger

from bridge.domain.acts import REMOVED, Door
from bridge.domain.fold import Fold
from bridge.domain.positions import Position

TAPPED = ["endorse", "reserve", "no_objection", "abstain", "hold", "object"]

taps = st.tuples(st.just(Door.REACTION), st.sampled_from(TAPPED), st.just(0))
written = st.tuples(st.just(Door.CHAT), st.sampled_from([*Position]), st.just(0))
removals = st.tuples(st.just(Door.REACTION), st.just(REMOVED), st.integers(0, 20))


@given(st.lists(st.one_of(taps, written, removals), max_size=20))
def test_what_counts_shows_or_was_written_and_an_open_objection_counts(steps):
    fold = Fold()
    for act in ledger(
        *(
            draft("ada", door, what, at=at, source=f"${at}", target=f"${target}")
            for at, (door, what, target) in enumerate(steps, start=1)
        )
    ):
        fold.take(act)
        if fold.current is not None and fold.current.door is Door.REACTION:
            assert fold.current.source_id in fold.showing
        assert (fold.objection is not None) == (
            fold.current is not None and fold.current.position == Position.OBJECT
        )
        assert all(not objection.is_open for objection in fold.objections[:-1])
