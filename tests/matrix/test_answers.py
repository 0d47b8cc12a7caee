"""Each answer of the homeserver has one meaning."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Permanent, Transient
from bridge.matrix.answers import parse_answer


def answer(status, body, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_answer("PUT /send", status, headers, raw)


def test_a_good_answer_is_itself():
    good = answer(200, {"event_id": "$a"}, Date="Mon, 03 Nov 2025 08:00:00 GMT")
    assert good.accepted().field("event_id") == "$a"
    assert good.date == 1_762_156_800_000


@pytest.mark.parametrize(
    ("status", "body", "outcome_unknown"),
    [
        (500, {"errcode": "M_UNKNOWN"}, True),
        (502, b"<html>Bad gateway</html>", True),
        (504, b"", True),
        (408, {"errcode": "M_UNKNOWN"}, True),
        (404, b"<html>no such page</html>", True),
        (200, b"<html>captive portal</html>", True),
        (200, b'{"event_id": "$trunc', True),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, False),
        (403, {"errcode": "M_RESOURCE_LIMIT_EXCEEDED"}, False),
        (429, {"errcode": "M_LIMIT_EXCEEDED"}, False),
    ],
)
def test_what_time_heals_is_transient(status, body, outcome_unknown):
    with pytest.raises(Transient) as raised:
        answer(status, body).accepted()
    assert raised.value.outcome_unknown is outcome_unknown


@pytest.mark.parametrize(
    ("status", "errcode"),
    [(400, "M_BAD_JSON"), (403, "M_FORBIDDEN"), (404, "M_NOT_FOUND"), (413, "M_TOO_LARGE")],
)
def test_what_a_human_must_see_is_permanent(status, errcode):
    with pytest.raises(Permanent, match=errcode):
        answer(status, {"errcode": errcode, "error": "why"}).accepted()


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"retry_after_ms": 2500}, {}, 2.5),
        ({}, {"Retry-After": "7"}, 7.0),
        ({"retry_after_ms": "soon"}, {"Retry-After": " 7 "}, 7.0),
        ({"retry_after_ms": 10**12}, {}, 3600.0),
        ({"retry_after_ms": -1}, {"Retry-After": "Mon, 03 Nov 2025 08:00:00 GMT"}, None),
    ],
)
def test_the_asked_wait_is_honoured(body, headers, seconds):
    error = answer(429, {"errcode": "M_LIMIT_EXCEEDED", **body}, **headers).error()
    assert error.retry_after == seconds


def test_an_answer_without_what_was_asked_for_leaves_the_outcome_unknown():
    with pytest.raises(Transient, match="event_id") as raised:
        answer(200, {}).field("event_id")
    assert raised.value.outcome_unknown


@given(st.integers(100, 599), st.binary(), st.text(), st.text())
def test_any_answer_is_either_good_or_one_of_our_errors(status, raw, wait, date):
    parsed = parse_answer("GET /x", status, {"Retry-After": wait, "Date": date}, raw)
    assert parsed.is_ok or isinstance(parsed.error(), Transient | Permanent)
