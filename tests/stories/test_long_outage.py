"""P5: 72 hours without a homeserver or a mail server cost time, and little of anything else.

Here all who ask take turns whenever the breaker allows a probe; that it allows one of them alone
when they ask in the same moment is shown with the loops running, in ``test_lifecycle``.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes_mail import FakeSmtp
from playbook_cast import BRIDGE_ADDRESS, LIST_ADDRESS, LIST_ID, Mail

from bridge.errors import Transient
from bridge.ids import BallotId, Instant, MessageId, message_id_hash
from bridge.letters import mail_letter
from bridge.ports import Envelope
from bridge.store import listposts, outbox
from bridge.store.database import Tx
from bridge.store.listposts import ListPost

# What an outage costs does not hang on the database; both keep the same books elsewhere.
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
HOURS = 72
HOUR_MS = 3_600_000
LEAST_ATTEMPTS, MOST_ATTEMPTS = 800, 1_500
THREAD = 10
AT_ONCE = 40
GROWTH_BYTES = 64 * 1024 * 1024
SEED = 5
NOTES = 200


def mail(number: int) -> Mail:
    """Return one mail of a conversation: every tenth begins a thread, the rest answer it."""
    root = number - number % THREAD
    answers = () if number == root else (f"o{root}",)
    return Mail(f"o{number}", f"Number {number}.\n", subject=f"Thread {root}", answers=answers)


class Counting:
    """The homeserver's door, with a counter."""

    def __init__(self, homeserver) -> None:
        self.attempts = 0
        self._request = homeserver._request
        homeserver._request = self

    def __call__(self):
        self.attempts += 1
        return self._request()


@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
async def test_an_outage_of_72_hours_costs_time_only(begin, count):
    random.seed(SEED)
    book = await begin()
    book.homeserver.is_down, door = True, Counting(book.homeserver)
    sent, sizes, end = 0, [], book.clock() + HOURS * HOUR_MS
    while book.clock() < end:
        await tried_again(book)
        hour = min(HOURS, HOURS - (end - book.clock()) // HOUR_MS)
        while sent < count * hour // HOURS:
            batch = range(sent, min(sent + AT_ONCE, count * hour // HOURS))
            await book.post(*map(mail, batch))
            sent = batch.stop
        sizes.append(resident_bytes())
    assert LEAST_ATTEMPTS < door.attempts <= MOST_ATTEMPTS
    # What waits lies in the database: the process does not grow with it.
    assert sizes[-1] - sizes[len(sizes) // 3] < GROWTH_BYTES
    assert (await book.books()).in_flight == count

    book.homeserver.is_down = False
    await book.later(minutes=10)
    books = await book.books()
    assert (books.mirrored, books.in_flight, books.balanced) == (count, 0, True)
    assert_in_order(book, count)


async def tried_again(book) -> None:
    """Let everything that asks the homeserver try when the breaker allows the next probe."""
    matrix = book.deliverers[0]
    book.clock.value = max(book.clock() + 1, matrix.breaker.retry_at)
    tries = [book._drain(), book._carry("matrix"), book.bridge._sweep(), book.bridge._tick()]
    random.shuffle(tries)
    for one in tries:
        with suppress(Transient):
            await one
    await book.bridge._is_greeted(1) if matrix.breaker.allows(book.clock(), 1) else None


async def test_an_outage_of_72_hours_of_the_mail_server_costs_time_only(begin):
    random.seed(SEED)
    book = await begin(changes={("mail", "fuse_per_hour"): 10 * NOTES})
    submission = book.deliverers[1]
    submission.port = door = ClosedDoor(book.smtp)
    end = book.clock() + HOURS * HOUR_MS
    await book.store.write(queue_notes)
    while book.clock() < end:
        book.clock.value = max(book.clock() + 1000, submission.breaker.retry_at)
        await book._carry("mail")
    assert LEAST_ATTEMPTS < door.attempts <= MOST_ATTEMPTS
    assert book.smtp.delivered == []

    door.is_open = True
    await book.later(minutes=10)
    ids = [one.partition("Message-ID: <")[2].partition(">")[0] for one in book.mails]
    assert sorted(ids) == sorted(note(number)[0] for number in range(NOTES))
    assert await book.read(outbox.shunted) == []


@dataclass
class ClosedDoor:
    """A submission server out of reach until its door is open, with a counter."""

    server: FakeSmtp
    attempts: int = 0
    is_open: bool = False

    async def send(self, envelope: Envelope) -> str:
        if self.is_open:
            return await self.server.send(envelope)
        self.attempts += 1
        raise Transient("connection refused")


def note(number: int) -> tuple[MessageId, bytes]:
    """Return a mail of ours to the list."""
    name = MessageId(f"note.{number}@bridge.example.org")
    head = f"From: {BRIDGE_ADDRESS}\r\nTo: {LIST_ADDRESS}\r\nSubject: Note {number}\r\n"
    return name, f"{head}Message-ID: <{name}>\r\n\r\nNote {number}.\r\n".encode()


def queue_notes(tx: Tx) -> None:
    for number in range(NOTES):
        name, raw = note(number)
        listposts.record_queued(
            tx, ListPost(name, LIST_ID, BallotId(1), "note", "queued", Instant(tx.now))
        )
        envelope = Envelope(BRIDGE_ADDRESS, (LIST_ADDRESS,), raw)
        assert outbox.add(tx, mail_letter(LIST_ID, name, envelope, None))


def resident_bytes() -> int:
    """Return how much memory this process holds now."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def assert_in_order(book, count: int) -> None:
    """Each post once, and in each thread in the order in which they came."""
    numbers = {message_id_hash(mail(number).message_id): number for number in range(count)}
    threads = defaultdict(list)
    for event in book.messages:
        for source in event["content"].get("org.seconded.source", []):
            number = numbers.pop(source["message_id"])
            threads[number - number % THREAD].append(number)
    assert numbers == {}
    assert all(found == sorted(found) for found in threads.values())
