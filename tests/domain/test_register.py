"""Who stands on a sign-on list after its publication."""

from dataclasses import replace

import pytest
from domain.ledgers import DEADLINE, PEOPLE, draft, roll

from bridge.domain.acts import REMOVED, Door, Verdict
from bridge.domain.register import moved, signers, withdrawn_since
from bridge.domain.rules import Rule
from bridge.domain.tally import tally

RULE = Rule(mode="signon")


def tap(person, at, key="endorse", **changes):
    verdict = Verdict.LATE if at > 100 else Verdict.ACCEPTED
    return draft(person, Door.REACTION, key, at=at, source=f"${person}{at}", verdict=verdict)


def off(person, at, target):
    gone = draft(person, Door.REACTION, REMOVED, at=at, target=target, verdict=Verdict.LATE)
    return replace(gone, source_id=f"$off{at}")


def ledger(*acts):
    return [replace(act, seq=seq) for seq, act in enumerate(acts, start=1)]


SIGNED = (tap("ada", 10), tap("ben", 20))


@pytest.mark.parametrize(
    ("later", "signed", "withdrawn"),
    [
        ((), [], []),
        ((tap("cem", 110),), ["cem"], []),
        ((off("ada", 110, "$ada10"),), [], ["ada"]),
        ((draft("ada", Door.CHAT, "withdraw", at=110, verdict=Verdict.LATE),), [], ["ada"]),
        ((off("ada", 110, "$ada10"), tap("ada", 120)), [], []),
        ((tap("cem", 110), off("cem", 120, "$cem110")), [], []),
        ((off("zoe", 110, "$ada10"),), [], []),
    ],
)
def test_what_changed_since_the_publication(later, signed, withdrawn):
    acts = ledger(*SIGNED, *later)
    news = moved(acts, RULE, upto=2)
    assert [act.person_ref for act in news.signed] == signed
    assert [act.person_ref for act in news.withdrawn] == withdrawn
    assert [one.person_ref for one in withdrawn_since(acts, RULE, ["ada", "ben"])] == withdrawn
    counted = tally(acts, roster=roll(*PEOPLE), rule=RULE, proposer=None, at=DEADLINE)
    assert counted.endorse == 2


def test_a_late_name_that_was_told_and_goes_again_is_told_again():
    acts = ledger(*SIGNED, tap("cem", 110), off("cem", 120, "$cem110"))
    assert [one.person_ref for one in moved(acts, RULE, upto=3).withdrawn] == ["cem"]
    assert set(signers(acts, RULE)) == {"ada", "ben"}
