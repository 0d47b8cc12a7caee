"""A private list's room is closed from its first event on, to everybody who was not invited."""

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Mail, Player
from bridge.demo.member import MemberError
from bridge.demo.postoffice import PostOffice
from bridge.demo.rest import Rest
from bridge.demo.synapse import Account, SynapseServer

pytestmark = pytest.mark.real

BOARD = Mirrored("board@lists.demo", "board-9q1@bridge.demo", "Board", ("amal",), "private")
ALIAS = "#list_board:hs.test"
SECRET = "The offer is forty thousand."
MAIL = Mail(
    Player("boris", "Boris Member", "Europe/Sofia"),
    "Offer@people.demo",
    "Offer",
    f"{SECRET}\n",
    list_address=BOARD.posting_address,
)


@pytest.fixture(scope="module")
def bridge(run_bridge: Callable) -> Iterator[BridgeServer]:
    with run_bridge(BOARD) as running:
        yield running


async def test_a_private_list_is_read_by_those_who_were_invited_and_by_nobody_else(
    bridge: BridgeServer,
    synapse: SynapseServer,
    accounts: Mapping[str, Account],
    post_office: PostOffice,
    log_in: Callable,
) -> None:
    amal, stranger = await log_in("amal"), await log_in("stranger")
    room = await amal.join_when_there(ALIAS)
    post_office.post(MAIL.raw, sender=MAIL.author.address, recipients=(BOARD.posting_address,))
    await amal.wait_for(lambda one: SECRET in str(one["content"].get("body")), "the offer")

    assert (await amal.state(room, "m.room.join_rules"))["join_rule"] == "invite"
    visibility = await amal.state(room, "m.room.history_visibility")
    assert visibility["history_visibility"] == "joined"
    token = {"Authorization": f"Bearer {accounts['stranger'].access_token}"}
    directory = Rest(synapse.port, token).get("/_matrix/client/v3/publicRooms")
    assert room not in json.dumps(directory)
    with pytest.raises(MemberError, match="403"):
        await stranger.join(ALIAS)
    with pytest.raises(MemberError, match="403"):
        await stranger.history(room)
    with pytest.raises(MemberError, match="403"):
        await stranger.state(room, "m.room.name")


async def test_the_post_names_its_message_id_in_its_source_only_where_the_room_is_private(
    bridge: BridgeServer, post_office: PostOffice, log_in: Callable
) -> None:
    amal = await log_in("amal")
    await amal.join_when_there(ALIAS)
    post_office.post(MAIL.raw, sender=MAIL.author.address, recipients=(BOARD.posting_address,))
    event = await amal.wait_for(lambda one: SECRET in str(one["content"].get("body")), "the offer")
    source = {"list": BOARD.list_id, "message_id": MAIL.message_id, "part": 0}
    assert event["content"]["org.seconded.source"] == [source]
