"""P11: whatever a mail says, nobody's phone rings: Synapse itself counts the highlights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from real_people import PEOPLE
from sources import is_public_post, source_keys

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.lmtp import hand_over
from bridge.demo.rest import Rest
from bridge.demo.synapse import Account, SynapseServer
from bridge.ids import MessageId, message_id_hash

pytestmark = pytest.mark.real

PINGS = Mirrored("pings@lists.demo", "pings-8w3@bridge.demo", "Pings Group", ("amal",))
MAILS = 300
READERS = ("amal", "boris", "chloe")
NAMED = PEOPLE[:3]
_DIFFERENT = itertools.count()


def calls() -> Iterator[str]:
    """Yield what a mail may write to call somebody."""
    yield from ("@room", "@ROOM", "@room!", "(@room)", "@\u200broom", "@everyone @here @channel")
    for one in NAMED:
        user = f"@{one.slug}:hs.test"
        yield from (
            one.name,
            one.slug,
            user,
            f"{one.name}: please answer",
            f"{user}: please answer",
        )
        yield from (
            f"https://matrix.to/#/{user}",
            f"https://matrix.to/#/%40{one.slug}%3Ahs.test",
            f"matrix:u/{one.slug}:hs.test",
            f'<a href="https://matrix.to/#/{user}">{one.name}</a>',
            f'<a href="https://www.matrix.to/#/{user}">{one.name}</a>',
            f'<a href="matrix:u/{one.slug}:hs.test">{one.name}</a>',
            f'<span data-mx-pill="{user}">{one.name}</span>',
        )
    yield '<a href="https://matrix.to/#/#list_pings:hs.test">@room</a>'
    yield '{"m.mentions": {"room": true, "user_ids": ["@amal:hs.test"]}}'


def mails(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield Message-IDs and mails with a call in the text, the subject or the author's name."""
    kinds = ("text/plain", "text/html")
    shapes = itertools.cycle(itertools.product(calls(), kinds, range(3)))
    local = PINGS.posting_address
    for number, (call, kind, where) in zip(range(count), shapes, strict=False):
        name = f"ping-{number}@people.demo"
        # A handful of authors: each new one costs the homeserver a registration.
        author = f"{call if where == 2 else 'Mallory'}".replace('"', "'")
        lines = [
            f'From: "{author}" <mallory{number % 4}@evil.demo>',
            f"To: {local}",
            f"Subject: {call if where == 1 else 'Item'} {number}",
            f"Message-ID: <{name}>",
            f"List-Id: <{PINGS.list_id}>",
            "Date: Mon, 02 Nov 2026 08:00:00 +0000",
            f"Content-Type: {kind}; charset=utf-8",
            "",
            f"{call} {number}",
            f"> {call}",
            "",
        ]
        yield name, "\r\n".join(lines).encode()


@pytest.fixture(scope="module")
def bridge(run_bridge: Callable) -> Iterator[BridgeServer]:
    with run_bridge(PINGS) as running:
        yield running


def unread(synapse: SynapseServer, account: Account, room: str) -> Mapping[str, Any]:
    """Return how many notifications and highlights somebody has in a room."""
    # Synapse answers the very same question from a cache for two minutes.
    asked = f"/_matrix/client/v3/sync?timeout={next(_DIFFERENT)}"
    token = {"Authorization": f"Bearer {account.access_token}"}
    found = Rest(synapse.port, token).get(asked)
    return found["rooms"]["join"][room]["unread_notifications"]


async def test_three_hundred_mails_that_call_people_highlight_nothing(
    bridge: BridgeServer,
    synapse: SynapseServer,
    accounts: Mapping[str, Account],
    log_in: Callable,
) -> None:
    members = {slug: await log_in(slug) for slug in READERS}
    rooms = {await one.join_when_there("#list_pings:hs.test") for one in members.values()}
    (room,) = rooms
    sent = list(mails(MAILS))
    local, _, domain = PINGS.posting_address.partition("@")
    for _, raw in sent:
        hand_over(
            bridge.settings.ports.mail,
            raw,
            sender=f"{local}-bounces@{domain}",
            recipient=PINGS.bridge_address,
        )
    amal = members["amal"]
    # Posts that begin a thread are sent several at a time: each may be the last.
    for name, _ in sent:
        await amal.wait_for(partial(is_public_post, name), f"the post {name}", seconds=180)
    standing = source_keys(await amal.history(room))
    assert {standing[message_id_hash(MessageId(name)), 0] for name, _ in sent} == {1}
    counted = {slug: unread(synapse, accounts[slug], room) for slug in READERS}
    assert {one["highlight_count"] for one in counted.values()} == {0}, counted
    assert min(one["notification_count"] for one in counted.values()) > 0
    # The counter counts: somebody who is called by a person hears it.
    token = {"Authorization": f"Bearer {accounts['boris'].access_token}"}
    call = {"msgtype": "m.text", "body": "Amal?", "m.mentions": {"user_ids": [amal.user_id]}}
    path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/call"
    Rest(synapse.port, token).send_json("PUT", path, call)
    assert unread(synapse, accounts["amal"], room)["highlight_count"] == 1
