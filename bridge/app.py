"""The composition root: the only place that chooses implementations and knows the handlers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from bridge.apart import Apart
from bridge.check import Probes, Schema
from bridge.clock import now
from bridge.config import Config
from bridge.delivering import Deliverer
from bridge.delivery import mail as mail_delivery
from bridge.delivery import matrix as matrix_delivery
from bridge.delivery import names as names_delivery
from bridge.delivery.statusline import status_now
from bridge.errors import ConfigError, Transient
from bridge.events import CommandGiven
from bridge.ids import ListId
from bridge.lifecycle import Bridge
from bridge.mail.names import NameServers
from bridge.mail.parse import Post
from bridge.mail.reader import Reader
from bridge.mail.reading import Terms
from bridge.mail.smtp import Submission, SubmissionServer
from bridge.matrix.client import HomeserverClient
from bridge.matrix.ghosts import Namespace
from bridge.matrix.server import appservice_app
from bridge.matrix.transactions import RawEvent
from bridge.paging import Pages
from bridge.ports import Homeserver, MailWriter
from bridge.roomspecs import room_specs
from bridge.store import inbox
from bridge.store.database import Store, Tx
from bridge.store.inbox import InboxItem
from bridge.store.instance import ensure_instance
from bridge.store.migrate import newest_version, schema_version
from bridge.store.place import Place, database_place, described
from bridge.store.presence import Presence, presence_at
from bridge.store.restored import Restored, recognise
from bridge.store.writable import try_writing
from bridge.unstored import Unstored
from bridge.web.serving import serving
from handlers import Context, context_of, dispatch, dispatch_read
from handlers.requests import answered
from handlers.verbs import READ_ONLY

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def composed(config: Config) -> AsyncIterator[Bridge]:
    """Build the bridge of a configuration with the real adapters; close them afterwards.

    Raises:
        ConfigError: the database has an old schema, or another bridge runs on it.
        Transient: the database is out of reach.
    """
    place = await current_place(config)
    store = Store(place, now)
    presence = presence_at(place, store.wake)
    try:
        await presence.renew()
        instance = await store.write(ensure_instance)
        ground = Ground(store, presence, await store.write(recognise))
        if ground.restored is not None:
            log.warning("database_restored", copied_at=ground.restored.copied_at)
        context = context_of(config, instance)
        async with HomeserverClient(
            config.matrix.homeserver,
            as_token=config.matrix.as_token.reveal(),
            bot=context.namespace.bot_id,
        ) as homeserver:
            mail = Submission(submission_server(config))
            yield Bridge(
                config=config,
                namespace=context.namespace,
                handle=partial(dispatch, context=context),
                store=store,
                presence=presence,
                homeserver=homeserver,
                deliverers=_deliverers(config, context, ground, homeserver, mail),
                apart=_apart(context, Reader()),
                unstored=Unstored(config, homeserver, mail, context.namespace.bot_id),
                pages=_pages(config),
            )
    finally:
        await presence.leave()
        await store.close()


def _apart(context: Context, reader: Reader) -> Apart:
    """Return what has big mails read and handled."""

    async def read(item: InboxItem) -> Post:
        list_id = ListId(item.meta["list_id"])
        listed = context.lists.get(list_id)
        # Of a list that is not configured any more the handler says so.
        address, tag = (listed.posting_address, listed.subject_tag) if listed else ("", None)
        return await reader.read(item.raw, Terms(list_id, address, tag))

    return Apart(read, partial(dispatch_read, context=context))


def _pages(config: Config) -> Pages | None:
    """Return the folder of pages, if one is configured; of public lists only."""
    if config.web.pages is None:
        return None
    public = frozenset(one.id for one in config.lists if one.visibility == "public")
    return Pages(config.web.pages, public)


def configured_place(config: Config) -> Place:
    """Return where the database of a configuration is."""
    password = config.database_password
    return database_place(config.database, None if password is None else password.reveal())


async def current_place(config: Config) -> Place:
    """Return where the database is, after a look whether its schema is this program's.

    Raises:
        ConfigError: it is an old one, or none; names ``seconded migrate``.
        Transient: the server is out of reach.
    """
    place = configured_place(config)
    if await asyncio.to_thread(schema_version, place) != newest_version():
        where = described(place)
        raise ConfigError([f"database: {where} has no current schema; run: seconded migrate"])
    return place


def submission_server(config: Config) -> SubmissionServer:
    """Return how to reach the server that takes our mails."""
    submission = config.mail.submission
    password = submission.password
    return SubmissionServer(
        host=submission.host,
        port=submission.port,
        security=submission.security,
        username=submission.username,
        password=password.reveal() if password is not None else None,
        ehlo_name=config.instance.mail_domain,
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a process stands on: the database, its place among the others, and its history."""

    store: Store
    presence: Presence
    restored: Restored | None = None

    def worker(self) -> int:
        """Return the number under which this process sends; it changes when a server restarts."""
        return self.presence.worker


async def _raw_mail(store: Store, inbox_id: int) -> bytes:
    """Return the bytes of a mail, empty when they are not kept any more."""
    return await store.read(lambda conn: inbox.raw_of(conn, inbox_id))


def _deliverers(
    config: Config, context: Context, ground: Ground, homeserver: Homeserver, mail: MailWriter
) -> tuple[Deliverer[Any], ...]:
    where = matrix_delivery.Where(
        context.namespace.bot_id,
        config.instance.name,
        room_specs(config),
        status_now,
        partial(_raw_mail, ground.store),
    )
    return (
        Deliverer(
            destination="matrix",
            port=homeserver,
            prepare=matrix_delivery.preparing(where),
            store=ground.store,
            clock=now,
            worker=ground.worker,
            restored=ground.restored,
            lanes=config.matrix.max_lanes,
            ahead=config.matrix.max_lanes,
        ),
        Deliverer(
            destination="mail",
            port=mail,
            prepare=mail_delivery.preparing(config.mail.fuse_per_hour, ground.restored),
            store=ground.store,
            clock=now,
            worker=ground.worker,
            restored=ground.restored,
            lanes=4,
            abandoned=mail_delivery.abandoned,
            patience_ms=mail_delivery.PATIENCE_MS,
        ),
        Deliverer(
            destination="names",
            port=NameServers(config.evidence.nameservers),
            prepare=names_delivery.preparing(config.evidence.trust),
            store=ground.store,
            clock=now,
            worker=ground.worker,
            restored=ground.restored,
            lanes=4,
            abandoned=names_delivery.abandoned,
        ),
    )


@dataclass(frozen=True, slots=True)
class _DatabaseProbe:
    """Tells the schema of the database, and tries whether one that fits can be written."""

    config: Config

    async def schema(self) -> Schema:
        """Return the schema that is there and the one this program needs; changes nothing.

        Raises:
            Transient: the database is out of reach, or nothing can be written to it.
        """
        place = configured_place(self.config)
        schema = Schema(await asyncio.to_thread(schema_version, place), newest_version())
        if schema.found == schema.needed:
            await try_writing(place, now)
        return schema


@contextlib.asynccontextmanager
async def probing(config: Config) -> AsyncIterator[Probes]:
    """Build what ``seconded check`` tries: the real adapters, nothing started."""
    namespace = Namespace(config.matrix.server_name, config.matrix.prefix, config.matrix.bot)
    async with (
        HomeserverClient(
            config.matrix.homeserver,
            as_token=config.matrix.as_token.reveal(),
            bot=namespace.bot_id,
        ) as homeserver,
        _answering_pings(config),
    ):
        mail = Submission(submission_server(config))
        yield Probes(homeserver, _DatabaseProbe(config), mail, now)


@contextlib.asynccontextmanager
async def _answering_pings(config: Config) -> AsyncIterator[None]:
    """Listen for the homeserver's ping, unless the running bridge does."""
    namespace = Namespace(config.matrix.server_name, config.matrix.prefix, config.matrix.bot)

    async def refuse(events: tuple[RawEvent, ...]) -> None:
        if events:
            raise Transient("only checking; the homeserver keeps its events")

    app = appservice_app(
        hs_token=config.matrix.hs_token.reveal(), namespace=namespace, store=refuse
    )
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(ConfigError):
            await stack.enter_async_context(
                serving(
                    app,
                    config.matrix.listen.host,
                    config.matrix.listen.port,
                    option="matrix.listen",
                )
            )
        yield


async def offline_answer(
    config: Config,
    store: Store,
    list_id: ListId | None,
    verb: str,
    arguments: Mapping[str, str],
) -> tuple[bool, str] | None:
    """Answer a verb that only reads, with no bridge running; None for any other."""
    if verb not in READ_ONLY:
        return None
    instance = await store.write(ensure_instance)
    context = context_of(config, instance)
    event = CommandGiven("", list_id, "ballot", verb, arguments, "")
    return await store.read(lambda conn: answered(event, Tx(conn, now()), context))
