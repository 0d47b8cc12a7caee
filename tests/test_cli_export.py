"""``ballot export`` and ``recount`` as a person at a terminal uses them; no bridge runs."""

import json
import subprocess
import sys

import pytest
from ballot_samples import OPENED, act, ballot
from click.testing import CliRunner
from config_samples import ENVIRON, write_config

from bridge.app import configured_place
from bridge.cli import main
from bridge.clock import now
from bridge.config import load_config
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.database import Store
from bridge.store.migrate import migrate


def fill(tx):
    ballots.record_ballot(tx, ballot(), None)
    for n, person in enumerate(("ben", "cem", "zoe\ud800\0", "?" + "x" * 900)):
        done = act(person, "endorse", Instant(OPENED + n), source_id=f"${person}{n}")
        ballots.append_act(tx, done, {"matrix": f"@{person}:hs.test", "words": "\ud800 yes\0 📝"})


@pytest.fixture
async def config_path(tmp_path):
    path = write_config(tmp_path)
    place = configured_place(load_config(path, ENVIRON))
    migrate(place)
    store = Store(place, now)
    await store.write(fill)
    await store.close()
    return path


def say(path, *arguments):
    command = [sys.executable, "-m", "bridge", "-c", str(path), *arguments]
    return subprocess.run(
        command, cwd=path.parent, env=ENVIRON, capture_output=True, text=True, check=False
    )


def test_a_ballot_is_exported_without_a_bridge_and_recounts(config_path, tmp_path):
    done = say(config_path, "ballot", "export", "b/1", "--to", "out")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "out" / "b1"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    head = json.loads((folder / "manifest.json").read_text("utf-8"))["head"]
    counted = say(config_path, "recount", "out/b1", "--head", head)
    assert counted.stdout == ("outcome adopted people 2 organisations 0 chain ok, not closed yet\n")
    assert counted.returncode == 0


def test_without_names_there_are_no_names_and_the_hashes_still_verify(config_path, tmp_path):
    done = say(config_path, "ballot", "export", "1", "--without-names")
    assert done.returncode == 0
    folder = tmp_path / "b1"
    everything = b"".join(each.read_bytes() for each in folder.iterdir())
    assert not [name for name in (b"@ben", b"hs.test", b"Ben", "📝".encode()) if name in everything]
    assert CliRunner().invoke(main, ["recount", str(folder)]).exit_code == 0


def test_what_does_not_exist_is_told_in_a_sentence(config_path):
    done = say(config_path, "ballot", "export", "7")
    assert (done.returncode, done.stderr) == (1, "There is no ballot 7.\n")


def test_a_folder_of_something_else_is_left_alone(config_path, tmp_path):
    (tmp_path / "b1").mkdir()
    (tmp_path / "b1" / "diary.txt").write_text("mine")
    done = say(config_path, "ballot", "export", "1")
    assert "holds something that is no export" in done.stderr
    assert (tmp_path / "b1" / "diary.txt").read_text() == "mine"


def test_a_short_head_is_refused(config_path):
    done = say(config_path, "recount", ".", "--head", "5f1c09ab")
    assert done.returncode == 2
    assert "takes the whole hash" in done.stderr
