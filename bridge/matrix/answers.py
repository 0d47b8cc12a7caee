"""What the homeserver answered, and who must act on it; pure.

This is the one place where a status or an errcode becomes an exception:

=====================================  ==========================================
answer                                 becomes
=====================================  ==========================================
429, ``M_LIMIT_EXCEEDED``              Transient, ``retry_after`` as asked
408, 5xx, or not a Matrix answer       Transient, outcome unknown
401, ``M_UNKNOWN_TOKEN``, …            Transient: the destination is at fault, not
                                       the item; shunting the outbox would not help
anything else (403, 404, 413, …)       Permanent
=====================================  ==========================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bridge.errors import Permanent, SecondedError, Transient
from bridge.ids import Instant

DESTINATION_ERRCODES: Final = frozenset(
    {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_RESOURCE_LIMIT_EXCEEDED", "M_USER_SUSPENDED"}
)
"""The homeserver refuses us as a whole: an operator mends it, then the same item goes."""

_SHOWN: Final = 200
_LONGEST_WAIT: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of the homeserver.

    Attributes:
        what: the request in words, for messages: ``PUT /rooms/…/send/…`` without its query.
        status: the HTTP status.
        body: the JSON object or array, or None when it was neither.
        retry_after: the Retry-After header in seconds, or None.
        said_date: the homeserver's Date header, empty when there was none.
    """

    what: str
    status: int
    body: Any
    retry_after: float | None
    said_date: str = ""

    @property
    def date(self) -> Instant | None:
        """Return the homeserver's clock, or None; few ask for it, and every answer has one."""
        return _instant(self.said_date)

    @property
    def is_ok(self) -> bool:
        """Tell whether the homeserver did what was asked and said so in JSON."""
        return 200 <= self.status < 300 and self.body is not None

    @property
    def errcode(self) -> str:
        """Return the Matrix errcode, or an empty string."""
        return _text(self.body, "errcode")

    def field(self, name: str) -> str:
        """Return a text field the homeserver must have set.

        Raises:
            Transient: it did not; the request may have been carried out.
        """
        value = _text(self.body, name)
        if not value:
            raise Transient(f"{self.what} answered without {name!r}", outcome_unknown=True)
        return value

    def accepted(self) -> Answer:
        """Return the answer itself when it is good.

        Raises:
            Transient: time heals it.
            Permanent: a human must look.
        """
        if not self.is_ok:
            raise self.error()
        return self

    def error(self) -> SecondedError:
        """Return the exception this answer stands for (the table of this module)."""
        sentence = f"{self.what} answered {self.status} {self._reason()}"
        if self.status == 429 or self.errcode == "M_LIMIT_EXCEEDED":
            return Transient(sentence, retry_after=self._asked_wait())
        if self.status == 401 or self.errcode in DESTINATION_ERRCODES:
            return Transient(sentence)
        if self.status in (408, *range(500, 600)) or not self.errcode:
            return Transient(sentence, retry_after=self.retry_after, outcome_unknown=True)
        return Permanent(sentence)

    def _reason(self) -> str:
        text = _text(self.body, "error")
        return f"{self.errcode} {text[:_SHOWN]!r}" if self.errcode else "without a Matrix error"

    def _asked_wait(self) -> float | None:
        wait = self.body.get("retry_after_ms") if isinstance(self.body, Mapping) else None
        if isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0:
            return min(wait / 1000, _LONGEST_WAIT)
        return self.retry_after


def parse_answer(what: str, status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
    """Read an HTTP answer; total: what cannot be read is None."""
    return Answer(
        what=what,
        status=status,
        body=_json(raw),
        retry_after=_seconds(headers.get("Retry-After", "")),
        said_date=headers.get("Date", ""),
    )


def _json(raw: bytes) -> Any:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _seconds(header: str) -> float | None:
    text = header.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return min(float(text), _LONGEST_WAIT)


def _instant(header: str) -> Instant | None:
    try:
        return Instant(round(parsedate_to_datetime(header).timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


def _text(body: object, name: str) -> str:
    value = body.get(name) if isinstance(body, Mapping) else None
    return value if isinstance(value, str) else ""
