"""A ballot's page: what it shows, and that nothing anybody wrote can do anything in it."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from ballot_samples import ballot
from domain.ledgers import draft
from histories import random_record, record_of
from test_export import small

from bridge.domain.acts import Door
from bridge.domain.ballots import State, statement_text
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.ids import PersonId, UserId
from bridge.store.ballots import Personal
from bridge.web.pages import POLICY, curve, masked, page

TAGS = ("script", "img src=x", "svg", "iframe", "a href=javascript:x", "style", "base", "meta", "x")
BEFORE = ("", '"', "'", "-->", "</pre>", "</title>", "</style>", "</desc></svg>", "]]>", "{{7*7}}")
AFTER = (">", " onload=alert(1)>", " onerror='x'>", "/>", " href=//evil.example>", " style=x>")
PAYLOADS = [f"{b}<{t}{a}{i}" for i, b in enumerate(BEFORE) for t in TAGS for a in AFTER]
MEANT = {"a", "body", "caption", "code", "dd", "desc", "div", "dl", "dt", "footer", "h1", "h2"}
MEANT |= {"head", "header", "html", "li", "line", "main", "meta", "p", "polyline", "pre"}
MEANT |= {"section", "strong", "style", "svg", "table", "tbody", "td", "tfoot", "th", "thead"}
MEANT |= {"title", "tr", "ul"}


class Seen(HTMLParser):
    """The tags and attributes that a browser would make of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def seen(record):
    return Seen(page(record, "mark").decode())


def is_harmless(found):
    assert set(found.tags) <= MEANT
    names = {name for name, _ in found.attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]
    for name, value in found.attributes:
        if name in {"href", "src", "action", "content"} and name != "content":
            assert re.fullmatch(r"#[a-z]+|\d+/[A-Za-z.]+", value), value


def hostile(payload):
    """Everything that a person can write holds the payload."""
    roster = RosterSnapshot(
        "pc", payload, (Member(PersonId("ben"), payload, (UserId("@ben:hs.test"),)),)
    )
    made = ballot(
        title=payload,
        text=statement_text(payload),
        roster=roster,
        rule=Rule(mode="silence", shortened_reason=payload),
        chair=PersonId(payload),
    )
    acts = [draft("ben", Door.CHAT, "object", at=1, with_text=True), draft("?x", Door.CHAT, "")]
    record = record_of(made, acts)
    return replace(record, personal={1: Personal("s", {"words": payload})})


def test_no_payload_in_title_text_name_or_reason_becomes_anything_but_text():
    assert len(PAYLOADS) >= 500
    for payload in PAYLOADS:
        found = seen(hostile(payload))
        is_harmless(found)
        assert masked(payload) in found.text


def test_the_page_needs_nothing_from_anywhere():
    html = page(small(), "mark").decode()
    is_harmless(Seen(html))
    assert "://" not in html
    assert f'content="{POLICY.replace(chr(39), "&#39;")}"' in html
    assert '<html lang="en">' in html


def test_it_shows_text_rule_roll_answers_log_and_hashes():
    record = small()
    text = seen(record).text
    for shown in (
        record.ballot.text.sha256,
        record.ballot.rule.sha256,
        record.ballot.roster.sha256,
        record.row.head,
        "Consultations must be announced",
        "Silence procedure.",
        "endorse with reservation",
        "Withdrawn by taking the reaction back.",
        "python3 recount.py .",
        *(act.hash[:16] for act in record.acts),
    ):
        assert shown in text


@pytest.mark.parametrize("seed", range(30))
def test_any_ballot_has_a_page_without_addresses_or_matrix_ids(seed):
    html = page(random_record(seed), "mark").decode()
    is_harmless(Seen(html))
    assert "@ada:" not in html
    assert "people.example" not in html


def test_addresses_that_people_wrote_are_left_out():
    assert masked("Ask ben@example.org or @ben:hs.test, please") == (
        "Ask [address] or [address], please"
    )
    told = hostile("write to ben@example.org")
    html = page(told, "mark").decode()
    assert "ben@example.org" not in html
    assert "Addresses in it are not shown here" in html


def test_the_same_record_is_the_same_page():
    assert page(random_record(3), "a") == page(random_record(3), "a")


def test_a_ballot_that_is_open_says_what_is_missing():
    made = ballot(state=State.OPEN)
    text = seen(record_of(made, [])).text
    assert "A yes from someone other than the proposer: have 0, need 1." in text
    assert curve(record_of(made, [])).points == ""


def test_a_long_log_is_shown_from_its_end():
    acts = [draft("ben", Door.CHAT, "endorse", at=n + 1, source=f"${n}") for n in range(600)]
    text = seen(record_of(ballot(), acts)).text
    assert "The last 500 of 600 entries" in text
    assert json.dumps(text).count("…") == 500 or text.count("…") == 500
