"""The words of an appeal: golden file and limits.

``python tests/mail/test_texts_appeal.py`` writes the golden file anew.
"""

from dataclasses import replace
from pathlib import Path

from ballot_samples import CLOSES, act, ballot
from domain.ledgers import rule_on

from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.mail.texts_appeal import AppealView, appeal_text
from bridge.mail.weights import HEAVIEST_BODY

GOLDEN = Path(__file__).parent.parent / "golden" / "appeal.txt"
APPEALS = tuple(
    replace(act(person, "appeal", CLOSES + 60_000 * number), seq=number, with_text=True)
    for number, person in enumerate(("ben", "cem", "dia", "eve"), start=1)
)
WORDS = {
    1: "Half of us were away, and\nthe objection was not answered.",
    2: "I agree.",
    4: "So do I.",
}


def view(words=WORDS):
    made = ballot(rule=Rule(mode="rough"), closed_at=CLOSES)
    declared = replace(rule_on("declare", "consensus", at=CLOSES // 1000), seq=1)
    counted = tally(
        [declared], roster=made.roster, rule=made.rule, proposer=made.proposer, at=CLOSES
    )
    contact = "pc-chair@example.org"
    return AppealView(ballot=made, tally=counted, appeals=APPEALS, words=words, contact=contact)


def mail() -> str:
    subject, body = appeal_text(view())
    return f"Subject: {subject}\n\n{body}"


def test_the_text_is_the_golden_one():
    assert mail() == GOLDEN.read_text(encoding="utf-8")


def test_however_much_is_said_the_mail_stays_short_and_narrow():
    subject, body = appeal_text(view({act.seq: "é " * 50_000 for act in APPEALS}))
    assert subject.startswith("[APPEAL] ")
    assert len(body.encode()) <= HEAVIEST_BODY
    assert all(len(line) <= 72 for line in body.split("\n"))
    assert "Cut here" in body


if __name__ == "__main__":
    GOLDEN.write_text(mail(), encoding="utf-8")
