"""A file as the content of a Matrix event; pure.

It names the file's address only when it leaves: ``with_address`` puts it in, and where the
homeserver takes no file of its size, a sentence stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from bridge.ids import UserId
from bridge.mail.bodies import Attachment
from bridge.mail.files import files_of
from bridge.mail.filetypes import is_image
from bridge.matrix import html
from bridge.matrix.canonical import clean_text
from bridge.matrix.ghosts import one_line
from bridge.matrix.relations import mentions
from bridge.ports import Content

TOO_LARGE: Final = "too large for the homeserver"
"""What an upload has become that the homeserver refuses for its size, followed by its limit."""

_NAME: Final = 80
_MOST_NAMES: Final = 20


def file_content(
    name: str,
    served: str,
    size: int | None,
    *,
    source: Content | None = None,
    to: Sequence[UserId] = (),
) -> dict[str, Any]:
    """Return the content of an event that shows a file, still without its address.

    Args:
        name: cleaned (``bridge.mail.filenames``).
        served: its type (``bridge.mail.filetypes``).
        size: in bytes, None when it is not known before it is made.
        source: the post's key and a part number of its own; None for what answers a person.
        to: the people it answers.
    """
    shown = html.unpinging(name)
    info: dict[str, Any] = {"mimetype": served}
    if size is not None:
        info["size"] = size
    content: dict[str, Any] = {
        "msgtype": "m.image" if is_image(served) else "m.file",
        "body": shown,
        "filename": shown,
        "info": info,
        "m.mentions": mentions(*to),
    }
    return content | ({} if source is None else {"org.seconded.source": [dict(source)]})


def with_address(content: Content, address: str) -> dict[str, Any]:
    """Return the content with the file's address, or a sentence when there is none.

    Args:
        content: of ``file_content``.
        address: the ``mxc://`` URI, or ``TOO_LARGE`` and the limit.
    """
    if address.startswith("mxc://"):
        return {**content, "url": address}
    limit = address.removeprefix(TOO_LARGE).strip(" :")
    name, size = one_line(content["body"], _NAME), content["info"].get("size")
    about = f" ({size_words(size)})" if size is not None else ""
    at_most = f" over {size_words(int(limit))}" if limit.isdigit() else " of this size"
    said = f"{name}{about} does not stand here: the homeserver takes no files{at_most}."
    kept = {key: value for key, value in content.items() if key not in {"filename", "info"}}
    return {**kept, "msgtype": "m.notice", "body": said}


def size_words(size: int) -> str:
    """Return a size as people read it."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, round(size / 1000))} kB" if size else "empty"


def attached_lines(attachments: Iterable[Attachment]) -> Iterator[str]:
    """Yield the quiet lines of a post about its files: those that stand below, and the others."""
    everything = tuple(attachments)
    below = files_of(everything)
    if below:
        yield f"Attached: {', '.join(f'{_shown(one)} ({_size(one)})' for one in below)}"
    known = {(one.name, one.sha256) for one in below}
    named = [one for one in everything if one.url is None and (one.name, one.sha256) not in known]
    if named:
        names = [_described(one) for one in named[:_MOST_NAMES]]
        more = len(named) - len(names)
        yield f"In the mail only: {', '.join(names)}{f' and {more} more' if more else ''}"
    for one in everything:
        if one.url is not None:
            yield f"Attached: {_described(one)} {one.url}"


def _described(one: Attachment) -> str:
    said = [said for said in (_type(one), _size(one)) if said]
    return f"{_shown(one)} ({', '.join(said)})" if said else _shown(one)


def _shown(one: Attachment) -> str:
    return one_line(clean_text(one.name), _NAME) or "a file without a name"


def _type(one: Attachment) -> str:
    return one_line(clean_text(one.type or ""), _NAME)


def _size(one: Attachment) -> str:
    return "" if one.size is None else size_words(one.size)
