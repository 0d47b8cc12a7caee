"""Each check holds for a story that went as meant, and fails for the one thing it looks at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.demo import cast
from bridge.demo.checks import (
    ACTS,
    CHECKS,
    MEANT,
    Evidence,
    Exported,
    Records,
    Seen,
    judge,
    printed_hash,
    report,
)
from bridge.domain.positions import SEEDS
from bridge.ids import MessageId, message_id_hash
from bridge.store.books import Books

BOT, CARD = "@seconded:hs.demo", "$card"
CALL = b"Subject: [CALL] b/1\r\nMessage-ID: <call@bridge.demo>\r\n\r\n"
LINES = "\n".join(f"    {name} ..... {count}" for name, count in MEANT.items())
RESULT = (
    "Subject: [RESULT] b/1\r\nMessage-ID: <result@bridge.demo>\r\n"
    "In-Reply-To: <call@bridge.demo>\r\n"
    f"References: <{cast.REQUEST.message_id}> <call@bridge.demo>\r\n\r\n"
    f"{LINES}\n    not on the roll ..... 1\n"
)


def event(event_id, kind, sender=BOT, **content):
    return {"event_id": event_id, "type": kind, "sender": sender, "content": content}


def post(mail, n, body, **content):
    source = {"message_id": message_id_hash(MessageId(mail.message_id)), "part": 0}
    sender = f"@list_{mail.author.slug}:hs.demo"
    shown = {"body": body, "org.seconded.source": [source], **content}
    return event(f"$post{n}", "m.room.message", sender, **shown)


def joined(mail):
    name = f"{mail.author.name} (list)"
    sender = f"@list_{mail.author.slug}:hs.demo"
    return {**event("$j", "m.room.member", sender, displayname=name), "state_key": sender}


def edit(kind, body):
    new = {"org.seconded.ballot": {"id": 1, "kind": kind}, "body": body}
    return event(f"${kind}!", "m.room.message", **{"m.new_content": new})


def seed(key):
    relation = {"rel_type": "m.annotation", "event_id": CARD, "key": key}
    return event(f"${key}", "m.reaction", **{"m.relates_to": relation})


THREAD = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$post0"}}
TOLD = event("$told", "m.room.message", **{"m.mentions": {"user_ids": [cast.STRANGER.user_id]}})
OVER = "b/1: closed: adopted; the result is on the list"
EVENTS = (
    post(cast.REQUEST, 0, "three coalitions have agreed on these two sentences"),
    post(cast.INTERLEAVED, 1, "announced thirty days ahead\nso I am glad to see it", **THREAD),
    post(cast.PROSE, 2, "I read it twice.", **THREAD),
    *(joined(mail) for mail in cast.MAILS),
    *(seed(key) for key in SEEDS),
    TOLD,
    edit("card", OVER),
    edit("status", OVER),
)
STORY = Evidence(
    seen=Seen("!r", event(CARD, "m.room.message"), RESULT.encode()),
    events=EVENTS,
    pinned=(CARD,),
    mailboxes={one.address: (CALL,) for one in cast.EVERYBODY},
    records=Records(3, ACTS, "adopted", Books(3, 3, 0)),
    exported=Exported(Path("exports/b1"), 0, "outcome adopted people 5 organisations 0 chain ok"),
)


def without(*event_ids):
    return replace(STORY, events=tuple(e for e in EVENTS if e["event_id"] not in event_ids))


def instead(*events):
    gone = {one["event_id"] for one in events}
    kept = tuple(e for e in EVENTS if e["event_id"] not in gone)
    return replace(STORY, events=(*kept, *events))


def result(old, new):
    return replace(STORY, seen=replace(STORY.seen, result=RESULT.replace(old, new).encode()))


def records(**changes):
    return replace(STORY, records=replace(STORY.records, **changes))


NOT_OVER = "b/1: closed: not adopted; the result is on the list"
SPOILT = {
    "each_post_stands_in_the_room_once": replace(STORY, events=(*EVENTS, EVENTS[2])),
    "ghosts_carry_the_authors_names": without("$j"),
    "replies_stand_in_the_right_thread": instead(post(cast.PROSE, 2, "I read it twice.")),
    "the_forward_in_the_quote_is_readable": instead(post(cast.REQUEST, 0, "Dear all")),
    "the_interleaved_reply_keeps_its_question": instead(
        post(cast.INTERLEAVED, 1, "so I am glad to see it", **THREAD)
    ),
    "the_call_reached_every_subscriber": replace(
        STORY, mailboxes={**STORY.mailboxes, cast.STRANGER.address: ()}
    ),
    "the_card_is_pinned": replace(STORY, pinned=("$other",)),
    "the_card_has_its_seeded_reactions": without("$✋"),
    "the_result_has_the_numbers_meant": result("endorse ..... 3", "endorse ..... 4"),
    "the_stranger_was_told_and_not_counted": without("$told"),
    "the_result_stands_under_the_call": result("In-Reply-To: <call", "In-Reply-To: <other"),
    "card_and_status_say_it_was_adopted": instead(edit("card", NOT_OVER)),
    "the_ledger_has_every_act": records(acts=ACTS - 1),
    "the_books_balance": records(books=Books(3, 2, 0)),
    "the_export_recounts": replace(STORY, exported=replace(STORY.exported, status=1)),
}


def test_a_story_that_went_as_meant_passes_every_check():
    assert judge(STORY) == dict.fromkeys(CHECKS, True)


def test_every_check_has_a_story_that_it_refuses():
    assert SPOILT.keys() == CHECKS.keys()


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_refuses_the_one_thing_it_looks_at(name):
    assert [check for check, held in judge(SPOILT[name]).items() if not held] == [name]


def test_the_head_is_taken_whole_from_the_result_mail():
    told = RESULT + "\n  head of the log\n  " + "ab" * 32 + "\n"
    read = replace(STORY, seen=replace(STORY.seen, result=told.encode())).seen.result_mail
    assert printed_hash(read, "head of the log") == "ab" * 32
    assert printed_hash(STORY.seen.result_mail, "terms") == "0" * 64


def test_the_last_line_names_the_result_as_a_subscriber_received_it():
    found = report(STORY, judge(STORY), {"start": 1.0})
    assert (found.result_message_id, found.outcome) == ("result@bridge.demo", "adopted")
    assert found.is_complete
