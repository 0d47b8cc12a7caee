from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest
from config_samples import ENVIRON, write_config

from bridge.check import CHECKS, Finding, Probes, Schema, run_checks
from bridge.config import Config, load_config
from bridge.errors import Permanent, Transient
from bridge.ids import Instant, UserId

NOW = Instant(1_760_000_000_000)


@dataclass(frozen=True)
class FakeHomeserver:
    user_id: str = "@seconded:example.org"
    time: int = NOW
    error: Exception | None = None
    ping_error: Exception | None = None

    async def whoami(self) -> UserId:
        if self.error:
            raise self.error
        return UserId(self.user_id)

    async def ping(self, txn_id: str) -> None:
        assert txn_id
        if self.ping_error:
            raise self.ping_error

    async def server_time(self) -> Instant:
        if self.error:
            raise self.error
        return Instant(self.time)


@dataclass(frozen=True)
class FakeDatabase:
    found: str | None = "7"
    error: Exception | None = None

    async def schema(self) -> Schema:
        if self.error:
            raise self.error
        return Schema(found=self.found, needed="7")


@dataclass(frozen=True)
class FakeSubmission:
    error: Exception | None = None

    async def login(self) -> str:
        if self.error:
            raise self.error
        return "235 welcome"


class SilentSubmission:
    async def login(self) -> str:
        await asyncio.Event().wait()
        raise AssertionError


HEALTHY = Probes(FakeHomeserver(), FakeDatabase(), FakeSubmission(), lambda: NOW)


@pytest.fixture
def config(tmp_path) -> Config:
    return load_config(write_config(tmp_path), ENVIRON)


async def finding(name: str, config: Config, probes: Probes) -> Finding:
    return next(one for one in await run_checks(config, probes) if one.name == name)


async def test_healthy_surroundings_are_told_check_by_check(config):
    findings = await run_checks(config, HEALTHY)
    assert [(one.name, one.ok) for one in findings] == [(check.name, True) for check in CHECKS]
    assert findings[0].sentence == "https://matrix.example.org knows us as @seconded:example.org"


UNREACHABLE = Transient("no connection to matrix.example.org")

WRONG = [
    (
        "homeserver",
        replace(HEALTHY, homeserver=FakeHomeserver("@jane:example.org")),
        "the as_token belongs to @jane:example.org, not to @seconded:example.org; make",
    ),
    (
        "ping",
        replace(HEALTHY, homeserver=FakeHomeserver(ping_error=Permanent("M_URL_NOT_SET"))),
        "M_URL_NOT_SET; start `seconded run`, and see that the url in the registration leads to",
    ),
    (
        "database",
        replace(HEALTHY, database=FakeDatabase(found="6")),
        "has schema 6, this program needs 7; run `seconded migrate`",
    ),
    (
        "database",
        replace(HEALTHY, database=FakeDatabase(found=None)),
        "does not exist yet, this program needs 7; run `seconded migrate`",
    ),
    (
        "database",
        replace(HEALTHY, database=FakeDatabase(error=Permanent("cannot open the file"))),
        "cannot open the file; see that the directory exists",
    ),
    (
        "submission",
        replace(HEALTHY, submission=FakeSubmission(Permanent("535 authentication failed"))),
        "535 authentication failed; compare host, port, security, username and password",
    ),
    ("clock", replace(HEALTHY, clock=lambda: Instant(NOW + 5_001)), "our clock is 5 s ahead of"),
    (
        "clock",
        replace(HEALTHY, clock=lambda: Instant(NOW - 60_000)),
        "our clock is 60 s behind the homeserver's; deadlines would be wrong",
    ),
]


@pytest.mark.parametrize(("name", "probes", "sentence"), WRONG, ids=lambda v: str(v)[:30])
async def test_fault_is_said_with_what_to_do(config, name, probes, sentence):
    found = await finding(name, config, probes)
    assert not found.ok
    assert sentence in found.sentence


async def test_one_fault_hides_no_other(config):
    probes = replace(
        HEALTHY,
        homeserver=FakeHomeserver(error=UNREACHABLE),
        submission=FakeSubmission(Transient("no connection to mail.example.org")),
    )
    findings = await run_checks(config, probes)
    assert [one.name for one in findings if not one.ok] == ["homeserver", "submission", "clock"]
    assert findings[0].sentence.startswith("no connection to matrix.example.org; see that")


async def test_silence_is_a_finding_and_not_a_hang(config):
    findings = await run_checks(
        config, replace(HEALTHY, submission=SilentSubmission()), patience=0.01
    )
    assert [one.sentence[:20] for one in findings if not one.ok] == ["no answer in 0.01 s;"]


@pytest.mark.parametrize("offset", [-5_000, 0, 5_000])
async def test_five_seconds_are_still_the_same_time(config, offset):
    found = await finding("clock", config, replace(HEALTHY, clock=lambda: Instant(NOW + offset)))
    assert found.ok


@pytest.mark.parametrize(
    ("offset", "sentence"),
    [
        (0, "our clock and the homeserver's agree to the second"),
        (1_999, "our clock and the homeserver's agree to the second"),
        (2_400, "our clock is 2 s ahead of the homeserver's"),
        (-2_400, "our clock is 2 s behind the homeserver's"),
    ],
)
async def test_the_clock_is_compared_as_finely_as_the_homeserver_tells_it(config, offset, sentence):
    found = await finding("clock", config, replace(HEALTHY, clock=lambda: Instant(NOW + offset)))
    assert (found.ok, found.sentence) == (True, sentence)


async def test_time_the_answer_took_is_no_clock_error(config):
    looks = iter([NOW - 8_000, NOW + 8_000])
    found = await finding("clock", config, replace(HEALTHY, clock=lambda: Instant(next(looks))))
    assert found.ok


async def test_warnings_about_the_configuration_come_first(tmp_path):
    changes = {("matrix", "homeserver"): "http://matrix.example.org"}
    config = load_config(write_config(tmp_path, changes), ENVIRON)
    first = (await run_checks(config, HEALTHY))[0]
    assert (first.name, first.ok, first.mark) == ("configuration", True, "note")
    assert "travel in clear" in first.sentence


async def test_bug_in_a_probe_is_not_taken_for_a_finding(config):
    with pytest.raises(ZeroDivisionError):
        await run_checks(config, replace(HEALTHY, database=FakeDatabase(error=ZeroDivisionError())))
