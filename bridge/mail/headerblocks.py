"""A mail's header as mail programs print it into a body: labels, values, wrapped values.

Labels are known in some forty languages; below a marker an unknown one is read by its value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bridge.mail import hints
from bridge.mail.lines import Line, next_filled
from bridge.mail.words import HEADER_NAMES

MOST_LINES = 40
LONGEST_LABEL = 30
LONGEST_INLINE = 4_000
_WRAPPED_FROM = 60

_AROUND = " *_\t\u00a0\u202f\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u2068\u2069"
_COLON = re.compile("[:\uff1a]")
_MAILTO = re.compile(r"<mailto:[^<>]{0,400}>", re.IGNORECASE)
_BRACKET_MAILTO = re.compile(r"\[mailto:([^\[\]]{1,400})\]", re.IGNORECASE)
_ON_BEHALF = re.compile(
    r" (?:on behalf of|im Auftrag von|de la part de|en nombre de|em nome de) .*$"
)
# How many further lines a value may be wrapped into; a recipient list is often long.
_MOST_WRAPPED = {"to": 20, "cc": 20, "subject": 2, "from": 2, "date": 1, "other": 2}
_SHOWN = ("from", "date", "subject", "to")


class HeaderBlock(NamedTuple):
    """What a header block says.

    Attributes:
        end: one past its last line; where it was looked for, when there is none.
        meta: ``from``, ``date``, ``subject``, ``to`` as far as they are there; maybe empty.
    """

    end: int
    meta: Mapping[str, str]


def header_name(text: str) -> str | None:
    """Return which header a line begins: from, date, subject, to, cc; None when none we know."""
    colon = _COLON.search(text, 0, LONGEST_LABEL + 4)
    if colon is None:
        return None
    return HEADER_NAMES.get(text[: colon.start()].strip(_AROUND).casefold())


def read_block(lines: Sequence[Line], k: int, *, marked: bool) -> HeaderBlock:
    """Read the header block that begins at ``k`` or after at most two blank lines.

    Args:
        lines: of the body.
        k: where to look.
        marked: a marker stands above, so unknown labels are read by what their values look like.
    """
    first = next_filled(lines, k, blanks=2)
    if first is None:
        return HeaderBlock(k, {})
    known = header_name(lines[first].text)
    if known is None and not (marked and _other_label(lines[first].text)):
        return HeaderBlock(k, {})
    fields, end = _fields(lines, first)
    meta: dict[str, str] = {}
    for name, value in fields:
        meta.setdefault(name, value)
    if marked and "from" not in meta:
        meta = {**_inferred([value for name, value in fields if name == "other"]), **meta}
    if len(meta) < 2 and not marked:
        return HeaderBlock(k, {})
    if known is None and "from" not in meta:
        return HeaderBlock(k, {})
    return HeaderBlock(end, {name: _tidy(name, meta[name]) for name in _SHOWN if name in meta})


def inline_block(text: str, end: int) -> HeaderBlock | None:
    """Read the header of a marker line that goes on in the same line, without breaks (Yahoo)."""
    places: list[tuple[int, int, str]] = []
    seen: set[str] = set()
    for colon in _COLON.finditer(text, 0, LONGEST_INLINE):
        label = _label_before(text, colon.start())
        if label is not None and label[1] not in seen:
            places.append((label[0], colon.end(), label[1]))
            seen.add(label[1])
    if "from" not in seen or len(seen) < 2:
        return None
    stops = [*(place[0] for place in places[1:]), len(text)]
    meta = {name: text[a:b] for (_, a, name), b in zip(places, stops, strict=True)}
    return HeaderBlock(end, {name: _tidy(name, meta[name]) for name in _SHOWN if name in meta})


def _fields(lines: Sequence[Line], first: int) -> tuple[list[tuple[str, str]], int]:
    """Return the fields in order and where they end."""
    fields: list[tuple[str, str]] = []
    seen: set[str] = set()
    depth, end, wrapped = lines[first].depth, first, 0
    for j in range(first, min(first + MOST_LINES, len(lines))):
        text = lines[j].text
        if lines[j].depth != depth:
            break
        if not text:
            # Some converters leave a blank line after each header line.
            below = lines[j + 1] if j + 1 < len(lines) else None
            name = header_name(below.text) if below and below.depth == depth else None
            if name is None or name in seen:
                break
            continue
        name = header_name(text) or ("other" if _other_label(text) else None)
        if name in seen:
            break
        if name:
            seen |= {name} - {"other"}
            fields.append((name, _COLON.split(text, maxsplit=1)[1]))
            end, wrapped = j + 1, 0
            continue
        wrapped += 1
        name, value = fields[-1]
        if wrapped > _MOST_WRAPPED[name] or not _is_wrapped(lines, j, name):
            # No wrapped value but the text: it began right below, without a blank line.
            fields[-1] = (name, value.partition("\n")[0])
            return fields, end
        fields[-1] = (name, f"{value}\n{text.strip()}")
    else:
        return fields, end
    return fields, max(end, end + wrapped)


def _is_wrapped(lines: Sequence[Line], j: int, name: str) -> bool:
    """Say whether a line without a label goes on with the value above, or is the text below."""
    above, text = lines[j - 1], lines[j].text
    if not above.text:
        return False
    if name in ("to", "cc"):
        return above.text.endswith((",", ";", "<")) or "@" in text or text.startswith((" ", "\t"))
    below = next((line.text for line in lines[j + 1 : j + 3] if header_name(line.text)), None)
    if below:
        return True
    is_full = above.end - above.start >= _WRAPPED_FROM and len(text) <= _WRAPPED_FROM
    return is_full and (j + 1 == len(lines) or not lines[j + 1].text)


def _other_label(text: str) -> bool:
    """Say whether a line looks like ``Label: value`` with one to three words before the colon."""
    colon = _COLON.search(text, 0, LONGEST_LABEL + 1)
    if colon is None or not text[colon.end() :].strip():
        return False
    label = text[: colon.start()].strip(_AROUND)
    spaced = colon.group() != ":" or text[colon.end()] in " \t\u00a0"
    return (
        bool(label)
        and spaced
        and not label[0].islower()
        and label.count(" ") < 3
        and label[0].isalpha()
    )


def _inferred(values: Sequence[str]) -> dict[str, str]:
    """Read unknown labels by their values: first address, date, next address, what is left."""
    meta: dict[str, str] = {}
    for value in values:
        if hints.has_address(value):
            meta.setdefault("to" if "from" in meta else "from", value)
        elif hints.score(value) >= 2:
            meta.setdefault("date", value)
        else:
            meta.setdefault("subject", value)
    return meta if "from" in meta else {}


def _label_before(text: str, end: int) -> tuple[int, str] | None:
    """Return where the longest known label that ends here begins, and its name."""
    stop = end
    while stop > 0 and text[stop - 1] in " \u00a0":
        stop -= 1
    for length in range(min(LONGEST_LABEL, stop), 0, -1):
        label = text[stop - length : stop]
        if not label[0].islower() and label.casefold() in HEADER_NAMES:
            return stop - length, HEADER_NAMES[label.casefold()]
    return None


def _tidy(name: str, value: str) -> str:
    """Return a value as one line, without the links Outlook writes behind addresses."""
    text = " ".join(value.split()).strip(_AROUND)
    if name in ("from", "to"):
        text = _BRACKET_MAILTO.sub(r"<\1>", _MAILTO.sub("", text))
        text = _ON_BEHALF.sub("", text) if name == "from" else text
        text = text.removesuffix(";")
    return " ".join(text.split())
