"""P11, looked at in a browser: whatever people write into page, room or mail, nothing of it runs.

Each payload stands wherever words of strangers or members come in. The browser sees each page
without its policy, so that escaping alone must do, and every element is poked with every event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from functools import cache

import pytest
from ballot_samples import CLOSES, OPENED, ballot
from browsing import chromium, needs_browser, served, watched
from domain.ledgers import draft, rule_on
from histories import record_of
from scripts_in_mail import mails, payloads, post_of

from bridge.domain.acts import CONTEST, Door, Verdict
from bridge.domain.ballots import State, statement_text
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.export import Record, count
from bridge.ids import Instant, ListId, MessageId, PersonId, UserId
from bridge.mail.compose import ListMail, compose
from bridge.mail.texts import CallView, ResultView, call_text, result_text
from bridge.matrix import cards, content
from bridge.store.ballots import Personal
from bridge.web.pages import page
from bridge.web.pages_html import POLICY, STYLE
from bridge.web.pages_log import LogPart, part_page
from bridge.web.pages_words import row_numbers

OUTS = ("</title>", "</style>", "</pre>", "</bdi></h1>", "</desc></svg>", '">', "'>", "-->", "]]>")
INS = (
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<meta http-equiv=refresh content='0;url=http://far.example/'>",
)
BATCH = 60
POKE = """() => {
  const events = ["mouseover", "mouseenter", "pointerdown", "focus", "focusin", "keydown", "click",
    "load", "error", "toggle", "begin", "animationend", "pageshow", "scroll"];
  const poke = root => {
    root.addEventListener("click", event => {
      const link = event.target.closest && event.target.closest("a[href]");
      if (link && /^(https?|file):/.test(link.href)) event.preventDefault();
    }, true);
    for (const one of root.querySelectorAll("*")) {
      for (const name of events)
        one.dispatchEvent(new MouseEvent(name, {bubbles: name == "click", cancelable: true}));
    }
  };
  poke(document);
  for (const frame of document.querySelectorAll("iframe"))
    try { poke(frame.contentDocument); } catch (elsewhere) {}
  return new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));
}"""
"""Do to each element what a hand may do to it; a link that is one is not followed."""
PUT = """pieces => {
  for (const piece of pieces) {
    const at = document.createElement("div");
    document.body.append(at);
    at.append(document.createRange().createContextualFragment(piece));
  }
}"""
"""What a client does that trusts ``formatted_body``; a fragment, unlike innerHTML, runs scripts."""


@cache
def every() -> tuple[str, ...]:
    """The payloads of the mails, and some that break out of where a page puts words."""
    outs = (f"{out}{inside}" for out in OUTS for inside in INS)
    return tuple(dict.fromkeys([*payloads(), *outs]))


def hostile(payload: str) -> Record:
    """A ballot in which everything that a person can write, or be called, is the payload."""
    members = tuple(
        Member(PersonId(slug), payload, (UserId(f"@{slug}:hs.test"),)) for slug in ("ben", "cem")
    )
    roster = RosterSnapshot("pc", payload, members, admitted=(Member(PersonId("zoe"), payload),))
    made = ballot(
        title=payload,
        text=statement_text(payload, version=2),
        earlier=(statement_text(payload),),
        roster=roster,
        rule=Rule(mode="silence", shortened_reason=payload, short=True),
        chair=PersonId(payload),
        list_id=ListId(payload),
        state=State.ANNOUNCED,
        closed_at=CLOSES,
    )
    at = OPENED // 1000 + 60
    objection = draft("ben", Door.CHAT, "object", at=at, with_text=True, flags=(CONTEST, payload))
    acts = [
        objection,
        draft("cem", Door.CHAT, "reserve", at=at, with_text=True),
        rule_on("address", objection, at=at + 9),
        rule_on("admit", payload, at=at + 10),
        rule_on("extend", payload, at=at + 11),
        rule_on("amend", f"editorial/2/{payload}", at=at + 12),
        rule_on("declare", payload, at=at + 13),
        rule_on(payload, payload, at=at + 14),
        draft(payload, Door.CHAT, payload, at=at, verdict=Verdict.REJECTED, reason=payload),
        draft("zoe", Door.CHAT, "endorse", at=CLOSES // 1000 + 60, verdict=Verdict.LATE),
    ]
    record = record_of(made, acts)
    said = {act.seq: Personal("s", {"words": payload, "name": payload}) for act in record.acts}
    return replace(record, personal=said)


def pages_of(payload: str) -> tuple[bytes, bytes]:
    """The ballot's page and a file of its log."""
    record = hostile(payload)
    counted, part = count(record), LogPart(1, 1, len(record.acts), is_newest=True)
    log = part_page(record, counted, part, row_numbers(record.acts), "m")
    return page(record, counted, "m"), log


def bare(html: bytes) -> bytes:
    """Return a page without its policy, and without its style, which takes the browser's time."""
    written = POLICY.replace("'", "&#39;").encode()
    assert written in html
    return html.replace(written, b"").replace(STYLE.encode(), b"")


def cards_of(payload: str) -> Iterator[str]:
    record = hostile(payload)
    counted, one = count(record), replace(record.ballot, comments_until=CLOSES)
    to = UserId(f"@{payload}:hs.test")
    made = [
        cards.card_content(one),
        cards.old_card_content(one, 3),
        cards.comments_content(one),
        cards.status_content(one, counted, OPENED),
        *cards.statement_contents(one),
        cards.preview_content(payload, payload, payload, to=to),
        content.addressed_notice(payload, to),
        *content.notice_contents(payload, to=(to,)),
    ]
    return (each["formatted_body"] for each in made)


def posts_of(payload: str) -> Iterator[str]:
    for _, raw in mails(payload):
        post = post_of(raw)
        placing = content.Placing(post.subject, is_public=True, archive_url=None)
        for each in content.shown_post(post, placing).contents:
            yield each["formatted_body"]


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def in_frames(browser, folder, documents: list[bytes]):
    """Show whole documents, many to a page; return what was seen of them."""
    for number, document in enumerate(documents):
        (folder / f"{number}.html").write_bytes(document)
    (folder / "favicon.ico").write_bytes(b"")
    with served(folder) as home, watched(browser, home) as (shown, seen):
        for first in range(0, len(documents), BATCH):
            names = range(first, min(first + BATCH, len(documents)))
            frames = "".join(f"<iframe src={name}.html></iframe>" for name in names)
            (folder / "batch.html").write_text(f"<!doctype html><title>b</title>{frames}")
            shown.goto(f"{home}/batch.html?{first}")
            assert len(shown.frames) > len(names)
            shown.evaluate(POKE)
    return seen


def in_fragments(browser, folder, pieces: list[str]):
    """Put pieces of HTML into a page, as a client does that cleans nothing."""
    (folder / "room.html").write_text("<!doctype html><title>r</title>")
    with served(folder) as home, watched(browser, home) as (shown, seen):
        for first in range(0, len(pieces), 1000):
            shown.goto(f"{home}/room.html?{first}")
            shown.evaluate(PUT, pieces[first : first + 1000])
            shown.evaluate(POKE)
    return seen


def test_there_are_enough_payloads_and_they_differ():
    assert len(every()) > 800


@needs_browser
def test_of_no_payload_on_a_page_anything_runs_or_is_fetched(browser, tmp_path):
    both = [pages_of(payload) for payload in every()]
    # The files of a log are made of the same table: a part of the payloads will do.
    made = [*(bare(one) for one, _ in both), *(bare(log) for _, log in both[::5])]
    seen = in_frames(browser, tmp_path, made)
    assert seen.is_nothing, seen


@needs_browser
def test_of_no_payload_in_a_ballot_s_card_or_an_answer_anything_runs(browser, tmp_path):
    pieces = dict.fromkeys(piece for payload in every() for piece in cards_of(payload))
    seen = in_fragments(browser, tmp_path, list(pieces))
    assert seen.is_nothing, seen


@needs_browser
def test_of_no_payload_in_a_mail_anything_runs_in_the_room(browser, tmp_path):
    pieces = dict.fromkeys(piece for payload in every() for piece in posts_of(payload))
    seen = in_fragments(browser, tmp_path, list(pieces))
    assert seen.is_nothing, seen


@needs_browser
def test_what_is_not_escaped_does_run_and_is_fetched(browser, tmp_path):
    documents = [f"<!doctype html><title>x</title>{one}".encode() for one in every()[::3]]
    seen = in_frames(browser, tmp_path, documents)
    assert len(set(seen.ran)) > len(documents) / 3
    assert any("far.example" in one for one in seen.asked)


@needs_browser
def test_the_policy_alone_stops_them_too(browser, tmp_path):
    html = pages_of("x")[0]
    inserted = [html.replace(b"<main>", b"<main>" + each.encode()) for each in every()[-54:]]
    seen = in_frames(
        browser, tmp_path, [one for one in inserted if b"http-equiv=refresh" not in one]
    )
    assert (seen.ran, seen.asked) == ([], [])


@pytest.mark.parametrize(
    "payload", ["x\r\nBcc: eve@evil.example", "x\n\nbody", "=?utf-8?q?a=0ABcc:b?="]
)
def test_a_line_break_in_a_ballot_adds_no_header(payload):
    assert headers(payload) == headers("x")


def test_no_payload_in_a_ballot_adds_a_header_to_its_mails():
    usual = headers("x")
    # Words are set into a mail the same way whatever they are; what follows looks at all.
    assert [payload for payload in every()[::20] if headers(payload) != usual] == []


def test_no_payload_in_subject_name_or_body_makes_a_mail_another_mail():
    usual = tuple(message_from_bytes(list_mail("x", "x", "x\n")).keys())
    written = 0
    for payload in every():
        line = " ".join(payload.split())
        for subject, name, body in ((line, "x", "x\n"), ("x", line, "x\n"), ("x", "x", line[:70])):
            try:
                message = message_from_bytes(list_mail(subject, name, body))
            except ValueError:
                # What cannot stand in a header is not written at all.
                continue
            written += 1
            assert tuple(message.keys()) == usual
            assert message.get_content_type() == "text/plain"
    assert written > 2000


def headers(payload: str) -> list[tuple[str, ...]]:
    """Return the names of the headers of the call and the result that a ballot's words make."""
    found = hostile(payload)
    # What a chair rules on is checked before it is written down, and no mail is made of nonsense.
    ours = [act for act in found.acts if payload not in f"{act.target}{act.position}"]
    record = replace(found, acts=tuple(ours))
    view = {"contact": "chair@example.org", "ballot": record.ballot, "room": f"#{payload}:hs.test"}
    words = dict.fromkeys(range(1, 12), payload)
    made = (
        call_text(CallView(now=OPENED, **view)),
        result_text(ResultView(tally=count(record), head=None, words=words, **view)),
    )
    found = []
    for subject, body in made:
        message = message_from_bytes(list_mail(subject, "PC", body))
        assert message.get_content_type() == "text/plain"
        found.append(tuple(message.keys()))
    return found


def list_mail(subject: str, from_name: str, body: str) -> bytes:
    return compose(
        ListMail(
            message_id=MessageId("call.1@seconded.example.org"),
            in_reply_to=None,
            references=(),
            from_name=from_name,
            from_address="bridge@example.org",
            to="pc@lists.example.org",
            reply_to=None,
            subject=subject,
            body=body,
            date=Instant(OPENED),
            instance="demo",
        )
    )
