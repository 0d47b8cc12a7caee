"""The words of the digest: golden files, counts that agree, and no word of chat.

``GOLDEN=write pytest tests/mail/test_texts_digest.py`` writes the golden files anew.
"""

import os
import re
from dataclasses import replace

import pytest
from ballot_samples import OPENED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail.notice_samples import (
    ALL,
    GOLDEN,
    HOUR,
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

from bridge.domain.ballots import State
from bridge.domain.digest import changes
from bridge.domain.rules import Rule
from bridge.ids import Instant
from bridge.mail.texts_digest import (
    DigestBallot,
    DigestView,
    ThreadSaid,
    digest_text,
    reactions_named,
)

YESTERDAY = Instant(OPENED + 27 * HOUR)
AT_EVENT = f"https://matrix.to/#/%21pc%3Ahs.test/%24{'Kx9' * 14}"
THREADS = (
    ThreadSaid(
        "Joint statement on open consultations", 5, 3, {"thumbs up": 3, "heart": 1}, AT_EVENT
    ),
    ThreadSaid("b/42 Open consultations", 1, 1, {}, AT_EVENT),
    ThreadSaid(
        "Minutes of the last meeting",
        0,
        0,
        {"applause": 2, "heart": 1},
        None,
        (("Ben Example", {"applause": 1, "heart": 1}), ("Cem Example", {"applause": 1})),
    ),
    ThreadSaid("elsewhere in the room", 2, 2, {}),
)


def shown(drafts=ALL, told=4, words=SAID, **how):
    roster = how.pop("roster", ROLL)
    after = counted(drafts, roster=roster)
    before = counted(drafts, upto=told, roster=roster)
    return DigestBallot(
        ballot=ballot(roster=roster, **how),
        tally=after,
        changes=changes(before, after),
        since=YESTERDAY if told else OPENED,
        is_new=not told,
        contact="pc-chair@example.org",
        head="ab" * 32 if drafts else None,
        words=words,
    )


def view(*ballots, threads=THREADS, messages=8, people=4):
    return DigestView(
        title="Policy Committee",
        since=YESTERDAY,
        ballots=ballots,
        threads=threads,
        messages=messages,
        people=people,
        room="#list_pc:hs.test",
        archive_url="https://lists.example.org/archives/pc",
    )


SIGNON = Rule(mode="signon", final_call=0, hold=0, after_lifting=0)
OTHER = {"title": "Budget for next year", "state": State.FINAL_CALL}
COMMENTED = ballot(state=State.COMMENT, comments_until=Instant(OPENED + 40 * HOUR))
RULED = (
    *(act(who, "object", hour, with_text=True) for who, hour in (("ben", 1), ("cem", 2))),
    act("dia", "object", 3),
    ruled("address", "chat/$ben1", 30),
    ruled("overrule", "chat/$cem2", 31),
    ruled("set_aside", "reaction/$dia3", 32),
    ruled("extend", str(OPENED + 120 * HOUR), 33),
    ruled("amend", f"editorial/2/{'ab' * 32}", 34),
    ruled("admit", "eve", 35),
)
GOLDEN_TEXTS = {
    "digest_one.txt": lambda: mail(digest_text(view(shown()))),
    "digest_two.txt": lambda: mail(
        digest_text(view(shown(), shown((), 0, **OTHER), threads=(), messages=0, people=0))
    ),
    "digest_ruled.txt": lambda: mail(digest_text(view(shown(RULED, 3), threads=()))),
    "digest_comments.txt": lambda: mail(digest_text(replace(view(), commented=(COMMENTED,)))),
    "digest_room.txt": lambda: mail(digest_text(view())),
}
if os.environ.get("GOLDEN") == "write":
    write_golden(GOLDEN_TEXTS)


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_the_text_is_the_golden_one(name):
    assert GOLDEN_TEXTS[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_no_line_is_wider_than_72_columns_unless_it_is_an_address_alone(name):
    assert is_narrow(GOLDEN_TEXTS[name]())


@pytest.mark.parametrize(
    ("ballots", "subject"),
    [
        ((shown(),), "[DIGEST] Open consultations v1 -- 45 hours left, 1 objection"),
        ((shown(()),), "[DIGEST] Open consultations v1 -- 45 hours left"),
        ((shown(), shown()), "[DIGEST] 2 ballots open, 8 messages in the room"),
        ((), "[DIGEST] no ballot open, 8 messages in the room"),
    ],
)
def test_the_subject_says_how_it_stands(ballots, subject):
    assert digest_text(view(*ballots))[0] == subject


@pytest.mark.parametrize(("other", "told"), [(Rule(mode="silence", k=3), 1), (SIGNON, 2)])
def test_how_to_answer_is_told_once_if_all_ballots_are_answered_in_the_same_way(other, told):
    body = digest_text(view(shown(), shown((), 0, rule=other)))[1]
    assert body.count("HOW TO ANSWER") == body.count("\n    #list_pc:hs.test\n  react") == told
    assert ("!endorse (check mark), !withdraw." in " ".join(body.split())) == (told == 2)


def test_the_rows_add_up_to_those_who_count():
    body = digest_text(view(shown()))[1]
    table = body.partition("Roll 7, recused 1, counting 6\n")[2].partition("--\n")[0]
    assert sum(int(n) for n in re.findall(r"\.\.\. +(\d+)", table)) == 6


def test_the_head_of_the_log_stands_whole_on_a_line_of_its_own():
    assert f"\n  head of the log\n  {'ab' * 32}\n" in digest_text(view(shown()))[1]


def test_an_objection_without_words_and_one_whose_words_are_erased_differ():
    bare = shown([act("ben", "object", 1)], 0)
    assert "Ben Example, no reason given yet" in digest_text(view(bare))[1]
    erased = digest_text(view(shown(words={})))[1]
    assert "  ! object  Dia Example\n" in erased


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ([("👍", 2), ("👍🏿", 1), ("❤️", 1)], {"thumbs up": 3, "heart": 1}),
        ([("🚀", 1)], {"rocket": 1}),
        ([("mxc://hs/x", 1), ("a whole sentence", 4), ("❤️‍🔥", 1), ("x", 1)], {"other": 7}),
        ([], {}),
        ([(sign, 1) for sign in "😀😁😂😃😄😅😆😇😈😉"], 9),
    ],
)
def test_reactions_have_names_and_what_is_no_sign_is_never_repeated(keys, names):
    found = reactions_named(keys)
    assert (found if isinstance(names, dict) else len(found)) == names
    assert sum(found.values()) == sum(number for _, number in keys)


def test_however_many_answer_and_however_many_ballots_are_open_a_digest_is_short():
    crowd = [act(f"p{n}", "endorse", 28 + n / 100) for n in range(100)]
    crowd += [act(f"p{n}", "object", 29 + n / 100, with_text=True) for n in range(200)]
    many = [shown(crowd, 100, dict.fromkeys(range(400), "ü" * 999), roster=long_roll())] * 40
    threads = tuple(ThreadSaid(f"Thread {n} " + "ä" * 300, 2, 1, {}) for n in range(300))
    subject, body = digest_text(view(*many, threads=threads))
    assert subject.startswith("[DIGEST] 40 ballots open")
    assert len(posted(subject, body)) < 30_000
    assert "and 285 more threads" in body


HOSTILE = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_people_wrote_can_be_mailed(title, name, words, thread):
    roster = replace(ROLL, members=tuple(replace(one, name=name) for one in ROLL.members))
    one = shown(words={5: words, 7: words}, roster=roster, title=title)
    said = (ThreadSaid(thread, 1, 1, reactions_named([(words, 1)])),)
    text = digest_text(view(one, threads=said))
    assert is_narrow(mail(text))
    posted(*text)


def test_ballots_beyond_those_that_are_named_are_counted():
    body = digest_text(view(*[shown((), 0)] * 27))[1]
    assert "\n  and 3 more, in the room\n" in body.partition("ALSO OPEN")[2]
