"""The lines of a body, with their quote depth: what every recogniser of blocks looks at.

Depth is mostly the number of quote signs. Four things that are no quote look like one, and some
quotes carry other signs; both are set right here, so that nobody above has to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bridge.mail import hints

RULE_SIGNS = "_-=#*~+\u2014\u2500"
SIGNATURE_MARK = "-- "
"""RFC 3676 section 4.3; the only text that keeps its trailing space."""

# "> > text", ">>> text", the single space some clients put in front, and the wide sign of
# Japanese input methods.
_QUOTE_SIGNS = re.compile(r" ?(?:[>\uff1e][ \t\u00a0]?)+")
_OTHER_LINE_ENDS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# Initials before the sign ("JD> text"), as Supercite and Turnpike write them.
_INITIALS = re.compile(r" ?([^\W\d_]\w{0,30})> ?")
_LONGEST_INITIALS = 3
_PYTHON = re.compile(
    r"(?:from|import|print|def|class|for|if|with|try|while|return|raise|assert|lambda|@)\b"
    r"|[\w.\[\]'\", ]{1,60} ?[-+*/|&]?= ?|[\w.]{1,80}[(\[]|[\w.]{1,80}$|[\d\"'({\[]"
)
_PROMPT = ">>>"
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060\u00a0 \t"
_SHORTEST_WRAPPED, _LONGEST_REST = 60, 30


class Line(NamedTuple):
    """One line of the body.

    Attributes:
        start: first code point in the body, quote signs included.
        end: one past its line end.
        depth: how many quote signs it has.
        text: without quote signs and trailing white space.
    """

    start: int
    end: int
    depth: int
    text: str


@lru_cache(maxsize=1)
def split_lines(body: str) -> tuple[Line, ...]:
    """Return the lines of a body whose line ends are LF; nothing else ends a line.

    The last body is remembered: whoever cuts one into blocks shows it in a room next.
    """
    found: list[Line] = []
    odd: list[int] = []
    start = 0
    for raw in body.splitlines(keepends=True) if _only_lf(body) else _split_lf(body):
        end = start + len(raw)
        if raw == "\n":
            found.append(Line(start, end, 0, ""))
            start = end
            continue
        signs = _QUOTE_SIGNS.match(raw) if raw[0] in " >\uff1e" else None
        if signs is None:
            text = raw.rstrip()
            if text == "--" and raw.startswith(SIGNATURE_MARK):
                text = SIGNATURE_MARK
            elif text and not text.isascii() and not text.strip(_INVISIBLE):
                text = ""
            elif (
                text[:1] == "|"
                or ">" in text[:32]
                or (text[:1].islower() and found and found[-1].depth)
            ):
                odd.append(len(found))
            found.append(Line(start, end, 0, text))
        else:
            sign = signs.group()
            depth = sign.count(">") + sign.count("\uff1e")
            text = raw[signs.end() :].rstrip()
            if text == "--" and raw[signs.end() :].startswith(SIGNATURE_MARK):
                text = SIGNATURE_MARK
            if depth == 1 or raw.startswith(_PROMPT) or text.endswith((":", "\uff1a")):
                odd.append(len(found))
            found.append(Line(start, end, depth, text))
        start = end
    if odd:
        _set_right(found, odd, body)
    return tuple(found)


def is_rule(text: str, *, least: int = 10) -> bool:
    """Say whether a line is drawn: one sign again and again, ``least`` times or more."""
    if text[-1:].isalnum():
        return False
    stripped = text.strip(" *\t\u200b\ufeff") or text.strip()
    return len(stripped) >= least and stripped[0] in RULE_SIGNS and not stripped.strip(stripped[0])


def next_filled(lines: Sequence[Line], index: int, *, blanks: int) -> int | None:
    """Return the first line with text from ``index`` on, at most ``blanks`` blank ones later."""
    for k in range(index, min(index + blanks + 1, len(lines))):
        if lines[k].text:
            return k
    return None


def paragraph_end(lines: Sequence[Line], index: int, *, most: int) -> int:
    """Return where the lines of one depth without a blank one end, at most ``most`` further."""
    k, limit = index, min(index + most, len(lines))
    while k < limit and lines[k].text and lines[k].depth == lines[index].depth:
        k += 1
    return k


def _split_lf(body: str) -> list[str]:
    parts = body.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _only_lf(body: str) -> bool:
    """Say whether ``splitlines`` (faster) would cut at LF only."""
    return not any(sign in body for sign in _OTHER_LINE_ENDS)


def _set_right(lines: list[Line], odd: Iterable[int], body: str) -> None:
    """Give the lines their depth that the signs alone get wrong; only odd ones are looked at."""
    for k in odd:
        line = lines[k]
        raw = body[line.start : line.end].rstrip()
        if line.depth == 0 and _is_rest(lines, k):
            lines[k] = line._replace(depth=lines[k - 1].depth)
        elif line.depth == 0:
            _read_other_signs(lines, k)
        elif raw.startswith(">From ") and _is_escaped_from(lines, k):
            lines[k] = line._replace(depth=0, text=raw)
        elif raw.startswith(_PROMPT) and raw.endswith(_PROMPT) and hints.score(line.text) >= 2:
            # GroupWise: ">>> Jane Doe <jane@example.org> 11/02/23 10:00 AM >>>".
            lines[k] = line._replace(depth=0, text=line.text.rstrip("> ") + ":")
        elif raw.startswith(">>> ") and line.depth == 3 and _is_session(lines, k):
            lines[k] = line._replace(depth=0, text=raw)
        elif _closes_bracket(lines, k):
            lines[k] = line._replace(depth=line.depth - 1, text="> " + line.text)


def _is_rest(lines: Sequence[Line], k: int) -> bool:
    """Say whether a line is the end of the quoted one above, wrapped by a careless program."""
    if not 0 < k < len(lines) - 1:
        return False
    above, line, below = lines[k - 1 : k + 2]
    return (
        0 < above.depth == below.depth
        and above.end - above.start >= _SHORTEST_WRAPPED
        and len(line.text) <= _LONGEST_REST
        and line.text[:1].islower()
        and bool(above.text)
        and above.text[-1] not in ".!?:;"
    )


def _is_escaped_from(lines: Sequence[Line], k: int) -> bool:
    """Say whether ">From " is mbox escaping and no quote (RFC 4155): no quote stands beside it."""
    below = lines[k + 1].depth if k + 1 < len(lines) else 0
    return below == 0 and (k == 0 or lines[k - 1].depth == 0)


def _is_session(lines: Sequence[Line], k: int) -> bool:
    """Say whether ">>> " is Python's prompt: code, and no quote of depth 1 or 2 beside it."""
    above = next((lines[i] for i in range(k - 1, max(k - 4, -1), -1) if lines[i].text), None)
    if above is not None and (above.depth or hints.ends_in_colon(above.text)):
        return False
    below = lines[k + 1].depth if k + 1 < len(lines) else 0
    return below in (0, 3) and bool(_PYTHON.match(lines[k].text))


def _closes_bracket(lines: Sequence[Line], k: int) -> bool:
    """Say whether the last sign ends an address that was wrapped: ``<jane@example.org`` ``>:``."""
    line = lines[k]
    if len(line.text) > 60 or not hints.ends_in_colon(line.text):
        return False
    opened = 0
    for above in reversed(lines[max(k - 3, 0) : k]):
        if not above.text or above.depth != line.depth - 1:
            break
        opened += above.text.count("<") - above.text.count(">")
    return opened == 1


def _read_other_signs(lines: list[Line], k: int) -> None:
    """Read ``JD> text`` and ``| text`` as quotes where an attribution stands right above."""
    line = lines[k]
    if line.text[0] == "|":
        if line.text.count("|") == 1 and _follows(lines, k, line.text[:1]):
            lines[k] = line._replace(depth=1, text=line.text[1:].lstrip())
        return
    initials = _INITIALS.match(line.text)
    if initials is None:
        return
    name = initials.group(1)
    short = len(name) <= _LONGEST_INITIALS and name.isupper()
    beside = k + 1 < len(lines) and lines[k + 1].text.startswith(initials.group().rstrip())
    if (short and beside) or _follows(lines, k, name):
        lines[k] = line._replace(depth=1, text=line.text[initials.end() :])


def _follows(lines: Sequence[Line], k: int, sign: str) -> bool:
    """Say whether a quote goes on here, or an attribution (with the name) stands above."""
    for i in range(k - 1, max(k - 4, -1), -1):
        above = lines[i]
        if above.depth == 1:
            return True
        if above.text.startswith(sign):
            return False
        if above.text:
            named = sign == "|" or sign.casefold() in above.text.casefold()
            return named and hints.score(above.text) >= 2
    return False
