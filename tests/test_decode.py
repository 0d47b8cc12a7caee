from dataclasses import replace

import pytest

from bridge.decode import decode
from bridge.errors import Permanent
from bridge.events import ClockStruck, CommandGiven, DigestDue, MailArrived, SweepFinished
from bridge.ids import Instant
from bridge.matrix.facts import OtherSeen, ReactionSeen
from bridge.store.inbox import InboxItem

REACTION = (
    b'{"type":"m.reaction","event_id":"$r","room_id":"!r","sender":"@a:hs.test",'
    b'"origin_server_ts":5,"content":{"m.relates_to":'
    b'{"rel_type":"m.annotation","event_id":"$card","key":"\xe2\x9c\x85"}}}'
)
MAIL_META = {"list_id": "pc.x", "envelope_sender": "b@x", "client": "[192.0.2.1]"}
COMMAND = {"list_id": None, "name": "ballot", "verb": "list", "arguments": {"a": "b"}, "text": ""}


def item(kind, *, raw=b"", meta=None):
    return InboxItem(7, "a", kind, "key", raw, meta or {}, Instant(9), 0, "new", None)


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        (
            item("mail", raw=b"\xff", meta=MAIL_META),
            MailArrived(7, "pc.x", "b@x", "[192.0.2.1]", b"\xff", Instant(9)),
        ),
        (
            item("mail", meta=MAIL_META | {"signers": ["lists.example.org"]}),
            MailArrived(7, "pc.x", "b@x", "[192.0.2.1]", b"", Instant(9), ("lists.example.org",)),
        ),
        (item("sweep", meta={"ballot": 1, "started_at": 5}), SweepFinished(1, 5)),
        (
            item("sweep", meta={"ballot": 1, "started_at": 5, "passed_at": 3}),
            SweepFinished(1, 5, Instant(3)),
        ),
        (item("clock", meta={"ballot": 1, "what": "confirm"}), ClockStruck(1, "confirm")),
        (
            item("digest", meta={"list_id": "pc.x", "day": "2025-11-01"}),
            DigestDue("pc.x", "2025-11-01"),
        ),
        (
            item("command", meta=COMMAND),
            CommandGiven("key", None, "ballot", "list", {"a": "b"}, "", 9),
        ),
    ],
    ids=lambda one: getattr(one, "kind", ""),
)
def test_an_item_is_read_as_the_fact_it_holds(given, fact):
    assert decode(given) == fact


def test_an_event_is_read_from_the_bytes_that_were_pushed():
    seen = decode(item("matrix", raw=REACTION))
    assert isinstance(seen, ReactionSeen)
    assert (seen.target, seen.key) == ("$card", "✅")


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"{", b"null"])
def test_bytes_that_are_no_event_are_a_fact_too(raw):
    assert isinstance(decode(item("matrix", raw=raw)), OtherSeen)


def test_a_kind_of_a_later_version_is_set_aside_for_a_human():
    with pytest.raises(Permanent, match="oracle"):
        decode(replace(item("mail"), kind="oracle"))
