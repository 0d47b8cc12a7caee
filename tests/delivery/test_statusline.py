from ballot_samples import CLOSES, OPENED, act, ballot
from memory_store import memory_tx

from bridge.delivery.statusline import status_now
from bridge.domain.ballots import Outcome, State
from bridge.domain.tally import tally
from bridge.ids import BallotId, Instant
from bridge.matrix.cards import status_content
from bridge.store import ballots

ONE = BallotId(1)


def counted(acts, one, at):
    return tally(acts, roster=one.roster, rule=one.rule, proposer=one.proposer, at=at)


def test_it_says_what_the_ledger_says_when_it_leaves():
    one, now = ballot(), Instant(OPENED + 60_000)
    with memory_tx() as tx:
        ballots.record_ballot(tx, one, None)
        before = status_now(tx.conn, ONE, now)
        ballots.append_act(tx, act("ben", "endorse", OPENED), {})
        after = status_now(tx.conn, ONE, now)
        acts = ballots.acts_of(tx.conn, ONE)
    assert before == status_content(one, counted([], one, now), now)
    assert after == status_content(one, counted(acts, one, now), now)
    assert "endorse 1" in after["body"]


def test_a_closed_ballot_is_counted_at_its_deadline_whenever_the_line_leaves():
    one = ballot(state=State.CLOSED, closed_at=CLOSES, outcome=Outcome.ADOPTED)
    with memory_tx() as tx:
        ballots.record_ballot(tx, one, None)
        ballots.append_act(tx, act("ben", "endorse", OPENED), {})
        ballots.append_act(tx, act("cem", "endorse", Instant(CLOSES + 1)), {})
        late = status_now(tx.conn, ONE, Instant(CLOSES + 9_000_000))
    assert "endorse 1" in late["body"]
