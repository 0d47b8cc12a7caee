"""Reaction keys and keywords: what is an answer and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.positions import (
    REACTIONS,
    SEEDS,
    WORDS,
    Position,
    Written,
    normalise_key,
    parse_chat_word,
    parse_word,
    position_of_key,
)


@pytest.mark.parametrize(
    ("key", "position"),
    [
        ("✅", Position.ENDORSE),
        ("✅\ufe0f", Position.ENDORSE),
        ("✔", Position.ENDORSE),
        ("✔\ufe0f", Position.ENDORSE),
        ("☑\ufe0f", Position.ENDORSE),
        ("👍", Position.ENDORSE),
        ("👍🏿", Position.ENDORSE),
        ("👍🏻\ufe0f", Position.ENDORSE),
        ("📝", Position.RESERVE),
        ("🆗", Position.NO_OBJECTION),
        ("👌🏽", Position.NO_OBJECTION),
        ("⚪\ufe0e", Position.ABSTAIN),
        ("⏳", Position.HOLD),
        ("✋🏾", Position.OBJECT),
        ("🛑", Position.OBJECT),
        ("⛔\ufe0f", Position.OBJECT),
        ("👎", Position.OBJECT),
        ("❤", None),
        ("❤\ufe0f\u200d🔥", None),
        ("🎉", None),
        ("👏", None),
        (":+1:", None),
        ("mxc://hs.test/abc", None),
        ("", None),
        ("🏿", None),
        ("\ud800", None),
        ("✅✅", None),
    ],
)
def test_a_key_means_one_position_whatever_its_variant(key, position):
    assert position_of_key(key) is position


def test_joined_sequences_stay_apart():
    assert normalise_key("❤\ufe0f\u200d🔥") != normalise_key("❤\ufe0f")


@given(st.text())
def test_normalising_a_key_twice_is_normalising_it_once(key):
    assert normalise_key(normalise_key(key)) == normalise_key(key)


def test_the_seeds_stand_in_the_order_of_the_card():
    assert SEEDS == ("✅", "📝", "🆗", "⚪", "⏳", "✋")


def test_no_key_means_two_things_and_every_key_is_normal():
    keys = [key for sign in REACTIONS.values() for key in (sign.seed, *sign.aliases)]
    assert len(keys) == len(set(keys))
    assert keys == [normalise_key(key) for key in keys]


def test_every_position_has_a_word():
    assert set(WORDS) == set(Position)


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("ENDORSE", (Position.ENDORSE, "")),
        ("endorse.", (Position.ENDORSE, "")),
        ("  *Endorse*!  ", (Position.ENDORSE, "")),
        ("+1", (Position.ENDORSE, "")),
        ("+1!", (Position.ENDORSE, "")),
        ("\uff0b\uff11", (Position.ENDORSE, "")),
        ("ＥＮＤＯＲＳＥ", (Position.ENDORSE, "")),
        ("No  objection.", (Position.NO_OBJECTION, "")),
        ("NO\u00a0OBJECTION", (Position.NO_OBJECTION, "")),
        ("RESERVE: Fine, but para 5.", (Position.RESERVE, "Fine, but para 5.")),
        ("RESERVE\u00a0: ½ of it", (Position.RESERVE, "½ of it")),
        ("reserve：wide colon", (Position.RESERVE, "wide colon")),
        ("*RESERVE:* para 5", (Position.RESERVE, "para 5")),
        ("**RESERVE**: para *5*", (Position.RESERVE, "para *5*")),
        ("_OBJECT: why_", (Position.OBJECT, "why")),
        ("RESERVE:", (Position.RESERVE, "")),
        ("HOLD", (Position.HOLD, "")),
        ("OBJECT: a: b", (Position.OBJECT, "a: b")),
        ("WITHDRAW", (Position.WITHDRAW, "")),
        ("RECUSE", (Position.RECUSE, "")),
        ("Abstain", (Position.ABSTAIN, "")),
    ],
)
def test_a_first_line_that_is_a_keyword_is_an_answer(line, written):
    assert parse_word(line) == Written(*written)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "I endorse this",
        "ENDORSE this",
        "+1 202 555 0100",
        "Tel: +1 202 555 0100",
        "I cannot give this a +1",
        "+1 on behalf of an alliance",
        "+1: yes",
        "If there is no objection we can endorse",
        "No objection from my side",
        "> ENDORSE",
        "OBJECTION: none",
        ":",
    ],
)
def test_a_line_that_only_contains_a_keyword_is_no_answer(line):
    assert parse_word(line) is None


@given(st.text())
def test_any_line_is_read_without_an_error(line):
    assert parse_word(line) is None or parse_word(line).text in line


@pytest.mark.parametrize(
    ("name", "rest", "written"),
    [
        ("endorse", "", (Position.ENDORSE, "")),
        ("!Reserve", " Fine, but para 5. ", (Position.RESERVE, "Fine, but para 5.")),
        ("noobjection", "", (Position.NO_OBJECTION, "")),
        ("no_objection", "", (Position.NO_OBJECTION, "")),
        ("object", "why", (Position.OBJECT, "why")),
        ("withdraw", "", (Position.WITHDRAW, "")),
    ],
)
def test_the_same_words_answer_in_chat(name, rest, written):
    assert parse_chat_word(name, rest) == Written(*written)


@pytest.mark.parametrize("name", ["ballot", "", "+1", "receipt", "removed"])
def test_other_commands_are_no_answers(name):
    assert parse_chat_word(name, "") is None
