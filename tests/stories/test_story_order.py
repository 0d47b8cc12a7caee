"""P6: a mail tree is the same whatever order its mails come in, and no reply stands alone."""

import random
from collections import defaultdict

import pytest
from playbook_cast import LIST_ID, Mail
from sqlalchemy import select

from bridge.ids import message_id_hash
from bridge.store import mirror
from bridge.store.schema import thread_nodes


def a_thread(number: int, chance: random.Random) -> list[Mail]:
    """Make a thread of up to four mails; some lack their root, some lie about their ancestry."""
    mails = [Mail(f"t{number}.0", subject=f"Thread {number}")]
    for reply in range(1, chance.randint(2, 4)):
        parent = chance.choice(mails)
        references = (*parent.answers, parent.name)
        broken = chance.random()
        if broken < 0.15:
            references = references[-1:]
        elif broken < 0.25:
            references = (f"t{number}.unknown", *references[1:])
        elif broken < 0.3:
            references = tuple(reversed(references))
        mails.append(Mail(f"t{number}.{reply}", subject=f"Re: Thread {number}", answers=references))
    return mails[1:] if chance.random() < 0.2 else mails


async def tree_of(book) -> dict[str, tuple[str | None, str]]:
    """Return the parent and root of every message, from the database."""
    rows = await book.read(lambda conn: conn.execute(select(thread_nodes)).all())
    return {row.message_id: (row.parent, row.root) for row in rows}


@pytest.mark.parametrize("threads", [200, pytest.param(1_000, marks=pytest.mark.long)])
async def test_any_order_of_arrival_gives_one_tree(begin, threads):
    chance = random.Random(threads)
    mails = [mail for n in range(threads) for mail in a_thread(n, chance)]
    in_order, shuffled = await begin(), await begin()
    in_order.homeserver.is_down = shuffled.homeserver.is_down = True
    await in_order.post(*mails)
    await shuffled.post(*chance.sample(mails, len(mails)))
    assert await tree_of(shuffled) == await tree_of(in_order)
    assert len(await tree_of(in_order)) >= len(mails)


@pytest.mark.parametrize("threads", [25, pytest.param(1_000, marks=pytest.mark.long)])
async def test_no_reply_stands_before_its_thread_and_late_roots_are_pointed_to(begin, threads):
    chance = random.Random(threads)
    mails = [mail for n in range(threads) for mail in a_thread(n, chance)]
    book = await begin()
    await book.post(*chance.sample(mails, len(mails)))
    await book.later(minutes=1)
    assert (await book.books()).mirrored == len(mails)
    assert_threads_begin_before_their_replies(book)
    await assert_late_roots_are_pointed_to(book, mails)


def assert_threads_begin_before_their_replies(book) -> None:
    seen = set()
    for event in book.messages:
        relation = event["content"].get("m.relates_to", {})
        assert relation.get("event_id") in {None, *seen}
        assert relation.get("m.in_reply_to", {}).get("event_id") in {None, *seen}
        seen.add(event["event_id"])


async def assert_late_roots_are_pointed_to(book, mails) -> None:
    """A root whose thread had begun without it names the other's event, and is named by it."""
    places = {message_id_hash(mail.message_id): mail.message_id for mail in mails}
    order = [
        places[one["content"]["org.seconded.source"][0]["message_id"]]
        for one in book.messages
        if "org.seconded.source" in one["content"]
    ]
    tree, pointers = await tree_of(book), defaultdict(int)
    for one in book.messages:
        if "Answers to this post came before" in one["content"]["body"]:
            pointers[one["content"]["m.relates_to"]["event_id"]] += 1
        if "came later" in one["content"]["body"]:
            pointers["later"] += 1
    late = 0
    for name in order:
        before = order[: order.index(name)]
        if tree[name][0] is None and any(tree[each][1] == name for each in before):
            post = await book.read(lambda conn, name=name: mirror.post_by_id(conn, LIST_ID, name))
            assert pointers[post.event_id] == 1
            late += 1
    assert pointers["later"] >= late > 0
