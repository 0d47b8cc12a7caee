from __future__ import annotations

import pytest

from bridge.mail.hints import date_place, ends_in_colon, has_address, has_date, says_wrote, score


@pytest.mark.parametrize(
    "text", ["wrote:", "écrit :", "écrit\u202f:", "写道：", "*wrote:*", "כתב:\u202c", "org>):"]
)
def test_a_colon_is_seen_through_what_stands_around_it(text):
    assert ends_in_colon(text)


@pytest.mark.parametrize("text", ["wrote", "12:30", "", "a: b"])
def test_a_colon_elsewhere_does_not_count(text):
    assert not ends_in_colon(text)


@pytest.mark.parametrize(
    "text",
    [
        "3 Nov 2025", "3. Nov. 2025", "Nov 3, 2025", "2025-11-03", "03/11/25", "3.11.2025",
        "3 de noviembre de 2025", "2025年11月3日", "2025. november 3", "3 нояб. 2025",
        "02. 11. 25", "2025년 11월 3일",
    ],
)  # fmt: skip
def test_full_dates_of_many_countries(text):
    assert has_date(text)
    assert date_place(f"On {text}") is not None


@pytest.mark.parametrize("text", ["2025", "section 3.11", "version 12", "12:30"])
def test_less_is_no_full_date(text):
    assert not has_date(text)


@pytest.mark.parametrize("text", ["jane@example.org", "jane at example.org", "jane[at]example.org"])
def test_addresses_are_seen_obfuscated_or_not(text):
    assert has_address(text)


@pytest.mark.parametrize("text", ["Jane wrote", "a ?crit", "napisa\ufffd(a)", "Jane写道", "ÉCRIT"])
def test_a_word_for_wrote_is_seen_with_lost_letters(text):
    assert says_wrote(text)


def test_ordinary_words_score_nothing():
    assert score("My three reasons are these:") == 0


def test_each_hint_adds_to_the_score():
    assert score("Jane wrote:") < score("On 3 Nov 2025 Jane wrote:")
    assert score("On 3 Nov 2025 Jane wrote:") < score("On 3 Nov 2025 Jane <j@x.org> wrote:")


def test_a_paragraph_in_one_line_is_not_read():
    assert score("2025-11-03 jane@example.org wrote " * 100) == 0
