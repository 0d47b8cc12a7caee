"""The harness itself on the real servers: what the tests beside this one stand on."""

import smtplib
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message

import pytest
from lmtp_stub import LmtpStub, listening

from bridge.demo.mailman import MailmanServer, Subscriber
from bridge.demo.ports import free_ports, is_listening
from bridge.demo.postoffice import PostOffice
from bridge.demo.rest import Rest
from bridge.demo.servers import Servers, serve_list
from bridge.demo.synapse import SynapseServer
from bridge.errors import Permanent

pytestmark = pytest.mark.real

ANA, BELA, BRIDGE = "ana@people.demo", "bela@people.demo", "in-7f3a@bridge.demo"
SUBSCRIBERS = tuple(Subscriber(address) for address in (ANA, BELA, BRIDGE))


def mail(subject: str, posting_address: str, *more: str) -> bytes:
    headers = [
        f"From: Ana Demo <{ANA}>",
        f"To: {posting_address}",
        f"Subject: {subject}",
        f"Message-ID: <{subject}@people.demo>",
        "Date: Mon, 03 Nov 2025 08:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        *more,
    ]
    return "\r\n".join([*headers, "", "Schönen Tag,", "", "Ana", ""]).encode()


def is_about(subject: str) -> Callable[[Message], bool]:
    return lambda mail: subject in str(mail["Subject"])


async def test_a_post_reaches_each_mailbox_and_the_bridge_by_lmtp(
    servers: Servers, post_office: PostOffice
) -> None:
    (port,) = free_ports(1)
    serve_list(servers, "both@lists.demo", *SUBSCRIBERS)
    post_office.route(BRIDGE, port)
    with listening(LmtpStub(), port) as bridge:
        raw = mail("agenda", "both@lists.demo")
        post_office.post(raw, sender=ANA, recipients=("both@lists.demo",))
        copies = [await post_office.wait_for(who, is_about("agenda")) for who in (ANA, BELA)]
        taken = bridge.take()
    post_office.close_route(BRIDGE)
    assert (taken.mail_from, taken.rcpt_tos) == ("both-bounces@lists.demo", [BRIDGE])
    assert {message_from_bytes(copy)["List-Id"] for copy in copies} == {"<both.lists.demo>"}
    assert [*copies, taken.original_content] == [copies[0]] * 3


async def test_what_the_bridge_submits_by_smtp_reaches_the_list(
    servers: Servers, post_office: PostOffice
) -> None:
    serve_list(servers, "submit@lists.demo", *SUBSCRIBERS)
    raw = mail("call", "submit@lists.demo", "Auto-Submitted: auto-generated")
    with smtplib.SMTP("127.0.0.1", post_office.port, "localhost") as connection:
        connection.sendmail(ANA, ["submit@lists.demo"], raw)
    copy = message_from_bytes(await post_office.wait_for(BELA, is_about("call")))
    assert copy["Message-ID"] == "<call@people.demo>"
    assert copy["Auto-Submitted"] == "auto-generated"
    assert "Schönen Tag," in body_of(copy)


def body_of(copy: Message) -> str:
    payload = copy.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_stranger_s_post_waits_for_the_moderator(
    servers: Servers, mailman: MailmanServer
) -> None:
    mailman.create_list("held@lists.demo", SUBSCRIBERS[1:])
    mailman.inject(mail("stranger", "held@lists.demo"), sender=ANA, recipient="held@lists.demo")
    mailman.process.wait_until(lambda: bool(mailman.held("held@lists.demo")), seconds=30)
    assert mailman.held("held@lists.demo") == ("<stranger@people.demo>",)


def test_mailman_refuses_an_unknown_list(mailman: MailmanServer) -> None:
    with pytest.raises(Permanent, match="550"):
        mailman.inject(b"Subject: x\r\n\r\n", sender=ANA, recipient="nobody@lists.demo")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_synapse_keeps_its_users_over_an_end_and_a_start(synapse: SynapseServer, end: str) -> None:
    account = synapse.register(f"user-{end}", "a-password", display_name="A User")
    {"stop": synapse.stop, "kill": synapse.kill}[end]()
    assert not is_listening(synapse.port)
    synapse.start()
    rest = Rest(synapse.port, {"Authorization": f"Bearer {account.access_token}"})
    assert rest.get("/_matrix/client/v3/account/whoami")["user_id"] == f"@user-{end}:hs.test"


def test_a_name_is_registered_once(synapse: SynapseServer) -> None:
    synapse.register("once", "a-password")
    with pytest.raises(Permanent, match="M_USER_IN_USE"):
        synapse.register("once", "a-password")
