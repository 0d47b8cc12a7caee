import smtplib
from collections.abc import Iterator
from email.message import Message

import pytest
from lmtp_stub import LmtpStub, listening

from bridge.demo.lmtp import hand_over
from bridge.demo.ports import free_ports
from bridge.demo.postoffice import PostOffice
from bridge.errors import Permanent, Transient

ANA, BELA, BRIDGE = "ana@people.demo", "bela@people.demo", "in-7f3a@bridge.demo"
MAIL = b"From: ana@people.demo\r\nSubject: Agenda\r\n\r\n.dot first\r\n"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


def is_agenda(mail: Message) -> bool:
    return mail["Subject"] == "Agenda"


def numbered(number: int) -> bytes:
    return b"Subject: %d\r\n\r\n" % number


async def test_one_transaction_reaches_the_mailbox_of_each_recipient(office: PostOffice) -> None:
    with smtplib.SMTP("127.0.0.1", office.port, "localhost") as connection:
        connection.sendmail("pc-bounces@lists.demo", [ANA, BELA.upper()], MAIL)
    assert office.mailboxes.of(ANA) == office.mailboxes.of(BELA) == (MAIL,)
    assert await office.wait_for(ANA, is_agenda) == MAIL


async def test_waiting_in_vain_names_what_came_instead(office: PostOffice) -> None:
    office.post(MAIL, sender=ANA, recipients=(BELA,))
    with pytest.raises(TimeoutError, match="Agenda"):
        await office.wait_for(BELA, lambda mail: False, seconds=0)


def test_a_routed_address_gets_its_copy_by_lmtp(office: PostOffice, port: int) -> None:
    with listening(LmtpStub(), port) as bridge:
        office.route(BRIDGE, port)
        office.post(MAIL, sender="pc-bounces@lists.demo", recipients=(ANA, BRIDGE))
        taken = bridge.take()
    assert (taken.mail_from, taken.rcpt_tos) == ("pc-bounces@lists.demo", [BRIDGE])
    assert taken.original_content == MAIL


def test_mails_wait_in_order_while_nobody_listens(office: PostOffice, port: int) -> None:
    office.route(BRIDGE, port)
    for number in range(5):
        office.post(numbered(number), sender=ANA, recipients=(BRIDGE,))
    with listening(LmtpStub(), port) as bridge:
        taken = [bridge.take().original_content for _ in range(5)]
    assert taken == [numbered(number) for number in range(5)]


def test_a_mail_is_tried_again_after_4xx_and_given_up_after_5xx(
    office: PostOffice, port: int
) -> None:
    with listening(LmtpStub("451 Later", "451 Later", "250 OK", "554 Never"), port) as bridge:
        office.route(BRIDGE, port)
        for number in range(3):
            office.post(numbered(number), sender=ANA, recipients=(BRIDGE,))
        taken = [bridge.take().original_content for _ in range(2)]
    assert taken == [numbered(0), numbered(2)]
    assert [(refusal.raw, refusal.reason) for refusal in office.refusals] == [
        (numbered(1), "554 Never")
    ]


def test_a_closed_route_keeps_mails_in_the_mailbox_only(office: PostOffice, port: int) -> None:
    office.route(BRIDGE, port)
    office.close_route(BRIDGE)
    office.post(MAIL, sender=ANA, recipients=(BRIDGE,))
    assert (office.waiting(BRIDGE), office.mailboxes.of(BRIDGE)) == (0, (MAIL,))


@pytest.mark.parametrize(("answer", "blame"), [("451 Later", Transient), ("554 Never", Permanent)])
def test_a_refusal_says_who_must_act(
    port: int, answer: str, blame: type[Transient | Permanent]
) -> None:
    with listening(LmtpStub(answer), port), pytest.raises(blame, match=answer):
        hand_over(port, MAIL, sender=ANA, recipient=BRIDGE)


def test_nobody_listening_is_healed_by_time(port: int) -> None:
    with pytest.raises(Transient, match=str(port)):
        hand_over(port, MAIL, sender=ANA, recipient=BRIDGE)


def test_long_lines_and_8_bit_are_kept(office: PostOffice) -> None:
    raw = b"Subject: long\r\n\r\n" + "é".encode() * 50_000 + b"\r\n"
    with smtplib.SMTP("127.0.0.1", office.port, "localhost") as connection:
        connection.sendmail(ANA, [BELA], raw)
    assert office.mailboxes.of(BELA) == (raw,)
