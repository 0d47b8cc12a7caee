"""The words of notices, final call, correction and late register: golden files and limits.

``GOLDEN=write pytest tests/mail/test_texts_notices.py`` writes the golden files anew.
"""

import os
from dataclasses import replace

import pytest
from ballot_samples import CLOSES, OPENED
from domain.ledgers import ledger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail.notice_samples import (
    ALL,
    BEFORE,
    GOLDEN,
    HOUR,
    LATE,
    ROLL,
    SAID,
    act,
    ballot,
    counted,
    is_narrow,
    long_roll,
    mail,
    posted,
    ruled,
    write_golden,
)

from bridge.domain.acts import CONTEST
from bridge.domain.ballots import statement_text
from bridge.domain.digest import objection_news
from bridge.domain.rules import Rule
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

ROUGH = Rule(mode="rough")
AGAIN_SAID = {6: "Paragraph 5 still names one group of stakeholders only."}
ROOM = "#list_pc:hs.test"
CONTACT = "pc-chair@example.org"
SHORT = Rule(mode="threshold", blocking=True, short=True, minimum_window=0)
AGAIN = (
    act("cem", "object", 3),
    act("cem", "removed", 4, target="$cem3"),
    act("dia", "object", 5, with_text=True),
    ruled("address", "chat/$dia5", 6),
    act("cem", "object", 30),
    act("dia", "object", 31, with_text=True),
)
KEPT_LATE = tuple(ledger(*LATE))
SAID_LATE = {2: "I was away. Paragraph 5 still names one group only."}
COUNTED = Rule(mode="threshold")
CONTESTED = (act("cem", "endorse", 3), act("dia", "object", 5, flags=(CONTEST,), with_text=True))
LIFTED = (*ALL, act("dia", "no_objection", 38, with_text=True))


def notice(drafts=ALL, told=0, words=SAID, rule=None, **changes):
    rule = rule or Rule(mode="silence")
    how = {"rule": rule, "roster": changes.get("roster", ROLL)}
    after = counted(drafts, **how)
    return NoticeView(
        ballot=ballot(rule=rule, **changes),
        tally=after,
        news=objection_news(counted(drafts, upto=told, **how), after),
        room=ROOM,
        contact=CONTACT,
        words=words,
    )


def final_call(drafts=ALL, **changes):
    rule = changes.get("rule", Rule(mode="silence"))
    found = counted(drafts, at=CLOSES - 24 * HOUR, rule=rule)
    return FinalCallView(ballot=ballot(**changes), tally=found, room=ROOM, contact=CONTACT)


def correction(wrong="The mail named version 2 of the text; version 1 was decided on.", **changes):
    return CorrectionView(
        ballot=ballot(closed_at=CLOSES, **changes),
        tally=counted(LIFTED, at=CLOSES),
        wrong=wrong,
        contact=CONTACT,
        head="ab" * 32,
    )


def late(acts=KEPT_LATE, words=SAID_LATE, **changes):
    found = counted(LIFTED, at=CLOSES)
    return LateView(
        ballot=ballot(closed_at=CLOSES, **changes),
        tally=found,
        late=acts,
        contact=CONTACT,
        words=words,
    )


GOLDEN_TEXTS = {
    "notice_raised.txt": lambda: mail(notice_text(notice())),
    "notice_lifted.txt": lambda: mail(notice_text(notice(LIFTED, told=len(ALL)))),
    "notice_again.txt": lambda: mail(
        notice_text(notice(AGAIN, told=4, words=AGAIN_SAID, rule=ROUGH))
    ),
    "notice_contest.txt": lambda: mail(
        notice_text(notice(CONTESTED, words={2: "It names another group."}, rule=COUNTED))
    ),
    "notice_test.txt": lambda: mail(notice_text(notice(BEFORE, rule=SHORT))),
    "final_call.txt": lambda: mail(final_call_text(final_call(LIFTED))),
    "final_call_blocked.txt": lambda: mail(final_call_text(final_call(rule=SHORT))),
    "correction.txt": lambda: mail(correction_text(correction())),
    "late.txt": lambda: mail(late_text(late())),
    "late_withdrawn.txt": lambda: mail(
        late_text(replace(late(KEPT_LATE[:1]), withdrawn=KEPT_LATE[1:]))
    ),
}
if os.environ.get("GOLDEN") == "write":
    write_golden(GOLDEN_TEXTS)


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_the_text_is_the_golden_one(name):
    assert GOLDEN_TEXTS[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_no_line_is_wider_than_72_columns_unless_it_is_an_address_alone(name):
    assert is_narrow(GOLDEN_TEXTS[name]())


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_a_mail_needs_no_sign_beyond_ascii(name):
    assert GOLDEN_TEXTS[name]().isascii()


def test_erased_words_are_said_to_be_erased():
    assert "The words have been erased." in notice_text(notice(words={}))[1]


def test_an_objection_raised_and_lifted_between_two_notices_is_told_once():
    body = notice_text(notice([act("ben", "object", 1), act("ben", "removed", 2, target="$ben1")]))
    assert body[0].startswith("[OBJECTION LIFTED]")
    assert "Ben Example objected, Thu" in body[1]
    assert "Withdrawn by taking the reaction back, Thu" in " ".join(body[1].split())


def test_long_words_are_cut_and_the_reader_is_told():
    body = notice_text(notice(words={5: "word " * 5_000}))[1]
    assert "(Cut here; the whole stands in the room.)" in body
    assert len(body) < 6_000


def crowd():
    """Two hundred people who object with long words."""
    return [act(f"p{n}", "object", 1 + n / 100, with_text=True) for n in range(200)]


def test_five_objections_in_one_notice_are_all_named():
    acts = [
        act(person, "object", n) for n, person in enumerate(("ada", "ben", "cem", "dia", "eve"))
    ]
    subject, body = notice_text(notice(acts))
    assert "5 objections open" in subject
    assert body.count("No reason given yet.") == 5


def test_however_many_object_a_notice_stays_under_what_lists_hold():
    words = dict.fromkeys(range(1, 201), "ü" * 3_000)
    subject, body = notice_text(notice(crowd(), words=words, roster=long_roll()))
    assert len(posted(subject, body)) < 30_000
    assert " more; all of them stand in the room" in body


def test_however_many_come_late_their_mail_stays_short():
    acts = tuple(act(f"p{n}", "endorse", 100 + n) for n in range(200))
    subject, body = late_text(late(acts, roster=long_roll()))
    assert "200 more since the result" in subject
    assert "and 1" in body
    assert len(posted(subject, body)) < 30_000


def test_what_is_said_too_late_is_told_cut_or_said_to_be_erased():
    assert "The words have been erased." in late_text(late(words={}))[1]
    long = late_text(late(words={2: "é " * 5_000}))
    assert "(Cut here; the log has all of it.)" in long[1]
    assert len(posted(*long)) < 30_000


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_late_signature_is_marked_and_more_are_asked_for_while_they_are_taken(is_stopped):
    rule = Rule(mode="signon", final_call=0, hold=0, after_lifting=0)
    acts = (*LIFTED, *([ruled("stop", None, 101)] if is_stopped else []))
    view = replace(late(LATE[:1], rule=rule), tally=counted(acts, at=CLOSES, rule=rule))
    body = " ".join(late_text(view)[1].split())
    assert "SIGNED AFTER PUBLICATION (does not change" in body
    assert ("can sign until the chair closes the register" in body) is not is_stopped
    assert ("The chair has closed the register" in body) is is_stopped


def test_a_final_call_of_a_changed_text_does_not_say_that_the_call_holds_it():
    changed = statement_text("Sixty days ahead.", version=2)
    body = " ".join(final_call_text(final_call(text=changed))[1].split())
    assert "the mail about its change holds all of it." in body


def test_however_long_a_chair_explains_a_correction_stays_short():
    subject, body = correction_text(correction("é " * 50_000))
    assert len(posted(subject, body)) < 30_000
    assert "(Cut here;" in body


def test_a_group_replaces_one_template_and_keeps_the_others(tmp_path):
    (tmp_path / "final_call.txt.j2").write_text("Subject: Hurry\nIt ends.\n", encoding="utf-8")
    assert final_call_text(final_call(), templates=tmp_path) == ("Hurry", "It ends.\n")
    assert notice_text(notice(), templates=tmp_path) == notice_text(notice())


HOSTILE = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_people_wrote_can_be_mailed(title, name, words):
    roster = replace(ROLL, members=tuple(replace(one, name=name) for one in ROLL.members))
    changes = {"title": title, "roster": roster, "text": statement_text(words)}
    for text in (
        notice_text(notice(words={5: words, 7: words}, **changes)),
        final_call_text(final_call(**changes)),
        correction_text(correction(words, **changes)),
        late_text(late(**changes)),
    ):
        assert is_narrow(mail(text))
        posted(*text)


def test_the_samples_are_45_hours_before_their_close():
    assert notice().tally.at - OPENED == 51 * HOUR
