"""A result of very many people: no list holds it, no number in it is smaller for that."""

from __future__ import annotations

import re

import pytest
from mail.test_texts import DEADLINE, SIGNON, THRESHOLD, act, ballot, ledger

from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.tally import tally
from bridge.mail.texts import ResultView, result_text
from bridge.mail.weights import HEAVIEST_BODY, weight

PEOPLE = 3_000
MANY = RosterSnapshot(
    name="all",
    title="All members",
    members=tuple(
        Member(f"p{number}", f"Ünal Member {number:04}", (f"@p{number}:hs.test",))
        for number in range(PEOPLE)
    ),
)


def body_of(position: str, rule, *, with_text: bool = False) -> str:
    acts = ledger(
        *(act(f"p{number}", position, 1, with_text=with_text) for number in range(PEOPLE))
    )
    counted = tally(acts, roster=MANY, rule=rule, proposer="p6", at=DEADLINE.instant)
    said = {one.seq: "Only if the reports are public. " * 10 for one in acts if with_text}
    view = ResultView(
        ballot=ballot(rule, roster=MANY, outcome=counted.outcome),
        tally=counted,
        room="#list_all:hs.test",
        contact="chair@example.org",
        words=said,
        head=acts[-1].hash,
    )
    subject, body = result_text(view)
    return f"{subject}\n{body}"


@pytest.mark.parametrize(
    ("position", "rule", "with_text"),
    [("endorse", SIGNON, False), ("reserve", THRESHOLD, True)],
    ids=["signon", "reservations"],
)
def test_whom_a_mail_cannot_name_it_counts(position, rule, with_text):
    body = body_of(position, rule, with_text=with_text)
    named = len(re.findall(r"Ünal Member \d{4}", body))
    left = int(re.search(r"and (\d+) more, whom the log names", body)[1])
    assert weight(body) <= HEAVIEST_BODY + 200
    assert named + left == PEOPLE
    assert named >= 100


def test_the_headline_counts_all_who_signed():
    body = body_of("endorse", SIGNON)
    assert f"{PEOPLE} individuals" in body.splitlines()[0]
    assert f"{PEOPLE} of {PEOPLE} who could sign have signed." in body
