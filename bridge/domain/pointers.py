"""Whether a text says what is decided about, or only where that can be read; pure (2.2).

What lies behind a link can change after everybody has answered, and nobody can prove what it was.
"""

from __future__ import annotations

import re
from typing import Final

FEW_WORDS: Final = 12
"""A text of fewer words beside a link mostly points to what is meant."""
COVERING_WORDS: Final = 40
"""A text of fewer words may be the letter that covers an attachment."""

# Each piece ends at white space, so that any text is read in one pass.
_LINK: Final = re.compile(
    r"""(?xi)
    (?: https?:// | ftp:// | www\. ) \S*
    | (?<![^\s<(\[]) (?: [a-z0-9-]{1,63}\. ){1,5} [a-z]{2,24} / \S*
    """
)
# "Attached" as mails on lists say it; a letter more or less costs a look at a preview.
_ATTACHED: Final = re.compile(
    r"""(?xi) \b (?: attach | enclos | ci-joint | pi[eè]ces?[ ]jointe | anhang | anbei | beigef
    | adjunt | anex[oa] | em[ ]anexo | allegat | bijlage | bijgevoegd | bifoga | vedlagt | liitte
    | załącz | přilož | вложен | прилож | додат )
    | 附件 | 添付 | 첨부 | مرفق"""
)


def is_only_links(text: str) -> bool:
    """Say whether a text has a link, and not one word besides."""
    rest, found = _LINK.subn(" ", text)
    return found > 0 and not any(sign.isalnum() for sign in rest)


def points_elsewhere(text: str) -> bool:
    """Say whether a text has a link and so few words that it mostly points there."""
    rest, found = _LINK.subn(" ", text)
    return found > 0 and sum(any(map(str.isalnum, word)) for word in rest.split()) < FEW_WORDS


def speaks_of_attachment(text: str) -> bool:
    """Say whether a text is short and says that something is attached."""
    return len(text.split()) < COVERING_WORDS and _ATTACHED.search(text) is not None
