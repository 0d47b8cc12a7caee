"""The errand that takes a file out of its mail and to the homeserver.

The mail is read when the letter leaves, outside any transaction, and parsed in a thread: it may
have 25 MiB. What remains of a killed bridge's upload is a file that no event shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import Permanent, TooLarge
from bridge.failpoints import reach
from bridge.ids import Instant, ListId, RoomId, UserId
from bridge.letters_files import WHOLE
from bridge.mail.files import attached_bytes, whole_text
from bridge.matrix.files import TOO_LARGE
from bridge.ports import Homeserver
from bridge.store.database import Tx

Mails = Callable[[int], Awaitable[bytes]]
"""Reads the raw bytes of a mail by its number in the inbox; empty when they are not kept."""


async def no_mails(inbox_id: int) -> bytes:
    """Have no mails; for deliverers that carry no files."""
    del inbox_id
    return b""


@dataclass(frozen=True, slots=True)
class UploadErrand:
    """Upload one file; its address is what the letter becomes.

    Attributes:
        room_id: where its ghost must stand, so that it exists at all.
        asked: the letter's payload (``bridge.letters_files.Upload``).
    """

    mails: Mails
    room_id: RoomId
    asked: Mapping[str, Any]

    async def carry(self, homeserver: Homeserver, tried_at: Instant | None) -> str:
        """Upload it and return its address; may be repeated, and then leaves an unused file.

        A file over the homeserver's limit is nobody's fault: its event will say so.

        Raises:
            Permanent: the mail's bytes are not kept, or the file is not in them.
        """
        del tried_at
        sender, display_name = UserId(self.asked["sender"]), self.asked["display_name"]
        content = await self._content()
        reach("file.read")
        if display_name is not None:
            await homeserver.ensure_ghost(sender, display_name, self.room_id)
        try:
            address = await homeserver.upload(
                self.asked["name"], self.asked["type"], content, sender
            )
        except TooLarge as error:
            return TOO_LARGE if error.limit is None else f"{TOO_LARGE}: {error.limit}"
        reach("file.uploaded")
        return address

    async def _content(self) -> bytes:
        raw = await self.mails(self.asked["inbox_id"])
        if not raw:
            raise Permanent("the mail is not kept any more, so its file cannot be shown")
        content = await asyncio.to_thread(_taken_out, raw, self.asked)
        if content is None:
            raise Permanent("the file is not in its mail")
        return content

    def record(self, tx: Tx, remote_id: str) -> None:
        """Nothing more: the letter itself keeps the address."""


def _taken_out(raw: bytes, asked: Mapping[str, Any]) -> bytes | None:
    if asked["what"] != WHOLE:
        return attached_bytes(raw, asked["what"])
    return whole_text(
        raw,
        list_id=ListId(asked["list_id"]),
        posting_address=asked["posting_address"],
        head=asked["head"],
    )
