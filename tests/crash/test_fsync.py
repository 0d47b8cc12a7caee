"""P1, the half that SIGKILL does not show: "250" is said after the disk has the mail.

What the kernel was given survives a killed process, but not a power cut. So the bridge runs under
``strace``, which needs no root to watch its own child, and for each of 200 mails the order of its
system calls is read: the mail's own bytes are written to the write-ahead log, then that file is
synced, and only then "250" leaves through the socket.

Where ``strace`` is missing or forbidden, nothing without root can see a sync: audit hooks end at
Python, and the kernel tells no bystander. There the order is proven as far as it can be: when
"250" arrives, another process already reads the mail from the database, committed, and the writer
commits with ``synchronous=FULL``, which is SQLite's promise that a commit returns after the sync
(https://www.sqlite.org/pragma.html#pragma_synchronous). The test says which of the two it did.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from crash_list import MIRRORED, conversation
from list_copies import Copy

from bridge.demo.bridge_server import BridgeServer
from bridge.demo.lmtp import hand_over
from bridge.demo.ports import is_listening
from bridge.store.migrate import migrate
from bridge.store.sqlite import writing_engine

pytestmark = pytest.mark.crash

MAILS = tuple(conversation(200))
SYNCED = 2
"""What ``PRAGMA synchronous`` answers for FULL."""

# -s: a page of the log is 4,096 bytes, each of them up to four characters long when shown.
# -D: the process we start is the bridge, and strace a grandchild that ends with it.
SAYS = ("sendto", "write", "writev", "sendmsg")
"""How an event loop may write to a socket."""
WATCHED = ",".join(("pwrite64", "fsync", "fdatasync", *SAYS))
STRACE = ["strace", "-D", "-f", "-y", "-s", "4200", "-e", f"trace={WATCHED}"]


def test_each_mail_is_on_the_disk_before_it_is_acknowledged(
    lonely_bridge: BridgeServer, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    migrate(lonely_bridge.database)
    if can_trace(tmp_path):
        tell("strace watches 200 mails: log written, log synced, 250 said")
        trace = traced(lonely_bridge, tmp_path / "strace.txt")
        assert unsynced(trace, MAILS) == []
    else:
        tell("no strace: 200 mails are committed with synchronous=FULL before 250 is said")
        lonely_bridge.start()
        assert all(is_there_when_acknowledged(lonely_bridge, one) for one in MAILS)
        assert synchronous(lonely_bridge.database) == SYNCED


def can_trace(directory: Path) -> bool:
    if shutil.which("strace") is None:
        return False
    tried = [*STRACE, "-o", str(directory / "tried.txt"), "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def traced(bridge: BridgeServer, output: Path) -> list[str]:
    """Run the bridge under strace, hand all mails over, and return what was traced."""
    run = [sys.executable, "-m", "bridge", "--config", str(bridge.config_path), "run"]
    with subprocess.Popen([*STRACE, "-o", str(output), *run], stderr=subprocess.DEVNULL) as running:
        try:
            wait_for(lambda: is_listening(bridge.settings.ports.mail))
            for copy in MAILS:
                give(bridge, copy)
        finally:
            running.kill()
    # strace ends after the bridge, when it has written everything down.
    wait_for(lambda: has_ended(running.pid, output))
    return output.read_text("utf-8", "replace").splitlines()


def has_ended(pid: int, output: Path) -> bool:
    """Tell whether the end of the trace is the end of the process; short pids are padded."""
    with output.open("rb") as file:
        file.seek(-min(1000, output.stat().st_size), os.SEEK_END)
        return (
            re.search(
                rf"^{pid} +\+\+\+ killed", file.read().decode("ascii", "replace"), re.MULTILINE
            )
            is not None
        )


def wait_for(is_so: Callable[[], bool], *, looks: int = 600) -> None:
    assert any(is_so() or time.sleep(0.1) for _ in range(looks)), "the bridge does not listen"


def give(bridge: BridgeServer, copy: Copy) -> None:
    """Hand a mail over; anything but a 250 raises."""
    hand_over(
        bridge.settings.ports.mail,
        copy.raw,
        sender=copy.envelope_sender,
        recipient=MIRRORED.bridge_address,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that has returned."""

    name: str
    text: str

    @property
    def is_log_sync(self) -> bool:
        synced = self.name in {"fsync", "fdatasync"} and self.text.endswith(" = 0")
        return synced and "-wal>" in self.text

    @property
    def is_acknowledgement(self) -> bool:
        return self.name in SAYS and '"250 2.0.0 Stored' in self.text

    def writes(self, copy: Copy) -> bool:
        is_log = self.name == "pwrite64" and "-wal>" in self.text
        return is_log and f"Message-ID: <{copy.message_id}>" in self.text


_BEGUN = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_WHOLE = re.compile(r"\d+ +(\w+)\((.*)$")


def calls(trace: Iterable[str]) -> Iterator[Call]:
    """Yield the calls in the order they returned; one may be interrupted by another thread's."""
    begun: dict[str, str] = {}
    for line in trace:
        if match := _BEGUN.match(line):
            begun[match[1]] = match[3]
        elif match := _RESUMED.match(line):
            yield Call(match[2], begun.pop(match[1], "") + match[3])
        elif match := _WHOLE.match(line):
            yield Call(match[1], match[2])


def unsynced(trace: Iterable[str], copies: Iterable[Copy]) -> list[Copy]:
    """Return the mails that were acknowledged without their log having been synced before.

    They were handed over one after the other: the n-th acknowledgement is the n-th mail's.
    """
    found, waiting = [], iter(copies)
    copy, steps = next(waiting), set()
    for call in calls(trace):
        if call.writes(copy):
            steps.add("written")
        elif call.is_log_sync and "written" in steps:
            steps.add("synced")
        elif call.is_acknowledgement:
            found += [] if "synced" in steps else [copy]
            copy, steps = next(waiting, None), set()
            if copy is None:
                return found
    raise AssertionError(f"{copy.message_id} was not acknowledged in the trace")


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        (["write", "sync", "say"], False),
        (["write", "say", "sync"], True),
        (["sync", "write", "say"], True),
        (["sync", "say"], True),
        (["write", "begin", "say", "end"], True),
        (["write", "begin", "end", "say"], False),
    ],
)
def test_the_order_is_read_from_the_trace(lines: list[str], is_wrong: bool) -> None:
    shown = {
        "write": '7 pwrite64(9</x-wal>, "Message-ID: <copy-0@people.demo>"..., 4096, 56) = 4096',
        "sync": "7 fdatasync(9</x-wal>)            = 0",
        "begin": "7 fdatasync(9</x-wal> <unfinished ...>",
        "end": "7 <... fdatasync resumed>)        = 0",
        "say": '8 sendto(11<TCP:[1]>, "250 2.0.0 Stored\\r\\n", 18, 0, NULL, 0) = 18',
    }
    assert bool(unsynced([shown[one] for one in lines], MAILS[:1])) is is_wrong


def is_there_when_acknowledged(bridge: BridgeServer, copy: Copy) -> bool:
    """Hand a mail over and look at once, as another process, whether it is committed."""
    give(bridge, copy)
    query = "SELECT count(*) FROM inbox WHERE instr(raw, ?)"
    with contextlib.closing(sqlite3.connect(f"file:{bridge.database}?mode=ro", uri=True)) as other:
        wanted = f"Message-ID: <{copy.message_id}>".encode()
        return other.execute(query, (wanted,)).fetchone()[0] == 1


def synchronous(database: Path) -> int:
    engine = writing_engine(database)
    try:
        with engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA synchronous").scalar()
    finally:
        engine.dispose()
