"""The letter that carries a file to the homeserver, before the event that shows it.

Two letters a file, in one lane: the upload, whose ``remote_id`` is the address the homeserver
gave, and the event, which needs it. So the address is durable before the event leaves, and a
bridge that is killed in between has at most uploaded a file that nothing shows.

The bytes are never in the outbox: the letter says which mail of the inbox has them, and what of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.ids import ListId, MessageId, UserId, digest
from bridge.letters import files_lane
from bridge.store.outbox import Letter

WHOLE: Final = "whole"
"""Stands for the whole post as a text file, where else the hash of an attachment stands."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to the homeserver.

    Attributes:
        inbox_id: the mail it is in.
        sender: uploads it: the author's ghost or the bot.
        display_name: the ghost's name, None for the bot.
        name, type: under which it is handed out.
        what: the SHA-256 (hex) of the attachment, or ``WHOLE``.
        head: the lines above the whole text; empty for an attachment.
        posting_address: the list's, to read the whole text.
        after: key of the letter that must have left before.
    """

    list_id: ListId
    message_id: MessageId
    inbox_id: int
    sender: UserId
    display_name: str | None
    name: str
    type: str
    what: str
    head: str = ""
    posting_address: str = ""
    after: str | None = None


def upload_key(list_id: ListId, message_id: MessageId, what: str, name: str = "") -> str:
    """Return the key of the letter that uploads a file of a post; the same file is uploaded once.

    Args:
        list_id: the list of the post.
        message_id: the post.
        what: as in ``Upload``.
        name: of an attachment; the whole text has one name.
    """
    return f"upload:{digest(list_id, message_id, what, name)}"


def upload_letter(upload: Upload) -> Letter:
    """Ask for a file to be uploaded."""
    named = "" if upload.what == WHOLE else upload.name
    return Letter(
        destination="matrix",
        lane=files_lane(upload.list_id),
        kind="upload",
        key=upload_key(upload.list_id, upload.message_id, upload.what, named),
        payload={
            "list_id": upload.list_id,
            "inbox_id": upload.inbox_id,
            "sender": upload.sender,
            "display_name": upload.display_name,
            "name": upload.name,
            "type": upload.type,
            "what": upload.what,
            "head": upload.head,
            "posting_address": upload.posting_address,
        },
        needs=upload.after,
    )
