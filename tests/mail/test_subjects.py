from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.subjects import normalised, says_forward, says_reply, thread_subject


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Joint statement", "Joint statement"),
        ("[PC] Re: Joint statement", "Joint statement"),
        ("Re: [PC] Joint statement", "Joint statement"),
        ("AW: RE: Re[2]: [pc] SV: x", "x"),
        ("[PC 1234] x", "x"),
        ("[CALL] x", "[CALL] x"),
        ("[PC] [CALL] x", "[CALL] x"),
        ("Fwd: x", "x"),
        ("回复：x", "x"),
        ("Note: x", "Note: x"),
        ("Re:", "Re:"),
        ("", ""),
    ],
)
def test_a_thread_is_named_without_tag_and_marks(subject, expected):
    assert thread_subject(subject, ["pc"]) == expected


@pytest.mark.parametrize(
    ("subject", "is_reply", "is_forward"),
    [
        ("Re: x", True, False),
        ("[PC] AW: x", True, False),
        ("Fwd: x", False, True),
        ("[PC] WG: x", False, True),
        ("Re: Fwd: x", True, False),
        ("x", False, False),
    ],
)
def test_a_subject_says_what_it_is(subject, is_reply, is_forward):
    assert (says_reply(subject), says_forward(subject)) == (is_reply, is_forward)


def test_subjects_are_compared_without_marks_case_and_space():
    assert normalised("[PC] Re:  Joint\u00a0STATEMENT ") == normalised("joint statement")
    assert normalised("Re: one") != normalised("Re: two")


@given(st.text(alphabet="[]Re:Fw() pc1"))
def test_no_subject_is_named_away(subject):
    assert bool(thread_subject(subject, ["pc"])) == bool(subject.strip())
