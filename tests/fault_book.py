"""A playbook whose bridge can fail at any failpoint, and people who do then what people do.

``exit``: the process ends there and a new one opens the same database. ``exception``: a bug is
raised there; whoever is meant to sees to it: the sender offers the mail again, a loop ends the
process, an item is set aside and an operator puts it back. ``hang``: execution stands still there
for 70 seconds; a sender gives up waiting and offers again, a loop's operator stops the bridge and
starts it, and what hung goes on to its end behind their backs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

from fakes_matrix import FakeRoom
from playbook import Killed, Playbook
from playbook_cast import CHAIR, CLOSES_AT, LIST_ID, OSKAR, PRIYA, SAMI, Mail
from signing import NAME, rsa_pair, signed

from bridge.asking import ask
from bridge.failpoints import POINTS, Fault, Injected
from bridge.ids import RoomId
from bridge.letters import ECHO_WAIT_MS
from bridge.store import inbox, outbox
from bridge.store.database import Store, Tx

T = TypeVar("T")
HANG_MS = 70_000
MINUTE = 60_000
OPERATORS = RoomId("!operators:hs.test")
ALERTED = {("operators", "room"): OPERATORS, ("operators", "mail"): "operators@example.org"}
ASKING = {("evidence", "dkim"): True}
ELSEWHERE = ("migrate.", "backup.")
IN_THE_STORY = tuple(name for name in POINTS if not name.startswith(ELSEWHERE))
REPLY = Mail("Reply.1", "Gladly.\n", author="oskar", answers=("Request.1",))
LATE = Mail(
    "Late.1",
    "I was away.\n",
    author="sami",
    answers=("Request.1",),
    files=(("minutes.txt", "text/plain", b"Nobody objected.\n"),),
)
SIGNED = Mail("Signed.1", "I sign what I write.\n", author="priya", answers=("Request.1",))
"""Its list leaves mails as they are."""
BIG = Mail(
    "Big.1",
    "--b\n\nSee the file.\n--b\nContent-Type: application/pdf; name=plan.pdf\n"
    "Content-Transfer-Encoding: base64\n\n" + ("QUJD" * 18 + "\n") * 4_000 + "--b--\n",
    headers=("Content-Type: multipart/mixed; boundary=b",),
)
"""More than is read inside a transaction."""


class FaultyPlaybook(Playbook):
    """A bridge that may fail, with a sender, an operator and a clock that live with it."""

    def __init__(self, *given: Any, **how: Any) -> None:
        super().__init__(*given, **how)
        self.put_back = 0
        self._hung = asyncio.Event()
        self._release = threading.Event()
        self._gave_up = False
        self._loop = asyncio.get_running_loop()

    @property
    def faults(self) -> Mapping[str, Fault]:
        """What can happen to the bridge, by name."""
        return {"exit": _exit, "exception": _raise, "hang": self._hang}

    # -- the bridge's life

    async def start(self) -> None:
        """Start it; a process that ends while it starts is started again."""
        try:
            await self._watched(super().start())
        except (Killed, Injected):
            await self.restart()
        self.homeserver.rooms.setdefault(OPERATORS, operators_room(self))

    async def _round(self) -> bool:
        # Watched as well: what hangs may be another process's transaction, which holds the lock.
        if await self._watched(self.store.write(_put_back)):
            self.put_back += 1
            return True
        try:
            return await self._watched(super()._round())
        except Injected as bug:
            raise Killed from bug

    async def _push(self) -> bool:
        try:
            return await super()._push()
        except Injected:
            return True

    async def _take(self, raw: bytes, sender: str) -> None:
        """Offer a mail as a mail server does: until it is acknowledged."""
        while True:
            self._gave_up = False
            try:
                return await self._watched(super()._take(raw, sender))
            except Injected:
                continue
            except Killed:
                # A sender that gave up waiting has not ended the process.
                if not self._gave_up:
                    await self.restart()

    async def asks_at_a_terminal(self) -> str:
        """Ask for a ballot's status from the command line, again when the command dies."""
        while True:
            assert self._place is not None
            terminal = Store(self._place, self.clock)
            asked = asyncio.ensure_future(ask(terminal, LIST_ID, "status", {}))
            hanging = asyncio.ensure_future(self._hung.wait())
            while not asked.done() and not hanging.done():
                await self.quiet()
                await asyncio.sleep(0)
            if hanging.done():
                self._let_go(asked)
            hanging.cancel()
            await asyncio.wait({asked})
            await terminal.close()
            if not asked.cancelled() and asked.exception() is None:
                answer = asked.result()
                # A command that finds no bridge, because it was starting, says: ask again.
                if answer is not None and answer[0]:
                    return answer[1]

    # -- how it hangs

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work; give it up as killed when it hangs, and let it go on unseen."""
        task = asyncio.ensure_future(work)
        hanging = asyncio.ensure_future(self._hung.wait())
        await asyncio.wait({task, hanging}, return_when=asyncio.FIRST_COMPLETED)
        hanging.cancel()
        if not self._hung.is_set():
            return await task
        self._let_go(task)
        await asyncio.wait({task})
        raise Killed

    def _let_go(self, waiting: asyncio.Future[Any]) -> None:
        """End the wait of whoever waits, then let what hangs go on."""
        self.clock.value += HANG_MS
        waiting.cancel()
        self._hung.clear()
        self._release.set()
        self._gave_up = True

    def _hang(self) -> None:
        if threading.current_thread() is threading.main_thread():
            # The whole process stands still.
            self.clock.value += HANG_MS
            return
        # Its own, so that it cannot be released before it waits.
        release = self._release = threading.Event()
        self._loop.call_soon_threadsafe(self._hung.set)
        assert release.wait(60), "nobody waits for what hangs"


def _exit() -> None:
    raise Killed


def _raise() -> None:
    raise Injected("a failpoint was armed here")


def _put_back(tx: Tx) -> int:
    """Do what RUNBOOK says about what was set aside; return how many items there were."""
    unshunt = partial(outbox.unshunt, echo_wait_ms=ECHO_WAIT_MS)
    arrived = [inbox.unshunt(tx, one.id) for one in inbox.shunted(tx.conn)]
    leaving = [unshunt(tx, one.id) for one in outbox.shunted(tx.conn)]
    return len(arrived) + len(leaving)


def operators_room(book: Playbook) -> FakeRoom:
    bot = book.homeserver.namespace.bot_id
    joined = {"event_id": "$operators", "content": {"membership": "join"}}
    return FakeRoom(state={("m.room.member", bot): joined})


async def the_story(book: FaultyPlaybook) -> None:
    """Play through every failpoint: posts, an outage, a ballot, alerts, a command line."""
    await book.opens()
    assert "b/1" in await book.asks_at_a_terminal()
    tapped = await book.taps(OSKAR, "✅")
    await book.removes(OSKAR, tapped)
    await book.taps(PRIYA, "🆗")
    book.names.records = {NAME: (rsa_pair().record,)}
    await book.receive(f"List-Id: <{LIST_ID}>\r\n".encode() + signed(SIGNED.raw))
    book.homeserver.goes_down_answering()
    await book.post(REPLY)
    await book.post(LATE)
    await book.post(BIG)
    await book.later(hours=21)
    book.homeserver.is_down = False
    await book.taps(SAMI, "✅")
    await book.at(CLOSES_AT + 20 * MINUTE)
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()


def posts_of(book: Playbook) -> dict[str, int]:
    """Return how often each part of each post stands in the room."""
    found: dict[str, int] = {}
    for event in book.room.timeline:
        for source in event["content"].get("org.seconded.source", []):
            part = f"{source['message_id']} {source['part']} {event['content']['msgtype']}"
            found[part] = found.get(part, 0) + 1
    return found
