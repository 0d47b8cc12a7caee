"""Failpoints: nothing happens at one unless it is armed, and the table names every one."""

import ast
import itertools
import time
from pathlib import Path

import pytest

from bridge import failpoints
from bridge.failpoints import KINDS, POINTS, Injected, arm, armed, at_time, reach

DESTINATIONS = ("matrix", "mail", "names")


@pytest.fixture(autouse=True)
def disarmed(monkeypatch):
    monkeypatch.setattr(failpoints, "_armed", {})


def reached_in_source() -> set[str]:
    """Return the names in every ``reach(…)``; a destination's stands for both."""
    sources = itertools.chain(Path("bridge").rglob("*.py"), Path("handlers").rglob("*.py"))
    calls = (
        node.args[0]
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reach"
    )
    return {name for call in calls for name in names(call)}


def names(call: ast.expr) -> list[str]:
    if isinstance(call, ast.JoinedStr):
        (after,) = (part.value for part in call.values if isinstance(part, ast.Constant))
        return [f"{destination}{after}" for destination in DESTINATIONS]
    return [ast.literal_eval(call)]


def test_the_table_names_exactly_the_places_in_the_source(pytestconfig, monkeypatch):
    monkeypatch.chdir(pytestconfig.rootpath)
    assert reached_in_source() == set(POINTS)


def test_nothing_happens_at_a_place_that_is_not_armed():
    for name in POINTS:
        assert reach(name) is None


def test_a_fault_happens_at_its_place_and_no_longer_than_it_is_armed():
    happened = []
    with armed({"sweep.begun": lambda: happened.append(1)}):
        reach("sweep.begun")
        reach("sweep.read")
    reach("sweep.begun")
    assert happened == [1]


def test_a_fault_can_wait_for_its_time():
    happened = []
    fault = at_time(3, lambda: happened.append(1))
    for times in (0, 0, 1, 1):
        fault()
        assert len(happened) == times


def test_a_place_that_does_not_exist_cannot_be_armed():
    with pytest.raises(KeyError), armed({"nowhere": lambda: None}):
        pass


@pytest.mark.parametrize("order", ["", "sweep.begun", "nowhere=exit", "sweep.begun=sing", "=exit"])
def test_an_order_that_names_no_fault_is_refused(order):
    with pytest.raises(ValueError, match="NAME=KIND"):
        arm(order)


def test_an_order_may_say_at_which_time():
    arm("sweep.begun=exception@2")
    reach("sweep.begun")
    with pytest.raises(Injected):
        reach("sweep.begun")
    reach("sweep.begun")


def test_what_happens_is_what_the_kind_says(monkeypatch):
    ended, slept = [], []
    monkeypatch.setattr(failpoints.os, "_exit", ended.append)
    monkeypatch.setattr(time, "sleep", slept.append)
    KINDS["exit"]()
    KINDS["hang"]()
    assert (ended, slept) == ([failpoints.EXIT_STATUS], [failpoints.HANG_SECONDS])
    with pytest.raises(Injected):
        KINDS["exception"]()
