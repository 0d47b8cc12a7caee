"""Which line belongs in which mail of a ballot to its list (spec 3): one table for every kind.

A subscriber who has deleted the call must be able to act on any one of them. A template that
begins with a subject and has no row here fails, so that a new kind of mail cannot forget a line.
"""

import re

import pytest
from ballot_samples import CLOSES, POST
from mail.notice_samples import ALL, HOUR, LATE, ROLL, ballot, counted

from bridge.domain.ballots import State, statement_text
from bridge.domain.deadlines import show, show_instant
from bridge.domain.digest import changes, objection_news
from bridge.domain.modes import explain
from bridge.domain.rules import Rule
from bridge.ids import Instant
from bridge.mail.texts import (
    TEMPLATES,
    CallView,
    ExtensionView,
    ResultView,
    call_text,
    comments_text,
    extension_text,
    result_text,
)
from bridge.mail.texts_appeal import AppealView, appeal_text
from bridge.mail.texts_changes import (
    AmendmentView,
    EndedView,
    RedraftView,
    amendment_text,
    ended_text,
    redraft_text,
)
from bridge.mail.texts_digest import DigestBallot, DigestView, digest_text
from bridge.mail.texts_notices import (
    CorrectionView,
    FinalCallView,
    LateView,
    NoticeView,
    correction_text,
    final_call_text,
    late_text,
    notice_text,
)

ROOM = "#list_pc:hs.test"
CHAIR = "pc-chair@example.org"
PAGE = "https://endorse.example.org/b/42"
RULES = {
    "silence": Rule(mode="silence", k=5),
    "strict": Rule(mode="silence", strict=True),
    "threshold": Rule(mode="threshold", blocking=True),
    "test": Rule(mode="threshold", blocking=True, short=True, minimum_window=0),
    "rough": Rule(mode="rough"),
    "signon": Rule(mode="signon", final_call=0, hold=0, after_lifting=0),
    "sense": Rule(mode="sense", final_call=0, hold=0, after_lifting=0),
}
HEAD = "ab" * 32
COMMENTED = Instant(CLOSES - 80 * HOUR)


def call(rule, **changes):
    now = Instant(CLOSES - 96 * HOUR)
    made = ballot(rule=rule, **changes)
    return CallView(ballot=made, room=ROOM, contact=CHAIR, now=now, log_url=PAGE)


def still_open(rule):
    """What every mail about an open ballot is made of."""
    given = {"ballot": ballot(rule=rule), "tally": counted(ALL, rule=rule), "room": ROOM}
    return given | {"contact": CHAIR, "log_url": PAGE}


def closed(rule, at=CLOSES):
    """What every mail about a closed one is made of."""
    found = counted(ALL, rule=rule, at=at)
    made = ballot(rule=rule, closed_at=at, state=State.ANNOUNCED, outcome=found.outcome)
    return {"ballot": made, "tally": found, "contact": CHAIR}


def notice(rule):
    given = still_open(rule)
    news = objection_news(counted(ALL, upto=0, rule=rule), given["tally"])
    return notice_text(NoticeView(news=news, **given))


def amendment(rule):
    given = still_open(rule)
    changed = ballot(rule=rule, text=statement_text("Sixty days.", version=2))
    view = {"label": "editorial", "reason": "a comma", "difference": "", "ended": 0, "post": POST}
    return amendment_text(AmendmentView(contest_until=CLOSES, **given | view | {"ballot": changed}))


def redraft(rule):
    text = statement_text("Sixty days.", version=2)
    changed = ballot(rule=rule, text=text, comments_until=COMMENTED)
    view = {"reason": "a comma", "difference": "", "post": POST, "room": ROOM, "contact": CHAIR}
    return redraft_text(RedraftView(ballot=changed, **view))


def digest(rule):
    given = still_open(rule)
    room, news = given.pop("room"), changes(counted((), rule=rule), given["tally"])
    one = DigestBallot(changes=news, since=COMMENTED, is_new=False, head=HEAD, **given)
    view = {"title": ROLL.title, "since": COMMENTED, "threads": (), "messages": 0, "people": 0}
    return digest_text(DigestView(ballots=(one,), room=room, **view))


MAILS = {
    "call": lambda rule: call_text(call(rule)),
    "comments": lambda rule: comments_text(call(rule, comments_until=COMMENTED)),
    "redraft": redraft,
    "amendment": amendment,
    "notice": notice,
    "final_call": lambda rule: final_call_text(FinalCallView(**still_open(rule))),
    "extension": lambda rule: extension_text(
        ExtensionView(was=COMMENTED, reason="a holiday", **still_open(rule))
    ),
    "digest": digest,
    "result": lambda rule: result_text(ResultView(head=HEAD, room=ROOM, **closed(rule))),
    "correction": lambda rule: correction_text(
        CorrectionView(wrong="A name.", head=HEAD, **closed(rule))
    ),
    "late": lambda rule: late_text(LateView(late=LATE, **closed(rule))),
    "appeal": lambda rule: appeal_text(AppealView(appeals=(), **closed(rule))),
    "ended": lambda rule: ended_text(
        EndedView(reason="no", head=HEAD, **closed(rule) | {"tally": counted(ALL, rule=rule)})
    ),
}
ALWAYS = {"version and code", "rule", "instant in UTC", "numbers with their base", "contact"}
OPEN = ALWAYS | {"zones", "what is missing", "room", "signs and words", "not by mail"}
LINES = {
    # Nothing has come in yet: what is missing is what the rule says.
    "call": OPEN - {"what is missing"},
    # Nobody can answer before the call, which tells how.
    "comments": OPEN - {"what is missing", "signs and words", "not by mail"},
    "redraft": OPEN - {"what is missing", "signs and words", "not by mail"},
    "amendment": OPEN,
    "notice": OPEN,
    "final_call": OPEN,
    "extension": OPEN,
    "digest": OPEN,
    # From here on there is nothing to answer, and so no hour to be somewhere.
    "result": ALWAYS | {"what is missing"},
    "correction": ALWAYS | {"what is missing"},
    # They answer a mail that tells what was missing, and do not change it.
    "late": ALWAYS,
    "appeal": ALWAYS,
    # There is no result that a rule would explain.
    "ended": ALWAYS - {"rule"},
}
"""Kind, which is its template -> what each of its mails says."""


def says(line, body, rule, made):
    """Tell whether a mail has a line, wherever its words are broken."""
    text, found = " ".join(body.split()), counted(ALL, rule=rule)
    base, roll = found.base, len(ROLL.members)
    return {
        "version and code": f"v{made.text.version}" in text and f"code {made.text.code}" in text,
        "rule": explain(rule) in text,
        "instant in UTC": f"{show_instant(CLOSES)}" in text,
        "zones": all(" ".join(one.split()) in text for one in show(CLOSES, ROLL.zones)),
        "numbers with their base": re.search(
            rf"counting {base}\b|of (the )?({base}|{roll})\b|\b{roll} members on the roll", text
        ),
        "what is missing": found.missing in text or not rule.decides,
        "room": f"\n    {ROOM}\n" in body,
        "signs and words": "check mark" in text and "!endorse" in text and "!withdraw" in text,
        "not by mail": "nswer by mail is not counted" in text,
        "contact": f"\n  {CHAIR}\n" in body,
    }[line]


@pytest.mark.parametrize("mode", RULES)
@pytest.mark.parametrize("kind", LINES)
def test_a_mail_says_all_that_its_kind_must_say(kind, mode):
    rule = RULES[mode]
    subject, body = MAILS[kind](rule)
    made = ballot(rule=rule, text=statement_text("Sixty days.", version=2))
    made = made if kind in {"amendment", "redraft"} else ballot(rule=rule)
    assert [line for line in sorted(LINES[kind]) if not says(line, body, rule, made)] == []
    assert f"v{made.text.version}" in subject
    assert ("TEST" in subject) == ("TEST" in body) == rule.short


@pytest.mark.parametrize("mode", RULES)
@pytest.mark.parametrize("kind", [kind for kind in LINES if "zones" not in LINES[kind]])
def test_after_the_close_no_mail_tells_how_to_answer(kind, mode):
    body = MAILS[kind](RULES[mode])[1]
    assert "HOW TO ANSWER" not in body
    # A sign-on takes names after its close, and says so.
    assert ("!endorse" in body) == (mode == "signon" and kind in {"result", "late"})


@pytest.mark.parametrize("kind", [kind for kind in LINES if "signs and words" in LINES[kind]])
def test_while_it_is_open_each_mail_links_the_page_on_a_line_of_its_own(kind):
    assert f"\n{PAGE}\n" in MAILS[kind](RULES["silence"])[1]


@pytest.mark.parametrize("kind", [kind for kind in LINES if "signs and words" in LINES[kind]])
def test_no_mail_offers_what_the_rule_does_not_take(kind):
    body = MAILS[kind](RULES["signon"])[1]
    assert "!reserve" not in body
    assert "!object" not in body


def test_every_template_of_a_mail_has_a_row():
    mails = {
        one.name.removesuffix(".txt.j2")
        for one in TEMPLATES.glob("*.txt.j2")
        if re.search(r"^Subject: \[", one.read_text("utf-8"), re.MULTILINE)
    }
    assert mails == set(LINES) == set(MAILS)
