import os
from pathlib import Path

import pytest
from bench_disk import NoCompilerError, build_slow_sync, slow_disk


def test_the_environment_is_as_before_when_the_slow_disk_ends():
    before = dict(os.environ)
    with slow_disk(Path("slow.so"), 5):
        assert os.environ["SLOW_SYNC_US"] == "5000"
        assert os.environ["LD_PRELOAD"].endswith("slow.so")
    assert dict(os.environ) == before


def test_without_a_library_the_disk_stays_as_it_is():
    with slow_disk(None, 5):
        assert "SLOW_SYNC_US" not in os.environ


def test_a_machine_without_a_compiler_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCompilerError, match="C compiler"):
        build_slow_sync(tmp_path)
