from __future__ import annotations

import pytest

from bridge.ids import ListId
from bridge.mail.guards import GUARDS, facts_of, first_guard, is_automatic
from bridge.mail.parse import parse_mail


def post_of(raw: bytes):
    return parse_mail(raw, list_id=ListId("pc.example.org"), posting_address="pc@example.org")


def guard_name(raw: bytes, sender: str | None = "pc-bounces@example.org"):
    guard = first_guard(facts_of(post_of(raw), sender, "ours"))
    return guard and guard.name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"X-Seconded-Instance: ours; hop=1\n\nx", "own_instance"),
        (b"Received: a\n" * 31 + b"\nx", "too_many_hops"),
        (b"Auto-Submitted: auto-replied\n\nx", "auto_replied"),
        (b"Auto-Submitted: auto-notified; owner-email=a\n\nx", "auto_replied"),
        (b"Content-Type: multipart/report; boundary=a\n\nx", "bounce"),
        (b"Content-Type: message/delivery-status\n\nx", "bounce"),
        (b"From: MAILER-DAEMON@example.org\n\nx", "bounce"),
        (b"Content-Type: message/disposition-notification\n\nx", "receipt"),
        (b"X-Autoreply: yes\n\nx", "vacation"),
        (b"Precedence: auto_reply\n\nx", "vacation"),
        (b"Subject: [PC] Out of Office: Re: x\n\nx", "vacation"),
        (b"Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A?= x\n\nx", "vacation"),
        (b"Subject: Automatische Antwort: x\n\nx", "vacation"),
    ],
)
def test_a_program_s_mail_is_suspected(raw, name):
    assert guard_name(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\n\nx",
        b"X-Seconded-Instance: other; hop=1\n\nx",
        b"Received: a\n" * 30 + b"\nx",
        b"Auto-Submitted: no\n\nx",
        b"Auto-Submitted: auto-generated\n\nx",
        b"Precedence: list\n\nx",
        b"Subject: Out of office space, again\n\nx",
    ],
)
def test_a_persons_mail_passes(raw):
    assert guard_name(raw) is None
    assert guard_name(raw, sender=None) is None


def test_the_null_sender_is_a_bounce():
    assert guard_name(b"Subject: x\n\nx", sender="") == "bounce"


def test_the_earlier_guard_wins():
    assert guard_name(b"X-Seconded-Instance: ours\nAuto-Submitted: auto-replied\n\nx") == (
        "own_instance"
    )


def test_guards_say_who_they_are():
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
    assert all(guard.description.endswith(".") for guard in GUARDS)


@pytest.mark.parametrize(
    ("value", "automatic"), [(b"auto-generated", True), (b"no", False), (b"", False)]
)
def test_a_generated_mail_is_marked(value, automatic):
    assert is_automatic(post_of(b"Auto-Submitted: " + value + b"\n\nx")) is automatic
