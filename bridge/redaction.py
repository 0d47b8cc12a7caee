"""What may stand in a log line: no token at any level, no mail address from info upwards.

Patterns find what nobody foresaw, known secrets are found whatever surrounds them, and some keys
are never shown. Message-IDs look like addresses and stay: operators trace mails by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

Entry = MutableMapping[str, Any]
Processor = Callable[[Any, str, Entry], Mapping[str, Any]]
"""A structlog processor: logger, method name and entry to entry."""

SECRET = "[secret]"  # noqa: S105 -- what stands in place of one
ADDRESS = "[address]"
UNSHOWN = "[not logged]"

_SECRET_KEY = re.compile(r"token|password|secret|authorization|cookie", re.IGNORECASE)
_CONTENT_KEYS = frozenset({"body", "raw", "content", "payload", "html", "own_text"})
_MESSAGE_ID_KEYS = frozenset({"message_id", "in_reply_to", "references", "root", "parent"})

_SECRET_TEXT = re.compile(
    r"""(?P<before>\bBearer\s+|(?:token|password|secret)["']?\s?[=:]\s?["']?)[^\s"'&,;)}\]]+"""
    r"""|(?P<synapse>\bsy[tr]_)\w+""",
    re.IGNORECASE,
)

_WORD = r"""[^\s<>()\[\]{},;:"'@/\\]"""
# Each match begins at the start of a word, which keeps the search linear in hostile text. A word
# that ends in "=" is no local part: ``sender=@jane:example.org`` names a Matrix id.
_ADDRESS = re.compile(
    rf"(?<!{_WORD}){_WORD}++(?<!=)(?:@{_WORD}+)+"
    rf"|(?<!{_WORD}){_WORD}+?%40{_WORD}+"
    rf'|"[^",]{{1,64}}"@{_WORD}+'
)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return what another said without the secrets that we had told it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, SECRET)
    return text


def redaction(secrets: Iterable[str] = ()) -> Processor:
    """Return the processor that takes out what must not be logged.

    Args:
        secrets: tokens and passwords in use, taken out wherever they stand.
    """
    forms = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
    # The longest first: one secret may begin with another.
    known = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
    in_use = re.compile("|".join(known)) if known else None

    def without_secrets(text: str) -> str:
        bare = text if in_use is None else in_use.sub(SECRET, text)
        return _SECRET_TEXT.sub(lambda m: (m["before"] or m["synapse"] or "") + SECRET, bare)

    def redact(_logger: Any, method: str, entry: Entry) -> Entry:
        is_debug = str(entry.get("level", method)) == "debug"
        return {
            key: _shown(key, value, clean=without_secrets, is_debug=is_debug)
            for key, value in entry.items()
        }

    return redact


@lru_cache(maxsize=512)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _without_addresses(text: str) -> str:
    # Most texts hold none, and to see that is ten times as fast as to search for one.
    return _ADDRESS.sub(ADDRESS, text) if "@" in text or "%40" in text else text


def _shown(key: str, value: object, *, clean: Callable[[str], str], is_debug: bool) -> object:
    if _is_secret(key):
        return SECRET
    if key in _CONTENT_KEYS and not is_debug:
        return UNSHOWN
    if is_debug or key in _MESSAGE_ID_KEYS:
        return _mapped(value, clean)
    return _mapped(value, lambda text: _without_addresses(clean(text)))


def _mapped(value: object, clean: Callable[[str], str]) -> object:
    """Clean every text inside the value; what is neither text nor number shows its repr."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return clean(value)
        case Mapping():
            return {
                clean(str(key)): SECRET if _is_secret(str(key)) else _mapped(inner, clean)
                for key, inner in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_mapped(inner, clean) for inner in value]
        case _:
            return clean(repr(value))
