"""The listener: connections, and how it stops."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.errors import ConfigError
from bridge.mail import lmtp_session as lmtp
from bridge.mail.lmtp import Listener
from tests.lmtp_client import (
    LMTP,
    SENDER,
    Client,
    Mailroom,
    connected,
    listening,
)


async def test_many_sessions_wait_side_by_side_so_that_they_can_share_a_commit() -> None:
    mailroom, together = Mailroom(), asyncio.Barrier(20)
    mailroom.gate = together.wait
    async with listening(mailroom) as listener:

        async def deliver() -> list[str]:
            async with connected(listener) as client:
                return await client.mail()

        replies = await asyncio.gather(*(deliver() for _ in range(20)))
    assert [each[-1] for each in replies] == [lmtp.ACCEPTED] * 20
    assert len(mailroom.arrivals) == 20


async def test_a_connection_too_many_is_told_to_come_again() -> None:
    terms = replace(LMTP, max_connections=1)
    async with listening(Mailroom(), terms) as listener, connected(listener) as client:
        second = Client(*await asyncio.open_connection("127.0.0.1", listener.port))
        assert await second.reply() == lmtp.TOO_MANY
        assert await second.is_hung_up()
        await second.close()
        assert (await client.mail())[-1] == lmtp.ACCEPTED


async def test_an_idle_connection_is_hung_up() -> None:
    async with listening(Mailroom(), replace(LMTP, idle_seconds=0.02)) as listener:
        client = Client(*await asyncio.open_connection("127.0.0.1", listener.port))
        await client.reply()
        assert await client.reply() == lmtp.IDLE
        assert await client.is_hung_up()
        await client.close()


async def test_stop_lets_a_running_transaction_finish_and_takes_no_other() -> None:
    mailroom, release = Mailroom(), asyncio.Event()
    mailroom.gate = release.wait
    async with (
        listening(mailroom) as listener,
        connected(listener) as client,
        connected(listener) as idle,
    ):
        told = asyncio.ensure_future(client.mail())
        await mailroom.entered.wait()
        port = listener.port
        stopped = asyncio.ensure_future(listener.stop())
        assert await idle.reply() == lmtp.CLOSING
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        release.set()
        assert (await told)[-1] == lmtp.ACCEPTED
        assert await client.reply() == lmtp.CLOSING
        await stopped
    assert len(mailroom.arrivals) == 1


async def test_stop_does_not_wait_for_ever() -> None:
    mailroom = Mailroom()
    mailroom.gate = asyncio.Event().wait
    terms = replace(LMTP, stop_seconds=0.01)
    async with listening(mailroom, terms) as listener, connected(listener) as client:
        told = asyncio.ensure_future(client.mail())
        await mailroom.entered.wait()
        await listener.stop()
        assert (await told)[-1] == lmtp.CLOSING
    assert not mailroom.arrivals


async def test_a_mail_begun_before_stop_may_end_but_no_new_one_begins() -> None:
    async with listening(Mailroom()) as listener, connected(listener) as client:
        await client.say(f"MAIL FROM:<{SENDER}>")
        stopped = asyncio.ensure_future(listener.stop())
        assert (await client.say("RSET"))[:3] == "250"
        assert await client.say(f"MAIL FROM:<{SENDER}>") == lmtp.CLOSING
        await stopped


async def test_an_address_in_use_is_a_mistake_of_the_configuration() -> None:
    async with listening(Mailroom()) as listener:
        second = Listener(Mailroom(), replace(LMTP, port=listener.port))
        with pytest.raises(ConfigError, match=r"mail\.listen: cannot listen on 127\.0\.0\.1:"):
            await second.start()
        await second.stop()
