"""How a ballot is answered, as the mails about an open one tell it."""

import pytest
from mail.notice_samples import ROLL, ballot

from bridge.domain.deadlines import show
from bridge.domain.rules import Rule
from bridge.mail.texts_answering import MOST_ZONES, open_values

ROOM = "#list_pc:hs.test"
ALL = ["endorse", "reserve", "noobjection", "abstain", "hold", "object"]


@pytest.mark.parametrize(
    ("rule", "offered", "words_only"),
    [
        (Rule(mode="silence"), ALL, ["recuse", "withdraw"]),
        (Rule(mode="silence", hold=0), [one for one in ALL if one != "hold"], None),
        (Rule(mode="sense"), [one for one in ALL if one != "hold"], ["recuse", "withdraw"]),
        (Rule(mode="signon"), ["endorse"], ["withdraw"]),
    ],
)
def test_only_what_the_rule_takes_is_offered(rule, offered, words_only):
    found = open_values(ballot(rule=rule), ROOM, None)
    assert [word for _, word, _, _ in found["answers"]] == offered
    assert words_only is None or found["words_only"] == words_only


def test_the_close_is_told_in_utc_and_in_the_zones_of_the_roll():
    made = ballot()
    found = open_values(made, ROOM, "https://endorse.example.org/b/42")
    assert found["closes"] == show(made.deadline.instant, ROLL.zones[:MOST_ZONES])
    assert (found["room"], found["log_url"]) == (ROOM, "https://endorse.example.org/b/42")
