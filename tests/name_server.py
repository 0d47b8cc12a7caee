"""A tiny name server on loopback, for the adapter and what uses it."""

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

from bridge.mail.names import NameServers


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
