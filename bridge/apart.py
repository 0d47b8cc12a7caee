"""Mails too big to be read inside a transaction, and the lanes that wait for them.

Kept in memory alone: an item stays ``new`` until it is handled, so a bridge that is killed
meanwhile finds it again. Of several bridges on one database each may read the same mail; the
first to lease it handles it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field

from bridge.events import Outcome
from bridge.mail.parse import Post
from bridge.store.database import Tx
from bridge.store.inbox import InboxItem

Read = Callable[[InboxItem], Awaitable[Post]]
HandleRead = Callable[[InboxItem, Tx, Post], Outcome]


@dataclass(slots=True)
class Apart:
    """The next big mail of each lane, in the order in which they came up.

    One at a time is read, and then another lane's turn comes: many big mails on one list do not
    hold up the single one of another.

    Attributes:
        read: reads one, outside of any transaction; ``Permanent`` when that cannot be done.
        handle: what is done about one that was read, inside a transaction.
    """

    read: Read
    handle: HandleRead
    _waiting: dict[str, int] = field(default_factory=dict)

    @property
    def lanes(self) -> Collection[str]:
        """The lanes in which nothing may be handled now."""
        return tuple(self._waiting)

    def wait_for(self, items: Iterable[InboxItem]) -> None:
        """Have these read; each stands at the head of its lane."""
        for item in items:
            self._waiting.setdefault(item.lane, item.id)

    def next(self) -> int | None:
        """Return the id of the item to read next; None when there is none."""
        return next(iter(self._waiting.values()), None)

    def go_on(self, item_id: int) -> None:
        """Let an item's lane go on: the item was handled, by us or by another bridge."""
        self._waiting = {lane: one for lane, one in self._waiting.items() if one != item_id}
