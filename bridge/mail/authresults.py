"""Authentication-Results (RFC 8601): what a mail server found when a mail came in.

Anybody can write such a field. Whose word it is, and where in the mail it may stand, is decided
where it is used; here it is only read, by its grammar or not at all, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.mail.rawfields import RawMail

LONGEST_FIELD = 8_192
# A quoted string, a sign of the grammar, a word; what matches none makes the field void.
_TOKEN = re.compile(r'[ \t\r\n]+|"(?:[^"\\]|\\.)*+"|[;=()]|[^\s;=()"\\]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Result:
    """What one method found.

    Attributes:
        method: ``dkim``, ``spf``, ``arc``, …; lower case.
        value: ``pass``, ``fail``, …; lower case.
        properties: such as ``header.d``, lower case, with their values as written.
    """

    method: str
    value: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuthResults:
    """One field: the server's name in lower case, and what it found."""

    authserv_id: str
    results: tuple[Result, ...]

    def passed_for(self, domain: str, *, by_identity: bool = False) -> bool:
        """Say whether a DKIM signature of exactly this domain was found to be true.

        Args:
            domain: lower case.
            by_identity: where a result names no domain, the identity it names will do; Google's
                servers name nothing else.
        """
        return any(
            (result.method, result.value) == ("dkim", "pass")
            and _signer(result, by_identity=by_identity) == domain
            for result in self.results
        )


def parse_auth_results(value: bytes) -> AuthResults | None:
    """Return what a field says; None when it is not of the form of RFC 8601 section 2.2."""
    signs = _signs(value) if len(value) <= LONGEST_FIELD and value.isascii() else None
    if not signs:
        return None
    head, *parts = _split(signs)
    # The version after the name is optional, and there is only one.
    if not head or "=" in head or head[1:] not in ([], ["1"]):
        return None
    if parts and not parts[-1]:
        parts.pop()
    if parts == [["none"]]:
        parts = []
    results = [_result(part) for part in parts]
    if any(result is None for result in results):
        return None
    found = tuple(result for result in results if result is not None)
    return AuthResults(_unquoted(head[0]).lower(), found)


def own_results(mail: RawMail, authserv_ids: Sequence[str]) -> Iterator[AuthResults]:
    """Yield what our own mail servers found.

    Two lines of defence: our server takes out fields that strangers wrote in its name (RFC 8601
    section 5, assumed by the configuration), and only fields above the first Received that
    another host wrote are looked at, since what stands below was there when it came to us.

    Args:
        mail: as it was delivered to us.
        authserv_ids: the names of our servers, as in Authentication-Results and Received.
    """
    ours = {one.lower() for one in authserv_ids}
    for field in mail.fields:
        if field.name == "received" and _written_by(field.value) not in ours:
            return
        if field.name == "authentication-results":
            found = parse_auth_results(field.value)
            if found is not None and found.authserv_id in ours:
                yield found


def _signer(result: Result, *, by_identity: bool) -> str | None:
    named = result.properties.get("header.d")
    if named is None and by_identity:
        named = result.properties.get("header.i", "").rpartition("@")[2]
    return named.lower() if named else None


def _signs(value: bytes) -> list[str] | None:
    """Return words, quoted strings, ``;`` and ``=``; comments and space are left out."""
    text, found, depth, end = value.decode("ascii"), list[str](), 0, 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            return None
        end, sign = match.end(), match[0]
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif depth == 0 and not sign.isspace():
            found.append(sign)
        if depth < 0:
            return None
    return found if depth == 0 and end == len(text) else None


def _split(signs: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for sign in signs:
        if sign == ";":
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts


def _result(signs: Sequence[str]) -> Result | None:
    """Read ``method=value`` and the properties after it."""
    if not signs or len(signs) % 3 or any(sign != "=" for sign in signs[1::3]):
        return None
    names = [name.lower() for name in signs[::3]]
    values = [_unquoted(value) for value in signs[2::3]]
    if "=" in names or "=" in values or len(set(names)) < len(names):
        return None
    # "dkim/1" is the method with its version.
    method = names[0].partition("/")[0]
    return Result(method, values[0].lower(), dict(zip(names[1:], values[1:], strict=True)))


def _unquoted(sign: str) -> str:
    if sign.startswith('"'):
        return re.sub(r"\\(.)", r"\1", sign[1:-1], flags=re.DOTALL)
    return sign


def _written_by(value: bytes) -> str | None:
    """Return the host that wrote a Received field, lower case (RFC 5321 section 4.4)."""
    signs = _signs(value) if len(value) <= LONGEST_FIELD and value.isascii() else None
    words = [sign.lower() for sign in signs or ()]
    if "by" not in words[:-1]:
        return None
    return words[words.index("by") + 1].rstrip(".")
