"""Big mails wait in memory, one of each lane, and lanes take turns."""

from __future__ import annotations

from bridge.apart import Apart
from bridge.ids import Instant
from bridge.store.inbox import InboxItem


def item(number: int, lane: str) -> InboxItem:
    return InboxItem(number, lane, "mail", f"k{number}", b"", {}, Instant(0), 0, "new", None, True)


def waiting(*items: InboxItem) -> Apart:
    async def read(item):
        raise AssertionError

    apart = Apart(read, lambda item, tx, post: None)
    apart.wait_for(items)
    return apart


def test_nothing_waits_at_first():
    assert waiting().next() is None
    assert not waiting().lanes


def test_the_first_comes_first_and_holds_up_its_own_lane_until_it_is_done():
    apart = waiting(item(7, "a"), item(9, "b"))
    assert (apart.next(), set(apart.lanes)) == (7, {"a", "b"})
    apart.go_on(7)
    assert (apart.next(), set(apart.lanes)) == (9, {"b"})


def test_a_lane_with_many_comes_after_the_others_again():
    apart = waiting(item(1, "a"), item(9, "b"))
    apart.go_on(1)
    apart.wait_for([item(2, "a")])
    assert apart.next() == 9


def test_being_told_twice_changes_nothing():
    apart = waiting(item(1, "a"), item(1, "a"))
    apart.go_on(1)
    assert apart.next() is None
