"""From an inbox row to the fact it holds: one small reader for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import Permanent
from bridge.events import (
    ClockStruck,
    CommandGiven,
    DigestDue,
    MailArrived,
    MailStuck,
    SweepFinished,
)
from bridge.ids import BallotId, ListId, MessageId
from bridge.matrix.transactions import read_event
from bridge.store.inbox import InboxItem


def decode(item: InboxItem) -> Any:
    """Return the fact an inbox item holds.

    Raises:
        Permanent: the kind is unknown to this version.
    """
    reader = _READERS.get(item.kind)
    if reader is None:
        raise Permanent(f"inbox item {item.id} is of a kind we do not know: {item.kind!r}")
    return reader(item)


def _mail(item: InboxItem) -> MailArrived:
    signers = item.meta.get("signers")
    return MailArrived(
        inbox_id=item.id,
        list_id=ListId(item.meta["list_id"]),
        envelope_sender=item.meta["envelope_sender"],
        client=item.meta["client"],
        raw=item.raw,
        received_at=item.received_at,
        signers=None if signers is None else tuple(signers),
    )


def _matrix(item: InboxItem) -> object:
    return read_event(item.raw)


def _sweep(item: InboxItem) -> SweepFinished:
    return SweepFinished(
        BallotId(item.meta["ballot"]), item.meta["started_at"], item.meta.get("passed_at")
    )


def _clock(item: InboxItem) -> ClockStruck:
    return ClockStruck(BallotId(item.meta["ballot"]), item.meta["what"])


def _digest(item: InboxItem) -> DigestDue:
    return DigestDue(ListId(item.meta["list_id"]), item.meta["day"])


def _stuck(item: InboxItem) -> MailStuck:
    return MailStuck(MessageId(item.meta["message_id"]), item.meta["state"])


def _command(item: InboxItem) -> CommandGiven:
    return CommandGiven(
        key=item.key,
        list_id=item.meta["list_id"],
        name=item.meta["name"],
        verb=item.meta["verb"],
        arguments=item.meta["arguments"],
        text=item.meta["text"],
        given_at=item.received_at,
    )


_READERS: Mapping[str, Callable[[InboxItem], object]] = {
    "mail": _mail,
    "matrix": _matrix,
    "sweep": _sweep,
    "clock": _clock,
    "digest": _digest,
    "stuck": _stuck,
    "command": _command,
}
