"""The whole road without servers: real store, handlers and deliverers; the world is faked.

The fakes are a homeserver, a submission server whose list hands back what it was sent, and a
clock that is moved by hand. ``quiet`` lets everything happen that can happen at this instant; no
test sleeps. What the world can do to a bridge is asked for by name: deliver everything ``times``
times, kill it at a moment (``Knife``), hold the list's mail, take the homeserver down.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from fakes_mail import FakeSmtp
from fakes_matrix import FakeHomeserver, FakeRoom
from fakes_names import FakeNames
from hand_presence import HandPresence
from playbook_cast import (
    CHAIR,
    INTAKE_ADDRESS,
    LIST_ADDRESS,
    LIST_ID,
    REQUEST,
    SILENCE,
    START,
    Mail,
    list_copy,
)
from shelves import Shelf

from bridge.apart import Apart
from bridge.app import Ground, _deliverers
from bridge.config import Config
from bridge.domain.ballots import Ballot
from bridge.domain.tally import Tally
from bridge.errors import Transient
from bridge.events import Outcome
from bridge.ids import BallotId, EventId, Instant, MessageId, RoomId, UserId
from bridge.intake import EventIntake, mail_intake
from bridge.lifecycle import BELLS as BRIDGE_BELLS
from bridge.lifecycle import ROOMS_READ_EVERY_MS, Bridge
from bridge.loops import Bell, drain_inbox, read_apart
from bridge.mail.lmtp import Arrival
from bridge.mail.parse import Post, parse_mail
from bridge.matrix.transactions import parse_transaction
from bridge.ports import Envelope
from bridge.store import ballots, inbox, mirror, rooms
from bridge.store.books import Books, read_books
from bridge.store.database import Reading, Store
from bridge.store.inbox import InboxItem
from bridge.store.instance import ensure_instance, record_alive
from bridge.store.place import Place
from bridge.store.restored import recognise
from bridge.striking import strike
from bridge.sweeping import cards_due, read_rooms, sweep_cards
from bridge.trace import trace
from bridge.unstored import Unstored
from handlers import context_of, dispatch, dispatch_read
from handlers.counting import tally_now

T = TypeVar("T")
BOUNCES = "pc-bounces@lists.example.org"
MOST_ROUNDS = 5_000
BELLS = frozenset(BRIDGE_BELLS)


class Killed(BaseException):
    """The process ended at this very place; no code may catch it by accident."""


@dataclass
class Knife:
    """Ends the process at some of its moments: wherever a real kill makes a difference."""

    falls: Callable[[int], bool] = lambda _: False
    moments: int = 0

    def __call__(self) -> None:
        self.moments += 1
        if self.falls(self.moments):
            raise Killed


def once(moment: int) -> Callable[[int], bool]:
    """Let the knife fall at one moment."""
    return lambda now: now == moment


def every(moments: int) -> Callable[[int], bool]:
    """Let the knife fall again and again."""
    return lambda now: now % moments == 0


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, value: int = START) -> None:
        self.value = value

    def __call__(self) -> Instant:
        return Instant(self.value)


class Homeserver(FakeHomeserver):
    """Can be down, and the bridge can die before each request and after it."""

    def __init__(self, clock: HandClock, knife: Knife) -> None:
        super().__init__(clock)
        self.knife = knife
        self.is_down = False
        self._goes_down = False

    def goes_down_answering(self) -> None:
        """Let the next request be its last: carried out, and not answered."""
        self.lose_answer()
        self._goes_down = True

    def _request(self) -> Any:
        if self.is_down:
            raise Transient("connection refused")
        self.is_down, self._goes_down = self._goes_down, False
        return _Cut(super()._request(), self.knife)


class _Cut:
    """A request with the knife on both sides."""

    def __init__(self, request: Any, knife: Knife) -> None:
        self._request, self._knife = request, knife

    def __enter__(self) -> None:
        self._knife()
        self._request.__enter__()

    def __exit__(self, *error: object) -> None:
        self._request.__exit__(*error)
        if error[0] is None:
            self._knife()


class Smtp(FakeSmtp):
    """Can be down, and the bridge can die before a mail is handed over and after it."""

    def __init__(self, knife: Knife) -> None:
        super().__init__()
        self._knife = knife
        self.is_down = False

    async def send(self, envelope: Envelope) -> str:
        if self.is_down:
            raise Transient("connection refused")
        self._knife()
        answer = await super().send(envelope)
        self._knife()
        return answer


@dataclass(frozen=True)
class Bookmark:
    """A moment of a story, to go on from again and again."""

    database: Any
    world: tuple[HandClock, Homeserver, Smtp, int]


class Playbook:
    """One bridge and its world.

    Attributes:
        times: how often each thing that arrives is delivered, and each handler runs.
        list_holds: the list keeps our mails for its moderator.
    """

    def __init__(
        self,
        shelf: Shelf,
        config: Config,
        *,
        times: int = 1,
        kill: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.config = config
        self.clock = HandClock()
        self.knife = Knife(kill)
        self.homeserver = Homeserver(self.clock, self.knife)
        self.smtp = Smtp(self.knife)
        self.names = FakeNames()
        self.times = times
        self.list_holds = False
        self.restarts = 0
        self._shelf = shelf
        self._place: Place | None = None
        self._unacknowledged: list[bytes] = []
        self._distributed = 0
        self._rung: set[str] = set()

    # -- the bridge's life

    async def start(self) -> None:
        """Start the bridge on what its database holds; no start takes no time."""
        self.clock.value += 1
        if self._place is None:
            self._place = self._shelf.fresh()
        self.store = Store(self._place, self.clock)
        self.store.on_commit(self._ring)
        self.context = context_of(self.config, await self.store.write(ensure_instance))
        presence = HandPresence()
        ground = Ground(self.store, presence, await self.store.write(recognise))
        self.deliverers = _deliverers(self.config, self.context, ground, self.homeserver, self.smtp)
        for one in self.deliverers:
            one.clock = self.clock
            one.port = self.names if one.destination == "names" else one.port
        self.bridge = Bridge(
            self.config,
            self.context.namespace,
            self._handle,
            self.store,
            presence,
            self.homeserver,
            self.deliverers,
            Apart(_read_here, self._handle_read),
            Unstored(self.config, self.homeserver, self.smtp, self.context.namespace.bot_id),
            clock=self.clock,
        )
        await self.bridge.begin()

    async def bookmark(self) -> Bookmark:
        """End here and return the moment; ``go_on`` begins another playbook there."""
        await self.store.close()
        world = (self.clock, self.homeserver, self.smtp, self._distributed)
        assert self._place is not None
        return Bookmark(self._shelf.keep(self._place), copy.deepcopy(world))

    async def go_on(self, mark: Bookmark) -> None:
        """Begin where another story was at its bookmark."""
        self._place = self._shelf.again(mark.database)
        world = copy.deepcopy(mark.world)
        self.clock, self.homeserver, self.smtp, self._distributed = world
        self.knife = self.homeserver.knife
        await self.start()

    async def restart(self) -> None:
        """Start again after a kill: what was in flight is forgotten, what was stored is not."""
        await self.store.close()
        self.restarts += 1
        await self.start()

    async def quiet(self) -> None:
        """Let everything happen that can happen now, starting again when the knife falls.

        As in life, commits ring the bells of the loops that have work, and every loop looks
        around by itself from time to time; it is quiet when such a look has found nothing.
        """
        self._rung = set(BELLS)
        for _ in range(MOST_ROUNDS):
            looked_around = self._rung >= BELLS
            try:
                if await self._round():
                    continue
            except Killed:
                await self.restart()
            else:
                if looked_around:
                    return
            self._rung = set(BELLS)
        raise AssertionError("it never becomes quiet")

    async def later(self, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Move the clock on, and let happen what that brings about."""
        await self.at(self.clock.value + ((days * 24 + hours) * 60 + minutes) * 60_000)

    async def at(self, instant: int, *, away: bool = False) -> None:
        """Move the clock to an instant, and let happen what that brings about."""
        assert instant >= self.clock.value
        self.clock.value = instant
        if not away:
            # The bridge lived through that time; who tells of an outage says so.
            await self.store.write(record_alive)
        await self.quiet()

    # -- what people do

    async def post(self, *mails: Mail) -> None:
        """Let the list distribute mails."""
        # Together, so that they share commits; their order is kept.
        await asyncio.gather(*(self._distribute(mail.raw) for mail in mails))
        await self.quiet()

    async def receive(self, raw: bytes, *, sender: str = BOUNCES) -> None:
        """Let a mail come to our address, from wherever."""
        await self._take(raw, sender)
        await self.quiet()

    async def says(
        self,
        who: UserId,
        body: str,
        *,
        reply_to: EventId | None = None,
        thread: EventId | None = None,
    ) -> EventId:
        """Let somebody write a message."""
        event = self.homeserver.say(self.room_id, who, body, reply_to=reply_to, thread=thread)
        await self.quiet()
        return event

    async def taps(self, who: UserId, key: str = "✅", *, on: EventId | None = None) -> EventId:
        """Let somebody react, to the newest card if nothing else is named."""
        event = self.homeserver.react(self.room_id, who, on or self.card, key)
        await self.quiet()
        return event

    async def removes(self, who: UserId, event: EventId) -> EventId:
        """Let somebody redact an event: its author takes it back, others moderate."""
        redaction = self.homeserver.remove(self.room_id, who, event)
        await self.quiet()
        return redaction

    async def asks(self, who: UserId = CHAIR, command: str = SILENCE) -> EventId:
        """Let somebody ask for a ballot on the request, which is posted first."""
        await self.post(REQUEST)
        return await self.says(who, command, reply_to=await self.event_of(REQUEST))

    async def chairs(self, command: str, who: UserId = CHAIR, **where: Any) -> EventId:
        """Let a facilitator give a ballot command, and say yes to its preview."""
        said = await self.says(who, f"!ballot {command}", **where)
        asked = [one for one in self.messages if "Shall I do that?" in _body(one)]
        if asked and _relation(asked[-1])["m.in_reply_to"]["event_id"] == said:
            await self.taps(who, "✅", on=asked[-1]["event_id"])
        return said

    async def opens(self, command: str = SILENCE) -> EventId:
        """Play a ballot's opening up to its card, which is returned."""
        await self.asks(CHAIR, command)
        await self.taps(CHAIR, "✅", on=self.preview)
        await self.listed()
        return self.card

    async def listed(self) -> None:
        """Wait for our mail on the list; each try of unknown outcome waits 15 minutes for it."""
        await self.later(hours=2)

    # -- what can be seen

    @property
    def room_id(self) -> RoomId:
        return self.homeserver.aliases["#list_pc:hs.test"]

    @property
    def room(self) -> FakeRoom:
        return self.homeserver.rooms[self.room_id]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message of the room that is no edit, in order."""
        return [one for one in self._events("m.room.message") if not _is_edit(one)]

    @property
    def said(self) -> list[str]:
        """What the bot said, in order, the card and its edits left out."""
        bot = self.homeserver.namespace.bot_id
        own = [one for one in self.messages if one["sender"] == bot]
        return [one["content"]["body"] for one in own if not _is_kind(one, "card", "status")]

    @property
    def answer(self) -> str:
        """The last thing the bot said."""
        return self.said[-1]

    @property
    def card(self) -> EventId:
        return EventId(self._marked("card")[-1]["event_id"])

    @property
    def card_text(self) -> str:
        """The card as people see it now."""
        return self._latest(self.card)

    @property
    def status(self) -> str:
        """The status line as people see it now."""
        return self._latest(self.status_line)

    @property
    def status_line(self) -> EventId:
        return EventId(self._marked("status")[-1]["event_id"])

    @property
    def has_card(self) -> bool:
        return bool(self._marked("card"))

    @property
    def pinned(self) -> list[str]:
        event = self.room.state.get(("m.room.pinned_events", ""))
        return event["content"]["pinned"] if event else []

    @property
    def preview(self) -> EventId:
        asked = [one for one in self.messages if "Shall I post" in _body(one)]
        return EventId(asked[-1]["event_id"])

    @property
    def mails(self) -> list[str]:
        """Our mails to the list, decoded as far as a test reads them."""
        return [one.raw.decode() for one in self.smtp.delivered]

    async def event_of(self, mail: Mail) -> EventId:
        """Return the event that a post stands as."""
        post = await self.read(lambda c: mirror.post_by_id(c, LIST_ID, mail.message_id))
        assert post is not None
        assert post.event_id is not None
        return post.event_id

    async def ballot(self, number: int = 1) -> Ballot:
        """Return a ballot as it is now."""
        row = await self.read(lambda conn: ballots.ballot_by_id(conn, BallotId(number)))
        assert row is not None
        return row.ballot

    async def acts(self) -> list[tuple[str, str, str, str | None, tuple[str, ...]]]:
        """Return the first ballot's ledger: person, position, verdict, reason, flags."""
        rows = await self.read(lambda conn: ballots.acts_of(conn, BallotId(1)))
        return [(a.person_ref, a.position, str(a.verdict), a.reason, a.flags) for a in rows]

    async def tally(self) -> Tally:
        """Count the first ballot now, or as it was closed."""
        ballot = await self.ballot()
        at = ballot.closed_at or self.clock()
        return await self.store.write(lambda tx: tally_now(tx, ballot, at))

    async def outcomes(self) -> list[tuple[str, str]]:
        """Return what became of each mail that came in: state and reason."""
        return [(one.state, one.reason or "") for one in await self.mails_in()]

    async def mails_in(self) -> list[InboxItem]:
        """Return every mail of the inbox, in order."""
        return await self.read(_mails)

    async def books(self) -> Books:
        return await self.read(read_books)

    async def trace(self, message_id: MessageId) -> list[str]:
        return await self.read(lambda conn: trace(conn, message_id))

    async def read(self, look: Callable[[Reading], T]) -> T:
        return await self.store.read(look)

    # -- inside

    def _ring(self, bells: frozenset[str]) -> None:
        self._rung |= bells

    async def _round(self) -> bool:
        worked = False
        for bell, step in (
            (None, self._push),
            (None, self._echo),
            ("tick", self._tick),
            ("inbox", self._drain),
            ("apart", self._read_apart),
            ("matrix", partial(self._carry, "matrix")),
            ("mail", partial(self._carry, "mail")),
            ("names", partial(self._carry, "names")),
            # Between a sweep's note and its handling, what it looks at anew seems to wait for long.
            ("watch", self._watch),
            ("sweep", self._sweep),
        ):
            if bell is None or bell in self._rung:
                self._rung.discard(bell or "")
                self.knife()
                worked |= await step()
        return worked

    async def _push(self) -> bool:
        """Push as the homeserver does: a transaction comes again until it is acknowledged."""
        if self.homeserver.is_down:
            return False
        body = self.homeserver.take_transaction()
        self._unacknowledged += [body] if parse_transaction(body) else []
        for waiting in tuple(self._unacknowledged):
            for _ in range(self.times):
                await EventIntake(self.store)(parse_transaction(waiting))
            self.knife()
            self._unacknowledged.remove(waiting)
        return bool(parse_transaction(body))

    async def _echo(self) -> bool:
        """Distribute as the list does: a mail comes again until it is acknowledged."""
        sent = () if self.list_holds else self.smtp.delivered[self._distributed :]
        for envelope in sent:
            await self._distribute(envelope.raw)
            self.knife()
            self._distributed += 1
        return bool(sent)

    async def _distribute(self, raw: bytes) -> None:
        for number in range(1, self.times + 1):
            await self._take(list_copy(raw, number), BOUNCES)

    async def _take(self, raw: bytes, sender: str) -> None:
        arrival = Arrival(
            recipient=INTAKE_ADDRESS, envelope_sender=sender, client="10.0.0.1", raw=raw
        )
        await mail_intake(self.store, self.config).accept(arrival)

    async def _drain(self) -> bool:
        now = self.clock()
        passing_over = self.bridge.apart.lanes
        if not await self.store.write(
            lambda tx: inbox.claim(tx.conn, now, 1, passing_over=passing_over)
        ):
            return False
        return await drain_inbox(self.store, self._handle, apart=self.bridge.apart)

    async def _read_apart(self) -> bool:
        return await read_apart(self.store, self.bridge.apart)

    def _handle(self, item: InboxItem, tx: Any) -> Outcome:
        outcomes = [dispatch(item, tx, self.context) for _ in range(self.times)]
        return outcomes[0]

    def _handle_read(self, item: InboxItem, tx: Any, post: Post) -> Outcome:
        outcomes = [dispatch_read(item, tx, post, self.context) for _ in range(self.times)]
        return outcomes[0]

    async def _deliver(self) -> bool:
        carried = [await self._carry(one) for one in ("matrix", "mail", "names")]
        return any(carried)

    async def _carry(self, destination: str) -> bool:
        one = next(one for one in self.deliverers if one.destination == destination)
        free = one.breaker.allows(self.clock(), one.lanes)
        taken = await one._take(free) if free else []
        for ready in taken:
            await one._deliver(ready, Bell())
        return bool(taken)

    async def _tick(self) -> bool:
        return await self.bridge._tick()

    async def _watch(self) -> bool:
        before = set(self._rung)
        await self.bridge._watch()
        return bool(self._rung - before)

    async def _sweep(self) -> bool:
        now, every = self.clock(), self.config.ballots.sweep_every * 1000
        matrix = self.deliverers[0]
        if not matrix.breaker.allows(now, 1):
            return False
        private = {one.id: one.visibility == "private" for one in self.config.lists}
        stale = any(
            now >= room.checked_at + ROOMS_READ_EVERY_MS
            for room in await self.read(rooms.every_room)
        )
        due = await self.read(lambda conn: cards_due(conn, now, every))
        try:
            with matrix.asking():
                await read_rooms(self.store, self.homeserver, private, now, ROOMS_READ_EVERY_MS)
                swept = await sweep_cards(self.store, self.homeserver, due, self.clock, {})
                struck = await strike(self.store, self.homeserver, self.clock, {})
        except Transient:
            return False
        return stale or struck or bool(swept)

    def _events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.room.timeline if one["type"] == kind]

    def _marked(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.messages if _is_kind(one, kind)]

    def _latest(self, event_id: EventId) -> str:
        """Return a message's text after all its edits."""
        texts = [
            one["content"].get("m.new_content", one["content"])["body"]
            for one in self._events("m.room.message")
            if one["event_id"] == event_id or _relation(one).get("event_id") == event_id
            if one["event_id"] == event_id or _is_edit(one)
        ]
        return str(texts[-1])


async def _read_here(item: InboxItem) -> Post:
    """Read a big mail without a process of its own."""
    return parse_mail(item.raw, list_id=LIST_ID, posting_address=LIST_ADDRESS)


async def end_of(book: Playbook) -> Mapping[str, object]:
    """Return all that must be the same, whatever happened on the way."""
    ballot = await book.ballot()
    return {
        "ballot": (ballot.state, ballot.outcome, ballot.deadline, ballot.closed_at),
        "acts": sorted(await book.acts(), key=repr),
        "mails": [_without_log_head(one) for one in book.mails],
        "room": sorted(_described(book.room.timeline), key=repr),
        "pinned": len(book.pinned),
        "books": (await book.books()).balanced,
    }


def _described(timeline: Sequence[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    """Describe events without their ids, which depend on the order of other lanes."""
    texts = {one["event_id"]: one["content"].get("body") for one in timeline}
    return [
        (
            one["sender"],
            one["type"],
            _without_addresses(one["content"].get("body")),
            _relation(one).get("rel_type"),
            _relation(one).get("key"),
            _without_addresses(texts.get(_relation(one).get("event_id"))),
        )
        for one in timeline
        # The status line is edited as often as there was something to say.
        if not (_is_kind(one, "status") and _is_edit(one))
    ]


def _body(event: Mapping[str, Any]) -> str:
    return str(event["content"].get("body", ""))


def _without_addresses(body: str | None) -> str | None:
    # Nor are receipts the same in two runs: they are hashes over salts.
    return re.sub(r"\$event\d+|%24event\d+|[Rr]eceipt [0-9a-f]{8}", "$", body) if body else body


def _without_log_head(mail: str) -> str:
    """Salts are drawn anew in each run, so the head of the log is never the same."""
    return re.sub(r"(head of the log\r\n  )[0-9a-f]{64}", r"\1…", mail)


def _relation(event: Mapping[str, Any]) -> Mapping[str, Any]:
    relation: Mapping[str, Any] = event["content"].get("m.relates_to", {})
    return relation


def _is_edit(event: Mapping[str, Any]) -> bool:
    return _relation(event).get("rel_type") == "m.replace"


def _is_kind(event: Mapping[str, Any], *kinds: str) -> bool:
    content = event["content"].get("m.new_content", event["content"])
    return content.get("org.seconded.ballot", {}).get("kind") in kinds


def _mails(conn: Reading) -> list[InboxItem]:
    last = conn.exec_driver_sql("SELECT max(id) FROM inbox").scalar() or 0
    found = (inbox.by_id(conn, number) for number in range(1, last + 1))
    return [one for one in found if one is not None and one.kind == "mail"]
