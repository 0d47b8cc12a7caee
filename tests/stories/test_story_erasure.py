"""A person is erased from the ballots: what is left of them in the database, and of the count."""

import json

import pytest
from playbook import Playbook, once
from playbook_cast import CHAIR, CLOSES_AT, MODERATOR, OSKAR, QUENTIN, ROSA, SAMI
from sqlalchemy import select

from bridge import recount
from bridge.domain.acts import verify_chain
from bridge.domain.ballots import State
from bridge.export import export_files, numbers, read_record
from bridge.export_files import PUBLIC, write_folder
from bridge.ids import BallotId
from bridge.store import answers, ballots, inbox
from bridge.store.schema import erasures, metadata
from bridge.web.pages_folder import write_page

MINUTE = 60_000
WORDS = "more bottom-up organisations"
TRACES = ("Quentin Example", QUENTIN, WORDS)


async def gives(book: Playbook, verb: str = "erase", **arguments: str) -> tuple[bool, str]:
    """Give a command on the command line and return its answer."""
    key = f"command:{await book.read(_commands)}"
    meta = {
        "list_id": None,
        "name": "ballot",
        "verb": verb,
        "arguments": {"person": "quentin", **arguments},
        "text": "",
    }
    await book.store.write(
        lambda tx: inbox.add(tx, lane="list:", kind="command", key=key, raw=b"", meta=meta)
    )
    await book.quiet()
    answer = await book.read(lambda conn: answers.answer_to(conn, key))
    assert answer is not None
    return answer


def _commands(conn) -> int:
    kinds = conn.scalars(select(metadata.tables["inbox"].c.kind)).all()
    return kinds.count("command")


async def left(book: Playbook) -> list[str]:
    """Return which traces the database holds: the file and its log, byte for byte, and all rows."""
    held = await book.read(_rows)
    for path in book._shelf.directory.glob("*.sqlite3*") if _is_file(book) else ():
        if path.name.startswith(book._place.name):
            held += path.read_bytes()
    return [trace for trace in TRACES if trace.encode() in held]


def _is_file(book: Playbook) -> bool:
    return not hasattr(book._place, "drivername")


def _rows(conn) -> bytes:
    rows = [row for table in metadata.sorted_tables for row in conn.execute(select(table))]
    return b"\n".join(
        one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row
    )


async def record(book: Playbook, number: int = 1):
    def read(conn):
        row = ballots.ballot_by_id(conn, BallotId(number))
        return read_record(conn, row, book.clock())

    return await book.read(read)


async def until_the_result(book: Playbook) -> None:
    card = await book.opens()
    await book.taps(OSKAR)
    raised = await book.taps(QUENTIN, "✋")
    await book.says(QUENTIN, f"!object I want {WORDS} in it.", thread=card)
    await book.says(ROSA, "!object Quentin Example is right, see @quentin:hs.test", thread=card)
    await book.removes(QUENTIN, raised)
    await book.says(QUENTIN, f"!reserve I want {WORDS} in it.", thread=card)
    await book.says(ROSA, "!endorse", thread=card)
    shown = await book.taps(SAMI)
    await book.removes(MODERATOR, shown)
    await book.later(days=3)
    await book.at(CLOSES_AT + 20 * MINUTE)
    await book.says(CHAIR, "confirm", thread=card)
    await book.listed()
    await book.says(QUENTIN, f"!abstain {WORDS}", thread=card)
    assert (await book.ballot()).state is State.ANNOUNCED


async def test_nothing_of_an_erased_person_is_left_and_nothing_is_counted_otherwise(book, tmp_path):
    await until_the_result(book)
    before = await record(book)
    assert await left(book) == list(TRACES)
    is_done, said = await gives(book, yes="yes")
    assert is_done, said
    # What somebody else wrote about them is theirs.
    others = {
        seq for seq, part in before.personal.items() if "Quentin" in json.dumps(part.personal)
    }
    await book.store.write(lambda tx: _others_words_away(tx, others))
    assert await left(book) == []
    after = await record(book)
    assert verify_chain(list(after.acts)) is None
    assert (after.acts, after.row.head) == (before.acts, before.row.head)
    assert numbers(after) == numbers(before)
    folder = tmp_path / "b1"
    write_folder(folder, export_files(after, with_names=True), mode=PUBLIC)
    assert recount.main([f"--head={after.row.head}", str(folder)]) == 0
    assert json.loads((folder / "manifest.json").read_text())["roll"]["names"]["quentin"] is None


def _others_words_away(tx, seqs):
    acts, parts = metadata.tables["acts"], metadata.tables["act_personal"]
    ids = tx.conn.scalars(select(acts.c.id).where(acts.c.seq.in_(seqs))).all()
    tx.conn.execute(parts.delete().where(parts.c.act.in_(ids)))
    tx.wakes.add("erased")


async def test_a_page_names_an_erased_person_withdrawn(book, tmp_path):
    await until_the_result(book)
    before = (await book.read(ballots.stamps))[0]
    write_page(tmp_path, await record(book), before.digest)
    page = tmp_path / "b" / "1.html"
    assert "Quentin Example" in page.read_text()
    await gives(book, yes="yes")
    after = (await book.read(ballots.stamps))[0]
    assert after.digest != before.digest
    assert write_page(tmp_path, await record(book), after.digest)
    told = page.read_text()
    assert "withdrawn" in told
    # Rosa's words are Rosa's.
    assert told.count("Quentin Example") == 1
    assert WORDS not in told


async def test_a_second_erasure_does_nothing_and_the_first_is_on_record_without_a_name(book):
    await until_the_result(book)
    await gives(book, yes="yes", **{"as": "oskar"})
    kept = await book.read(lambda conn: conn.execute(select(erasures)).all())
    is_done, said = await gives(book, yes="yes")
    assert (is_done, said) == (
        True,
        "Nothing of quentin is kept with the ballots; nothing was done.",
    )
    assert await book.read(lambda conn: conn.execute(select(erasures)).all()) == kept
    (row,) = kept
    assert (row.by_whom, row.entries, row.rolls, row.at) == ("oskar", 5, 1, book.clock())
    assert "quentin" not in str(row)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_an_erasure_that_is_killed_is_whole_or_not_begun(begin):
    book = await begin()
    await until_the_result(book)
    book.knife.moments, book.knife.falls = 0, once(3)
    is_done, _ = await gives(book, yes="yes")
    assert is_done
    assert (await gives(book, yes="yes"))[1].startswith("Nothing of quentin")


async def test_whoever_holds_a_position_is_not_erased_from_a_ballot_that_runs(opened):
    book = opened
    tap = await book.taps(QUENTIN)
    is_done, said = await gives(book, yes="yes")
    assert not is_done
    assert "quentin holds a position on b/1 (open)" in said
    await book.removes(QUENTIN, tap)
    is_done, said = await gives(book)
    assert "b/1 (open): words and ids of 2 acts of its log" in said
    assert "quentin can answer there no more" in " ".join(said.split())
    assert (await gives(book, yes="yes"))[0]
    await book.taps(QUENTIN, "👍")
    assert "rejected" in str((await book.acts())[-1])
    assert (await book.tally()).base == 7


async def test_the_chair_of_a_ballot_that_runs_is_not_erased(opened):
    is_done, said = await gives(opened, person="nadia", yes="yes")
    assert not is_done
    assert "nadia is the chair of b/1" in said


async def test_what_somebody_takes_back_afterwards_is_nothing_we_know(book):
    await until_the_result(book)
    shown = await book.taps(QUENTIN)
    await gives(book, yes="yes")
    acts = len(await book.acts())
    await book.removes(QUENTIN, shown)
    assert len(await book.acts()) == acts
