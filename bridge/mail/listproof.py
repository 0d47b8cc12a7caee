"""Did the list's own host sign its copy? What ``delivered_by: list_dkim`` asks; pure.

The host may serve other lists, also a forger's: so the List-Id must be signed beside what proves
an author, or a copy of another list could be handed to us as one of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.ids import Instant
from bridge.mail.authorship import LARGEST, MOST_SIGNATURES, Answers
from bridge.mail.dkim import Signature, is_true, read_signature, why_incomplete
from bridge.mail.dkimkeys import Key, read_key
from bridge.mail.rawfields import RawMail, read_raw_mail


def names_of_list(raw: bytes, domains: Sequence[str], now: Instant) -> tuple[str, ...]:
    """Return the names whose TXT records tell whether one of the domains signed the mail.

    Args:
        raw: the mail as it arrived.
        domains: of the list's host; exactly these.
        now: when it arrived; Unix ms.
    """
    mail = read_raw_mail(raw) if len(raw) <= LARGEST else None
    signatures = _signatures(mail, domains, now) if mail else ()
    return tuple(dict.fromkeys(signature.name for signature in signatures))


def signed_by(
    raw: bytes, domains: Sequence[str], answers: Answers, now: Instant
) -> tuple[str, ...] | None:
    """Return which of the domains signed the mail; None while a missing answer could tell.

    Args:
        raw: the mail as it arrived.
        domains: of the list's host; exactly these.
        answers: what the DNS has said of ``names_of_list``.
        now: when the mail arrived; Unix ms.
    """
    mail = read_raw_mail(raw) if len(raw) <= LARGEST else None
    signatures = _signatures(mail, domains, now) if mail else ()
    known = [signature for signature in signatures if signature.name in answers]
    found = []
    for signature in known:
        key = read_key(answers[signature.name], signature.kind)
        if mail is not None and isinstance(key, Key) and is_true(signature, mail, key):
            found.append(signature.domain)
    if not found and len(known) < len(signatures):
        return None
    return tuple(dict.fromkeys(found))


def _signatures(mail: RawMail, domains: Sequence[str], now: Instant) -> tuple[Signature, ...]:
    wanted = {domain.lower() for domain in domains}
    read = (read_signature(field, now) for field in mail.all("dkim-signature"))
    fitting = [
        one
        for one in read
        if isinstance(one, Signature)
        and one.domain in wanted
        and "list-id" in one.covered
        and len(mail.all("list-id")) == 1
        and why_incomplete(one, mail) is None
    ]
    return tuple(fitting[:MOST_SIGNATURES])
