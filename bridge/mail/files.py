"""Which attachments of a mail become files of the room, and where their bytes are; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from bridge.ids import ListId
from bridge.mail import limits
from bridge.mail.bodies import UNREADABLE, Attachment, leaf_text, leaves
from bridge.mail.filetypes import is_named_only
from bridge.mail.parse import parse_mail

PLAIN: Final = "text/plain"
MOST_FILES: Final = 20
"""So many files of one post stand in the room; a mail can have 200."""

_CUT: Final = f"\n… the text is longer than {limits.TEXT} characters; the mail has the rest.\n"


def files_of(attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Return those that stand in the room, in order, each name and content once.

    Not: what the archive keeps elsewhere, what is empty, what is of use to mail programs only.
    """
    wanted: dict[tuple[str, str], Attachment] = {}
    for one in attachments:
        if one.sha256 is not None and one.size and not is_named_only(one.type):
            wanted.setdefault((one.name, one.sha256), one)
    return tuple(wanted.values())[:MOST_FILES]


def attached_bytes(raw: bytes, sha256: str) -> bytes | None:
    """Return the attachment with this hash (hex) out of a mail; None when it is not there.

    It is found by what it is: which parts are attachments may be read otherwise one day.
    """
    if limits.over_limit(raw) is not None:
        return None
    try:
        message: Message = BytesParser(policy=compat32).parsebytes(raw)
        contents = (content for _, _, content in leaves(message))
        return next((one for one in contents if _is_hashed(one, sha256)), None)
    except UNREADABLE:
        return None


def attached_texts(raw: bytes) -> Mapping[str, str]:
    """Return what each text/plain attachment of a mail says, by its hash (hex), in one pass.

    Read as a mail's text is read; left out is what is longer than that, or holds no text.
    """
    if limits.over_limit(raw) is not None:
        return {}
    try:
        message: Message = BytesParser(policy=compat32).parsebytes(raw)
        said = {
            hashlib.sha256(content).hexdigest(): leaf_text(headers, kind, content)
            for headers, kind, content in leaves(message)
            if kind == PLAIN
        }
    except UNREADABLE:
        return {}
    is_text = {sha: len(text) <= limits.TEXT and "\ufffd" not in text for sha, text in said.items()}
    return {sha: text for sha, text in said.items() if is_text[sha]}


def whole_text(raw: bytes, *, list_id: ListId, posting_address: str, head: str) -> bytes:
    """Return a post as a text file in UTF-8: the head, and its whole text, quotes and footers too.

    Args:
        raw: the mail as it was received.
        list_id: its list.
        posting_address: the list's.
        head: what stands above, with its line end.
    """
    post = parse_mail(raw, list_id=list_id, posting_address=posting_address)
    is_cut = len(post.body) >= limits.TEXT
    return f"{head}\n{post.body}{_CUT if is_cut else ''}".encode("utf-8", "replace")


def _is_hashed(content: bytes, sha256: str) -> bool:
    return hashlib.sha256(content).hexdigest() == sha256
