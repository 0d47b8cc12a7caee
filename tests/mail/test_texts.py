"""The words of our mails: golden files, and what no mail of ours may ever do.

``python tests/mail/test_texts.py`` writes the golden files anew; read the difference.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from mail.notice_samples import posted

from bridge.domain.acts import CHAIR, GENESIS, REMOVED, Act, Door, Reason, Verdict, chain
from bridge.domain.ballots import Ballot, State, statement_text
from bridge.domain.deadlines import parse_deadline
from bridge.domain.positions import WORDS, Position
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule, RuleDefaults, fit_window
from bridge.domain.tally import tally
from bridge.ids import Instant
from bridge.mail.texts import (
    CallView,
    ExtensionView,
    ResultView,
    call_text,
    comments_text,
    extension_text,
    preview_text,
    result_text,
)

GOLDEN = Path(__file__).parent.parent / "golden"
NOW = Instant(1_761_940_800_000)
"""Fri 31 Oct 2025 20:00 UTC"""

DEADLINE = parse_deadline("2025-11-03 08:00 UTC", NOW)
HOUR = 3_600_000
ZONES = ("Africa/Tunis", "Asia/Tokyo", "America/Sao_Paulo", None, None, None, None)
NAMES = ("A. Haddad", "B. Osei", "C. Lima", "D. Sato", "E. Moyo", "F. Berg", "G. Novak")
ROLL = RosterSnapshot(
    name="pc",
    title="Policy Committee",
    members=tuple(
        Member(f"p{number}", name, (f"@p{number}:hs.test",) if number < 6 else (), zone)
        for number, (name, zone) in enumerate(zip(NAMES, ZONES, strict=True))
    ),
)
TEXT = """We support open standards.

1. Standards are written in the open, and everybody who is concerned can take part in writing them.
2. They are free to read:
   https://example.org/a/very/long/address/that/nobody/should/ever/have/to/type/by/hand/at/all
"""
REASON = "the alliance publishes on Monday"
SILENCE = fit_window(
    Rule(mode="silence", shortened_reason=REASON), window=60 * 3600, defaults=RuleDefaults()
)
THRESHOLD = Rule(
    mode="threshold",
    quorum=Fraction(1, 2),
    threshold=Fraction(2, 3),
    comparison="at_least",
    blocking=True,
    short=True,
    minimum_window=0,
    final_call=0,
    hold=0,
    confirm=0,
    grace_chat=5,
)


def ballot(rule=SILENCE, **changes):
    frozen = {
        "id": 42,
        "key": "$command",
        "list_id": "pc.lists.example.org",
        "message_id": "statement@example.org",
        "title": "Open standards statement",
        "chair": "p0",
        "proposer": "p6",
        "state": State.CLOSED,
        "text": statement_text(TEXT),
        "roster": ROLL,
        "rule": rule,
        "deadline": DEADLINE,
        "created_at": NOW,
        "opened_at": NOW,
        "closed_at": DEADLINE.instant,
    }
    return Ballot(**(frozen | changes))


def call(rule=SILENCE, *, changes=(), **view):
    given_view = {"room": "#list_pc:hs.test", "contact": "pc-chair@example.org", "now": NOW} | view
    return CallView(ballot=ballot(rule, **dict(changes)), **given_view)


def act(person, what, hours, *, door=Door.REACTION, target=None, verdict=None, reason=None, **more):
    """An act so many hours after opening."""
    at = Instant(NOW + hours * HOUR)
    return Act(
        ballot=42,
        received_at=at,
        effective_at=at,
        claimed_at=None,
        door=door,
        source_id=f"${person}{hours}",
        person_ref=person,
        capacity="self",
        text_version=1,
        position=what,
        target=target,
        with_text=more.get("with_text", False),
        verdict=verdict or Verdict.ACCEPTED,
        reason=reason,
        flags=more.get("flags", ()),
        personal_hash="0" * 64,
    )


def ledger(*drafts):
    acts: list[Act] = []
    for seq, draft in enumerate(drafts, start=1):
        acts.append(chain(draft, seq=seq, prev_hash=acts[-1].hash if acts else GENESIS))
    return tuple(acts)


ANSWERS = (
    act("p0", "endorse", 1),
    act("p1", "reserve", 2, door=Door.CHAT, with_text=True),
    act("p2", "object", 3, door=Door.CHAT, with_text=True),
    act("p2", "no_objection", 20, door=Door.CHAT),
    act("p3", "endorse", 4, flags=("grace",)),
    act("p3", REMOVED, 5, target="$p34", flags=("removed_by_moderator",), verdict=Verdict.REJECTED,
        reason=Reason.REMOVED_BY_MODERATOR.value),
    act("p4", "recuse", 6, door=Door.CHAT),
    act("p5", "abstain", 7),
    act("p5", REMOVED, 8, target="$p57"),
    act("?stranger", "endorse", 9, verdict=Verdict.REJECTED, reason="not_on_the_roll"),
    act("p6", "endorse", 61, verdict=Verdict.LATE, reason="after_the_deadline"),
)  # fmt: skip
OBJECTED = (*ANSWERS[:3], act("p4", "object", 7), act("p5", "reserve", 7), act("p3", "hold", 50))
SAID = {
    2: "Fine with me, but I would have liked more support for those who maintain it.\n\nThank you.",
    3: "Point 1 names one group only.",
}


def result(drafts=ANSWERS, rule=SILENCE, **view):
    acts = ledger(*drafts)
    counted = tally(acts, roster=ROLL, rule=rule, proposer="p6", at=DEADLINE.instant)
    given_view = {
        "room": "#list_pc:hs.test",
        "contact": "pc-chair@example.org",
        "words": SAID,
        "head": acts[-1].hash if acts else None,
    } | view
    return ResultView(ballot=ballot(rule, outcome=counted.outcome), tally=counted, **given_view)


def mail(parts):
    return f"Subject: {parts[0]}\n\n{parts[1]}"


ROUGH = Rule(mode="rough", final_call=48 * 3600)
SIGNON = Rule(mode="signon", final_call=0, hold=0, after_lifting=0)
SENSE = Rule(mode="sense", final_call=0, hold=0, after_lifting=0)


def ruled(kind, target, hours, **more):
    """A chair's act so many hours after opening."""
    given = {"door": Door.CHAIR, "target": target, "with_text": True} | more
    return replace(act("p0", kind, hours, **given), capacity=CHAIR, source_id=f"$rule{hours}")


DECLARED = (
    act("p1", "endorse", 1),
    act("p2", "object", 3, door=Door.CHAT, with_text=True),
    ruled("address", "chat/$p23", 10),
    act("p3", "object", 11),
    ruled("overrule", "reaction/$p311", 12),
    act("p4", "object", 13),
    ruled("void", "reaction/$p413", 14),
    ruled("admit", "p9", 15),
    ruled("extend", str(DEADLINE.instant), 16),
    ruled("declare", "consensus", 62, with_text=False),
)
AGAIN = (
    *DECLARED[:6],
    act("p2", "object", 14, door=Door.CHAT, with_text=True),
    act("p2", "withdraw", 15, door=Door.CHAT),
    act("p2", "object", 16),
)
SIGNED = (
    act("p5", "endorse", 1),
    act("p0", "endorse", 2),
    act("p2", "endorse", 3),
    act("p2", REMOVED, 62, target="$p23", flags=("until_publication",)),
    act("p3", "endorse", 63, verdict=Verdict.LATE, reason="after_the_deadline"),
)
DECLARED_WORDS = {
    2: "Point 1 names one group only.",
    3: "https://lists.example.org/pc/2025-Nov/0415.html",
    5: "It is out of the scope of this statement.",
    7: "advertising",
    8: "joined on Friday",
    9: "a holiday in two countries",
}
AGAIN_WORDS = {**DECLARED_WORDS, 7: "The answer does not speak of point 1."}
AMENDED = (
    act("p0", "endorse", 1),
    act("p1", "endorse", 2),
    act("p2", "object", 3),
    ruled("amend", f"substantive/2/{'0' * 64}", 10),
    replace(act("p0", "endorse", 11), text_version=2),
    ruled("amend", f"editorial/3/{'0' * 64}", 12, with_text=False),
    replace(act("p3", "object", 13, door=Door.CHAT, with_text=True, flags=("contest",)),
            text_version=3),
)  # fmt: skip
AMENDED_WORDS = {4: "two paragraphs were added", 7: "It is a third paragraph, no comma."}


def extended():
    return ExtensionView(
        ballot=ballot(deadline=parse_deadline("2025-11-05 08:00 UTC", NOW), state=State.OPEN),
        tally=tally(
            ledger(*ANSWERS[:3]), roster=ROLL, rule=SILENCE, proposer="p6", at=Instant(NOW + HOUR)
        ),
        was=DEADLINE.instant,
        reason="a holiday in two countries",
        room="#list_pc:hs.test",
        contact="pc-chair@example.org",
    )


def for_comments():
    changes = {"comments_until": Instant(NOW + 20 * HOUR), "state": State.COMMENT}
    return call(changes=changes)


LINKS = {
    "room_link": "https://matrix.to/#/%23list_pc:hs.test",
    "log_url": "https://endorse.example.org/b/42",
}
GOLDEN_TEXTS = {
    "call_silence.txt": lambda: mail(call_text(call(**LINKS))),
    "call_test.txt": lambda: mail(call_text(call(THRESHOLD))),
    "preview.txt": lambda: preview_text(call()),
    "preview_test.txt": lambda: preview_text(call(THRESHOLD)),
    "result_adopted.txt": lambda: mail(result_text(result(log_url=LINKS["log_url"]))),
    "result_objected.txt": lambda: mail(result_text(result(OBJECTED))),
    "result_threshold.txt": lambda: mail(result_text(result(ANSWERS, THRESHOLD))),
    "result_nothing.txt": lambda: mail(result_text(result(()))),
    "call_rough.txt": lambda: mail(call_text(call(ROUGH))),
    "call_hard_stop.txt": lambda: mail(
        call_text(call(replace(SILENCE, hard_stop=Instant(DEADLINE.instant + 168 * HOUR))))
    ),
    "call_strict.txt": lambda: mail(call_text(call(replace(SILENCE, strict=True)))),
    "result_strict.txt": lambda: mail(result_text(result(OBJECTED, replace(SILENCE, strict=True)))),
    "call_signon.txt": lambda: mail(call_text(call(SIGNON))),
    "call_sense.txt": lambda: mail(call_text(call(SENSE))),
    "comments.txt": lambda: mail(comments_text(for_comments())),
    "extension.txt": lambda: mail(extension_text(extended())),
    "result_rough.txt": lambda: mail(result_text(result(DECLARED, ROUGH, words=DECLARED_WORDS))),
    "result_again.txt": lambda: mail(result_text(result(AGAIN, ROUGH, words=AGAIN_WORDS))),
    "result_undeclared.txt": lambda: mail(result_text(result(DECLARED[:1], ROUGH))),
    "result_signon.txt": lambda: mail(result_text(result(SIGNED, SIGNON))),
    "result_sense.txt": lambda: mail(result_text(result(ANSWERS, SENSE))),
    "result_amended.txt": lambda: mail(result_text(result(AMENDED, SILENCE, words=AMENDED_WORDS))),
}


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_the_text_is_the_golden_one(name):
    assert GOLDEN_TEXTS[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_no_line_is_wider_than_72_columns_unless_it_is_an_address_alone(name):
    body = GOLDEN_TEXTS[name]().partition("\n\n")[2]
    for line in body.split("\n"):
        assert len(line) <= 72 or re.fullmatch(r" *https://\S+", line)


@pytest.mark.parametrize("hashed", ["text", "roster", "rule"])
@pytest.mark.parametrize("text", [call_text(call()), result_text(result())])
def test_each_whole_hash_stands_on_a_line_of_its_own(hashed, text):
    assert f"\n  {getattr(ballot(), hashed).sha256}\n" in text[1]


def test_the_call_says_the_word_for_every_position_and_needs_no_emoji():
    body = call_text(call())[1]
    assert all(f"!{word.chat}" in body for word in WORDS.values())
    assert body.isascii()


def test_the_call_invites_no_answer_by_mail():
    body = " ".join(call_text(call())[1].split())
    assert "reply to this mail" not in body
    assert "An answer by mail is not counted in this ballot" in body


def test_the_call_ends_with_the_whole_text():
    short = statement_text("We support open standards.\n")
    body = call_text(call(changes={"text": short}))[1]
    rule = "-" * 70
    assert body.endswith(f"\n{rule}\nWe support open standards.\n{rule}\n")
    assert "folded" not in body


def test_a_text_too_long_for_a_list_is_named_and_not_repeated():
    body = call_text(call(changes={"text": statement_text("word " * 10_000)}))[1]
    assert len(body) < 4_000
    assert "too long to repeat. It stands in the post\n  statement@example.org\n" in body


WORDS_OF = {"latin": "We ask for clean water. ", "cyrillic": "Мы просим чистой воды. "}


@pytest.mark.parametrize(
    ("script", "length", "is_repeated"),
    [
        ("latin", 600, True),
        ("latin", 1_100, False),
        ("cyrillic", 50, True),
        ("cyrillic", 300, False),
    ],
)
@pytest.mark.parametrize("names", [7, 300, 2_000])
@pytest.mark.parametrize("text", [call_text, comments_text])
def test_however_long_text_and_roll_are_no_list_holds_the_call(
    script, length, is_repeated, names, text
):
    members = tuple(Member(f"p{n}", f"Жанна Ö. Example {n}", (f"@p{n}:hs",)) for n in range(names))
    changes = {
        "text": statement_text(WORDS_OF[script] * length),
        "roster": replace(ROLL, members=members),
        "comments_until": Instant(NOW + HOUR),
    }
    subject, body = text(call(replace(SILENCE, shortened_reason="ж" * 500), changes=changes))
    assert len(posted(subject, body)) < 30_000
    shown = " ".join(body.split())
    assert ("too long to repeat" in shown) != is_repeated
    assert text is comments_text or names < 2_000 or "too many to name here; the address" in shown


@pytest.mark.parametrize("length", [100, 4_000, 60_000])
def test_however_much_people_said_no_list_holds_the_result(length):
    words = dict.fromkeys(range(1, 20), "ё" * length)
    subject, body = result_text(replace(result(OBJECTED), words=words))
    assert len(posted(subject, body)) < 30_000
    assert ("[cut here; the log has all of it]" in " ".join(body.split())) == (length > 100)


def test_what_is_said_too_late_stands_beside_the_result():
    """A late objection is recorded and published (spec 2.10, 40)."""
    given = {"verdict": Verdict.LATE, "reason": "after_the_deadline", "with_text": True}
    late = act("p4", "object", 62, door=Door.CHAT, **given)
    view = result((*ANSWERS, late))
    words = {**SAID, len(ANSWERS) + 1: "Paragraph 5 is wrong."}
    body = result_text(replace(view, words=words))[1]
    assert '+ E. Moyo, object, Mon 3 Nov 2025 10:00 UTC\n    They say: "Paragraph 5' in body
    assert "The words have been erased." in result_text(view)[1]


def test_a_call_names_the_ballot_in_whose_place_it_comes():
    body = " ".join(call_text(call(changes={"supersedes": 41}))[1].split())
    assert "Instead of ballot b/41, in whose place this one comes; answers to that one" in body


def test_a_call_names_the_ballot_that_it_takes_up_again():
    body = " ".join(call_text(call(changes={"follows": 41}))[1].split())
    assert "Follows ballot b/41, which stands as it ended; answers to that one do not" in body


def test_a_hold_of_duration_zero_is_not_offered():
    assert "!hold" in call_text(call())[1]
    assert "!hold" not in call_text(call(THRESHOLD))[1]


@pytest.mark.parametrize(
    "text",
    [
        call_text(call(THRESHOLD)),
        result_text(result((), THRESHOLD)),
        extension_text(replace(extended(), ballot=ballot(THRESHOLD))),
    ],
)
def test_a_short_window_says_test_in_subject_and_first_line(text):
    assert "TEST" in text[0]
    assert text[1].startswith("TEST. ")


def test_the_preview_names_those_who_cannot_answer():
    assert "1 of them without a Matrix id, so with no way to answer: G. Novak" in " ".join(
        preview_text(call()).split()
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [(13, "13 seconds"), (1_465, "24 minutes"), (7_170, "2 hours"), (259_000, "72 hours")],
)
def test_the_preview_says_how_long_the_window_is_in_a_unit_people_use(left, said):
    view = call()
    now = Instant(view.ballot.deadline.instant - left * 1000)
    assert f"in about {said};" in " ".join(preview_text(replace(view, now=now)).split())


def test_silence_is_never_reported_as_agreement():
    body = result_text(result())[1]
    assert "agree" not in body
    assert "Silence is reported as silence. 3 of 6 said yes." in body


def test_who_has_no_way_to_answer_is_told_apart_from_who_is_silent():
    line = "1 of those not heard from had no Matrix id on the roll, and so no way to answer."
    assert line in " ".join(result_text(result())[1].split())
    everybody = replace(ROLL, members=ROLL.members[:6])
    view = result()
    reached = replace(view, ballot=replace(view.ballot, roster=everybody))
    assert "no Matrix id" not in result_text(reached)[1]


def test_each_member_is_named_once_in_a_call_however_many_cannot_answer():
    body = " ".join(call_text(call())[1].split())
    assert all(body.count(name) == 1 for name in NAMES)
    assert "without a way to answer yet (1): G. Novak" in body


def test_answers_to_an_earlier_text_are_not_said_to_stand():
    view = extended()
    changed = replace(view.ballot, text=statement_text("New.", version=2))
    said = " ".join(extension_text(replace(view, ballot=changed))[1].split())
    assert "Answers given so far to this text stand." in said


def test_what_came_in_adds_up():
    body = result_text(result())[1]
    books = body.partition("WHAT CAME IN (")[2].partition("\n\n")[0]
    numbers = [int(number) for number in re.findall(r"\.\.\. +(\d+)", books)]
    assert sum(numbers) == int(books.partition(")")[0]) == len(ANSWERS)


def test_erased_words_are_said_to_be_erased():
    body = result_text(result(words={}))[1]
    assert "B. Osei: the words have been erased." in body
    assert "C. Lima: the words have been erased." in body


def test_an_outage_is_told():
    body = result_text(result(outages=((NOW, Instant(NOW + HOUR)),)))[1]
    assert "  Fri 31 Oct 2025 20:00 UTC to Fri 31 Oct 2025 21:00 UTC\n" in body


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason):
    body = result_text(result([act("p0", "", 1, verdict=Verdict.REJECTED, reason=reason.value)]))[1]
    assert reason.value not in body or reason.value.isalpha()


@pytest.mark.parametrize("position", [*Position, REMOVED])
def test_every_late_act_has_its_words(position):
    body = result_text(result([act("p0", position, 61, target="$p01", verdict=Verdict.LATE)]))[1]
    assert "LATE (does not change the result)\n  + A. Haddad, " in body


def test_a_group_replaces_one_template_and_keeps_the_others(tmp_path):
    (tmp_path / "call.txt.j2").write_text(
        "Subject: Vote: {{ ballot.title }}\n" + "x " * 100, encoding="utf-8"
    )
    subject, body = call_text(call(), templates=tmp_path)
    assert subject == "Vote: Open standards statement"
    assert max(map(len, body.split("\n"))) <= 72
    assert result_text(result(), templates=tmp_path) == result_text(result())


def test_a_template_that_names_what_there_is_not_fails_loudly(tmp_path):
    (tmp_path / "call.txt.j2").write_text("Subject: {{ nonsense }}\n", encoding="utf-8")
    with pytest.raises(UndefinedError):
        call_text(call(), templates=tmp_path)


HOSTILE = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_people_wrote_can_be_mailed(title, text, words):
    roll = replace(ROLL, members=tuple(replace(member, name=title) for member in ROLL.members))
    changes = {"title": title, "text": statement_text(text), "roster": roll}
    counted = result(words={2: words, 3: words})
    for subject, body in (
        call_text(call(changes=changes)),
        result_text(replace(counted, ballot=replace(counted.ballot, **changes))),
        comments_text(replace(for_comments(), ballot=replace(for_comments().ballot, **changes))),
        extension_text(replace(extended(), ballot=replace(ballot(), **changes), reason=words)),
    ):
        # Invariant 8: a line is 72 columns wide at most, or an address on a line of its own.
        assert all(len(line) <= 72 or "://" in line for line in body.split("\n"))
        posted(subject, body)


if __name__ == "__main__":
    for file_name, text_of in GOLDEN_TEXTS.items():
        (GOLDEN / file_name).write_text(text_of(), encoding="utf-8")
