"""Subjects: what a thread is named by, and whether a subject says "Re:" or "Fwd:"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from bridge.ids import ListId

# Reply and forward marks as mail programs write them, without the colon; some count ("Re[2]").
_REPLY = (
    "re aw antw antwort sv vs vá odp ynt rif ris res resp rv r bls atb hl rép отв ответ απ תגובה "
    "回复 回覆 答复 返信 답장"
)
_FORWARD = "fwd fw wg tr rv enc i vb doorst vl pd vs iltn пересл προωθ הועבר 转发 轉寄 転送 전달"
_MARK = re.compile(r"([^\s:\[\]()：]{1,8})\s?(?:[\[(]\d{1,3}[\])])?\s?[:：]\s*")
_TAG = re.compile(r"\[([^\[\]]{1,60})\]\s*")
_REPLY_WORDS = frozenset(_REPLY.split())
_FORWARD_WORDS = frozenset(_FORWARD.split())


def thread_subject(subject: str, tags: Iterable[str]) -> str:
    """Return a decoded subject without the list's own tag and any "Re:" or "Fwd:" before it.

    Other bracketed tags ("[CALL]") are somebody's words and stay.

    Args:
        subject: decoded.
        tags: what the list's tag may say, without brackets: ``pc``, ``PC list``.
    """
    own = frozenset(_folded(tag) for tag in tags)
    rest = subject.strip()
    while rest:
        tag, mark = _TAG.match(rest), _MARK.match(rest)
        if tag and _tag_name(tag.group(1)) in own:
            rest = rest[tag.end() :]
        elif mark and _folded(mark.group(1)) in _REPLY_WORDS | _FORWARD_WORDS:
            rest = rest[mark.end() :]
        else:
            break
    return rest.strip() or subject.strip()


def list_tags(list_id: ListId, posting_address: str, written: str | None) -> tuple[str, ...]:
    """Return what the list's subject tag may say: its address's or List-Id's first part."""
    named = (written.strip("[] "),) if written else ()
    return (posting_address.partition("@")[0], list_id.partition(".")[0], list_id, *named)


def says_reply(subject: str) -> bool:
    """Say whether the subject begins with a reply mark, list tags aside."""
    return _first_mark(subject) in _REPLY_WORDS


def says_forward(subject: str) -> bool:
    """Say whether the subject begins with a forward mark, list tags aside."""
    return _first_mark(subject) in _FORWARD_WORDS - _REPLY_WORDS


def common_tag(subjects: Iterable[str]) -> str | None:
    """Return the bracketed tag most of these subjects begin with; None when there is none."""
    tags: list[str | None] = []
    for subject in subjects:
        rest = subject.strip()
        while (mark := _MARK.match(rest)) and _folded(mark.group(1)) in _REPLY_WORDS:
            rest = rest[mark.end() :]
        tag = _TAG.match(rest)
        tags.append(_tag_name(tag.group(1)) if tag else None)
    common, count = Counter(tags).most_common(1)[0] if tags else (None, 0)
    return common if count >= 2 and count * 2 > len(tags) else None


def normalised(subject: str) -> str:
    """Return what two subjects are compared by.

    Tags and reply marks in front are dropped, then NFKC, case folded, white space collapsed.
    """
    rest = subject.strip()
    while rest:
        tag, mark = _TAG.match(rest), _MARK.match(rest)
        if tag:
            rest = rest[tag.end() :]
        elif mark and _folded(mark.group(1)) in _REPLY_WORDS | _FORWARD_WORDS:
            rest = rest[mark.end() :]
        else:
            break
    return " ".join(_folded(rest).split())


def _first_mark(subject: str) -> str | None:
    rest = subject.strip()
    while tag := _TAG.match(rest):
        rest = rest[tag.end() :]
    mark = _MARK.match(rest)
    return _folded(mark.group(1)) if mark else None


def _tag_name(tag: str) -> str:
    """Return a tag's name without the running number some lists put in: ``pc 1234``."""
    return re.sub(r"[\s#:]*\d{1,9}$", "", _folded(tag))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
