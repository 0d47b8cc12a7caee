"""What everybody promises who is asked for names: the fake, and the adapter at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import dns.rcode
import pytest
from fakes_names import FakeNames
from name_server import Zone, serving

from bridge.errors import Transient
from bridge.mail.names import NameServers
from bridge.ports import Names

KEY = "s1._domainkey.people.example"
LONG = b"v=DKIM1; p=" + b"A" * 700


@pytest.fixture(params=["fake", "real"])
async def names(request: pytest.FixtureRequest) -> AsyncIterator[Names]:
    records = {KEY: (LONG,), "two.example": (b"a", b"b"), "empty.example": ()}
    if request.param == "fake":
        yield FakeNames(records)
        return
    async with serving(Zone(records)) as asked:
        yield asked


@pytest.fixture(params=["fake", "silent", "refusing", "failing", "garbled"])
async def broken(request: pytest.FixtureRequest) -> AsyncIterator[Names]:
    if request.param == "fake":
        yield FakeNames({KEY: (LONG,)}, is_down=True)
        return
    zone = {
        "silent": Zone({}, is_silent=True),
        "refusing": Zone({}, dns.rcode.REFUSED),
        "failing": Zone({}, dns.rcode.SERVFAIL),
        "garbled": Zone({}, is_garbled=True),
    }[request.param]
    async with serving(zone) as asked:
        yield asked


async def test_the_strings_of_a_record_are_joined(names: Names) -> None:
    assert await names.texts(KEY) == (LONG,)


async def test_letters_case_is_nothing_to_the_dns(names: Names) -> None:
    assert await names.texts(KEY.upper()) == (LONG,)


async def test_every_record_of_a_name_is_returned(names: Names) -> None:
    assert sorted(await names.texts("two.example")) == [b"a", b"b"]


@pytest.mark.parametrize("name", ["empty.example", "absent.example", "a..b", f"{'x' * 64}.example"])
async def test_a_name_without_records_is_an_answer(names: Names, name: str) -> None:
    assert await names.texts(name) == ()


async def test_no_answer_is_no_answer(broken: Names) -> None:
    with pytest.raises(Transient) as caught:
        await broken.texts(KEY)
    assert caught.value.alone
    assert not caught.value.outcome_unknown


async def test_nobody_there_is_no_answer(unused_port: int) -> None:
    with pytest.raises(Transient):
        await NameServers(("127.0.0.1",), unused_port, seconds=0.5).texts(KEY)


async def test_an_answer_too_long_for_a_datagram_is_fetched_over_tcp() -> None:
    async with serving(Zone({KEY: (LONG,)}, truncates=True)) as asked:
        assert await asked.texts(KEY) == (LONG,)


async def test_names_are_asked_as_they_are_and_no_domain_is_added() -> None:
    zone = Zone({})
    async with serving(zone) as asked:
        await asked.texts(KEY)
    assert zone.asked == [KEY]


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return int(port)
