"""What the commands call: configuration found, database opened, bridge run or asked."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import uvloop

from bridge.app import (
    composed,
    configured_place,
    current_place,
    offline_answer,
    probing,
)
from bridge.asking import ask, is_running
from bridge.check import Finding, run_checks
from bridge.clock import now
from bridge.config import Config, ensure_secret_file, load_config, missing_token_files
from bridge.errors import ConfigError, Transient
from bridge.ids import ListId
from bridge.log import set_up_logging
from bridge.matrix.registration import TOKEN_BYTES, compose_registration, new_token
from bridge.store.database import Reading, Store
from bridge.store.instance import read_instance
from bridge.store.presence import living_workers
from bridge.store.readings import Readings, read_readings
from bridge.store.writable import try_writing

T = TypeVar("T")
PLACES = (Path("seconded.yaml"), Path("/etc/seconded/seconded.yaml"))


def find_config(given: Path | None) -> Path:
    """Return the configuration file that is meant.

    Raises:
        ConfigError: there is none.
    """
    named = given or os.environ.get("SECONDED_CONFIG")
    if named:
        return Path(named)
    found = next((place for place in PLACES if place.exists()), None)
    if found is None:
        advice = "write seconded.yaml (see config/example.yaml), or say --config PATH"
        raise ConfigError([f"No configuration here: {advice}"])
    return found


def run_bridge(config: Config) -> int:
    """Run the bridge until a signal; return the exit code."""
    set_up_logging(sys.stderr, secrets=config.secrets)
    # Its loop takes a sixth less CPU for a post than Python's own (measured); see ARCHITECTURE.md.
    uvloop.run(_run(config))
    return 0


async def _run(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with composed(config) as bridge:
        await bridge.run(stop)


async def try_everything(config: Config) -> list[Finding]:
    """Try every connection the bridge needs."""
    async with probing(config) as probes:
        return await run_checks(config, probes)


def make_registration(path: Path, output: Path | None) -> str:
    """Make missing tokens, then write the registration, or return it when no file is named."""
    for missing in missing_token_files(path):
        ensure_secret_file(missing, lambda: new_token(secrets.token_bytes(TOKEN_BYTES)))
    matrix = load_config(path).matrix
    text = compose_registration(matrix)
    output = output or matrix.registration
    if output is None:
        return text
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return f"Wrote {output}; add it to the homeserver's app_service_config_files.\n"


async def open_store(config: Config, use: Callable[[Store], Awaitable[T]]) -> T:
    """Open the database, use it, and close it.

    Raises:
        ConfigError: there is no database of this version.
        Transient: it is out of reach.
    """
    store = Store(await current_place(config), now)
    try:
        return await use(store)
    finally:
        await store.close()


def read_database(config: Config, read: Callable[[Reading], T]) -> T:
    """Read something from the database; works beside a running bridge."""
    return asyncio.run(open_store(config, lambda store: store.read(read)))


def why_unwritable(config: Config) -> str | None:
    """Return why nothing can be written to the database, None when something could be.

    It waits for who else writes as long as a bridge does (10 seconds), and changes nothing.
    """
    try:
        asyncio.run(try_writing(configured_place(config), now))
    except Transient as error:
        return str(error)
    return None


def read_status(conn: Reading) -> tuple[Readings, int]:
    """Return the bridge in numbers, and how many bridges run."""
    instance = read_instance(conn)
    if instance is None or not instance.is_running(now()):
        return read_readings(conn, now()), 0
    return read_readings(conn, now()), max(1, len(living_workers(conn)))


async def ask_bridge(
    config: Config, listed: str | None, verb: str, arguments: Mapping[str, str]
) -> tuple[bool, str] | None:
    """Give a ballot command to the running bridge; without one, read-only verbs answer anyway."""
    list_id = ListId(listed) if listed else None

    async def asking(store: Store) -> tuple[bool, str] | None:
        if await is_running(store, now()):
            return await ask(store, list_id, verb, arguments)
        return await offline_answer(config, store, list_id, verb, arguments)

    return await open_store(config, asking)
