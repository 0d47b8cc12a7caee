"""Whether a text says what is decided about, or only where that can be read; pure (2.2).

What lies behind a link can change after everybody has answered, and nobody can prove what it was.
"""

from __future__ import annotations

import re
from typing import Final

FEW_WORDS: Final = 12
"""A text of fewer words beside a link mostly points to what is meant."""

# Each piece ends at white space, so that any text is read in one pass.
_LINK: Final = re.compile(
    r"""(?xi)
    (?: https?:// | ftp:// | www\. ) \S*
    | (?<![^\s<(\[]) (?: [a-z0-9-]{1,63}\. ){1,5} [a-z]{2,24} / \S*
    """
)


def is_only_links(text: str) -> bool:
    """Say whether a text has a link, and not one word besides."""
    rest, found = _LINK.subn(" ", text)
    return found > 0 and not any(sign.isalnum() for sign in rest)


def points_elsewhere(text: str) -> bool:
    """Say whether a text has a link and so few words that it mostly points there."""
    rest, found = _LINK.subn(" ", text)
    return found > 0 and sum(any(map(str.isalnum, word)) for word in rest.split()) < FEW_WORDS
