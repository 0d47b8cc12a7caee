"""What the reading process says about a mail, asked here without a process."""

from __future__ import annotations

import io
import json
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import ListId
from bridge.mail import reading
from bridge.mail.parse import parse_mail
from bridge.mail.reading import OUT_OF_MEMORY, Terms, answered, post_of, question

TERMS = Terms(ListId("pc.lists.example.org"), "pc@lists.example.org", "[PC]")
RAW = b"From: Jane <jane@example.org>\nSubject: Re: [PC] Budget\n\n> Yes?\nNo.\n"


def test_its_answer_is_what_parsing_on_the_spot_would_say():
    here = parse_mail(
        RAW, list_id=TERMS.list_id, posting_address="pc@lists.example.org", subject_tag="[PC]"
    )
    assert post_of(answered(question(RAW, TERMS)), TERMS) == here


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(raw):
    assert post_of(answered(question(raw, TERMS)), TERMS)


def test_a_mail_over_a_limit_is_not_read():
    raw = b"a: b\n" * 1_001 + b"\nx"
    assert "headers, more than" in post_of(answered(question(raw, TERMS)), TERMS)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"over": 1}',
        b'{"post": null}',
        b'{"post": {}}',
        b"[" * 100_000,
        b"\xff\xfe",
        answered(question(RAW, Terms(ListId("other.lists.example.org"), "x@y", None))),
    ],
    ids=lambda answer: repr(answer[:20]),
)
def test_whoever_answers_anything_else_is_not_believed(answer):
    with pytest.raises(ValueError, match=r"."):
        post_of(answer, TERMS)


def test_it_confines_itself_before_it_reads_and_says_when_memory_is_short(monkeypatch):
    order = []

    class Source(io.BytesIO):
        def read(self, *given):
            order.append("read")
            raise MemoryError

    monkeypatch.setattr(resource, "setrlimit", lambda *_: order.append("limit"))
    assert reading.run(Source(), io.BytesIO()) == OUT_OF_MEMORY
    assert order == ["limit"] * 5 + ["read"]


def test_it_writes_one_json_value_and_ends_well(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    target = io.BytesIO()
    assert reading.run(io.BytesIO(question(RAW, TERMS)), target) == 0
    assert json.loads(target.getvalue())["post"]["subject"] == "Re: [PC] Budget"
