"""When an objection or a hold ended, at the borders: the bridge and ``recount.py`` say the same.

Both measure from when it came to us (``received_at``), for senders' clocks may lie, and both let
an act count by when it was done (``effective_at``). They are two programs; here each case has the
instant, the outcome and the close written by hand, and both must say that.
"""

from dataclasses import replace

import pytest
from ballot_samples import CLOSES, act, ballot
from histories import exported, record_of

from bridge import recount
from bridge.domain.acts import CHAIR, GRACE, Door, Reason, Verdict
from bridge.domain.ballots import State, statement_text
from bridge.domain.phases import closes
from bridge.domain.rules import HOUR, Rule
from bridge.export import count
from bridge.ids import Instant

H = HOUR * 1000
MINUTE = 60_000
DAY = 24 * H
RAISED = CLOSES - 60 * H
NEW_TEXT = statement_text("Sixty days.", version=2)
SILENCE = Rule(mode="silence", grace_chat=600)
"""A lifting leaves others 24 hours, a hold lasts 24 hours."""


def until(stop):
    return replace(SILENCE, hard_stop=Instant(stop))


ROUGH = Rule(mode="rough", final_call=24 * HOUR, hard_stop=CLOSES)
YES = act("cem", "endorse", Instant(RAISED + 1))
HAND = act("ben", "object", Instant(RAISED))


def at(done, came=None, **changes):
    """When something was done, and when it came to us if that was later (Unix ms)."""
    return {"effective_at": Instant(done), "received_at": Instant(came or done), **changes}


def gone(done, came=None, hand=HAND, **changes):
    """The hand goes down."""
    made = act("ben", "removed", Instant(done), target=hand.source_id)
    return replace(made, **at(done, came, **changes))


def written(done, came=None, position="no_objection"):
    return replace(act("ben", position, Instant(done), door=Door.CHAT), **at(done, came))


def chair(position, done, came=None, target=f"reaction/{HAND.source_id}", version=1):
    given = {"door": Door.CHAIR, "capacity": CHAIR, "target": target, "text_version": version}
    made = act("ada", position, Instant(done), with_text=position == "address", **given)
    return replace(made, **at(done, came))


def held(done, came=None):
    return replace(act("dia", "hold", Instant(done)), **at(done, came))


def new_text(done, came=None):
    target = f"substantive/2/{NEW_TEXT.sha256}"
    again = act("cem", "endorse", Instant(done + MINUTE), door=Door.CHAT, text_version=2)
    return [chair("amend", done, came, target=target, version=2), again]


LATE = {"verdict": Verdict.LATE, "reason": Reason.AFTER_THE_DEADLINE.value}
CONSENSUS = chair("declare", RAISED + H, target="consensus")
AGAIN = act("ben", "object", Instant(CLOSES - 40 * H))
AT_THE_STOP = CLOSES - DAY
"""Where the stop is the deadline: the last instant at which an objection may end."""

CASES = {
    # Just before and after the deadline.
    "lifted just before": (SILENCE, [gone(CLOSES - 1)], CLOSES - 1, "adopted", CLOSES - 1 + DAY),
    "lifted at it": (SILENCE, [gone(CLOSES)], CLOSES, "adopted", CLOSES + DAY),
    "lifted just after": (SILENCE, [gone(CLOSES + 1, **LATE)], None, "objected", CLOSES),
    "written just before": (
        SILENCE,
        [written(CLOSES - 1)],
        CLOSES - 1,
        "adopted",
        CLOSES - 1 + DAY,
    ),
    # Done in time, and heard of in the grace.
    "lifted in time, came in the grace": (
        *(SILENCE, [gone(CLOSES, CLOSES + 1, flags=(GRACE,))]),
        *(CLOSES + 1, "adopted", CLOSES + 1 + DAY),
    ),
    "lifted in time, came at the end of the grace": (
        *(SILENCE, [gone(CLOSES, CLOSES + 10 * MINUTE, flags=(GRACE,))]),
        *(CLOSES + 10 * MINUTE, "adopted", CLOSES + 10 * MINUTE + DAY),
    ),
    # Whether others have their time before the hard stop.
    "others have just their time": (
        *(until(CLOSES + DAY), [gone(CLOSES)], CLOSES, "adopted", CLOSES + DAY),
    ),
    "others lack a millisecond, for it came in the grace": (
        *(until(CLOSES + DAY), [gone(CLOSES, CLOSES + 1, flags=(GRACE,))]),
        *(CLOSES + 1, "objected", CLOSES + DAY),
    ),
    "the stop is the deadline": (
        *(until(CLOSES), [gone(AT_THE_STOP)], AT_THE_STOP, "adopted", CLOSES),
    ),
    "a millisecond later": (
        *(until(CLOSES), [gone(AT_THE_STOP + 1)], AT_THE_STOP + 1, "objected", CLOSES),
    ),
    "claimed in time, came a millisecond later": (
        *(until(CLOSES), [gone(AT_THE_STOP, AT_THE_STOP + 1)]),
        *(AT_THE_STOP + 1, "objected", CLOSES),
    ),
    "claimed long ago, came a millisecond later": (
        *(until(CLOSES), [written(RAISED + 1, AT_THE_STOP + 1)]),
        *(AT_THE_STOP + 1, "objected", CLOSES),
    ),
    # What its own clock puts before the hand went up: there never was an objection.
    "claimed before it was raised": (
        *(until(CLOSES), [gone(RAISED - 1, CLOSES - 1)], None, "adopted", CLOSES),
    ),
    # The later of two ends counts, by when it came.
    "raised and lifted twice": (
        *(until(CLOSES), [gone(RAISED + H), AGAIN, gone(AT_THE_STOP, hand=AGAIN)]),
        *(AT_THE_STOP, "adopted", CLOSES),
    ),
    "the earlier lifting came last": (
        until(CLOSES),
        [AGAIN, gone(AT_THE_STOP, hand=AGAIN), gone(RAISED + H, AT_THE_STOP + 1)],
        *(AT_THE_STOP + 1, "objected", CLOSES),
    ),
    # A new text ends the objections to the one before.
    "a new text at the last instant": (
        *(until(CLOSES), new_text(AT_THE_STOP), AT_THE_STOP, "adopted", CLOSES),
    ),
    "a new text a millisecond later": (
        *(until(CLOSES), new_text(AT_THE_STOP, AT_THE_STOP + 1)),
        *(AT_THE_STOP + 1, "objected", CLOSES),
    ),
    # What is set aside for want of a reason ends, and leaves nobody anything to read.
    "set aside in the last hour": (
        *(until(CLOSES), [chair("set_aside", CLOSES - H)], CLOSES - H, "adopted", CLOSES),
    ),
    # The chair answers: a final call of 24 hours must follow.
    "answered with just a final call left": (
        *(ROUGH, [chair("address", AT_THE_STOP), CONSENSUS], AT_THE_STOP, "adopted", CLOSES),
    ),
    "answered a millisecond later": (
        *(ROUGH, [chair("address", AT_THE_STOP + 1), CONSENSUS]),
        *(AT_THE_STOP + 1, "no_decision", CLOSES),
    ),
    "answered in time by its own clock": (
        *(ROUGH, [chair("overrule", AT_THE_STOP, AT_THE_STOP + 1), CONSENSUS]),
        *(AT_THE_STOP + 1, "no_decision", CLOSES),
    ),
}
"""What happened: rule, what followed the hand, when the last end came, outcome, close."""

HOLDS = {
    "over at the close": (AT_THE_STOP, None, "adopted"),
    "a millisecond longer": (AT_THE_STOP + 1, None, "not_adopted"),
    "claimed earlier, came a millisecond later": (AT_THE_STOP, AT_THE_STOP + 1, "not_adopted"),
    "claimed days ago, came in the grace": (RAISED, CLOSES + 1, "not_adopted"),
    "over before the hand": (RAISED - 1, None, "adopted"),
}
"""A hold of 24 hours: when it was asked for, when that came, outcome."""


class Listening(recount.Ballot):
    """Remembers when it found that each objection ended."""

    def ended(self, voices):
        self.heard = super().ended(voices)
        return self.heard


def recounted(record, folder):
    """Return what the other program says: the ends, and its whole count."""
    exported(record, folder)
    manifest = recount.decode((folder / "manifest.json").read_text("utf-8"))
    one = Listening(manifest, [row for row, _ in recount.rows(folder / "acts.jsonl", recount.ACT)])
    counted = one.count()
    assert recount.recount(folder, record.row.head)[1] == []
    return sorted(one.heard, key=str), counted


def closed(rule, drafts, close):
    """Make a closed ballot of what happened, in the order in which it came."""
    is_amended = any(each.position == "amend" for each in drafts)
    texts = {"text": NEW_TEXT, "earlier": (ballot().text,)} if is_amended else {}
    over = {"state": State.ANNOUNCED, "closed_at": Instant(close)}
    drafts = sorted([YES, *drafts], key=lambda each: each.received_at)
    return record_of(ballot(rule=rule, **texts, **over), drafts)


@pytest.mark.parametrize("what", CASES)
def test_both_say_when_an_objection_ended(tmp_path, what):
    rule, drafts, ended_at, outcome, close = CASES[what]
    record = closed(rule, [HAND, *drafts], close)
    counted = count(record)
    ours = sorted(
        ((one.how and one.how.value, one.learnt_at, one.is_contest) for one in counted.raised),
        key=str,
    )
    theirs, their_count = recounted(record, tmp_path / "b1")
    assert theirs == ours
    ends = [moment for how, moment, _ in theirs if how is not None]
    assert max(ends, default=None) == ended_at
    assert (their_count["outcome"], counted.outcome) == (outcome, outcome)
    assert closes(record.ballot, counted) == close


@pytest.mark.parametrize("what", HOLDS)
def test_both_say_when_a_hold_is_over(tmp_path, what):
    done, came, outcome = HOLDS[what]
    record = closed(SILENCE, [held(done, came)], CLOSES)
    theirs = recounted(record, tmp_path / "b1")[1]
    assert (theirs["outcome"], count(record).outcome) == (outcome, outcome)
    assert theirs["hold"] == (outcome == "not_adopted")


def test_a_hold_below_an_objection_is_over_by_its_own_time(tmp_path):
    hold = replace(held(AT_THE_STOP + 1), person_ref="ben", source_id="$hold")
    record = closed(SILENCE, [HAND, hold, gone(CLOSES - H)], CLOSES - H + DAY)
    theirs = recounted(record, tmp_path / "b1")[1]
    assert (theirs["outcome"], theirs["hold"], theirs["silent"]) == ("adopted", 0, 6)
    at_the_deadline = closed(SILENCE, [HAND, hold, gone(CLOSES - H)], CLOSES)
    theirs = recounted(at_the_deadline, tmp_path / "b2")[1]
    assert (theirs["outcome"], theirs["hold"]) == ("not_adopted", 1)
