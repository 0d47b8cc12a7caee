"""P12: a mail that breaks its reading is set aside whole; its list goes on, others never notice."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest
from config_samples import OPTIONS
from playbook import BOUNCES
from playbook_cast import INTAKE_ADDRESS, LIST_ID, Mail, list_copy

from bridge.failpoints import Injected, armed
from bridge.ids import ListId
from bridge.intake import mail_intake
from bridge.loops import drain_inbox
from bridge.mail.limits import QUICK
from bridge.mail.lmtp import Arrival
from bridge.mail.reader import Reader
from bridge.mail.reading import Terms
from bridge.store import inbox

BOARD = ListId("board.lists.example.org")
BOARD_INTAKE = "board-x3k8n2m4tq@bridge.example.org"
TWO_LISTS: Mapping[tuple[Any, ...], Any] = {
    ("lists", 1): OPTIONS["lists"][0]
    | {
        "id": BOARD,
        "name": "board",
        "posting_address": "board@lists.example.org",
        "bridge_address": "board-bridge@bridge.example.org",
        "intake_address": BOARD_INTAKE,
        "facilitators": ["nadia"],
    }
}
BIG = "We support this.\n" * (QUICK // 10)
AROUND = 5
"""Good mails before and after the poison, on its list and on another."""


def no_fault() -> AbstractContextManager[None]:
    return nullcontext()


def breaks_the_parser() -> AbstractContextManager[None]:
    """Let the parser fail at the one mail after those before it, whichever lane is first."""
    return armed({"mail.parsing": _fail_at_the_poison})


def _fail_at_the_poison() -> None:
    frame = sys._getframe()
    while frame.f_code.co_name != "mail_arrived":
        assert frame.f_back is not None
        frame = frame.f_back
    if b"Poison" in frame.f_locals["event"].raw:
        raise Injected("the parser broke")


@dataclass(frozen=True)
class Poison:
    """A mail that cannot be read.

    Attributes:
        mail: what comes.
        code: what its reading process runs instead of ours.
        reason: how the inbox says why it was set aside.
    """

    mail: Mail
    reason: str
    code: str = ""
    fault: Callable[[], AbstractContextManager[None]] = no_fault


POISONS = {
    "breaks the parser": Poison(Mail("Poison.1"), "Injected: ", fault=breaks_the_parser),
    "over a limit": Poison(
        Mail("Poison.1", headers=("X-A: b",) * 1_001), "over a limit: the mail has 10"
    ),
    "takes for ever": Poison(
        Mail("Poison.1", BIG),
        "reading it took longer than 5 seconds",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass",
    ),
    "sleeps for ever": Poison(
        Mail("Poison.1", BIG),
        "the process that read it did not answer within 0.5 seconds",
        "import time\nwhile True: time.sleep(9)",
    ),
    "wants memory": Poison(
        Mail("Poison.1", BIG),
        "reading it needed more than 512 MiB of memory",
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))\n"
        "try: bytearray(2**30)\n"
        "except MemoryError: sys.exit(3)",
    ),
    "ends its reader": Poison(
        Mail("Poison.1", BIG),
        "the process that read it was ended by a signal",
        "import os; os.abort()",
    ),
}


def good(name: str, list_id: ListId) -> bytes:
    raw = list_copy(Mail(name).raw)
    return raw.replace(LIST_ID.encode(), list_id.encode())


async def arrives(book: Any, raw: bytes, to: str) -> None:
    arrival = Arrival(recipient=to, envelope_sender=BOUNCES, client="10.0.0.1", raw=raw)
    await mail_intake(book.store, book.config).accept(arrival)


async def done_in(book: Any, lane: str) -> list[str]:
    """Return the Message-IDs handled in a lane, in order."""
    found = await book.mails_in()
    return [
        one.key and _id_of(one.raw) for one in found if one.lane == lane and one.state == "done"
    ]


def _id_of(raw: bytes) -> str:
    return raw.partition(b"Message-ID: <")[2].partition(b"@")[0].decode()


@pytest.mark.parametrize("kind", POISONS)
async def test_a_poison_mail_is_set_aside_and_holds_up_nobody(begin, kind):
    poison = POISONS[kind]
    book = await begin(changes=TWO_LISTS)
    if poison.code:
        reader = Reader((sys.executable, "-c", poison.code), seconds=60)
        if "sleeps" in kind:
            reader = replace(reader, seconds=0.5)
        book.bridge.apart.read = lambda item: reader.read(item.raw, Terms(LIST_ID, "", None))
    bad = list_copy(poison.mail.raw)
    for number in range(AROUND):
        await arrives(book, good(f"Pc.{number}", LIST_ID), INTAKE_ADDRESS)
    await arrives(book, bad, INTAKE_ADDRESS)
    for number in range(AROUND):
        await arrives(book, good(f"Board.{number}", BOARD), BOARD_INTAKE)
        await arrives(book, good(f"Pc.{AROUND + number}", LIST_ID), INTAKE_ADDRESS)
    with poison.fault():
        # One step: what is in the inbox fits into one batch.
        await drain_inbox(book.store, book._handle, apart=book.bridge.apart)
        assert await done_in(book, f"list:{BOARD}") == [f"Board.{n}" for n in range(AROUND)]
        await book.quiet()
    assert await done_in(book, f"list:{LIST_ID}") == [f"Pc.{n}" for n in range(2 * AROUND)]
    (item,) = await book.store.read(inbox.shunted)
    assert item.raw == bad
    assert item.reason.startswith(poison.reason)
    assert len(book.messages) == 2 * AROUND
    assert (await book.books()).balanced


async def test_many_kinds_of_poison_at_once_cost_nobody_a_good_mail(begin):
    book = await begin(changes=TWO_LISTS)
    reader = Reader((sys.executable, "-c", "import os; os.abort()"), seconds=60)
    book.bridge.apart.read = lambda item: reader.read(item.raw, Terms(LIST_ID, "", None))
    for number in range(30):
        big = Mail(f"Poison.{number}", BIG)
        await arrives(book, list_copy(big.raw if number % 3 else b"\n" * 9), INTAKE_ADDRESS)
        await arrives(book, good(f"Pc.{number}", LIST_ID), INTAKE_ADDRESS)
        await arrives(book, good(f"Board.{number}", BOARD), BOARD_INTAKE)
    await book.quiet()
    names = {lane: await done_in(book, f"list:{lane}") for lane in (LIST_ID, BOARD)}
    assert [one for one in names[LIST_ID] if one.startswith("Pc")] == [f"Pc.{n}" for n in range(30)]
    assert names[BOARD] == [f"Board.{n}" for n in range(30)]
    books = await book.books()
    assert books.balanced
