"""The homeserver's calls: proof of who calls, stored before answered."""

import json
from io import BytesIO

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bridge.errors import Transient
from bridge.matrix.ghosts import Namespace
from bridge.matrix.server import appservice_app

OURS = {"Authorization": "Bearer hs-secret"}
TRANSACTION = "/_matrix/app/v1/transactions/1"
EVENT = {"event_id": "$a", "room_id": "!r"}


class Inbox:
    """What was stored; refuses while ``is_full``."""

    def __init__(self):
        self.rows = []
        self.is_full = False
        self.gathered = 0

    async def gather(self):
        self.gathered += 1

    async def store(self, events):
        if self.is_full:
            raise Transient("disk full: /secret/path")
        self.rows += events


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
async def homeserver(inbox):
    namespace = Namespace("hs.test", "list_", "seconded")
    app = appservice_app(
        hs_token="hs-secret", namespace=namespace, store=inbox.store, gather=inbox.gather
    )
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_events_are_stored_before_the_answer(homeserver, inbox):
    answer = await homeserver.put(TRANSACTION, json={"events": [EVENT]}, headers=OURS)
    assert (answer.status, await answer.json()) == (200, {})
    assert [row.key for row in inbox.rows] == ["$a"]


@pytest.mark.parametrize(("senders", "gathered"), [(["list_a"], 1), (["list_a", "ben"], 0)])
async def test_only_a_transaction_of_our_own_echoes_is_answered_later(
    homeserver, inbox, senders, gathered
):
    said = [{**EVENT, "type": "m.room.message", "sender": f"@{one}:hs.test"} for one in senders]
    answer = await homeserver.put(TRANSACTION, json={"events": said}, headers=OURS)
    assert (answer.status, inbox.gathered) == (200, gathered)


@pytest.mark.parametrize(
    ("token", "query", "refusal"),
    [
        (None, "", (401, "M_MISSING_TOKEN")),
        (None, "?access_token=hs-secret", (401, "M_MISSING_TOKEN")),
        ("Bearer wrong", "", (403, "M_FORBIDDEN")),
        ("Bearer wrong", "?access_token=hs-secret", (403, "M_FORBIDDEN")),
        ("hs-secret", "", (403, "M_FORBIDDEN")),
        ("Bearer é", "", (403, "M_FORBIDDEN")),
    ],
)
async def test_a_caller_without_our_token_leaves_no_row(homeserver, inbox, token, query, refusal):
    headers = {"Authorization": token} if token else {}
    answer = await homeserver.put(TRANSACTION + query, json={"events": [EVENT]}, headers=headers)
    assert (answer.status, (await answer.json())["errcode"]) == refusal
    assert inbox.rows == []


@pytest.mark.parametrize("path", ["users/@list_a:hs.test", "rooms/%23list_pc:hs.test", "nowhere"])
async def test_every_path_asks_for_the_token(homeserver, path):
    assert (await homeserver.get(f"/_matrix/app/v1/{path}")).status == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"events": 1}', b"\xff\xfe"])
async def test_a_malformed_transaction_is_refused_and_leaves_no_row(homeserver, inbox, body):
    answer = await homeserver.put(TRANSACTION, data=body, headers=OURS)
    assert (answer.status, (await answer.json())["errcode"]) == (400, "M_NOT_JSON")
    assert inbox.rows == []


async def test_a_malformed_event_is_stored_beside_the_others(homeserver, inbox):
    answer = await homeserver.put(TRANSACTION, json={"events": [7, EVENT]}, headers=OURS)
    assert answer.status == 200
    assert [row.key[:7] for row in inbox.rows] == ["sha256:", "$a"]


async def test_what_cannot_be_stored_now_is_asked_for_again(homeserver, inbox):
    inbox.is_full = True
    answer = await homeserver.put(TRANSACTION, json={"events": [EVENT]}, headers=OURS)
    assert answer.status == 503
    assert "secret" not in await answer.text()


async def test_a_transaction_of_many_megabytes_is_taken(homeserver, inbox):
    event = {"event_id": "$big", "content": {"body": "x" * 5_000_000}}
    raw = json.dumps({"events": [event]}).encode()
    assert (await homeserver.put(TRANSACTION, data=BytesIO(raw), headers=OURS)).status == 200
    assert [row.key for row in inbox.rows] == ["$big"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("users/%40list_abc%3Ahs.test", 200),
        ("users/@seconded:hs.test", 200),
        ("users/@jane:hs.test", 404),
        ("rooms/%23list_pc%3Ahs.test", 200),
        ("rooms/%23other%3Ahs.test", 404),
    ],
)
async def test_queries_know_what_is_ours(homeserver, path, status):
    answer = await homeserver.get(f"/_matrix/app/v1/{path}", headers=OURS)
    assert answer.status == status


async def test_a_ping_is_answered(homeserver):
    answer = await homeserver.post("/_matrix/app/v1/ping", json={}, headers=OURS)
    assert (answer.status, await answer.json()) == (200, {})
