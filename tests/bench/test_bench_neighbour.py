import subprocess

from bench_neighbour import neighbour


def test_a_neighbour_is_gone_when_the_block_ends(monkeypatch):
    started = []

    class Watched(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    with neighbour(0.1):
        assert started[0].poll() is None
    assert started[0].poll() is not None
