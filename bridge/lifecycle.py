"""A running bridge: what starts, what runs side by side, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog

from bridge.apart import Apart
from bridge.clock import now
from bridge.config import Config, ListConfig
from bridge.delivering import Deliverer
from bridge.delivery.matrix import NOT_READ_YET
from bridge.errors import SecondedError, Transient
from bridge.failpoints import reach
from bridge.ids import BallotId, Instant, digest
from bridge.intake import EventIntake, mail_intake
from bridge.letters import room_letter
from bridge.lookout import look_outside
from bridge.loops import Bell, Handle, drain_inbox, read_apart, repeat
from bridge.mail.lmtp import Listener, Terms
from bridge.matrix.ghosts import Namespace
from bridge.matrix.server import appservice_app
from bridge.paging import Pages
from bridge.ports import Clock, Homeserver
from bridge.retry import Breaker, delay_ms
from bridge.store import outbox
from bridge.store.ballots import sweep_again
from bridge.store.database import Store, Tx
from bridge.store.presence import Presence, living_workers
from bridge.store.readings import read_readings
from bridge.store.rooms import every_room, record_room, room_of
from bridge.store.writable import try_to_write
from bridge.striking import strike
from bridge.sweeping import cards_due, read_rooms, sweep_cards
from bridge.ticking import take_over, tick
from bridge.unstored import Unstored
from bridge.watching import watch
from bridge.web.health import health_app
from bridge.web.metrics import BreakerState, Metrics, metrics_app
from bridge.web.pages_serving import page_routes
from bridge.web.serving import serving

log = structlog.get_logger()
ROOMS_READ_EVERY_MS = 5 * 60 * 1000
STOP_WITHIN_SECONDS = 8.0
IDLE_SECONDS = 1.0
WATCH_SECONDS = 60.0
PAGES_SECONDS = 20.0
BELLS = (
    *("inbox", "apart", "matrix", "mail", "names"),
    *("presence", "sweep", "tick", "watch", "pages"),
)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything a running bridge consists of; ``run`` brings it to life."""

    config: Config
    namespace: Namespace
    handle: Handle
    store: Store
    presence: Presence
    homeserver: Homeserver
    deliverers: tuple[Deliverer[Any], ...]
    apart: Apart
    unstored: Unstored
    bells: Mapping[str, Bell] = field(default_factory=lambda: {name: Bell() for name in BELLS})
    pauses: dict[BallotId, Instant] = field(default_factory=dict)
    asked: dict[BallotId, Instant] = field(default_factory=dict)
    pages: Pages | None = None
    clock: Clock = now

    async def run(self, stop: asyncio.Event) -> None:
        """Run until told to stop; then let what is in flight end within 8 seconds.

        Raises:
            ConfigError: an address cannot be listened on.
        """
        self.store.on_commit(self._wake)
        await self.begin()
        async with self._listening():
            log.info("bridge_started", lists=len(self.config.lists))
            try:
                async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                    group.create_task(self._stop(stop, limit))
                    for loop in self._loops(stop):
                        group.create_task(loop)
            except TimeoutError:
                # Their rows stay ``sending`` and are looked at again at the next start.
                log.warning("stopped_in_flight", within_seconds=STOP_WITHIN_SECONDS)
        log.info("bridge_stopped")

    def _loops(self, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        steps = (
            ("inbox", self._drain),
            ("presence", self._renew),
            ("tick", self._tick),
            ("sweep", self._sweep),
        )
        repeated = [
            repeat(name, step, stop=stop, bell=self.bells[name], idle=IDLE_SECONDS)
            for name, step in steps
        ]
        repeated.append(
            repeat("watch", self._watch, stop=stop, bell=self.bells["watch"], idle=WATCH_SECONDS)
        )
        if self.pages is not None:
            repeated.append(
                repeat("pages", self._page, stop=stop, bell=self.bells["pages"], idle=PAGES_SECONDS)
            )
        delivering = [one.run(stop, self.bells[one.destination]) for one in self.deliverers]
        return [self._greet(stop), self._read(stop), *repeated, *delivering]

    def _wake(self, names: frozenset[str]) -> None:
        for name in names:
            self.bells[name].ring()

    async def begin(self) -> None:
        """Write down that we start: what was in flight when we ended is of unknown outcome."""
        await self.store.write(self._begin)
        reach("start.committed")

    def _begin(self, tx: Tx) -> None:
        # What we ourselves are sending under our number is not ours: we have not begun.
        take_over(tx, living_workers(tx.conn) - {self.presence.worker})
        for listed in self.config.lists:
            outbox.add(tx, room_letter(listed.id))
            _read_again(tx, listed)
        sweep_again(tx)
        reach("start.noted")

    async def _stop(self, stop: asyncio.Event, limit: asyncio.Timeout) -> None:
        await stop.wait()
        log.info("bridge_stopping")
        limit.reschedule(asyncio.get_running_loop().time() + STOP_WITHIN_SECONDS)
        for bell in self.bells.values():
            bell.ring()

    async def _greet(self, stop: asyncio.Event) -> None:
        """Reach the homeserver and have it reach us, which wakes its retries; wait for it."""
        bell = Bell()
        failures = 0
        while True:
            if self._matrix.breaker.allows(self.clock(), 1):
                failures += 1
                if await self._is_greeted(failures):
                    return
            await bell.wait(delay_ms(failures, 1.0) / 1000)
            if stop.is_set():
                return

    async def _is_greeted(self, tries: int) -> bool:
        try:
            with self._matrix.asking():
                user = await self.homeserver.whoami()
                await self.homeserver.ping(digest("ping", now()))
        except SecondedError as error:
            log.warning("homeserver_not_reached", reason=str(error), tries=tries)
            return False
        log.info("homeserver_reached", user=user)
        self._reached()
        return True

    async def _drain(self) -> bool:
        look = self._matrix.look
        return await drain_inbox(self.store, self.handle, look=look, apart=self.apart)

    async def _read(self, stop: asyncio.Event) -> None:
        """Read big mails until the stop; what is being read then is read at the next start."""
        step = partial(read_apart, self.store, self.apart)
        bell = self.bells["apart"]
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(
                repeat("apart", step, stop=stop, bell=bell, idle=IDLE_SECONDS)
            )
            await stop.wait()
            reading.cancel()

    async def _renew(self) -> bool:
        await self.presence.renew()
        return False

    async def _tick(self) -> bool:
        if self.presence.has_clock:
            await self.store.write(lambda tx: tick(tx, self.config.lists))
            reach("tick.committed")
        return False

    async def _watch(self) -> bool:
        """Look around once a minute; a bridge without the clock tries whether it can store."""
        has_clock = self.presence.has_clock
        outside = await look_outside(self.deliverers, self.homeserver) if has_clock else None

        def look(tx: Tx) -> None:
            try_to_write(tx)
            if has_clock:
                watch(tx, self.config, outside)

        try:
            await self.store.write(look)
        except Transient as error:
            # Not tried again sooner, nor later, than in a minute.
            log.warning("step_postponed", step="watch", reason=str(error))
            await self.unstored.failed(self.clock(), str(error))
            return False
        self.unstored.succeeded()
        reach("watch.committed")
        return False

    async def _page(self) -> bool:
        if self.pages is not None and self.presence.has_clock:
            await self.pages.look(self.store, self.clock)
        return False

    async def _sweep(self) -> bool:
        """Read what is due, unless the homeserver is taken for down: its breaker counts us, too."""
        matrix, at = self._matrix, self.clock()
        if not (self.presence.has_clock and matrix.breaker.allows(at, 1)):
            return False
        every = self.config.ballots.sweep_every * 1000
        private = {one.id: one.visibility == "private" for one in self.config.lists}
        with matrix.asking():
            read = await read_rooms(self.store, self.homeserver, private, at, ROOMS_READ_EVERY_MS)
            due = await self.store.read(lambda conn: cards_due(conn, at, every))
            read += await sweep_cards(self.store, self.homeserver, due, self.clock, self.pauses)
            read += await strike(self.store, self.homeserver, self.clock, self.asked)
        if read:
            self._reached()
        return False

    @property
    def _matrix(self) -> Deliverer[Any]:
        return next(one for one in self.deliverers if one.destination == "matrix")

    def _reached(self) -> None:
        """Take the homeserver for up: what waits for it need not wait for the next probe."""
        if self._matrix.breaker.is_open:
            self._matrix.breaker = self._matrix.breaker.succeeded()
            self.bells["matrix"].ring()

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """Listen on the four addresses; stop taking mail first, so that nothing is half taken."""
        config = self.config
        listener = Listener(
            mail_intake(self.store, config, self._drain),
            Terms(
                host=config.mail.listen.host,
                port=config.mail.listen.port,
                protocol=config.mail.protocol,
                hostname=config.instance.mail_domain,
                max_size=config.mail.max_size,
            ),
        )
        matrix = appservice_app(
            hs_token=config.matrix.hs_token.reveal(),
            namespace=self.namespace,
            store=EventIntake(self.store, self._drain),
        )
        pages = health_app(self._why_not_ready)
        if self.pages is not None:
            pages.add_routes(page_routes(self.pages.directory))
        async with contextlib.AsyncExitStack() as stack:
            for app, listen, option in (
                (matrix, config.matrix.listen, "matrix.listen"),
                (pages, config.web.listen, "web.listen"),
                (metrics_app(self._snapshot), config.metrics.listen, "metrics.listen"),
            ):
                await stack.enter_async_context(
                    serving(app, listen.host, listen.port, option=option)
                )
            await listener.start()
            stack.push_async_callback(listener.stop)
            yield

    async def _why_not_ready(self) -> list[str]:
        down = [one.destination for one in self.deliverers if one.breaker.is_open]
        rooms = await self.store.read(every_room)
        closed = [f"{one.list_id}: {one.closed_because}" for one in rooms if one.closed_because]
        return [f"{name} is out of reach" for name in down] + closed

    async def _snapshot(self) -> Metrics:
        found = await self.store.read(lambda conn: read_readings(conn, now()))
        return Metrics(
            inbox=found.inbox,
            outbox=found.outbox,
            oldest_unsent_seconds=found.oldest_unsent_ms / 1000,
            shunted=found.shunted,
            lag_seconds=found.lag_ms / 1000,
            posts_mirrored=found.posts_mirrored,
            acts_recorded=found.acts_recorded,
            posts_overdue=found.posts_overdue,
            last_sweeps=found.last_sweeps,
            breakers={one.destination: _breaker_state(one.breaker) for one in self.deliverers},
        )


def _read_again(tx: Tx, listed: ListConfig) -> None:
    """Have a room read at once; a private list's stays closed until then (fail closed).

    Anything may have become of it while we were away.
    """
    room = room_of(tx.conn, listed.id)
    if room is None:
        return
    unread = replace(room, checked_at=Instant(0))
    if listed.visibility == "private":
        unread = replace(unread, state=(), closed_because=NOT_READ_YET)
    record_room(tx, unread)


def _breaker_state(breaker: Breaker) -> BreakerState:
    if not breaker.is_open:
        return BreakerState.CLOSED
    return BreakerState.HALF_OPEN if now() >= breaker.retry_at else BreakerState.OPEN
