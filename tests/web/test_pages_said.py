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
from bridge.web.pages_said import ERASED, answer_link, who, words_of


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


@pytest.mark.parametrize(
    ("link", "href"),
    [
        (
            "https://lists.example.org/pc/q.1@p.example/1.html",
            "https://lists.example.org/pc/%71%2E%31%40%70%2E%65%78%61%6D%70%6C%65/1.html",
        ),
        (
            "https://lists.example.org/pc/é%40p.x?a=1#b",
            "https://lists.example.org/pc/%C3%A9%40%70%2E%78?a=1#b",
        ),
        ("https://lists.example.org/pc/1.html", None),
        ("javascript:alert(1)//a@p.example", None),
        ("https://a@p.example/x@y", None),
        ("https://a\uff20p.example/x@y", None),
        ("https://matrix.to/#/x@y.example", None),
        ("https://chat.example.org/#/user/@oskar:hs.test", None),
        ("https://chat.example.org/#/user/%40oskar:hs.test", None),
        ("see https://lists.example.org/a@p.example", None),
        ("https://lists.example.org/" + "a@p.example" * 999, None),
        ("", None),
    ],
)
def test_a_link_to_an_answer_is_reached_though_its_message_id_reads_as_an_address(link, href):
    objects = draft("ben", Door.CHAT, "object")
    record = record_of(ballot(), [objects, rule_on("address", objects, at=1)])
    answered = replace(record, personal={2: Personal("s", {"words": link})})
    found = answer_link(answered, record.acts[1])
    assert (None if found is None else found.href) == href
    assert answer_link(record, record.acts[1]) is None
    assert answer_link(answered, record.acts[0]) is None


def test_words_that_are_erased_are_said_to_be():
    record = record_of(ballot(), [draft("ben", Door.CHAT, "object", with_text=True)])
    assert words_of(replace(record, personal={}), record.acts[0]) == ERASED


def test_words_that_were_never_there_are_empty():
    record = record_of(ballot(), [draft("ben", Door.CHAT, "object")])
    [act] = record.acts
    said = {1: Personal("s", {"words": "Ask ben@example.org"})}
    assert words_of(replace(record, personal=said), act) == "Ask [address]"
    assert words_of(replace(record, personal={}), act) == ""
    assert words_of(replace(record, personal={1: Personal("s", {})}), act) == ""
    assert words_of(record, None) == ""
