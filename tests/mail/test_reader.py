"""A process for each big mail: whatever becomes of it, the bridge gets a post or a sentence."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from test_reading import RAW, TERMS

from bridge.errors import Permanent, Transient
from bridge.mail.parse import parse_mail
from bridge.mail.reader import Reader

PATIENT = Reader(seconds=120)
"""For what must end well or by itself, however busy the machine is."""
BIG = RAW + b"We support this.\n" * 20_000


def saying(code: str, seconds: float = 120) -> Reader:
    """Return a reader whose process does something else than it should."""
    return Reader((sys.executable, "-c", code), seconds)


async def test_a_big_mail_is_read_as_it_would_be_on_the_spot():
    here = parse_mail(BIG, list_id=TERMS.list_id, posting_address=TERMS.posting_address)
    assert await PATIENT.read(BIG, TERMS) == here


async def test_a_mail_over_a_limit_is_set_aside_with_the_limit():
    with pytest.raises(Permanent, match="over a limit: the mail has 1101 headers"):
        await PATIENT.read(b"a: b\n" * 1_100 + b"\n" + BIG, TERMS)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise ValueError('jane@example.org')", "^reading it failed: ValueError$"),
        ("import sys; sys.exit(9)", "^reading it failed: exit status 9$"),
        ("import sys; sys.exit(3)", "^reading it needed more than 512 MiB of memory$"),
        ("import os; os.kill(os.getpid(), 11)", "was ended by a signal: Segmentation fault$"),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass",
            "^reading it took longer than 5 seconds$",
        ),
        ("print('{}')", "^the process that read it gave no sensible answer$"),
        ("import sys; sys.stdin.buffer.read(); print('[' * 100_000)", "gave no sensible answer$"),
        (
            "import sys\nsys.stdin.read()\nwhile True: sys.stdout.write('x' * 1_000_000)",
            "^the process that read it said too much$",
        ),
        (
            (
                "import os\nos.read(0, 9)\nos.close(0)\nos.close(1)\n"
                "while True: os.write(2, b'x' * 99_999)"
            ),
            "^the process that read it said too much$",
        ),
    ],
)
async def test_a_process_that_does_not_end_well_has_the_mail_set_aside_in_words(code, sentence):
    with pytest.raises(Permanent, match=sentence):
        await saying(code).read(BIG, TERMS)


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import os, time\nos.close(1); os.close(2)\nwhile True: time.sleep(9)",
        "import sys, time\nsys.stdin.buffer.read()\nwhile True: time.sleep(9)",
    ],
    ids=["reads nothing", "hangs up", "reads all"],
)
async def test_a_process_that_never_ends_is_killed(code):
    with pytest.raises(Permanent, match=r"did not answer within 0\.5 seconds$"):
        await saying(code, seconds=0.5).read(BIG, TERMS)


async def test_no_process_can_be_started_so_the_mail_waits():
    with pytest.raises(Transient, match="no process can be started"):
        await Reader(("/nowhere/at/all",)).read(BIG, TERMS)


async def test_whoever_stops_waiting_leaves_no_process_behind(tmp_path):
    code = (
        "import os, time\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(tmp_path / 'pid')!r})\n"
        "while True: time.sleep(9)"
    )
    reading = asyncio.ensure_future(saying(code).read(BIG, TERMS))
    async with asyncio.timeout(60):
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_process_inherits_no_secret_no_file_and_no_terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("AS_TOKEN", "canary")
    told = tmp_path / "told"
    code = (
        "import os, sys\n"
        f"open({str(told)!r}, 'w').write(repr((dict(os.environ), sorted(map(int, os.listdir("
        "'/proc/self/fd'))), os.getsid(0) == os.getpid())))\n"
        "sys.exit(9)"
    )
    with (tmp_path / "database").open("w") as database:
        os.set_inheritable(database.fileno(), False)
        with pytest.raises(Permanent):
            await saying(code).read(BIG, TERMS)
    environment, files, leads_its_session = eval(told.read_text())
    assert "canary" not in repr(environment)
    assert environment.keys() <= {"PYTHONPATH", "LC_CTYPE"}
    # Three pipes, the file it tells this in, and the directory it lists.
    assert len(files) <= 5
    assert leads_its_session


async def test_more_memory_than_allowed_is_not_to_be_had():
    # The parser makes a string of each line: eight million of them.
    with pytest.raises(Permanent, match="512 MiB of memory"):
        await PATIENT.read(RAW + b"ab\n" * (8 * 1024 * 1024), TERMS)
