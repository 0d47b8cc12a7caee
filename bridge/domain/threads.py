"""The mail tree: from what headers claim to one parent and one root a message.

Every post claims who its parent is, and, by its References, who the parents of its ancestors
are. The tree is a pure function of the *set* of claims: the order in which posts arrive cannot
change it, and a message nobody has seen yet is a placeholder that keeps its branches together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bridge.ids import Instant, MessageId

OWN = 0
"""The rank of a message's claim about itself; a claim about others ranks by its distance."""

DAY = 86_400_000
SUBJECT_WINDOW = 14 * DAY
SHORTEST_SUBJECT = 8
"""Shorter normalised subjects ("update", "hello") do not name a thread."""


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """One header's word that ``child`` answers ``parent``.

    Attributes:
        claimant: the message whose header says so.
        rank: 0 for a message about itself, else how many generations above the claimant.
    """

    child: MessageId
    parent: MessageId
    claimant: MessageId
    rank: int


@dataclass(frozen=True, slots=True)
class Forest:
    """The trees.

    Attributes:
        parent: of every message known or named; None for a root.
        root: of every message; its own id for a root.
    """

    parent: Mapping[MessageId, MessageId | None]
    root: Mapping[MessageId, MessageId]


@dataclass(frozen=True, slots=True)
class Topic:
    """What the subject fallback looks at.

    Attributes:
        subject: normalised: without list tag and reply marks, case folded.
        date: Unix ms, None = unknown.
        is_reply: the subject as written begins with a reply mark.
        has_references: References or In-Reply-To name another message.
    """

    message_id: MessageId
    subject: str
    date: Instant | None
    is_reply: bool
    has_references: bool


def claims_of(message_id: MessageId, references: Sequence[MessageId]) -> tuple[Claim, ...]:
    """Return what a message claims.

    Args:
        message_id: of the message.
        references: its ancestry, oldest first, the nearest parent last; ids may be repeated.
    """
    chain = [each for each in dict.fromkeys(references) if each != message_id]
    line = [*chain, message_id]
    return tuple(
        Claim(child, parent, message_id, rank=len(line) - 1 - place)
        for place, (parent, child) in enumerate(pairwise(line), start=1)
    )


def build(claims: Iterable[Claim], arrived: Mapping[MessageId, Instant]) -> Forest:
    """Return the forest of a set of claims.

    A message's own claim wins over others' claims about it, nearer claimants over farther ones,
    then the smaller id. A claim that would close a cycle is passed over. Messages that any claim
    connects end in one tree.

    Args:
        claims: in any order, repeated or not.
        arrived: the messages we have; its keys matter, its instants do not, so that a replay in
            another order gives the same forest.
    """
    ordered = sorted(set(claims), key=_trust)
    nodes = {name: None for claim in ordered for name in (claim.child, claim.parent)}
    names = sorted(nodes | dict.fromkeys(arrived))
    parent: dict[MessageId, MessageId | None] = dict.fromkeys(names)
    trees = _Sets(names)
    for claim in ordered:
        is_free = parent[claim.child] is None and claim.child != claim.parent
        if is_free and trees.top(claim.parent) != claim.child:
            parent[claim.child] = claim.parent
            trees.hang(claim.child, claim.parent)
    _join(parent, trees, ordered, arrived)
    return Forest(parent, {name: trees.top(name) for name in names})


def subject_parent(topic: Topic, others: Iterable[Topic]) -> MessageId | None:
    """Return the latest earlier message of the same subject, for a reply without references.

    Guarded: the subject must say "Re:", be long enough to name something, and the other message
    be at most ``SUBJECT_WINDOW`` older. Everything else stands alone.
    """
    date = topic.date
    if topic.has_references or not topic.is_reply or date is None:
        return None
    if len(topic.subject) < SHORTEST_SUBJECT:
        return None
    earlier = [
        (other.date, other.message_id)
        for other in others
        if other.subject == topic.subject
        and other.message_id != topic.message_id
        and other.date is not None
        and date - SUBJECT_WINDOW <= other.date < date
    ]
    return max(earlier)[1] if earlier else None


def subject_claims(topics: Iterable[Topic]) -> Iterator[Claim]:
    """Yield a claim for every reply without references that the subject fallback can place."""
    by_subject: dict[str, list[Topic]] = {}
    replies: list[Topic] = []
    for topic in topics:
        if topic.date is not None:
            by_subject.setdefault(topic.subject, []).append(topic)
        if topic.is_reply and not topic.has_references:
            replies.append(topic)
    for same in by_subject.values():
        same.sort(key=_by_date)
    for reply in replies:
        same = by_subject.get(reply.subject, [])
        # The nearest earlier ones are enough: the latest of them wins.
        place = bisect_left(same, reply.date or 0, key=_date)
        parent = subject_parent(reply, same[max(place - 1, 0) : place])
        if parent is not None:
            yield Claim(reply.message_id, parent, reply.message_id, OWN)


def _date(topic: Topic) -> int:
    return topic.date or 0


def _by_date(topic: Topic) -> tuple[int, MessageId]:
    return _date(topic), topic.message_id


class _Sets:
    """Disjoint trees that know their root in nearly constant time."""

    def __init__(self, names: Iterable[MessageId]) -> None:
        self._above = {name: name for name in names}

    def top(self, name: MessageId) -> MessageId:
        """Return the root of a member's tree."""
        above = self._above
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    def hang(self, root: MessageId, member: MessageId) -> None:
        """Put a whole tree, named by its root, below a member of another."""
        self._above[root] = self.top(member)


def _trust(claim: Claim) -> tuple[bool, int, MessageId, MessageId, MessageId]:
    is_other = claim.claimant != claim.child
    return is_other, claim.rank, claim.claimant, claim.child, claim.parent


def _join(
    parent: dict[MessageId, MessageId | None],
    trees: _Sets,
    claims: Sequence[Claim],
    arrived: Mapping[MessageId, Instant],
) -> None:
    """Hang the trees that a passed-over claim connects below the largest one's root."""
    connected = _Sets(parent)
    for claim in claims:
        one, other = connected.top(claim.child), connected.top(claim.parent)
        if one != other:
            connected.hang(one, other)
    sizes = Counter(trees.top(name) for name in parent)
    by_weight = sorted(sizes, key=lambda root: (-sizes[root], root not in arrived, root))
    largest: dict[MessageId, MessageId] = {}
    for root in by_weight:
        main = largest.setdefault(connected.top(root), root)
        if main != root:
            parent[root] = main
            trees.hang(root, main)
