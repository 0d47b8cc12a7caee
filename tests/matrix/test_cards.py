"""What a room shows of a ballot: signs with their words, numbers with their base, no pings."""

import json
from dataclasses import replace

import pytest
from ballot_samples import CLOSES, OPENED, act, ballot
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.ballots import Outcome, State, statement_text
from bridge.domain.positions import REACTIONS, SEEDS, WORDS, Position
from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.ids import Instant
from bridge.matrix.cards import (
    NAMES,
    OUTCOMES,
    card_content,
    comments_content,
    filled,
    offered,
    old_card_content,
    position_words,
    preview_content,
    statement_contents,
    status_content,
)

SHORT = replace(ballot().rule, short=True)
DONE = {"closed_at": CLOSES, "outcome": Outcome.ADOPTED}
HOSTILE = st.text(max_size=60) | st.sampled_from(["@room **b**", "<img src=x>", "a\nb", "\ud800"])


def counted(one, *acts, at=OPENED):
    return tally(acts, roster=one.roster, rule=one.rule, proposer=one.proposer, at=at)


def status(one, *acts, now=OPENED):
    return status_content(one, counted(one, *acts, at=now), Instant(now))


def every(one):
    return [card_content(one), status(one), *statement_contents(one)]


@pytest.mark.parametrize("position", list(REACTIONS))
def test_no_sign_stands_without_its_name_and_its_word(position):
    body = card_content(ballot())["body"]
    sign = REACTIONS[position]
    assert f"{sign.seed} {sign.name}: {NAMES[position]}" in body
    assert f"!{WORDS[position].chat}" in body


def test_every_outcome_has_words():
    assert set(OUTCOMES) == set(Outcome)
    assert set(NAMES) == set(REACTIONS)


def test_a_rule_without_hold_offers_none():
    rule = Rule(mode="silence", hold=0)
    assert Position.HOLD not in offered(rule)
    assert "hourglass" not in card_content(ballot(rule=rule))["body"]
    assert [sign.seed for sign in offered(ballot().rule).values()] == list(SEEDS)


def test_the_card_says_what_is_decided_by_whom_and_until_when():
    body = card_content(ballot())["body"]
    for said in ("b/1", "Open consultations", "Mon 3 Nov 2025 08:00 UTC", "7", ballot().text.code):
        assert said in body


def test_a_test_ballot_says_so():
    assert "TEST" in card_content(ballot(rule=SHORT))["body"]
    assert "TEST" not in card_content(ballot())["body"]


@pytest.mark.parametrize("state", [State.CLOSED, State.ANNOUNCED, State.WITHDRAWN])
def test_a_card_that_is_over_asks_for_nothing_more(state):
    outcome = DONE if state is not State.WITHDRAWN else {}
    body = card_content(ballot(state=state, **outcome))["body"]
    assert "React to this message" not in body


@pytest.mark.parametrize(
    ("mode", "state", "is_offered"),
    [
        ("signon", State.CLOSED, True),
        ("signon", State.ANNOUNCED, True),
        ("signon", State.OPEN, False),
        ("signon", State.WITHDRAWN, False),
        ("silence", State.ANNOUNCED, False),
    ],
)
def test_a_sign_on_that_is_closed_says_how_to_sign_all_the_same(mode, state, is_offered):
    body = card_content(ballot(rule=Rule(mode=mode), state=state))["body"]
    assert ("listed as signed after publication" in body) is is_offered


@pytest.mark.parametrize("outcome", [Outcome.ADOPTED, Outcome.OBJECTED, Outcome.TOO_FEW])
def test_an_announced_card_says_how_it_ended(outcome):
    over = ballot(state=State.ANNOUNCED, closed_at=CLOSES, outcome=outcome)
    assert OUTCOMES[outcome] in card_content(over)["body"]
    assert "the result is on the list" in card_content(over)["body"]


def test_the_status_line_gives_numbers_with_their_base():
    body = status(ballot(), act("ben", "endorse", OPENED), act("cem", "abstain", OPENED))["body"]
    assert "endorse 1" in body
    assert "abstain 1" in body
    assert "not heard from 5" in body
    assert f"Of {counted(ballot()).base} who count" in body


def test_the_status_line_of_a_sign_on_counts_names():
    signs = ballot(rule=Rule(mode="signon"))
    body = status(signs, act("ben", "endorse", OPENED))["body"]
    assert f"1 of {counted(signs).eligible} who can sign have signed." in body
    assert "object" not in body


def test_zeros_that_matter_are_shown_and_others_are_not():
    body = status(ballot())["body"]
    assert "object 0" in body
    assert "abstain" not in body


def test_the_status_line_after_the_deadline_counts_no_negative_time():
    assert "-" not in status(ballot(), now=CLOSES + 5_000)["body"].replace("no-", "")


def test_the_statement_is_shown_whole_with_the_hash_that_decides():
    long = ballot(text=statement_text("Öffentlichkeit " * 4_000))
    parts = statement_contents(long)
    assert len(parts) > 1
    assert sum(part["body"].count("Öffentlichkeit") for part in parts) == 4_000
    assert all(long.text.sha256 in part["body"] for part in parts)


@pytest.mark.parametrize("one", [ballot(), ballot(state=State.ANNOUNCED, **DONE)])
def test_each_message_names_its_ballot_and_kind_for_machines(one):
    marks = [content["org.seconded.ballot"] for content in every(one)]
    assert marks == [{"id": 1, "kind": kind} for kind in ("card", "status", "statement")]


@settings(max_examples=40)
@given(HOSTILE, HOSTILE)
def test_no_title_and_no_text_pings_anybody_or_breaks_out(title, text):
    for content in every(ballot(title=title, text=statement_text(text or "x"))):
        assert content["m.mentions"] == {}
        assert "@room" not in content["body"]
        assert "<img" not in content["formatted_body"]
        json.dumps(content, ensure_ascii=False).encode("utf-8")


@settings(max_examples=40)
@given(HOSTILE)
def test_drafts_and_old_cards_ping_nobody_and_say_what_they_are(title):
    one = ballot(title=title, comments_until=OPENED, state=State.COMMENT)
    draft, old = comments_content(one), old_card_content(one, 2)
    for content in (draft, old):
        assert content["m.mentions"] == {}
        assert "@room" not in content["body"]
        assert "<img" not in content["formatted_body"]
    assert "A reaction here is no endorsement." in draft["body"]
    assert "Version 2 has a card of its own" in old["body"]


@pytest.mark.parametrize(
    ("position", "words"),
    [("endorse", "endorse"), ("recuse", "recused"), ("withdraw", "taken back"), ("", "nothing")],
)
def test_a_position_has_words_for_people(position, words):
    assert position_words(position) == words


@pytest.mark.parametrize("mode", ["signon", "sense", "rough"])
def test_each_mode_offers_its_own_signs(mode):
    rule = Rule(mode=mode, hold=0)
    signs = offered(rule)
    assert (Position.OBJECT in signs) is (mode != "signon")
    assert Position.ENDORSE in signs
    body = card_content(ballot(rule=rule))["body"]
    assert ("Your name is published" in body) is (mode == "signon")
    assert ("!recuse" in body) is (mode != "signon")


def test_an_address_takes_the_place_of_the_link_in_both_bodies():
    content = {"body": "at {link}", "formatted_body": "<p>at {link}</p>", "msgtype": "m.notice"}
    shown = filled(content, "https://matrix.to/#/x")
    assert shown["body"] == "at https://matrix.to/#/x"
    assert shown["formatted_body"] == "<p>at https://matrix.to/#/x</p>"
    assert content["body"] == "at {link}"


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_preview_ends_with_its_question_however_long_the_mail_is(size):
    mail = "Zeile für Zeile\n" * size
    content = preview_content("Roll: 7", mail, "React ✅ to post it.", to="@ada:hs.test")
    assert content["body"].endswith("React ✅ to post it.")
    assert content["m.mentions"] == {"user_ids": ["@ada:hs.test"]}
    assert len(json.dumps(content).encode()) < 65_536


def test_a_closed_card_says_as_of_when_it_was_counted():
    body = card_content(ballot(state=State.CLOSED, closed_at=CLOSES))["body"]
    assert "Counted as of Mon 3 Nov 2025 08:00 UTC" in body
    assert "React to this message" not in body
