"""The hand that counts mails notices what it did not count."""

import pytest
from hand_count import Hand, Paper, instant_of, shown, shown_in

RAW = "Subject: [CALL] AMENDED It v2 -- 3 of 13 answered\n\nSo 3 of 13\nanswered, and 4 did not.\n"
AT = 1_762_156_805_000
"""Mon 3 Nov 2025 08:00:05 UTC."""


def test_a_digit_that_nobody_accounted_for_is_found():
    paper = Paper(RAW.encode())
    assert paper.kind == "[CALL] AMENDED"
    paper.says("v2 -- 3 of 13 answered", "3 of 13 answered")
    with pytest.raises(AssertionError, match="not accounted for"):
        paper.is_read()
    assert paper.number(r"and (\d+) did not") == 4
    paper.is_read()


@pytest.mark.parametrize("phrase", ["3 of 1", "of 3", "3 answered"])
def test_a_number_is_never_a_part_of_a_longer_one(phrase):
    with pytest.raises(AssertionError, match="no "):
        Paper(RAW.encode()).says(phrase)


def test_a_table_with_one_wrong_number_is_not_the_hands():
    rows = ("endorse", "endorse with reservation", "no objection", "abstain", "object")
    lines = [f"    {row + ' ':.<31}  {int(row == 'endorse')}" for row in (*rows, "not heard from")]
    total = f"    {' ' * 32}--\n    {' ' * 32} 1\n"
    table = "\n".join(["  Roll 1, recused 0, counting 1", *lines, total])
    Hand(1, {"ada": "endorse"}).table(Paper(f"Subject: [RESULT] It\n\n{table}".encode()))
    with pytest.raises(AssertionError):
        Hand(2, {"ada": "endorse"}).table(Paper(f"Subject: [RESULT] It\n\n{table}".encode()))


def test_instants_are_read_as_they_are_shown():
    assert shown(AT) == "Mon 3 Nov 2025 08:00:05 UTC"
    assert instant_of(shown(AT)) == AT
    assert shown_in(AT - 5_000, "Africa/Tunis") == "Tunis Mon 3 Nov 09:00"
