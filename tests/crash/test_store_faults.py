"""P7: when our store cannot take a mail, the mail waits at the sender: 4xx, and no word of why.

Once there is room again the same mail is taken. Tried with a real bridge on a real full disk (a
small tmpfs, which needs root) and on a database that another process has locked; and, on any
machine, with the real listener and the real store at SQLite's own limit of pages.
"""

import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from crash_list import MIRRORED, conversation
from list_copies import Copy
from lmtp_client import LMTP, connected, listening

from bridge.clock import now
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.lmtp import hand_over
from bridge.errors import Transient
from bridge.ids import ListId
from bridge.intake import MailIntake
from bridge.mail.lmtp_session import DEFERRED
from bridge.store.database import Store, Tx
from bridge.store.migrate import migrate

pytestmark = pytest.mark.crash

FIRST, SECOND = conversation(2)


def offer(bridge: BridgeServer, copy: Copy) -> str:
    """Offer a mail once and return the answer: an empty one is a 250; 5xx raises."""
    try:
        hand_over(
            bridge.settings.ports.mail,
            copy.raw,
            sender=copy.envelope_sender,
            recipient=MIRRORED.bridge_address,
            seconds=120,
        )
    except Transient as refused:
        return str(refused)
    return ""


def tried_until_taken(bridge: BridgeServer, copy: Copy, *, tries: int = 60) -> list[str]:
    """Offer a mail as a mail server does, and return the answers before it was taken."""
    answers = []
    for _ in range(tries):
        answer = offer(bridge, copy)
        if not answer:
            return answers
        answers.append(answer)
        time.sleep(0.5)
    raise AssertionError(f"not taken in {tries} tries: {answers[-1]}")


def test_a_database_that_another_process_has_locked_defers_mail(
    lonely_bridge: BridgeServer,
) -> None:
    lonely_bridge.start()
    assert offer(lonely_bridge, FIRST) == ""
    with contextlib.closing(sqlite3.connect(lonely_bridge.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        # Twice: whatever loop of the bridge wanted to write beside the first has failed by then.
        assert [offer(lonely_bridge, SECOND) for _ in range(2)] == [DEFERRED] * 2
        other.rollback()
    tried_until_taken(lonely_bridge, SECOND)
    assert lonely_bridge.process.is_running
    assert "received 2 " in lonely_bridge.run("books").stdout


@pytest.fixture
def small_disk(tmp_path: Path, tell: Callable[[str], None]) -> Iterator[Path]:
    """A disk of 64 MiB of its own; where that is not allowed, says so and skips."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = f"a small disk needs root ({error}); the limit of pages is tried instead"
        tell(reason)
        pytest.skip(reason)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_defers_mail_and_room_on_it_lets_the_mail_in(
    small_disk: Path, lonely_bridge: BridgeServer
) -> None:
    bridge = BridgeServer(small_disk, lonely_bridge.settings)
    try:
        bridge.start()
        assert offer(bridge, FIRST) == ""
        ballast = small_disk / "ballast"
        fill(ballast)
        refusals = [offer(bridge, copy) for copy in large_mails(10)]
        assert set(refusals) <= {"", DEFERRED}
        assert refusals[-1] == DEFERRED
        ballast.unlink()
        tried_until_taken(bridge, SECOND)
        assert bridge.process.is_running
    finally:
        bridge.kill()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def large_mails(count: int) -> Iterator[Copy]:
    """Yield mails that find no room in the free pages SQLite still has."""
    yield from (replace(FIRST, number=1000 + number, padding=200_000) for number in range(count))


async def test_a_store_at_its_limit_of_pages_defers_mail_until_the_limit_is_lifted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "seconded.sqlite3"
    migrate(path)
    store = Store(path, now)
    intake = MailIntake(store, {MIRRORED.bridge_address: ListId(MIRRORED.list_id)})
    big = replace(FIRST, padding=400_000)
    try:
        async with listening(intake, LMTP) as listener, connected(listener) as client:
            await store.write(limit_pages_to(1))
            refused = await client.mail(big.raw, to=MIRRORED.bridge_address)
            await store.write(limit_pages_to(1_000_000))
            taken = await client.mail(big.raw, to=MIRRORED.bridge_address)
        received = await store.read(
            lambda conn: conn.exec_driver_sql("SELECT count(*) FROM inbox").scalar()
        )
    finally:
        await store.close()
    assert (refused[-1], taken[-1][:3], received) == (DEFERRED, "250", 1)


def limit_pages_to(pages: int) -> Callable[[Tx], None]:
    """SQLite lifts a limit below the pages in use to just those: no page more."""

    def limit(tx: Tx) -> None:
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    return limit
