"""What is attached to a mail stands in the room, and a member downloads it byte by byte."""

import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.member import Event
from bridge.demo.ports import LOOPBACK
from bridge.demo.postoffice import PostOffice
from bridge.demo.synapse import Account, SynapseServer

pytestmark = pytest.mark.real

FILES = Mirrored("files@lists.demo", "files-7h3@bridge.demo", "Files", ("amal",))
ALIAS = "#list_files:hs.test"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6364f8cf500f00038301804b3bd6110000000049454e44ae426082"
)
ATTACHED = {
    "minutes.txt": ("text/plain", b"Nobody objected.\r\nBruno was away.\n"),
    "map.png": ("image/png", PNG),
    "page.html": ("text/html", b"<script>alert(1)</script>"),
}


def mail() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Boris Member <boris@people.demo>"
    message["To"] = FILES.posting_address
    message["Subject"] = "Minutes"
    message["Message-ID"] = "<Minutes@people.demo>"
    message.set_content("See the files.\n\n> What of it?\n")
    for name, (kind, content) in ATTACHED.items():
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


@pytest.fixture(scope="module")
def bridge(run_bridge: Callable) -> Iterator[BridgeServer]:
    with run_bridge(FILES) as running:
        yield running


def is_file(event: Event) -> bool:
    return event.get("content", {}).get("msgtype") in {"m.file", "m.image"}


def download(synapse: SynapseServer, account: Account, event: Event) -> tuple[Mapping, bytes]:
    """Return the headers and bytes of a file as a client asks for it (Matrix 1.11)."""
    path = event["content"]["url"].removeprefix("mxc://")
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{synapse.port}/_matrix/client/v1/media/download/{path}",
        headers={"Authorization": f"Bearer {account.access_token}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(answer.headers), answer.read()


async def test_files_stand_in_the_thread_and_are_downloaded_as_they_were_sent(
    bridge: BridgeServer,
    synapse: SynapseServer,
    accounts: Mapping[str, Account],
    post_office: PostOffice,
    log_in: Callable,
) -> None:
    amal = await log_in("amal")
    room = await amal.join_when_there(ALIAS)
    post_office.post(mail(), sender="boris@people.demo", recipients=(FILES.posting_address,))
    await amal.wait_for(
        lambda one: is_file(one) and one["content"]["body"] == "page.html", "the last file"
    )
    events = [one for one in reversed(await amal.history(room)) if one["type"] == "m.room.message"]
    head = next(one for one in events if "See the files." in one["content"]["body"])
    files = [one for one in events if is_file(one)]
    assert [one["content"]["filename"] for one in files] == list(ATTACHED)
    assert [one["content"]["msgtype"] for one in files] == ["m.file", "m.image", "m.file"]
    for one in files:
        assert one["sender"] == head["sender"]
        assert one["content"]["m.relates_to"]["event_id"] == head["event_id"]
        headers, content = download(synapse, accounts["amal"], one)
        kind, sent = ATTACHED[one["content"]["filename"]]
        # Mail programs may write a text's line ends anew.
        assert content.replace(b"\r\n", b"\n") == sent.replace(b"\r\n", b"\n")
        served = "application/octet-stream" if kind == "text/html" else kind
        assert headers["Content-Type"].partition(";")[0] == served
    books = bridge.run("books")
    assert (books.returncode, "mirrored 1" in books.stdout) == (0, True)

    await amal.reply(room, head["event_id"], "!full")
    whole = await amal.wait_for(
        lambda one: is_file(one) and one["content"]["body"].endswith("Minutes.txt"), "the whole"
    )
    assert whole["content"]["m.relates_to"]["event_id"] == head["event_id"]
    _, text = download(synapse, accounts["amal"], whole)
    assert text.startswith(b"From: Boris Member\n")
    assert b"See the files.\n\n> What of it?\n" in text
