"""Where each of our mails to a list stands, and that no machine answers it (spec 3, RFC 3834)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import policy
from email.parser import BytesHeaderParser

ANSWERS = {
    # Both answer the post that holds the text.
    "comments": None,
    "call": None,
    "amendment": {"call"},
    "notice": {"call"},
    "final-call": {"call"},
    "extension": {"call"},
    "digest": {"call", ""},
    "result": {"call"},
    "ended": {"call", "comments"},
    # Whoever reads them needs the result above them; its own thread is the call's.
    "correction": {"result"},
    "late-register": {"result"},
    "appeal": {"result"},
}
"""Kind -> what it answers, "" for nothing; a mail of another kind is a mistake."""
NOTES = "note"
"""What some stories put straight into the outbox: no mail of a handler's."""
_KIND = re.compile(r"<?([a-z-]*)")


def stand_in_their_threads(mails: Iterable[bytes]) -> None:
    """Check the headers that put our mails to a list where a reader looks for them."""
    for raw in mails:
        mail = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        kind = _kind(mail["Message-ID"])
        if kind == NOTES:
            continue
        answers = ANSWERS[kind]
        assert mail["Auto-Submitted"] == "auto-generated", kind
        above = str(mail["In-Reply-To"] or "")
        assert answers is None or _kind(above) in answers, (kind, above)
        # A digest that tells of one ballot stands in the thread of its call.
        is_one = " left" in str(mail["Subject"])
        assert kind != "digest" or (_kind(above) == "call") == is_one, mail["Subject"]
        assert above in str(mail["References"] or ""), kind


def _kind(message_id: str) -> str:
    found = _KIND.match(message_id.strip())
    assert found is not None
    return found[1]
