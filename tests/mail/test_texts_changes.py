"""The words of a changed text and of an end without a result: golden files and limits.

``GOLDEN=write pytest tests/mail/test_texts_changes.py`` writes the golden files anew.
"""

import os
from dataclasses import replace

import pytest
from ballot_samples import CLOSES, POST
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail.notice_samples import (
    BEFORE,
    GOLDEN,
    HOUR,
    ROLL,
    act,
    ballot,
    counted,
    is_narrow,
    mail,
    posted,
    write_golden,
)

from bridge.domain.acts import CHAIR, Door
from bridge.domain.ballots import State, statement_text
from bridge.domain.rules import Rule
from bridge.domain.worddiff import plain_diff, word_diff
from bridge.ids import BallotId
from bridge.mail.texts_changes import (
    AmendmentView,
    EndedView,
    RedraftView,
    amendment_text,
    ended_text,
    redraft_text,
)

OLD = statement_text(
    "Consultations must be announced thirty days ahead.\n\n"
    "Comments are answered in writing.\n\nWe say so together.\n"
)
NEW = statement_text(OLD.text.replace("thirty days", "sixty days"), version=2)
CHANGE = act(
    "ada",
    "amend",
    20,
    door=Door.CHAIR,
    capacity=CHAIR,
    target=f"substantive/2/{NEW.sha256}",
    text_version=1,
)
SHORT = Rule(mode="silence", short=True, minimum_window=0)


def amended(label="substantive", old=OLD, new=NEW, **changes):
    drafts = (*BEFORE, CHANGE) if label == "substantive" else BEFORE
    return AmendmentView(
        ballot=ballot(text=new, earlier=(old,), **changes),
        tally=counted(drafts),
        label=label,
        reason="thirty days were too few for three members",
        difference=plain_diff(word_diff(old.text, new.text)),
        ended=1,
        contest_until=CLOSES,
        post=POST,
        room="#list_pc:hs.test",
        contact="pc-chair@example.org",
    )


def redrafted(old=OLD, new=NEW, reason="three members asked for more days", **changes):
    return RedraftView(
        ballot=ballot(
            state=State.COMMENT,
            text=new,
            earlier=(old,),
            **{"comments_until": CLOSES - 72 * HOUR} | changes,
        ),
        reason=reason,
        difference=plain_diff(word_diff(old.text, new.text)),
        post=POST,
        room="#list_pc:hs.test",
        contact="pc-chair@example.org",
    )


def ended(drafts=BEFORE, instead=None, reason="the alliance has published already", **changes):
    return EndedView(
        ballot=ballot(state=State.WITHDRAWN, **changes),
        tally=counted(drafts),
        reason=reason,
        contact="pc-chair@example.org",
        head="ab" * 32 if drafts else None,
        instead=instead,
        log_url=None if instead is None else "https://ballots.example.org/b/42",
    )


GOLDEN_TEXTS = {
    "amendment.txt": lambda: mail(amendment_text(amended())),
    "amendment_editorial.txt": lambda: mail(amendment_text(amended("editorial", rule=SHORT))),
    "redraft.txt": lambda: mail(redraft_text(redrafted())),
    "ended_withdrawn.txt": lambda: mail(ended_text(ended())),
    "ended_superseded.txt": lambda: mail(
        ended_text(ended(BEFORE[:1], replace(ballot(), id=BallotId(43)), "", rule=SHORT))
    ),
}
if os.environ.get("GOLDEN") == "write":
    write_golden(GOLDEN_TEXTS)


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_the_text_is_the_golden_one(name):
    assert GOLDEN_TEXTS[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_a_mail_is_narrow_and_needs_no_sign_beyond_ascii(name):
    assert is_narrow(GOLDEN_TEXTS[name]())
    assert GOLDEN_TEXTS[name]().isascii()


TEXTS = {AmendmentView: amendment_text, RedraftView: redraft_text, EndedView: ended_text}


@pytest.mark.parametrize("view", [amended(), redrafted(), ended()])
def test_a_short_window_says_test_in_subject_and_first_line(view):
    text = TEXTS[type(view)]
    subject, body = text(replace(view, ballot=replace(view.ballot, rule=SHORT)))
    assert "TEST" in subject
    assert body.startswith("TEST. ")


def test_nobody_answered_a_ballot_that_never_opened():
    body = ended_text(ended((), opened_at=None))[1]
    assert "It had not been opened, so nobody has answered." in body
    assert "none: nothing came in" in body


def test_the_same_words_under_another_label_have_no_difference():
    same = replace(OLD, version=3)
    body = amendment_text(amended(new=same))[1]
    assert "Nothing but the label: the words are the same." in body


WATER = f"{'вода ' * 12}\n" * 250


@pytest.mark.parametrize(
    ("old", "new", "says", "says_not"),
    [
        ("word " * 3_500, "other " * 3_500, "The difference is too long for a mail", "too long to"),
        (
            "word " * 9_000,
            "other " * 9_000,
            "repeat. It stands in the post",
            "----------",
        ),
        (
            WATER,
            f"{WATER}нет\n",
            "repeat. It stands in the post",
            "difference is",
        ),
    ],
)
def test_however_long_the_texts_are_the_mail_stays_under_what_lists_hold(old, new, says, says_not):
    old, new = statement_text(old), statement_text(new, version=2)
    for subject, body in (
        amendment_text(amended(old=old, new=new)),
        redraft_text(redrafted(old=old, new=new)),
    ):
        assert len(posted(subject, body)) < 30_000
        assert says in " ".join(body.split())
        assert says_not not in body


def test_a_group_replaces_the_templates(tmp_path):
    for name in ("amendment", "ended"):
        (tmp_path / f"{name}.txt.j2").write_text("Subject: Changed\nSee there.\n", "utf-8")
    assert amendment_text(amended(), templates=tmp_path) == ("Changed", "See there.\n")
    assert ended_text(ended(), templates=tmp_path) == ("Changed", "See there.\n")


def test_the_samples_lie_before_the_close():
    assert amended().tally.at == CLOSES - 45 * HOUR
    assert len(amended().tally.unconfirmed) == len(BEFORE)


HOSTILE = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_people_wrote_can_be_mailed(title, words, reason):
    roster = replace(ROLL, title=title)
    new = statement_text(words, version=2)
    amendment = replace(amended(new=new, title=title, roster=roster), reason=reason)
    draft = redrafted(new=new, title=title, roster=roster, reason=reason)
    for text in (
        amendment_text(amendment),
        redraft_text(draft),
        ended_text(ended(title=title, roster=roster, reason=reason, instead=ballot(title=title))),
    ):
        assert is_narrow(mail(text))
        posted(*text)
