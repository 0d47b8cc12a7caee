"""What the demo and the real tests write for a bridge is what an operator may write."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.demo import cast
from bridge.demo.bridge_config import BridgePorts, BridgeSettings, Mirrored, write_configuration
from bridge.demo.bridge_server import BridgeServer

LIST = Mirrored("pc@lists.demo", "pc-7f3@bridge.demo", "Committee", ("amara",), "private")
SETTINGS = BridgeSettings(
    "hs.demo",
    8008,
    (LIST,),
    cast.ROLL,
    ports=BridgePorts(9001, 9002, 9003, 9004),
    ballots={"confirm": "12h"},
)


@pytest.fixture
def bridge(tmp_path: Path) -> BridgeServer:
    return BridgeServer(tmp_path / "home", SETTINGS)


def test_it_loads_and_says_what_was_meant(bridge: BridgeServer) -> None:
    config = bridge.config
    (listed,) = config.lists
    assert (listed.id, listed.name, listed.visibility) == ("pc.lists.demo", "pc", "private")
    assert (listed.intake_address, listed.subject_tag) == ("pc-7f3@bridge.demo", "[Pc]")
    assert (config.mail.listen.port, config.web.listen.port) == (9002, 9003)
    assert (config.ballots.confirm, config.ballots.grace_chat) == (12 * 3600, 1)
    assert set(config.people.people) == {one.slug for one in cast.ROLL}


def test_who_has_no_chat_has_no_matrix_id_on_the_roster(tmp_path: Path) -> None:
    silent = replace(cast.GRETA, has_chat=False)
    bridge = BridgeServer(tmp_path, replace(SETTINGS, roll=(cast.CHAIR, silent)))
    people = bridge.config.people.people
    assert [people[one.slug].matrix for one in (cast.CHAIR, silent)] == [(cast.CHAIR.user_id,), ()]


def test_the_registration_names_the_bridge_s_port_and_tokens(bridge: BridgeServer) -> None:
    registration = bridge.registration
    assert registration["url"] == "http://127.0.0.1:9001"
    assert registration["as_token"] == SETTINGS.as_token
    assert registration["hs_token"] == SETTINGS.hs_token


def test_nobody_else_may_read_what_is_written(tmp_path: Path) -> None:
    path = write_configuration(tmp_path / "home", SETTINGS)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}


def test_what_is_written_again_replaces_what_was_there(bridge: BridgeServer) -> None:
    bridge.configure(replace(SETTINGS, submission_port=2525))
    assert bridge.config.mail.submission.port == 2525
    assert bridge.config.matrix.as_token.reveal() == SETTINGS.as_token
