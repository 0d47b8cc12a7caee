"""``seconded demo --once``, as a newcomer runs it: the whole road both ways."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.demo.checks import ACTS, CHECKS
from bridge.demo.environments import MAILMAN, SYNAPSE
from bridge.demo.servers import Servers

pytestmark = pytest.mark.real


def test_the_demo_ends_with_every_check_true(
    servers: Servers, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    # The environments are there, made for the other tests; the data goes where pytest cleans up.
    for environment in (SYNAPSE, MAILMAN):
        made = pytestconfig.rootpath / ".demo" / environment.name
        (tmp_path / environment.name).symlink_to(made, target_is_directory=True)
    demo = [sys.executable, "-m", "bridge", "demo", "--once", "--directory", str(tmp_path)]
    played = subprocess.run(demo, capture_output=True, text=True, timeout=400, check=False)
    assert played.returncode == 0, played.stderr[-4000:]
    report = json.loads(played.stdout.splitlines()[-1])
    assert set(report) == {
        *("mirrored", "acts", "outcome", "result_message_id", "export", "checks", "seconds")
    }
    assert report["checks"] == dict.fromkeys(CHECKS, True)
    assert (report["mirrored"], report["acts"]) == (3, ACTS)
    assert report["outcome"] == "adopted"
    # What the demo leaves is this folder alone.
    assert (Path(report["export"]) / "recount.py").exists()
    assert "@bridge.demo" in report["result_message_id"]
