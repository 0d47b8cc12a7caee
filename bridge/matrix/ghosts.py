"""Who speaks for us in Matrix: the bot and one ghost per author; pure.

A ghost's id never holds an address (see ``bridge.ids.ghost_localpart``), and its name is
mail a stranger wrote: it is cleaned before anybody's client has to draw it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from bridge.ids import UserId, ghost_localpart

NAME_LENGTH: Final = 80
"""The most code points of a mail author's name we show; member lists cut there anyway."""

UNKNOWN_AUTHOR: Final = "Unknown author"

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing or turn the line around (bidi, zero width, control)."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """What of the homeserver is ours, as the registration says.

    Attributes:
        server_name: the part after the colon of our ids, e.g. ``hs.test``.
        prefix: what the localparts of ghosts and aliases begin with, e.g. ``list_``.
        bot: the bot's localpart (``sender_localpart``).
    """

    server_name: str
    prefix: str
    bot: str

    @property
    def bot_id(self) -> UserId:
        """Return the bot's user id."""
        return UserId(f"@{self.bot}:{self.server_name}")

    def ghost_id(self, key: bytes, address: str) -> UserId:
        """Return the ghost of a mail address; the address cannot be read back from it."""
        return UserId(f"@{ghost_localpart(self.prefix, key, address)}:{self.server_name}")

    def is_ghost(self, user_id: str) -> bool:
        """Tell whether the user is one of our ghosts."""
        return self._is_ours(user_id, "@")

    def owns_user(self, user_id: str) -> bool:
        """Tell whether the user is the bot or one of our ghosts."""
        return user_id == self.bot_id or self.is_ghost(user_id)

    def owns_alias(self, alias: str) -> bool:
        """Tell whether the room alias lies in our namespace."""
        return self._is_ours(alias, "#")

    def _is_ours(self, identifier: str, sigil: str) -> bool:
        localpart, colon, server = identifier.partition(":")
        return (
            bool(colon) and server == self.server_name and localpart.startswith(sigil + self.prefix)
        )


def one_line(text: str, length: int) -> str:
    """Return the text as one drawable line of at most ``length`` code points.

    Bidirectional marks, zero-width and control characters go (they could make one name look
    like another), white space becomes single blanks, a cut is shown by an ellipsis.
    """
    line = " ".join((text if text.isprintable() else _drawable(text)).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _drawable(text: str) -> str:
    spaced = "".join(" " if c.isspace() else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in _UNSEEN)


def ghost_name(author: str, *, is_imitation: bool = False) -> str:
    """Return the ghost's display name: ``Jane Doe (list)``.

    The suffix says where the words come from, and keeps a mail's author from passing for a
    Matrix user of the same name.

    Args:
        author: the name in the mail.
        is_imitation: the roster has a person who is called so, or so that it looks the same, and
            the mail is from another address: that is said. The address's domain would not do,
            for it can be drawn like another, too.
    """
    suffix = "list, address not on the roster" if is_imitation else "list"
    return f"{one_line(author, NAME_LENGTH) or UNKNOWN_AUTHOR} ({suffix})"
