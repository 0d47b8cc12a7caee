"""Words of the page: every table is whole, and a ruling about nothing is a sentence."""

from ballot_samples import CLOSES, ballot
from domain.ledgers import draft, rule_on
from histories import record_of

from bridge.domain.acts import Door, Verdict
from bridge.domain.ballots import Outcome, State
from bridge.domain.fold import Lifted
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.rulings import Ruling
from bridge.export import count
from bridge.web.pages_words import (
    ANSWERS,
    ENDED,
    OUTCOMES,
    RULINGS,
    STATES,
    VERDICTS,
    headline,
    ruling,
    table,
    verdict,
)


def test_every_state_outcome_ending_ruling_verdict_and_position_has_words():
    assert set(STATES) == set(State) - {State.CLOSED, State.ANNOUNCED}
    assert set(OUTCOMES) == set(Outcome)
    assert set(ENDED) == {None, *Lifted}
    assert set(RULINGS) == set(Ruling)
    assert set(VERDICTS) == set(Verdict)
    assert set(ANSWERS) >= {*Position, "removed", ""}


def test_a_ruling_about_nothing_or_with_a_strange_target_is_a_sentence():
    for kind in (*Ruling, "unheard_of"):
        for target in ("", "x", "9" * 400, "amend/x", "substantive/²/x", "a/b/c"):
            said = ruling(rule_on(kind, target, at=1), ballot(), {})
            assert said
            assert "{" not in said


def test_a_sign_on_says_how_many_signed_and_a_sense_check_of_how_many():
    acts = [draft("ben", Door.CHAT, "endorse", at=1)]
    closed = {"state": State.CLOSED, "closed_at": CLOSES}
    said = {}
    for mode in ("signon", "sense"):
        record = record_of(ballot(rule=Rule(mode=mode), **closed), acts)
        counted = count(record)
        said[mode] = headline(record.ballot, counted)
        rows = [name for name, _ in table(record.ballot, counted)]
        assert ("abstain" in rows) == (mode == "sense")
    assert said == {
        "signon": "Signed by 1 member; the result is not on the list yet",
        "sense": "1 of 7 answered; it binds nobody; the result is not on the list yet",
    }


def test_a_verdict_has_its_reason_and_its_remarks():
    act = draft("ben", Door.CHAT, "endorse", flags=("grace", "from_the_future"))
    assert verdict(act, "", ()) == "accepted; arrived just after the close"
    assert verdict(act, "not on the roll", ()).startswith("not on the roll; ")
    assert verdict(act, "", {act.seq}) == "voided by the chair"
