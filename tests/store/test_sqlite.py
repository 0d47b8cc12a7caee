import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bridge.errors import Transient
from bridge.store.sqlite import SqliteTransactor, reading_engine, writing_engine


def test_outer_rollback_undoes_a_released_savepoint(tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "a.sqlite3")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    with engine.connect() as connection:
        outer = connection.begin()
        inner = connection.begin_nested()
        connection.execute(text("INSERT INTO t VALUES (1)"))
        inner.commit()
        outer.rollback()
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
    engine.dispose()


def test_ddl_rolls_back(tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "a.sqlite3")
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        outer.rollback()
        found = connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar()
        assert found == 0
    engine.dispose()


def test_a_read_then_write_beside_another_writer_waits_instead_of_failing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    engine = writing_engine(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    with engine.begin() as connection:
        connection.execute(text("SELECT * FROM t")).all()
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        connection.execute(text("INSERT INTO t VALUES (1)"))
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_settings_that_the_promises_rest_on(tmp_path: Path, pragma: str, value: object) -> None:
    engine = writing_engine(tmp_path / "a.sqlite3")
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.sqlite3"
    engine = writing_engine(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    engine.dispose()
    assert modes == {0o600}


def test_the_reading_engine_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    writer = writing_engine(path)
    with writer.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    reader = reading_engine(path)
    with reader.connect() as connection, pytest.raises(Exception, match=r"readonly|read-only"):
        connection.execute(text("INSERT INTO t VALUES (1)"))
    reader.dispose()
    writer.dispose()


def test_locked_is_what_time_heals(tmp_path: Path) -> None:
    transactor = SqliteTransactor(writing_engine(tmp_path / "a.sqlite3"))
    locked = OperationalError("x", None, Exception("database is locked"))
    bug = OperationalError("x", None, Exception("no such table: x"))
    assert isinstance(transactor.translate(locked), Transient)
    assert transactor.translate(bug) is bug
    transactor.close()
