"""People on a page: no addresses, no ids, and no name of somebody who is not on the roll."""

from dataclasses import replace

import pytest
from ballot_samples import ballot
from domain.ledgers import draft, rule_on
from histories import record_of

from bridge.domain.acts import Door
from bridge.domain.masking import masked
from bridge.domain.roster import Member
from bridge.ids import PersonId
from bridge.store.ballots import Personal
from bridge.web.pages_said import who, words_of


def test_addresses_and_matrix_ids_are_left_out():
    assert masked("Ask ben@example.org or @ben:hs.test, please") == (
        "Ask [address] or [address], please"
    )


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        (draft("ben", Door.CHAT, "endorse"), "Ben"),
        (draft("zoe", Door.CHAT, "endorse"), "Zoe"),
        (draft("?@mallory:hs.test", Door.CHAT, "endorse"), "not on the roll"),
        (rule_on("stop", "", at=1), "Gil, as chair"),
    ],
)
def test_only_the_roll_is_named(act, shown):
    roster = replace(ballot().roster, admitted=(Member(PersonId("zoe"), "Zoe"),))
    assert who(record_of(ballot(roster=roster), [act]), act) == shown


def test_words_that_are_erased_or_were_never_there_are_empty():
    record = record_of(ballot(), [draft("ben", Door.CHAT, "object")])
    [act] = record.acts
    said = {1: Personal("s", {"words": "Ask ben@example.org"})}
    assert words_of(replace(record, personal=said), act) == "Ask [address]"
    assert words_of(replace(record, personal={}), act) == ""
    assert words_of(replace(record, personal={1: Personal("s", {})}), act) == ""
    assert words_of(record, None) == ""
