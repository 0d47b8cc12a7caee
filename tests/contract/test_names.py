"""What everybody promises who is asked for names: the fake, and the adapter at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from fakes_names import FakeNames

from bridge.errors import Transient
from bridge.mail.names import NameServers
from bridge.ports import Names

KEY = "s1._domainkey.people.example"
LONG = b"v=DKIM1; p=" + b"A" * 700


@dataclass
class Zone(asyncio.DatagramProtocol):
    """A name server on loopback, over UDP and TCP; ``rcode`` is what it says of everything."""

    records: dict[str, tuple[bytes, ...]]
    rcode: dns.rcode.Rcode | None = None
    is_silent: bool = False
    truncates: bool = False
    is_garbled: bool = False
    transport: asyncio.DatagramTransport | None = None
    asked: list[str] = field(default_factory=list)

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer) -> None:
        answer = self.answer(data, is_udp=True)
        if answer is not None:
            self.transport.sendto(answer, peer)

    async def over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        answer = self.answer(data, is_udp=False)
        if answer is not None:
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def answer(self, data: bytes, *, is_udp: bool) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.is_silent:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if self.rcode is not None:
            reply.set_rcode(self.rcode)
        elif is_udp and self.truncates:
            reply.flags |= dns.flags.TC
        elif name not in self.records:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif self.records[name]:
            reply.answer.append(_texts(question.name, self.records[name]))
        wire = reply.to_wire(max_size=65_535)
        return wire[:7] if self.is_garbled else wire


def _texts(name, records):
    strings = [
        " ".join(f'"{one[at : at + 255].decode()}"' for at in range(0, len(one), 255))
        for one in records
    ]
    return dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, dns.rdatatype.TXT, strings)


@asynccontextmanager
async def serving(zone: Zone) -> AsyncIterator[NameServers]:
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(zone.over_tcp, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: zone, ("127.0.0.1", port))
    try:
        yield NameServers(("127.0.0.1",), port, seconds=0.5)
    finally:
        transport.close()
        server.close()
        await server.wait_closed()


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
