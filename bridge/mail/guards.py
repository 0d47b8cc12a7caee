"""Guards: yes/no rules that keep a mail out of the room, and stop loops. They change nothing.

An echo of our own mail is no guard: the caller looks for its own Message-IDs first, because an
echo is the proof that the list distributed it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bridge.mail.parse import Post

MOST_RECEIVED = 30
"""Mail servers give up at 50 to 100 hops (RFC 5321 section 6.3 asks for at least 100)."""

_VACATION_SUBJECT = re.compile(
    r"(?:out[ -]of[ -](?:the[ -])?office|automatic reply|auto(?:matic)?[ -]?reply|autoreply"
    r"|vacation (?:reply|message|notice)|abwesenheitsnotiz|abwesend|automatische antwort"
    r"|réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina"
    r"|resposta automática|risposta automatica|automatisch antwoord|afwezig|autosvar"
    r"|автоответ|自動返信|自动回复)\s*[:：]",
    re.IGNORECASE,
)
_BOUNCE_SENDERS = ("mailer-daemon", "postmaster", "mail-daemon")


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """What the guards look at.

    Attributes:
        post: the parsed mail.
        envelope_sender: MAIL FROM; '' = the null sender of bounces (RFC 5321 section 4.5.5);
            None = unknown (an archive has none).
        instance: our own instance's name, as it stands in our loop header.
    """

    post: Post
    envelope_sender: str | None
    instance: str


@dataclass(frozen=True, slots=True)
class Guard:
    """One rule.

    Attributes:
        name: in logs and in the suppressed count.
        description: why such a mail is not mirrored, as a sentence.
        suspects: whether the rule applies.
    """

    name: str
    description: str
    suspects: Callable[[GuardFacts], bool]


def facts_of(post: Post, envelope_sender: str | None, instance: str) -> GuardFacts:
    """Return what the guards look at."""
    return GuardFacts(post, envelope_sender, instance)


def first_guard(facts: GuardFacts) -> Guard | None:
    """Return the first guard that suspects the mail; None lets it pass."""
    return next((guard for guard in GUARDS if guard.suspects(facts)), None)


def is_automatic(post: Post) -> bool:
    """Say whether a program wrote it: mirrored and marked, never answered, never counted."""
    return post.auto_submitted not in (None, "", "no")


def _is_own(facts: GuardFacts) -> bool:
    return any(_instance_name(value) == facts.instance for value in facts.post.instances)


def _instance_name(value: str) -> str:
    """Return the instance of a loop header's value, ``NAME; hop=1``."""
    return value.partition(";")[0].strip()


def _has_gone_far(facts: GuardFacts) -> bool:
    return facts.post.received_count > MOST_RECEIVED


def _is_auto_replied(facts: GuardFacts) -> bool:
    return facts.post.auto_submitted in ("auto-replied", "auto-notified")


def _is_bounce(facts: GuardFacts) -> bool:
    local = (facts.post.author.address or "").partition("@")[0].lower()
    is_report = facts.post.content_type in ("multipart/report", "message/delivery-status")
    return is_report or facts.envelope_sender == "" or local in _BOUNCE_SENDERS


def _is_receipt(facts: GuardFacts) -> bool:
    return facts.post.content_type == "message/disposition-notification"


def _is_vacation(facts: GuardFacts) -> bool:
    post = facts.post
    return bool(
        post.vacation_headers
        or post.precedence in ("auto_reply", "auto-reply")
        or _VACATION_SUBJECT.match(post.thread_subject)
    )


GUARDS: tuple[Guard, ...] = (
    Guard("own_instance", "Our own mail has come back in a loop.", _is_own),
    Guard("too_many_hops", f"More than {MOST_RECEIVED} Received fields: it loops.", _has_gone_far),
    Guard("auto_replied", "A program answered by itself (RFC 3834).", _is_auto_replied),
    Guard("bounce", "A delivery report (RFC 3464) or read receipt (RFC 8098).", _is_bounce),
    Guard("receipt", "A read receipt (RFC 8098).", _is_receipt),
    Guard("vacation", "A vacation notice in an older shape.", _is_vacation),
)
"""In the order they run."""
