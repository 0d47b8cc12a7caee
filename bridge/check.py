"""``seconded check``: try everything the bridge needs, and say in a sentence what is wrong.

The configuration has been read by then; here its other ends are tried, one after the other. What
each attempt needs comes as a probe, so that nothing here knows a library.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bridge.config import Config
from bridge.errors import Permanent, Transient
from bridge.ids import Instant, UserId
from bridge.ports import Clock

PATIENCE = 30.0
"""Seconds for one attempt; an answer that takes longer is as good as none."""

LARGEST_OFFSET_MS = 5_000
"""From here on deadlines and the times of reactions contradict each other."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the sentence says what to do when it is not ``ok``.

    Attributes:
        is_note: it works, and could be better.
    """

    name: str
    ok: bool
    sentence: str
    is_note: bool = False

    @property
    def mark(self) -> str:
        """The word before the finding."""
        if self.is_note:
            return "note"
        return "ok" if self.ok else "NOT"


@dataclass(frozen=True, slots=True)
class Schema:
    """The database's schema version (None: no database yet) and the one this program needs."""

    found: str | None
    needed: str


class HomeserverProbe(Protocol):
    """What the checks ask the homeserver; ``bridge.ports.MatrixReader`` offers it all.

    Every probe raises ``Transient`` or ``Permanent`` and nothing else on purpose.
    """

    async def whoami(self) -> UserId:
        """Return whom the token belongs to."""

    async def ping(self, txn_id: str) -> None:
        """Ask the homeserver to reach us."""

    async def server_time(self) -> Instant:
        """Return the homeserver's clock."""


class DatabaseProbe(Protocol):
    """What the checks ask the database."""

    async def schema(self) -> Schema:
        """Return the schema's version; raises Transient where nothing can be written."""


class SubmissionProbe(Protocol):
    """What the checks ask the submission server."""

    async def login(self) -> str:
        """Connect, log in if there is a password, and return the server's answer."""


@dataclass(frozen=True, slots=True)
class Probes:
    """The ways out, chosen by the composition root."""

    homeserver: HomeserverProbe
    database: DatabaseProbe
    submission: SubmissionProbe
    clock: Clock


@dataclass(frozen=True, slots=True)
class Check:
    """One attempt.

    Attributes:
        attempt: returns whether all is well, and a sentence about it.
        advice: what to do when the other side refuses or does not answer.
    """

    name: str
    attempt: Callable[[Config, Probes], Awaitable[tuple[bool, str]]]
    advice: str


async def run_checks(
    config: Config, probes: Probes, *, patience: float = PATIENCE
) -> list[Finding]:
    """Run every check, whatever the others found; warnings about the configuration come first.

    Args:
        config: as loaded, hence without mistakes.
        probes: the ways to the homeserver, the database, the submission server and the clock.
        patience: seconds for one attempt.
    """
    notes = [
        Finding("configuration", ok=True, sentence=text, is_note=True) for text in config.warnings
    ]
    return notes + [await _run(check, config, probes, patience) for check in CHECKS]


async def _run(check: Check, config: Config, probes: Probes, patience: float) -> Finding:
    try:
        async with asyncio.timeout(patience):
            ok, sentence = await check.attempt(config, probes)
    except TimeoutError:
        return Finding(
            check.name, ok=False, sentence=f"no answer in {patience:g} s; {check.advice}"
        )
    except (Transient, Permanent) as error:
        return Finding(check.name, ok=False, sentence=f"{error}; {check.advice}")
    return Finding(check.name, ok, sentence)


async def _homeserver(config: Config, probes: Probes) -> tuple[bool, str]:
    meant = f"@{config.matrix.bot}:{config.matrix.server_name}"
    found = await probes.homeserver.whoami()
    if found == meant:
        return True, f"{config.matrix.homeserver} knows us as {found}"
    return False, (
        f"the as_token belongs to {found}, not to {meant}; make matrix.bot and "
        "matrix.server_name agree with the registration that the homeserver has read"
    )


async def _ping(config: Config, probes: Probes) -> tuple[bool, str]:
    # The txn id only comes back in the ping we receive; a repeated one does no harm.
    await probes.homeserver.ping("seconded-check")
    return True, f"the homeserver reaches us at {config.matrix.url}"


async def _database(config: Config, probes: Probes) -> tuple[bool, str]:
    schema = await probes.database.schema()
    if schema.found == schema.needed:
        return True, f"{config.database} has schema {schema.found}"
    found = "does not exist yet" if schema.found is None else f"has schema {schema.found}"
    return False, (
        f"{config.database} {found}, this program needs {schema.needed}; "
        "run `seconded migrate` (it makes a backup first)"
    )


async def _submission(config: Config, probes: Probes) -> tuple[bool, str]:
    await probes.submission.login()
    server = config.mail.submission
    entry = "no login is asked for" if server.username is None else "the login is accepted"
    return True, f"{server.host}:{server.port} answers and {entry}"


async def _clock(_config: Config, probes: Probes) -> tuple[bool, str]:
    before = probes.clock()
    theirs = await probes.homeserver.server_time()
    # The answer was written somewhere between our two looks.
    offset = (before + probes.clock()) // 2 - theirs
    # A Date header knows whole seconds only (RFC 9110 section 5.6.7), cut off.
    if 0 <= offset < 2_000:
        return True, "our clock and the homeserver's agree to the second"
    seconds = f"{abs(offset) / 1000:.0f} s {'ahead of' if offset > 0 else 'behind'}"
    sentence = f"our clock is {seconds} the homeserver's"
    if abs(offset) <= LARGEST_OFFSET_MS:
        return True, sentence
    return False, f"{sentence}; deadlines would be wrong: let NTP set both clocks"


CHECKS = (
    Check(
        "homeserver",
        _homeserver,
        "see that the homeserver runs at matrix.homeserver, that it has read the file written by "
        "`seconded registration`, and that it was restarted since",
    ),
    Check(
        "ping",
        _ping,
        "start `seconded run`, and see that the url in the registration leads to matrix.listen",
    ),
    Check(
        "database",
        _database,
        "see that the directory exists, that this user may write there and into the file, and that "
        "no other program holds the database or has filled its disk",
    ),
    Check(
        "submission",
        _submission,
        "compare host, port, security, username and password under mail.submission with what "
        "the mail provider says",
    ),
    Check("clock", _clock, "see the finding about the homeserver"),
)
