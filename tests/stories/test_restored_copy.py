"""P22: a database is put back to an earlier moment, while the world went on.

The whole ballot is played and copied after each of its steps. Then a bridge starts on a copy, and
the homeserver has forgotten every transaction id. Nothing stands in the room twice, no mail goes to
the list twice by itself, and nothing is lost: what may not leave unasked waits for a human.
"""

from collections import Counter

import pytest
from playbook import Playbook
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, REQUEST, Mail
from sources import source_keys

from bridge.store import outbox
from bridge.store.backup import back_up
from bridge.store.books import outbox_counts
from bridge.store.restored import recognise

MINUTE = 60_000
OPEN, ANNOUNCED = 3, 10
HAND_IS_UP = 5
MOMENTS = [
    *(("sqlite", moment) for moment in range(11)),
    *(("postgresql", moment) for moment in (1, 6, 9)),
]
"""After which step the ballot is open, and after which its result is on the list."""
REPLY = Mail("reply", "I read it.\n", "Re: " + REQUEST.subject, "oskar", ("request",))


async def steps(book: Playbook):
    """Play the whole ballot, and stop after every thing that somebody does."""
    yield await book.post(REQUEST)
    yield await book.post(REPLY)
    yield await book.asks()
    yield await book.taps(CHAIR, "✅", on=book.preview)
    yield await book.taps(OSKAR)
    hand = await book.taps(PRIYA, "✋")
    yield hand
    yield await book.removes(PRIYA, hand)
    yield await book.says(QUENTIN, "!reserve I would have liked more.", thread=book.card)
    yield await book.later(days=3)
    yield await book.at(CLOSES_AT + 20 * MINUTE)
    yield await book.says(CHAIR, "confirm", thread=book.card)


async def played(book: Playbook, target, moment):
    """Play to the end; return the file of the copy that was made after one of the steps."""
    number = 0
    async for _ in steps(book):
        if number == moment:
            back_up(book._place, target, book.clock())
        number += 1
    return target


def restored(copied, engine_name, request):
    """Bring a copy back as RUNBOOK says, and return the place."""
    if engine_name == "sqlite":
        return copied
    postgres = request.getfixturevalue("postgres")
    url = postgres.database()
    postgres.run("psql", "-v", "ON_ERROR_STOP=1", "-q", "-d", url.database, "-f", str(copied))
    return url


def held_at(moment: int) -> list[str]:
    """Return which mails a copy of that moment writes again."""
    if moment == HAND_IS_UP:
        # It learns only now that the hand went down, and others have a day from then on.
        return ["final-call", "notice"]
    return ["result"] if OPEN <= moment < ANNOUNCED else []


def seen(book: Playbook):
    """Return what must stand once: posts by their keys, the bot's words, mails by Message-ID."""
    bot = book.homeserver.namespace.bot_id
    said = Counter(
        event["content"]["org.seconded.txn"]
        for event in book.room.timeline
        if event["sender"] == bot and "org.seconded.txn" in event["content"]
    )
    mails = Counter(envelope.raw for envelope in book.smtp.delivered)
    return source_keys(book.room.timeline), said, mails


@pytest.mark.parametrize(("engine_name", "moment"), MOMENTS)
async def test_a_restored_copy_says_nothing_twice(begin, tmp_path, request, engine_name, moment):
    book = await begin()
    copied = await played(book, tmp_path / "copy", moment)
    posts, said, mails = seen(book)
    await book.store.close()

    book.clock.value += 30 * 60 * MINUTE
    book.homeserver._txns.clear()
    book._place = restored(copied, engine_name, request)
    await book.start()
    await book.quiet()
    await book.later(days=3)  # The chair's time to confirm; then it goes out by itself.

    posts_now, said_now, mails_now = seen(book)
    assert posts_now == posts
    assert [txn for txn, count in said_now.items() if count > said[txn] and said[txn]] == []
    assert mails_now == mails
    held = await book.read(outbox.shunted)
    assert all("restored from a copy" in item.reason for item in held), held
    # From the open ballot on, the copy closes it and writes the result again, which must not leave.
    assert sorted(item.letter.key.split(":")[1].split(".")[0] for item in held) == held_at(moment)
    assert await book.read(lambda conn: outbox_counts(conn).get(("matrix", "pending"))) is None
    assert await book.store.write(recognise) is not None
