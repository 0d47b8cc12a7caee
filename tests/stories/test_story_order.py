"""P6: a mail tree is the same whatever order its mails come in, and no reply stands alone."""

import random
import re
from collections import Counter, defaultdict
from urllib.parse import unquote

import pytest
from playbook_cast import LIST_ID, Mail
from sqlalchemy import select

from bridge.store import mirror
from bridge.store.schema import posts, thread_nodes


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
async def test_no_reply_stands_before_its_thread_and_split_threads_are_pointed_to(begin, threads):
    chance = random.Random(threads)
    mails = [mail for n in range(threads) for mail in a_thread(n, chance)]
    book = await begin()
    await book.post(*chance.sample(mails, len(mails)))
    await book.later(minutes=1)
    assert (await book.books()).mirrored == len(mails)
    assert_threads_begin_before_their_replies(book)
    await assert_splits_are_pointed_to(book)


def assert_threads_begin_before_their_replies(book) -> None:
    seen = set()
    for event in book.messages:
        relation = event["content"].get("m.relates_to", {})
        assert relation.get("event_id") in {None, *seen}
        assert relation.get("m.in_reply_to", {}).get("event_id") in {None, *seen}
        seen.add(event["event_id"])


async def assert_splits_are_pointed_to(book) -> None:
    """Where a thread stands in several, its root's names each of the others, and they name it."""
    tree, heads, pointers = await tree_of(book), defaultdict(list), defaultdict(Counter)
    for one in book.messages:
        place = one["content"].get("m.relates_to", {}).get("event_id")
        if "org.seconded.source" not in one["content"]:
            pointers[place].update(re.findall(r"\$[\w-]+", unquote(one["content"]["body"])))
        elif place is None:
            heads[tree[await message_id_of(book, one)][1]].append(one["event_id"])
    split = 0
    for root, standing in heads.items():
        post = await book.read(lambda conn, root=root: mirror.post_by_id(conn, LIST_ID, root))
        if post is None or post.event_id not in standing:
            continue
        others = set(standing) - {post.event_id}
        assert pointers[post.event_id] == Counter(others)
        assert all(pointers[other] == Counter([post.event_id]) for other in others)
        split += len(others)
    assert split > 0


async def message_id_of(book, event) -> str:
    query = select(posts.c.message_id).where(posts.c.event_id == event["event_id"])
    return await book.read(lambda conn: conn.scalar(query))
