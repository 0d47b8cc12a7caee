"""P24: every mail that came can be followed, checkpoint by checkpoint."""

import asyncio

import pytest
from playbook_cast import Mail, list_copy

FATES = {
    0: ("accepted", "mirrored   part 0: sent as $"),
    1: ("accepted", "in the thread of"),
    2: ("suppressed auto_replied", ""),
    3: ("held       not from the list", ""),
    4: ("shunted    over a limit", ""),
}
"""What a mail of each manner must show after ``received``."""


def manner_of(number: int) -> int:
    """Return how a mail comes; those over a limit are rare, as in life."""
    return 4 if number % 50 == 49 else number % 4


def a_mail(number: int) -> tuple[Mail, bytes, str]:
    """Return a mail in one of five manners, its bytes and its envelope sender."""
    manner, bounces = manner_of(number), "pc-bounces@lists.example.org"
    answers = (f"m{number - 1}",) if manner == 1 else ()
    headers = ("Auto-Submitted: auto-replied",) if manner == 2 else ()
    mail = Mail(f"m{number}", f"Words {number}.\n", answers=answers, headers=headers)
    padding = b"X: 1\r\n" * 1_001 if manner == 4 else b""
    sender = "mallory@evil.example" if manner == 3 else bounces
    return mail, list_copy(padding + mail.raw), sender


@pytest.mark.parametrize("mails", [200, pytest.param(10_000, marks=pytest.mark.long)])
async def test_a_trace_shows_every_checkpoint_of_every_mail(book, mails):
    sent = [a_mail(number) for number in range(mails)]
    await asyncio.gather(*(book._take(raw, sender) for _, raw, sender in sent))
    await book.quiet()
    for number, (mail, _, _) in enumerate(sent):
        lines = await book.trace(mail.message_id)
        became, showing = FATES[manner_of(number)]
        assert lines[0].startswith("received ")
        assert lines[1].startswith(became)
        assert showing in "\n".join(lines)


async def test_a_mail_that_never_came_has_no_trace(book):
    assert await book.trace("never@people.example") == []


async def test_a_mail_that_came_twice_shows_both_copies(book):
    await book.post(Mail("twice"))
    await book.receive(list_copy(Mail("twice").raw, 2))
    lines = await book.trace(Mail("twice").message_id)
    assert len([one for one in lines if one.startswith("received")]) == 2
    assert any(one.startswith("suppressed duplicate") for one in lines)


async def test_our_own_call_shows_its_proof_and_the_request_its_ballot(opened):
    ballot = await opened.ballot()
    assert any("b/1 open, 0 acts" in one for one in await opened.trace(ballot.message_id))
    call = opened.mails[0].partition("Message-ID: <")[2].partition(">")[0]
    lines = await opened.trace(call)
    assert any(one.startswith("accepted") for one in lines)
    assert any("proof: the list's copy" in one for one in lines)
