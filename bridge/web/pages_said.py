"""People on a page: what they are called and what they wrote, without their addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bridge.domain.acts import Act
from bridge.domain.masking import HOST, holds_address, masked
from bridge.domain.rulings import Ruling, is_ruling
from bridge.export import Record

ERASED: Final = "The words have been erased."
_LONGEST_LINK: Final = 2_000
_ENCODED_OR_ONE: Final = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_STEP: Final = re.compile(r"([/?#&=]+)")


@dataclass(frozen=True, slots=True)
class ArchiveLink:
    """Where an answer to an objection stands.

    Attributes:
        href: leads there; what reads as an address in it is percent-encoded whole (RFC 3986, 2.1).
        host: with its scheme, to be shown.
    """

    href: str
    host: str


def answer_link(record: Record, act: Act | None) -> ArchiveLink | None:
    """Return the link to a chair's answer whose Message-ID reads as an address and is masked.

    Any other link can be read on the page; one that leads to a person stays masked.
    """
    if act is None or act.position != Ruling.ADDRESS:
        return None
    part = record.personal.get(act.seq)
    link = "" if part is None else str(part.personal.get("words", ""))
    host = HOST.match(link)
    if host is None or len(link) > _LONGEST_LINK or len(link.split()) != 1:
        return None
    steps = _STEP.split(link[host.end() :])
    # No Message-ID begins with the sign that a Matrix id begins with.
    is_person = any(unquote(step).startswith("@") for step in steps) or "matrix" in link.casefold()
    if is_person or not holds_address(link) or holds_address(host[0]):
        return None
    path = "".join(_encoded(step) if holds_address(step) else step for step in steps)
    return ArchiveLink(host[0] + path, host[0])


def _encoded(step: str) -> str:
    return _ENCODED_OR_ONE.sub(
        lambda found: (
            found[0]
            if len(found[0]) == len("%40")
            else "".join(f"%{octet:02X}" for octet in found[0].encode("utf-8", "replace"))
        ),
        step,
    )


def words_of(record: Record, act: Act | None) -> str:
    """Return what was written with an act, "" for nothing; of what is gone, that it is."""
    part = record.personal.get(act.seq) if act is not None else None
    if part is None:
        return ERASED if act is not None and act.with_text else ""
    return masked(str(part.personal.get("words", "")))


def who(record: Record, act: Act) -> str:
    """Return whose act it is; a person who is not on the roll is not named."""
    roster = record.ballot.roster
    if is_ruling(act):
        return f"{masked(roster.name_of(act.person_ref))}, as chair"
    is_known = act.person_ref in roster.people or any(
        act.person_ref == one.person for one in roster.admitted
    )
    return masked(roster.name_of(act.person_ref)) if is_known else "not on the roll"
