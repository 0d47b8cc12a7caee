"""A backup is whole or absent, nobody else's to read, and knows that it is a copy."""

import os
import stat

import pytest
from sqlalchemy import inspect, select, text

from bridge.errors import Permanent, Transient
from bridge.ids import Instant
from bridge.store import inbox
from bridge.store.backup import back_up
from bridge.store.database import Store, transactors
from bridge.store.instance import ensure_instance
from bridge.store.place import database_place
from bridge.store.schema import inbox as inbox_table
from bridge.store.schema import instance

COPIED = Instant(1_761_900_000_000)
AS_THE_RUNBOOK_SAYS = ("psql", "-1", "-v", "ON_ERROR_STOP=1")


def transact(place, statement):
    writing, reading = transactors(place)
    writing.transact(lambda conn: conn.execute(text(statement)))
    writing.close()
    reading.close()


def restore(target, postgres=None):
    """Bring a backup back as an operator does, and return the place."""
    if postgres is None:
        return target
    url = postgres.database()
    postgres.run(*AS_THE_RUNBOOK_SAYS, "-q", "-d", url.database, "-f", str(target))
    return url


@pytest.fixture
def server(engine_name, request):
    return request.getfixturevalue("postgres") if engine_name == "postgresql" else None


async def test_a_copy_of_a_running_database_is_restored_whole_and_marked(
    shelf, server, clock, tmp_path
):
    place = shelf.fresh()
    store = Store(place, clock)
    await store.write(ensure_instance)
    await store.write(lambda tx: inbox.add(tx, lane="a", kind="k", key="one", raw=b"\0\xff"))
    target = back_up(place, tmp_path / "copy", COPIED)
    await store.close()
    again = Store(restore(target, server), clock)
    rows = await again.read(lambda conn: conn.execute(select(inbox_table)).all())
    marks = await again.read(
        lambda conn: conn.execute(select(instance.c.copied_at, instance.c.restored_at)).one()
    )
    await again.close()
    assert [(row.key, row.raw) for row in rows] == [("one", b"\0\xff")]
    assert tuple(marks) == (COPIED, None)


async def test_the_database_itself_is_not_marked(shelf, clock, tmp_path):
    place = shelf.fresh()
    store = Store(place, clock)
    await store.write(ensure_instance)
    back_up(place, tmp_path / "copy", COPIED)
    assert await store.read(lambda conn: conn.scalar(select(instance.c.copied_at))) is None
    await store.close()


def test_a_backup_is_one_file_that_nobody_else_can_read(shelf, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    target = back_up(shelf.fresh(), folder / "copy", COPIED)
    assert list(folder.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_earlier_backup_is_never_overwritten(shelf, tmp_path):
    target = tmp_path / "copy"
    target.write_text("the only good one")
    with pytest.raises(Permanent, match="exists already"):
        back_up(shelf.fresh(), target, COPIED)
    assert target.read_text() == "the only good one"


def test_a_dump_that_was_cut_off_is_restored_not_at_all(postgres, migrated_postgres, tmp_path):
    target = back_up(migrated_postgres, tmp_path / "copy", COPIED)
    whole = target.read_bytes()
    # Before its last statement, the mark: all tables are there, and nobody would know of the copy.
    target.write_bytes(whole[: whole.rindex(b"DO $$ BEGIN UPDATE") + 20])
    url = postgres.database()
    with pytest.raises(Exception, match="psql"):
        postgres.run(*AS_THE_RUNBOOK_SAYS, "-q", "-d", url.database, "-f", str(target))
    writing, reading = transactors(url)
    assert writing.transact(lambda conn: inspect(conn).get_table_names()) == []
    writing.close()
    reading.close()


def test_the_name_of_a_backup_is_on_the_disk_when_it_is_done(shelf, tmp_path, monkeypatch):
    folder, synced, sync = tmp_path / "backups", [], os.fsync
    folder.mkdir()

    def see(descriptor):
        sync(descriptor)
        is_folder = os.path.samestat(os.fstat(descriptor), folder.stat())
        synced.append((is_folder, [one.name for one in folder.iterdir()]))

    monkeypatch.setattr(os, "fsync", see)
    back_up(shelf.fresh(), folder / "copy", COPIED)
    assert synced[-1] == (True, ["copy"])


def test_a_schema_from_before_the_mark_is_copied_too(shelf, server, tmp_path, clock):
    place = shelf.fresh()
    transact(place, "ALTER TABLE instance DROP COLUMN copied_at")
    target = back_up(place, tmp_path / "copy", COPIED)
    restored = restore(target, server)
    transact(restored, "SELECT key FROM inbox")


def test_no_half_backup_is_left_when_the_server_is_away(postgres, tmp_path):
    place = database_place("postgresql://nobody@127.0.0.1:1/none", "canary")
    with pytest.raises(Transient, match="could not be dumped") as told:
        back_up(place, tmp_path / "copy", COPIED)
    assert list(tmp_path.iterdir()) == []
    assert "canary" not in str(told.value)


def test_what_is_no_database_is_said_in_a_sentence(tmp_path):
    path = tmp_path / "not.sqlite3"
    path.write_bytes(b"garbage" * 1_000)
    with pytest.raises(Permanent, match="could not be copied"):
        back_up(path, tmp_path / "copy", COPIED)
