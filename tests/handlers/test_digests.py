"""A digest is due on its day only, and is queued once."""

from dataclasses import replace

import pytest
from playbook_cast import LIST_ID, OSKAR, REQUEST, SILENCE, START

from bridge.config import DigestConfig
from bridge.domain.acts import Door
from bridge.domain.positions import Position
from bridge.events import DigestDue
from bridge.ids import EventId
from bridge.mail import texts_digest
from bridge.store import chat, mirror
from bridge.store.chat import Felt
from bridge.store.told import DIGEST, told_of
from handlers import digests
from handlers.ballots import call_or_result_seen
from handlers.digests import digest_due
from handlers.ledger import Deed, enter
from handlers.listmails import mail_id
from handlers.messages import message_seen
from handlers.opening import go_ahead, lock

HOUR = 3_600_000
TODAY = DigestDue(LIST_ID, "2025-10-30")


@pytest.fixture
def daily(desk):
    """A desk whose list has a digest at 18:00 UTC; it is 18:00 and a ballot is open."""
    desk.opened(SILENCE)
    digest = DigestConfig(at="18:00", zone="UTC")
    listed = desk.listed.model_copy(update={"digest": digest})
    desk.context = replace(desk.context, lists={LIST_ID: listed})
    desk.now = START + 10 * HOUR
    return desk


def due(desk, event=TODAY):
    return digest_due(event, desk.tx, desk.context)


def test_a_digest_is_queued_once_and_marked(daily):
    assert [due(daily).state for _ in range(2)] == ["done", "suppressed"]
    assert len(daily.letters("mail:digest.2025-10-30")) == 1
    assert told_of(daily.conn, LIST_ID, DIGEST).at == daily.now
    assert told_of(daily.conn, "b/1", DIGEST).upto == 0


@pytest.mark.parametrize("hours", [-1, 6], ids=["too early", "the day is over"])
def test_a_digest_of_another_day_is_left_to_the_next_one(daily, hours):
    daily.now += hours * HOUR
    assert due(daily).reason == "its day is over; the next one tells all of it"
    assert daily.letters("mail:digest") == []


@pytest.mark.parametrize("lists", [True, False])
def test_a_list_that_has_no_digest_any_more_gets_none(daily, lists):
    bare = daily.listed.model_copy(update={"digest": None})
    daily.context = replace(daily.context, lists={LIST_ID: bare} if lists else {})
    assert due(daily).reason == "the list has no digest any more"


def test_two_acts_of_one_millisecond_are_kept_apart_by_the_mark(daily):
    due(daily)
    deed = Deed(Door.CHAT, "$yes", OSKAR, daily.tx.now, Position.ENDORSE)
    enter(daily.tx, daily.context, daily.row(), deed)
    daily.now += 24 * HOUR
    assert due(daily, DigestDue(LIST_ID, "2025-10-31")).state == "done"
    assert "Oskar Example" in daily.letter("mail:digest.2025-10-31")["raw"]


def test_what_was_told_of_the_room_is_forgotten_and_the_next_message_counts(daily):
    for day, name in (("2025-10-30", "$one"), ("2025-10-31", "$two")):
        message_seen(daily.said(OSKAR, "Good.", name), daily.tx, daily.context)
        daily.now += 1000
        assert due(daily, DigestDue(LIST_ID, day)).state == "done"
        assert "(1 message of 1 person)" in daily.letter(f"mail:digest.{day}")["raw"]
        assert chat.said_since(daily.conn, LIST_ID, 0) == []
        daily.now += 24 * HOUR


def test_a_group_writes_its_digest_in_its_own_words(daily, tmp_path):
    (tmp_path / "digest.txt.j2").write_text("Subject: Today\n{{ view.title }}\n")
    listed = daily.listed.model_copy(update={"templates": tmp_path})
    daily.context = replace(daily.context, lists={LIST_ID: listed})
    due(daily)
    assert "Subject: Today\r\n" in daily.letter("mail:digest")["raw"]


def test_what_the_chair_did_is_news_once_and_is_named(daily):
    due(daily)
    daily.now += HOUR
    daily.chair('extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"', "$ruling")
    daily.now += 24 * HOUR
    assert due(daily, DigestDue(LIST_ID, "2025-10-31")).state == "done"
    body = daily.letter("mail:digest.2025-10-31")["raw"]
    assert "The close was moved to Tue 4 Nov 2025 08:00" in body.partition("NEW SINCE")[2]
    daily.now += 24 * HOUR
    assert due(daily, DigestDue(LIST_ID, "2025-11-01")).state == "suppressed"


def test_a_text_that_is_up_for_comments_is_shown_with_its_end_once(desk):
    row = desk.drafted(f'{SILENCE} comments="2025-10-31 08:00 UTC"')
    go_ahead(desk.tx, desk.context, row.ballot)
    listed = desk.listed.model_copy(update={"digest": DigestConfig(at="18:00", zone="UTC")})
    desk.context = replace(desk.context, lists={LIST_ID: listed})
    desk.now = START + 10 * HOUR
    assert [due(desk).state for _ in range(2)] == ["done", "suppressed"]
    raw = desk.letter("mail:digest")["raw"]
    assert "no ballot open" not in raw
    assert "comments until Fri 31 Oct 2025 08:00 UTC" in " ".join(raw.split())


def test_a_thread_opens_at_its_first_post_or_at_the_card_by_a_link(daily):
    mirror.record_event_of(daily.tx, LIST_ID, REQUEST.message_id, EventId("$root"))
    daily.event("$root", "post", message_id=REQUEST.message_id)
    for root in ("$root", "$card"):
        said = daily.said(OSKAR, "Good.", f"{root}.said", thread_root=root)
        message_seen(said, daily.tx, daily.context)
    message_seen(daily.said(OSKAR, "Hello.", "$hello"), daily.tx, daily.context)
    due(daily)
    raw = daily.letter("mail:digest")["raw"].replace("\r\n", "\n")
    said = raw.partition("WHAT THE ROOM SAID")[2]
    links = [line.strip() for line in said.splitlines() if "matrix.to" in line]
    assert links == [f"https://matrix.to/#/%21pc/%24{name}" for name in ("root", "card")]


def test_what_found_no_room_is_not_taken_for_told_and_comes_first_the_next_day(daily, monkeypatch):
    monkeypatch.setattr(digests, "MOST_BALLOTS", 1)
    monkeypatch.setattr(texts_digest, "MOST_BALLOTS", 1)
    second = daily.drafted(f'{SILENCE} title="Second"', "$second")
    lock(daily.tx, daily.context, second.ballot)
    call = mail_id(daily.context, second.ballot, "call")
    call_or_result_seen(daily.tx, daily.context, LIST_ID, call, proof="the list's copy")
    due(daily)
    assert told_of(daily.conn, "b/1", DIGEST) is not None
    assert told_of(daily.conn, "b/2", DIGEST) is None
    daily.now += 24 * HOUR
    assert due(daily, DigestDue(LIST_ID, "2025-10-31")).state == "done"
    raw = daily.letter("mail:digest.2025-10-31")["raw"]
    assert raw.index("b/2 Second") < raw.index("ALSO OPEN") < raw.index("b/1 ")
    daily.now += 24 * HOUR
    assert due(daily, DigestDue(LIST_ID, "2025-11-01")).state == "suppressed"


def test_of_a_thread_s_posts_those_most_reacted_to_come_first():
    felt = [
        Felt("root", "root", "Nadia", "👍", 1),
        Felt("root", "reply", "Oskar", "👍", 2),
        Felt("root", "reply", "Oskar", "👎", 1),
    ]
    assert digests._by_post(felt) == (
        ("Oskar", {"thumbs up": 2, "thumbs down": 1}),
        ("Nadia", {"thumbs up": 1}),
    )
    assert digests._by_post(felt[:1]) == ()
