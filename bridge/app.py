"""The composition root: the only place that chooses implementations and knows the handlers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bridge.check import Probes, Schema
from bridge.clock import now
from bridge.config import Config
from bridge.delivery import mail as mail_delivery
from bridge.delivery import matrix as matrix_delivery
from bridge.delivery.statusline import status_now
from bridge.errors import ConfigError, Transient
from bridge.events import CommandGiven
from bridge.ids import ListId
from bridge.lifecycle import Bridge
from bridge.loops import Deliverer
from bridge.mail.smtp import Submission, SubmissionServer
from bridge.matrix.client import HomeserverClient
from bridge.matrix.ghosts import Namespace
from bridge.matrix.server import appservice_app
from bridge.matrix.transactions import RawEvent
from bridge.ports import Homeserver, MailWriter
from bridge.roomspecs import room_specs
from bridge.store.database import Store, Tx
from bridge.store.engine import database_path
from bridge.store.instance import ensure_instance
from bridge.store.migrate import newest_version, schema_version
from bridge.web.serving import serving
from handlers import Context, context_of, dispatch
from handlers.requests import READ_ONLY, answered


@contextlib.asynccontextmanager
async def composed(config: Config) -> AsyncIterator[Bridge]:
    """Build the bridge of a configuration with the real adapters; close them afterwards.

    Raises:
        ConfigError: the database has an old schema; names ``seconded migrate``.
    """
    path = database_path(config.database)
    if schema_version(path) != newest_version():
        raise ConfigError([f"database: {path} has no current schema; run: seconded migrate"])
    store = Store(path, now)
    try:
        instance = await store.write(ensure_instance)
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
                homeserver=homeserver,
                deliverers=_deliverers(config, context, store, homeserver, mail),
            )
    finally:
        await store.close()


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


def _deliverers(
    config: Config, context: Context, store: Store, homeserver: Homeserver, mail: MailWriter
) -> tuple[Deliverer[Any], ...]:
    where = matrix_delivery.Where(context.namespace.bot_id, room_specs(config), status_now)
    return (
        Deliverer(
            destination="matrix",
            port=homeserver,
            prepare=matrix_delivery.preparing(where),
            store=store,
            clock=now,
            lanes=config.matrix.max_lanes,
        ),
        Deliverer(
            destination="mail",
            port=mail,
            prepare=mail_delivery.preparing(config.mail.fuse_per_hour),
            store=store,
            clock=now,
            lanes=4,
            abandoned=mail_delivery.abandoned,
            patience_ms=mail_delivery.PATIENCE_MS,
        ),
    )


@dataclass(frozen=True, slots=True)
class _DatabaseProbe:
    """Tells the schema of the database; changes nothing."""

    config: Config

    async def schema(self) -> Schema:
        """Return the schema that is there and the one this program needs."""
        path = database_path(self.config.database)
        return Schema(await asyncio.to_thread(schema_version, path), newest_version())


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
