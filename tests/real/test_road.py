"""The road from the list into the room, through Mailman, the running bridge and Synapse."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from list_copies import Copy
from polls import polled
from sources import is_public_post, source_keys

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Mail, Player
from bridge.demo.lmtp import hand_over
from bridge.demo.member import Event, Member
from bridge.demo.ports import LOOPBACK
from bridge.demo.postoffice import PostOffice
from bridge.errors import Permanent
from bridge.ids import MessageId, message_id_hash

pytestmark = pytest.mark.real

ROAD = Mirrored("road@lists.demo", "road-4k2@bridge.demo", "Road Group", ("amal",))
ALIAS = "#list_road:hs.test"
NAME = "Seconded demo"
BORIS = Player("boris", "Boris Member", "Europe/Sofia")
CHLOE = Player("chloe", "Chloé Member", "Europe/Paris")


@pytest.fixture(scope="module")
def bridge(run_bridge) -> Iterator[BridgeServer]:
    with run_bridge(ROAD) as running:
        yield running


def post(office: PostOffice, mail: Mail) -> None:
    office.post(mail.raw, sender=mail.author.address, recipients=(ROAD.posting_address,))


async def stands(member: Member, message_id: str) -> Event:
    return await member.wait_for(partial(is_public_post, message_id), f"the post {message_id}")


async def test_a_post_stands_in_the_room_once_by_a_ghost_with_its_author_s_name(
    bridge: BridgeServer, post_office: PostOffice, log_in: Callable
) -> None:
    amal = await log_in("amal")
    room = await amal.join_when_there(ALIAS)
    mail = Mail(
        CHLOE, "Plans@people.demo", "Plans", "Let us plan.\n", list_address=ROAD.posting_address
    )
    post(post_office, mail)
    event = await stands(amal, mail.message_id)
    standing = await amal.state(room, f"m.room.member/{event['sender']}")
    assert standing["displayname"] == "Chloé Member (list)"
    assert event["sender"].startswith("@list_")
    bot = await amal.state(room, "m.room.member/@seconded:hs.test")
    assert bot["displayname"] == NAME
    assert "Let us plan." in event["content"]["body"]
    found = source_keys(await amal.history(room))
    assert found[message_id_hash(MessageId(mail.message_id)), 0] == 1


async def test_a_reply_stands_in_its_parent_s_thread(
    bridge: BridgeServer, post_office: PostOffice, log_in: Callable
) -> None:
    amal = await log_in("amal")
    await amal.join_when_there(ALIAS)
    where = {"list_address": ROAD.posting_address}
    root = Mail(BORIS, "Root@people.demo", "Budget", "What about it?\n", **where)
    reply = Mail(
        CHLOE, "Re1@people.demo", "Re: Budget", "It is fine.\n", (root.message_id,), **where
    )
    below = Mail(
        BORIS,
        "Re2@people.demo",
        "Re: Budget",
        "Good.\n",
        (root.message_id, reply.message_id),
        **where,
    )
    for mail in (root, reply, below):
        post(post_office, mail)
        await stands(amal, mail.message_id)
    parent, first, second = [await stands(amal, one.message_id) for one in (root, reply, below)]
    assert "m.relates_to" not in parent["content"]
    assert relation(first) == ("m.thread", parent["event_id"], parent["event_id"])
    assert relation(second) == ("m.thread", parent["event_id"], first["event_id"])


def relation(event: Event) -> tuple[str, str, str]:
    found = event["content"]["m.relates_to"]
    return found["rel_type"], found["event_id"], found["m.in_reply_to"]["event_id"]


def test_mail_for_nobody_here_is_refused_and_not_kept(bridge: BridgeServer) -> None:
    copy = Copy(ROAD, 550)
    with pytest.raises(Permanent, match=r"550 5\.1\.1 No such address here"):
        hand_over(
            bridge.settings.ports.mail,
            copy.raw,
            sender=copy.envelope_sender,
            recipient="nobody@bridge.demo",
        )
    assert bridge.run("trace", copy.message_id).returncode == 1


@pytest.mark.parametrize(
    ("copy", "sender", "why"),
    [
        (Copy(ROAD, 1), "mallory@people.demo", "its envelope_domain is not lists.demo"),
        (Copy(ROAD, 2, list_id="other.lists.demo"), None, "its List-Id is other.lists.demo"),
    ],
    ids=["written straight to us", "of another list"],
)
async def test_what_does_not_come_from_the_list_is_held(
    bridge: BridgeServer, log_in: Callable, copy: Copy, sender: str | None, why: str
) -> None:
    hand_over(
        bridge.settings.ports.mail,
        copy.raw,
        sender=sender or copy.envelope_sender,
        recipient=ROAD.bridge_address,
    )
    trace = await polled(
        lambda: bridge.run("trace", copy.message_id).stdout, lambda said: "held" in said
    )
    assert why in trace
    books = bridge.run("books")
    assert (books.returncode, "not from the list" in books.stdout) == (0, True)
    amal = await log_in("amal")
    events = await amal.history(await amal.join_when_there(ALIAS))
    assert message_id_hash(MessageId(copy.message_id)) not in json.dumps(events)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer not-the-hs-token"}, 403),
        ({"Authorization": "hs-token-of-the-tests"}, 403),
    ],
    ids=["no token", "another token", "no bearer"],
)
def test_events_without_the_homeserver_s_token_leave_no_row(
    bridge: BridgeServer, headers: dict[str, str], status: int
) -> None:
    event = {"event_id": "$forged", "type": "m.reaction", "room_id": "!r", "sender": "@m:hs.test"}
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{bridge.settings.ports.matrix}/_matrix/app/v1/transactions/forged",
        data=json.dumps({"events": [event]}).encode(),
        headers={"Content-Type": "application/json", **headers},
        method="PUT",
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    refused.value.close()
    assert refused.value.code == status
    assert rows_about(bridge, "$forged") == 0


def rows_about(bridge: BridgeServer, text: str) -> int:
    connection = sqlite3.connect(f"file:{bridge.database}?mode=ro", uri=True)
    try:
        query = "SELECT count(*) FROM inbox WHERE instr(key, ?) OR instr(raw, ?)"
        return connection.execute(query, (text, text)).fetchone()[0]
    finally:
        connection.close()
