"""P16: a mail server that takes a mail and hangs up before it says so.

With the list's copy as proof no mail is sent twice. Without it a mail comes once more for each
answer that was lost, under the same Message-ID and byte for byte the same.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from aiosmtpd.smtp import SMTP
from fakes_mail import serving
from playbook_cast import BRIDGE_ADDRESS, LIST_ADDRESS, LIST_ID

from bridge.ids import BallotId, Instant, MessageId
from bridge.letters import mail_letter
from bridge.mail.smtp import Submission, SubmissionServer
from bridge.ports import Envelope
from bridge.store import listposts, outbox
from bridge.store.listposts import ListPost

# What a mail server says does not hang on the database.
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
LOST = 0.2
SEED = 16
LARGEST_FUSE = 10_000


@dataclass
class Sink:
    """A submission server that keeps every mail, and loses the answer to some."""

    chance: random.Random
    delivered: list[Envelope] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.delivered.append(
            Envelope(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        )
        if self.chance.random() < LOST:
            self.lost[message_id(self.delivered[-1])] += 1
            server.transport.abort()
        return "250 2.0.0 Ok: queued"

    @property
    def copies(self) -> Counter[str]:
        return Counter(map(message_id, self.delivered))


@dataclass
class RealSmtp:
    """The real way out, and what stands in the sink, as the playbook's list looks at it."""

    submission: Submission
    sink: Sink

    @property
    def delivered(self) -> list[Envelope]:
        return self.sink.delivered

    async def send(self, envelope: Envelope) -> str:
        return await self.submission.send(envelope)


def message_id(envelope: Envelope) -> str:
    return envelope.raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode()


def note(number: int) -> tuple[MessageId, bytes]:
    """Return a mail of ours to the list."""
    name = MessageId(f"note.{number}@bridge.example.org")
    head = f"From: {BRIDGE_ADDRESS}\r\nTo: {LIST_ADDRESS}\r\nSubject: Note {number}\r\n"
    return name, f"{head}Message-ID: <{name}>\r\n\r\nNote {number}.\r\n".encode()


def queue(tx, count: int) -> None:
    for number in range(count):
        name, raw = note(number)
        listposts.record_queued(
            tx, ListPost(name, LIST_ID, BallotId(1), "note", "queued", Instant(tx.now))
        )
        envelope = Envelope(BRIDGE_ADDRESS, (LIST_ADDRESS,), raw)
        assert outbox.add(tx, mail_letter(LIST_ID, name, envelope, None))


@pytest.fixture
async def sending(begin):
    """Return a function that sends so many notes through a sink, and lets hours pass."""

    async def send(count: int, *, list_holds: bool) -> Sink:
        book = await begin(changes={("mail", "fuse_per_hour"): LARGEST_FUSE})
        sink = Sink(random.Random(SEED))
        async with serving(lambda: SMTP(sink, hostname="sink")) as port:
            book.smtp = RealSmtp(Submission(SubmissionServer("127.0.0.1", port, "none")), sink)
            book.list_holds = list_holds
            await book.restart()
            await book.store.write(lambda tx: queue(tx, count))
            while await unsent(book):
                await book.later(minutes=16)
            await book.restart()
            await book.later(hours=2)
        return sink

    return send


async def unsent(book) -> int:
    counts = await book.read(lambda conn: outbox.heads(conn, "mail", Instant(2**60), 1))
    return len(counts)


COUNTS = [100, pytest.param(1_000, marks=pytest.mark.long)]


@pytest.mark.parametrize("count", COUNTS)
async def test_a_mail_that_the_list_has_shown_is_never_sent_again(sending, count):
    sink = await sending(count, list_holds=False)
    assert sum(sink.lost.values()) > count * LOST / 2
    assert sink.copies == {note(number)[0]: 1 for number in range(count)}


@pytest.mark.parametrize("count", COUNTS)
async def test_without_the_list_s_copy_a_mail_comes_once_more_for_each_lost_answer(sending, count):
    sink = await sending(count, list_holds=True)
    assert sum(sink.lost.values()) > count * LOST / 2
    assert sink.copies == {note(n)[0]: 1 + sink.lost[note(n)[0]] for n in range(count)}
    assert {one.raw for one in sink.delivered} == {note(number)[1] for number in range(count)}
