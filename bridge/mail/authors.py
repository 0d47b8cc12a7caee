"""Who wrote a post: a ladder, because a list may rewrite From (DMARC munging).

The rung is kept. Ambiguous means unknown: such a post is mirrored, and its author never counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.mail.addresses import Mailbox, parse_mailboxes, same_address
from bridge.mail.headers import Headers

NOBODY = "(unknown author)"


class Rung(StrEnum):
    """Which header said who the author is."""

    WRAPPED = "wrapped"
    ORIGINAL = "original"
    REPLY_TO = "reply-to"
    CC = "cc"
    FROM = "from"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as far as the mail says (no proof).

    Attributes:
        name: to show; never empty.
        address: lower-case domain, local part as written; None = unknown or ambiguous.
        rung: which step of the ladder said so.
    """

    name: str
    address: str | None
    rung: Rung


def author_of(headers: Headers, posting_address: str, wrapped_from: Sequence[str] = ()) -> Author:
    """Return the author by the first rung that holds.

    Args:
        headers: of the mail as the list delivered it.
        posting_address: the list's; a From equal to it has been rewritten.
        wrapped_from: the raw From values of a message/rfc822 that is the mail's whole content.
    """
    values = headers.all("from")
    sender = _only(_mailboxes(values)) if len(values) == 1 else None
    if sender is None or sender.address is None:
        return Author(_shown(sender, values), None, Rung.UNKNOWN)
    if not same_address(sender.address, posting_address):
        return _named(sender, Rung.FROM)
    return (
        _wrapped(wrapped_from)
        or _original(headers)
        or _munged(sender, headers, posting_address)
        or Author(_before_via(sender.name) or NOBODY, None, Rung.UNKNOWN)
    )


def _wrapped(values: Sequence[str]) -> Author | None:
    inner = _only(_mailboxes(values)) if len(values) == 1 else None
    return _named(inner, Rung.WRAPPED) if inner and inner.address else None


def _original(headers: Headers) -> Author | None:
    """Believe X-Original-From only together with an equal Reply-To, and nothing beside."""
    original = _only(_mailboxes(headers.all("x-original-from")))
    reply_to = _only(_mailboxes(headers.all("reply-to")))
    if not original or not reply_to or not original.address or not reply_to.address:
        return None
    if not same_address(original.address, reply_to.address):
        return None
    return _named(original, Rung.ORIGINAL)


def _munged(sender: Mailbox, headers: Headers, posting_address: str) -> Author | None:
    """Find the one mailbox that is no list address and has the name before " via "."""
    name = _before_via(sender.name)
    wanted = _folded(name)
    for field, rung in (("reply-to", Rung.REPLY_TO), ("cc", Rung.CC)):
        matching = {
            mailbox.address.casefold(): mailbox
            for mailbox in _mailboxes(headers.all(field))
            if mailbox.address
            and not same_address(mailbox.address, posting_address)
            and wanted
            and wanted in (_folded(mailbox.name), _folded(mailbox.address))
        }
        if len(matching) > 1:
            return Author(name, None, Rung.UNKNOWN)
        if matching:
            return _named(next(iter(matching.values())), rung)
    return None


def _named(mailbox: Mailbox, rung: Rung) -> Author:
    """Return the author; a name that looks like another address would lie, so it is not shown."""
    address = mailbox.address or ""
    name = mailbox.name.strip("'\" ")
    if not name or ("@" in name and not same_address(name, address)):
        name = address.partition("@")[0]
    return Author(name, address, rung)


def _shown(sender: Mailbox | None, values: Sequence[str]) -> str:
    if sender is None:
        sender = next(iter(_mailboxes(values)), None)
    name = sender.name.strip("'\" ") if sender else ""
    return name if name and "@" not in name else NOBODY


def _mailboxes(values: Sequence[str]) -> tuple[Mailbox, ...]:
    return tuple(mailbox for value in values for mailbox in parse_mailboxes(value))


def _only(mailboxes: Sequence[Mailbox]) -> Mailbox | None:
    return mailboxes[0] if len(mailboxes) == 1 else None


def _before_via(name: str) -> str:
    """Return Jane's name of Mailman's "Jane Doe via PC" and Google's "'Jane Doe' via PC"."""
    place = name.lower().rfind(" via ")
    return name[: max(place, 0)].strip("'\" ")


def _folded(name: str) -> str:
    return " ".join(name.strip("'\" ").casefold().split())
