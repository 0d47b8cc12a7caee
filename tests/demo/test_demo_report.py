import json

import pytest

from bridge.demo.report import Report

WHOLE = {
    "mirrored": 3,
    "acts": 8,
    "outcome": "adopted",
    "result_message_id": "result@bridge.demo",
    "checks": {"a": True, "b": True},
    "seconds": {"start": 12.345},
}


@pytest.mark.parametrize(
    ("checks", "complete"),
    [({"a": True, "b": True}, True), ({"a": True, "b": False}, False), ({}, False)],
    ids=["all hold", "one does not", "none was made"],
)
def test_only_a_story_whose_checks_all_hold_is_complete(checks, complete):
    assert Report(**WHOLE | {"checks": checks}).is_complete is complete


def test_the_last_line_has_every_key_of_the_contract():
    line = json.loads(json.dumps(Report(**WHOLE).as_json()))
    assert line == WHOLE | {"export": None, "seconds": {"start": 12.3}}


def test_what_is_unknown_is_null_and_never_absent():
    line = Report(**WHOLE | {"outcome": None, "result_message_id": None}).as_json()
    assert (line["outcome"], line["result_message_id"]) == (None, None)
