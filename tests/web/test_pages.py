"""A ballot's page: what it shows, and that nothing anybody wrote can do anything in it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from urllib.parse import unquote

import pytest
from ballot_samples import CLOSES, OPENED, ballot
from domain.ledgers import draft, rule_on
from histories import random_record, record_of
from test_export import small
from web.page_samples import NAMES, RULES, recorded, ruled, said, samples

from bridge.domain.acts import CONTEST, Door, Verdict
from bridge.domain.ballots import Outcome, State, statement_text
from bridge.domain.masking import masked
from bridge.domain.modes import MODES
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.export import count
from bridge.ids import BallotId, PersonId, UserId
from bridge.store.ballots import Personal
from bridge.web.pages import LONGEST_LIST, curve
from bridge.web.pages import page as page_of
from bridge.web.pages_html import POLICY, STYLE

TAGS = ("script", "img src=x", "svg", "iframe", "a href=javascript:x", "style", "base", "meta", "x")
BEFORE = ("", '"', "'", "-->", "</pre>", "</title>", "</style>", "</desc></svg>", "]]>", "{{7*7}}")
AFTER = (">", " onload=alert(1)>", " onerror='x'>", "/>", " href=//evil.example>", " style=x>")
PAYLOADS = [f"{b}<{t}{a}{i}" for i, b in enumerate(BEFORE) for t in TAGS for a in AFTER]
MEANT = {
    "a",
    "bdi",
    "body",
    "br",
    "caption",
    "code",
    "dd",
    "desc",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
}
MEANT |= {"head", "header", "html", "li", "line", "main", "meta", "p", "polyline", "pre"}
MEANT |= {
    "nav",
    "section",
    "span",
    "strong",
    "style",
    "svg",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
}
MEANT |= {"title", "tr", "ul"}


def page(record, mark):
    return page_of(record, count(record), mark)


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
            assert re.fullmatch(r"#[a-z]+|\d+/[A-Za-z.]+|\d+-log/\d+.html", value), value


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
        "Withdrawn by taking the reaction back, Thu 30 Oct 2025 08:04 UTC.",
        record.ballot.terms_sha256,
        "python3 recount.py .",
        *(act.hash for act in record.acts),
    ):
        assert shown in text


@pytest.mark.parametrize("mode", MODES)
def test_in_every_mode_state_and_outcome_there_is_a_page_and_no_raw_word(mode):
    for seed, (state, outcome) in enumerate(product(State, [*Outcome, None])):
        record = random_record(seed, most=40)
        closed_at = record.at if outcome is not None else None
        made = replace(
            record.ballot,
            rule=replace(Rule(mode="silence"), mode=mode),
            state=state,
            outcome=outcome,
            closed_at=closed_at,
            comments_until=CLOSES,
            supersedes=BallotId(7),
        )
        html = page(replace(record, row=replace(record.row, ballot=made)), "mark").decode()
        found = Seen(html)
        is_harmless(found)
        text = found.text.replace(STYLE, "")
        assert re.findall(r"[a-z]+_[a-z_]+|None|Ruling|Undefined", text) == []


def with_rulings():
    """A ballot in which the chair did whatever a chair can do."""
    moment = OPENED // 1000
    before, now = statement_text("Thirty days."), statement_text("Forty days.", version=2)
    objection = draft("cem", Door.REACTION, "object", at=moment + 60, source="$1")
    contest = draft("eve", Door.CHAT, "object", at=moment + 60, flags=(CONTEST,))
    spam = draft("dia", Door.CHAT, "object", at=moment + 60, source="$spam")
    acts = (
        draft("ben", Door.CHAT, "endorse", at=moment + 30),
        objection,
        contest,
        spam,
        rule_on("address", objection, at=moment + 120),
        rule_on("void", spam, at=moment + 130),
        rule_on("admit", "zoe", at=moment + 140),
        rule_on("extend", str(CLOSES), at=moment + 150),
        rule_on("amend", f"substantive/2/{now.sha256}", at=moment + 160),
        draft("zoe", Door.CHAT, "endorse", at=moment + 170, version=2),
        rule_on("declare", "consensus", at=CLOSES // 1000 + 10),
        rule_on("stop", "", target=None, at=CLOSES // 1000 + 20),
    )
    zoe = Member(PersonId("zoe"), "Zoe")
    made = ballot(
        rule=Rule(mode="rough"),
        state=State.ANNOUNCED,
        closed_at=CLOSES,
        text=now,
        earlier=(before,),
        roster=replace(ballot().roster, admitted=(zoe,)),
        supersedes=BallotId(7),
    )
    record = record_of(made, acts)
    said = Personal("s", {"words": "See https://lists.example.org/answer"})
    return replace(record, personal={5: said})


def test_it_shows_what_the_chair_did_and_the_versions_of_the_text():
    html = page(with_rulings(), "mark").decode().replace("<", " <")
    text = " ".join(Seen(html).text.split())
    for shown in (
        "Endorsed",
        "Replaces b/7",
        "Declared consensus, by the chair",
        "The chair extends it to Mon 3 Nov 2025 08:00 UTC, Thu 30 Oct 2025 08:02:30 UTC.",
        "The chair admits Zoe to the roll",
        "The chair closes the late register",
        "Gil, as chair answers the objection in row 2 accepted",
        "Answered by the chair, Thu 30 Oct 2025 08:02 UTC: See https://lists.example.org/answer",
        "contests that the change of the text was editorial Ended by a substantive change",
        "voids row 4",
        "Dia object voided by the chair",
        "Ben not heard from on this text, though on an earlier version",
        "Zoe endorse",
        f"1 the first {statement_text('Thirty days.').code}",
        f"2 substantive change, Thu 30 Oct 2025 08:02:40 UTC {statement_text('Forty days.').code}",
    ):
        assert shown in text


@pytest.mark.parametrize("seed", range(30))
def test_any_ballot_has_a_page_without_addresses_or_matrix_ids(seed):
    html = page(random_record(seed), "mark").decode()
    is_harmless(Seen(html))
    assert "@ada:" not in html
    assert "people.example" not in html


def test_addresses_that_people_wrote_are_left_out():
    told = hostile("write to ben@example.org")
    html = page(told, "mark").decode()
    assert "ben@example.org" not in html
    assert "Addresses in it are not shown here" in html


def test_ids_in_links_and_encoded_addresses_are_left_out_of_every_part():
    written = "matrix:u/oskar:hs.test https://matrix.to/#/%40oskar%3Ahs.test oskar\uff20p.example"
    html = page(hostile(f"{written} mailto:oskar%40p.example"), "mark").decode()
    assert "oskar" not in html


def test_the_same_record_is_the_same_page():
    assert page(random_record(3), "a") == page(random_record(3), "a")


def test_a_ballot_that_is_open_says_what_is_missing():
    made = ballot(state=State.OPEN)
    text = seen(record_of(made, [])).text
    assert "A yes from someone other than the proposer: have 0, need 1." in text
    assert curve(record_of(made, [])).points == ""


def test_who_was_heard_from_over_time_is_who_answered():
    spam, kept = said(1, "object", 5), said(2, "endorse", 9)
    acts = [
        spam,
        kept,
        ruled(spam, "void", 20),
        rule_on("admit", "mira", at=OPENED // 1000 + 1_500),
    ]
    assert "; 1 of 14 members in all." in curve(recorded(1, RULES["silence"], acts)).text


@pytest.mark.parametrize("state", [State.COMMENT, State.LOCKED])
def test_before_it_opens_nothing_is_missing_yet(state):
    text = seen(record_of(ballot(state=state, opened_at=None), [])).text
    assert "Nobody can answer yet." in text
    assert "What is missing" not in text


@pytest.mark.parametrize(("answers", "is_told"), [((), True), (("ben",), False)])
def test_a_ballot_that_is_not_endorsed_says_why(answers, is_told):
    acts = [draft(one, Door.CHAT, "endorse", at=OPENED // 1000 + 60) for one in answers]
    made = ballot(state=State.ANNOUNCED, closed_at=CLOSES)
    text = seen(record_of(made, acts)).text
    assert ("Why. A yes from someone other than the proposer" in text) is is_told


def test_an_objection_that_stands_at_the_close_is_not_told_to_be_open():
    objects = draft("ben", Door.CHAT, "object", at=OPENED // 1000 + 60)
    text = seen(record_of(ballot(state=State.ANNOUNCED, closed_at=CLOSES), [objects])).text
    assert "It was open at the close." in text
    assert "It is open." not in text


def told_on(sample):
    """Return the page of a sample as it is read aloud, and what it is made of."""
    found = Seen(page(samples()[sample], "s").decode().replace("<", " <"))
    return " ".join(found.text.split()), found


def test_a_withdrawn_ballot_says_when_by_whom_and_why_and_shows_its_count_as_history():
    told, _ = told_on("withdrawn")
    assert "Withdrawn Sun 2 Nov 2025 08:00 UTC, by Dagny Lindqvist, as chair" in told
    assert "Reason Point 1 was taken from an old draft; ask [address]" in told
    assert "It was open when the ballot was withdrawn." in told
    assert "It is open." not in told
    assert "The count, as history" in told
    assert "These answers stood when the ballot was withdrawn. They count for nothing" in told
    assert "Counted not at all: there is no result" in told


def test_a_ballot_withdrawn_before_it_opened_says_so_and_shows_no_count():
    told, _ = told_on("withdrawn-before")
    assert "Opened never" in told
    assert "Nothing was counted." in told
    assert "Nobody could answer: it never opened." in told
    assert "not heard from" not in told
    assert "Who was to answer" in told


def test_a_replaced_ballot_names_the_one_in_its_place_and_when():
    told, found = told_on("superseded")
    assert "Replaced Sun 2 Nov 2025 08:00 UTC, by ballot b/1" in told
    assert ("href", "1.html") in found.attributes


@pytest.mark.parametrize("sample", ["comments", "about-to-open"])
def test_before_it_opens_nobody_is_said_to_be_silent(sample):
    told, _ = told_on(sample)
    assert "not heard from" not in told
    assert "Nothing is counted before it opens." in told
    assert "Who may answer once it is open" in told
    assert all(name in told for name in NAMES)


def test_the_answer_to_an_objection_is_a_link_that_shows_no_address():
    objects = draft("ben", Door.CHAT, "object", at=OPENED // 1000 + 60)
    record = record_of(ballot(), [objects, rule_on("address", objects, at=OPENED // 1000 + 90)])
    link = "https://lists.example.org/pc/quentin@people.example/1.html"
    html = page(replace(record, personal={2: Personal("s", {"words": link})}), "s").decode()
    assert "quentin" not in html
    assert "people.example" not in html
    [href] = [v for n, v in Seen(html).attributes if n == "href" and v.startswith("https:")]
    assert unquote(href) == link
    assert "The chair's answer to Ben, on https://lists.example.org/" in Seen(html).text


def test_an_objection_that_was_raised_again_names_the_earlier_one_and_its_end():
    at = OPENED // 1000
    objects = draft("ben", Door.CHAT, "object", at=at + 60, source="$1")
    answers = rule_on("address", objects, at=at + 120)
    again = draft("ben", Door.REACTION, "object", at=at + 180, source="$2")
    text = " ".join(seen(record_of(ballot(), [objects, answers, again])).text.split())
    assert "Raised again: the earlier one, row 1, was answered by the chair on" in text
    assert text.count("Raised again") == 1


def test_a_long_log_is_shown_from_its_end_and_leads_to_the_rest():
    acts = [draft("ben", Door.CHAT, "endorse", at=n + 1, source=f"${n}") for n in range(600)]
    found = seen(record_of(ballot(), acts))
    is_harmless(found)
    assert "The last 350 of 600 entries" in found.text
    assert ("href", "1-log/1.html") in found.attributes
    assert [value for name, value in found.attributes if name == "id" and "row-" in value] == [
        f"row-{number}" for number in range(251, 601)
    ]


def test_answers_after_the_close_stand_apart():
    late = draft("ben", Door.CHAT, "endorse", at=CLOSES // 1000 + 60, verdict=Verdict.LATE)
    made = ballot(state=State.ANNOUNCED, closed_at=CLOSES)
    record = replace(
        record_of(made, [late]), personal={1: Personal("s", {"words": "Late, and <b>firm</b>."})}
    )
    text = " ".join(seen(record).text.split())
    assert "Nov 2025 08:01 UTC, in their words: Late, and <b>firm</b>." in text
    assert "these answers do not change the result. Ben: endorse, Mon 3 Nov 2025 08:01" in text
    assert "Ben not heard from" in text.replace("Ben", "Ben ").replace("  ", " ")


def test_open_objections_are_all_shown_and_of_those_that_ended_the_last():
    acts = []
    for n in range(LONGEST_LIST + 5):
        acts.append(draft("cem", Door.REACTION, "object", at=2 * n + 2, source=f"${n}"))
        acts.append(
            draft("cem", Door.REACTION, "removed", at=2 * n + 3, source=f"$x{n}", target=f"${n}")
        )
    acts.append(draft("ben", Door.REACTION, "object", at=1, source="$first"))
    html = page(record_of(ballot(opened_at=0), acts), "mark").decode()
    assert html.count("Withdrawn by taking the reaction back") == LONGEST_LIST
    assert "5 earlier ones have ended" in html
    assert html.count("It is open.") == 1
    assert "Open; an objection stands in the way" in html
