"""The books of a ballot."""

from __future__ import annotations

from ledgers import DEADLINE, ledger, react, unreact, write

from bridge.domain.acts import REMOVED_BY_MODERATOR
from bridge.domain.came_in import came_in
from bridge.domain.rules import Rule
from bridge.domain.standing import fates


def test_each_row_is_booked_once_and_rejections_by_reason():
    acts = ledger(
        react("ada", "✅", at=1),
        write("ben", "recuse", at=1),
        react("cem", "🎉", at=1),
        react("zoe", "✅", at=1, on_roll=False),
        unreact("ada", 1, at=2, flags=(REMOVED_BY_MODERATOR,)),
    )
    books = came_in(acts, fates(acts, Rule(mode="silence"), DEADLINE))
    assert (books.positions, books.recusals, books.rows) == (1, 1, 5)
    assert books.rejected == {
        "not_an_option": 1,
        "not_on_the_roll": 1,
        "removed_by_moderator": 1,
    }
