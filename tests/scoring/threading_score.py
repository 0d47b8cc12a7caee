"""Score: do threads survive when 15 of 100 messages are missing and the rest is shuffled?

The truth is the undamaged graph of References and In-Reply-To: messages it connects are a thread.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import samples

from bridge.ids import MessageId
from bridge.mail.archive import read_mails
from bridge.mail.parse import Post, parse_archived
from bridge.mail.threadlist import thread_rows, topic_of

AIM = 0.99
MISSING = 0.15


def posts() -> list[Post]:
    """Return the archive's messages, each once."""
    paths = sorted((samples.CORPORA / "pipermail").glob("*.txt"))
    found = [parse_archived(raw) for path in paths for raw in read_mails(path)]
    return list({post.message_id: post for post in found}.values())


def truth(given: list[Post]) -> Mapping[MessageId, MessageId]:
    """Return each message's cluster by what the headers connect, found by plain flooding."""
    beside: dict[MessageId, set[MessageId]] = {}
    for post in given:
        for other in (post.message_id, *post.references):
            beside.setdefault(post.message_id, set()).add(other)
            beside.setdefault(other, set()).add(post.message_id)
    cluster: dict[MessageId, MessageId] = {}
    for start in sorted(beside):
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in cluster:
                cluster[name] = start
                waiting.extend(beside[name])
    return cluster


def b_cubed(found: Mapping[MessageId, MessageId], wanted: Mapping[MessageId, MessageId]) -> float:
    """Return the F measure of two clusterings of the messages found."""
    names = list(found)
    precision = _overlap(names, found, wanted)
    recall = _overlap(names, wanted, found)
    return 2 * precision * recall / (precision + recall)


def _overlap(
    names: list[MessageId],
    one: Mapping[MessageId, MessageId],
    other: Mapping[MessageId, MessageId],
) -> float:
    members: dict[MessageId, set[MessageId]] = {}
    also: dict[MessageId, set[MessageId]] = {}
    for name in names:
        members.setdefault(one[name], set()).add(name)
        also.setdefault(other[name], set()).add(name)
    shares = (
        len(members[one[name]] & also[other[name]]) / len(members[one[name]]) for name in names
    )
    return sum(shares) / len(names)


def score(seed: int) -> float:
    """Return B-cubed F for one way of damaging the archive."""
    whole = posts()
    wanted = truth(whole)
    chance = random.Random(seed)
    kept = [post for post in whole if chance.random() >= MISSING]
    chance.shuffle(kept)
    rows = thread_rows((topic_of(post), post.references) for post in kept)
    return b_cubed({row["message_id"]: row["root"] for row in rows}, wanted)


def report() -> str:
    """Return the score as a table."""
    whole = posts()
    rows = thread_rows((topic_of(post), post.references) for post in whole)
    undamaged = b_cubed({row["message_id"]: row["root"] for row in rows}, truth(whole))
    table = [("messages", len(whole), ""), ("nothing removed", f"{undamaged:.2%}", "")]
    table += [
        (f"15% removed, shuffled ({seed})", f"{score(seed):.2%}", f"aim {AIM:.0%}")
        for seed in range(5)
    ]
    return samples.table("threads (pipermail), B-cubed F", table)


if __name__ == "__main__":
    print(report() if samples.are_there() else samples.ABSENT)
