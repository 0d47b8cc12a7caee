"""Message-IDs in header values (RFC 5322 section 3.6.4), tolerant of what real software writes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from bridge.ids import MessageId
from bridge.mail import charsets

LONGEST_ID = 500

_BRACKETED = re.compile(r"<([^<>]{1,600})>")
_UNUSABLE = re.compile(r"[\x00-\x20\x7f<>\ufffd]")


def parse_message_ids(value: str) -> tuple[MessageId, ...]:
    """Return the ids of References or In-Reply-To in order, each once.

    In-Reply-To may hold prose around the id; without any bracket a lone word with "@" is one.
    """
    found = [parse_message_id(f"<{inner}>") for inner in _BRACKETED.findall(value)]
    if not found and "@" in value:
        found = [parse_message_id(word) for word in value.split() if "@" in word]
    return unique(each for each in found if each)


def parse_message_id(value: str) -> MessageId | None:
    """Return one Message-ID without brackets and white space, letters kept; None if unusable."""
    text = charsets.clean(re.sub(r"\s", "", value))
    inner = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if not inner or len(inner) > LONGEST_ID or _UNUSABLE.search(inner):
        return None
    return MessageId(inner)


def reference_chain(
    references: Iterable[MessageId], in_reply_to: Iterable[MessageId], own: MessageId
) -> tuple[MessageId, ...]:
    """Return the ancestry, oldest first: References, then what only In-Reply-To names.

    The mail's own id is left out: a post that names itself as its parent was seen in practice.
    """
    return unique(each for each in (*references, *in_reply_to) if each != own)


def derived_message_id(date: str, sender: str, subject: str, own_text: str) -> MessageId:
    """Return the id of a mail that has none: the same mail always gets the same one."""
    h = hashlib.sha256()
    for part in (date, sender, subject, own_text[:1000]):
        raw = part.encode("utf-8", "replace")
        h.update(len(raw).to_bytes(8, "big") + raw)
    return MessageId(f"{h.hexdigest()}@invalid.seconded")


def unique(ids: Iterable[MessageId]) -> tuple[MessageId, ...]:
    """Return the ids in order, each at its first place."""
    return tuple(dict.fromkeys(ids))
