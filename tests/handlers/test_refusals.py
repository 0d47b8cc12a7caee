"""What somebody is told whose act does not count."""

from dataclasses import replace

import pytest
from ballot_samples import OPENED, act

from bridge.domain.acts import Reason, Verdict
from handlers.refusals import LATE, REASONS, UNCOUNTED, refusal


@pytest.mark.parametrize(
    ("verdict", "reason", "says"),
    [
        (Verdict.ACCEPTED, None, None),
        (Verdict.LATE, Reason.AFTER_THE_DEADLINE, LATE),
        (Verdict.REJECTED, Reason.NOT_ON_THE_ROLL, REASONS[Reason.NOT_ON_THE_ROLL]),
        (Verdict.REJECTED, Reason.NOT_A_DELEGATE, UNCOUNTED),
        (Verdict.SUGGESTION, Reason.NOT_AN_ANSWER, UNCOUNTED),
    ],
)
def test_an_act_is_confirmed_only_if_it_was_accepted(verdict, reason, says):
    given = replace(act("ben", "object", OPENED), verdict=verdict, reason=reason)
    assert refusal(given) == says


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_leaves_somebody_without_a_word(reason):
    given = replace(act("ben", "object", OPENED), verdict=Verdict.REJECTED, reason=reason.value)
    assert "not" in (refusal(given) or "")
