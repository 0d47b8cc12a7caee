"""Mailboxes of From, Reply-To and Cc, parsed strictly: a doubtful address is no address.

The standard library reads ``ceo@good.org <evil@bad.org>`` as the first address. Here whatever
RFC 5322 section 3.4 does not allow yields a mailbox without address, so that nothing can be
attributed to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.mail.headers import decode_text

# An encoded comma must not part mailboxes, so names are decoded after the split.
_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[<>,;:()]|[^\s"<>,;:()]+|"', re.DOTALL)
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One entry of an address header.

    Attributes:
        name: decoded display name or ''.
        address: domain in lower case, local part as written; None = not a valid mailbox.
    """

    name: str
    address: str | None


def parse_mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes of a raw header value; groups are opened, comments dropped."""
    found: list[Mailbox] = []
    tokens: list[str] = []
    depth = 0
    for sign in _TOKEN.findall(value):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(depth - 1, 0)
        elif depth == 0 and sign in (",", ";"):
            found.extend(_mailbox(tokens))
            tokens = []
        elif depth == 0 and sign == ":" and "<" not in tokens:
            # A group's name ("undisclosed-recipients:") is no mailbox.
            tokens = []
        elif depth == 0:
            tokens.append(sign)
    return (*found, *_mailbox(tokens))


def sole_address(value: str) -> str | None:
    """Return the address of a value that is one mailbox and nothing beside: no list, no group."""
    signs = {sign for sign, depth in _outside_quotes(value) if depth == 0}
    mailboxes = parse_mailboxes(value)
    return mailboxes[0].address if len(mailboxes) == 1 and not signs & {",", ";", ":"} else None


def parse_address(text: str) -> str | None:
    """Return an addr-spec with its domain in lower case; None when it is not exactly one."""
    address = text.strip()
    if len(address) > LONGEST_ADDRESS or not _is_address(address):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def same_address(one: str, other: str) -> bool:
    """Say whether two addresses are one mailbox as people use them: letters' case is ignored."""
    return one.strip().casefold() == other.strip().casefold()


def _outside_quotes(value: str) -> Iterator[tuple[str, int]]:
    """Yield each token with how many comments it stands in."""
    depth = 0
    for sign in _TOKEN.findall(value):
        depth = max(depth + (sign == "(") - (sign == ")"), 0)
        yield sign, depth


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(_LOCAL_PART.fullmatch(local))
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )


def _mailbox(tokens: list[str]) -> tuple[Mailbox, ...]:
    stripped = [token for token in tokens if token.strip()]
    if not stripped:
        return ()
    if "<" not in stripped and ">" not in stripped:
        text = "".join(tokens).strip()
        address = parse_address(text)
        return (Mailbox("" if address else decode_text(text), address),)
    opened = tokens.index("<") if "<" in tokens else len(tokens)
    name = _name(tokens[:opened])
    has_one_end = stripped.count("<") == stripped.count(">") == 1 and stripped[-1] == ">"
    # A bare "@" in a display name is invalid, and is how addresses are forged.
    is_plain = all("@" not in token or token.startswith('"') for token in tokens[:opened])
    inner = "".join(tokens[opened + 1 : tokens.index(">")]) if has_one_end else ""
    return (Mailbox(name, parse_address(inner) if is_plain else None),)


def _name(tokens: list[str]) -> str:
    words = [
        re.sub(r"\\(.)", r"\1", token[1:-1]) if len(token) > 1 and token[0] == '"' else token
        for token in tokens
    ]
    return decode_text("".join(words).strip())
