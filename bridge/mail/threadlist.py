"""The mail tree of many messages as rows: parent, root, and the place in the thread; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bridge.domain.threads import Forest, Topic, build, claims_of, subject_claims
from bridge.ids import Instant, MessageId
from bridge.mail.parse import Post
from bridge.mail.subjects import normalised, says_reply

_UNKNOWN_DATE = Instant(0)


def topic_of(post: Post) -> Topic:
    """Return what the subject fallback looks at."""
    return Topic(
        message_id=post.message_id,
        subject=normalised(post.subject),
        date=post.date,
        is_reply=says_reply(post.subject),
        has_references=bool(post.references),
    )


def thread_rows(posts: Iterable[tuple[Topic, tuple[MessageId, ...]]]) -> Iterator[dict[str, Any]]:
    """Yield one row a message, thread by thread, each thread depth first.

    A parent or root may be a message that is not there: a placeholder that others name.

    Args:
        posts: topic and ancestry of each message, in any order; copies are counted once.
    """
    topics: dict[MessageId, Topic] = {}
    references: dict[MessageId, tuple[MessageId, ...]] = {}
    for topic, ancestry in posts:
        if topic.message_id not in topics:
            topics[topic.message_id] = topic
            references[topic.message_id] = ancestry
    claims = [claim for name, ancestry in references.items() for claim in claims_of(name, ancestry)]
    claims += subject_claims(topics.values())
    arrived = {name: topic.date or _UNKNOWN_DATE for name, topic in topics.items()}
    yield from _rows(build(claims, arrived), arrived)


def _rows(forest: Forest, arrived: Mapping[MessageId, Instant]) -> Iterator[dict[str, Any]]:
    children: dict[MessageId | None, list[MessageId]] = {}
    for name, parent in forest.parent.items():
        children.setdefault(parent, []).append(name)
    first = _first_dates(forest, arrived)
    for below in children.values():
        below.sort(key=lambda name: (first.get(name, _UNKNOWN_DATE), name), reverse=True)
    for root in reversed(children.get(None, [])):
        position = 0
        waiting = [root]
        while waiting:
            name = waiting.pop()
            waiting.extend(children.get(name, ()))
            if name in arrived:
                yield {
                    "message_id": name,
                    "parent": forest.parent[name],
                    "root": forest.root[name],
                    "position": position,
                }
                position += 1


def _first_dates(
    forest: Forest, arrived: Mapping[MessageId, Instant]
) -> Mapping[MessageId, Instant]:
    """Return each message's date; a placeholder's is its earliest child's."""
    first = dict(arrived)
    for name, date in arrived.items():
        parent = forest.parent[name]
        steps = 0
        while parent is not None and parent not in arrived and steps < len(forest.parent):
            first[parent] = min(first.get(parent, date), date)
            parent, steps = forest.parent[parent], steps + 1
    return first
