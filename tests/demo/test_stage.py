import asyncio
import contextlib
import stat

import pytest

from bridge.demo import cast
from bridge.demo.bridge_config import BridgeSettings
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.stage import (
    ALIAS,
    COMMITTEE,
    _farewell,
    _places,
    _removed_when_interrupted,
)
from bridge.roomspecs import room_specs


def test_the_room_is_found_under_the_alias_the_story_joins(tmp_path):
    settings = BridgeSettings(cast.SERVER_NAME, 9000, (COMMITTEE,), cast.ROLL)
    spec = room_specs(BridgeServer(tmp_path, settings).config)[cast.LIST_ID]
    assert f"#{spec.alias_localpart}:{cast.SERVER_NAME}" == ALIAS


def test_each_run_has_a_home_of_its_own_beside_the_environments(tmp_path):
    homes = {_places(tmp_path)[1] for _ in range(3)}
    assert len(homes) == 3
    assert all(stat.S_IMODE(home.stat().st_mode) == 0o700 for home in homes)


@pytest.mark.parametrize(
    ("ending", "said", "is_kept"),
    [
        (None, [], True),
        (RuntimeError(), [], True),
        (asyncio.CancelledError(), ["stopping what was started"], False),
    ],
)
def test_only_an_interrupted_run_says_so_and_leaves_nothing(tmp_path, ending, said, is_kept):
    home, heard = _places(tmp_path)[1], []
    with (
        contextlib.suppress(RuntimeError, asyncio.CancelledError),
        _removed_when_interrupted(home),
        _farewell(heard.append),
    ):
        if ending is not None:
            raise ending
    assert (heard, home.exists()) == (said, is_kept)
