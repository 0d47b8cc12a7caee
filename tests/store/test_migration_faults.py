"""A migration that dies at any of its places leaves the old schema or the new one, whole."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bridge.failpoints import EXIT_STATUS, POINTS, armed
from bridge.store import migrate as migration

PLACES = [name for name in POINTS if name.startswith(("migrate.", "backup."))]
NEXT = '''"""A step that a later version might bring."""

from alembic import op
from sqlalchemy import Column, Integer

revision, down_revision = "later", "{newest}"
branch_labels = depends_on = None


def upgrade():
    op.create_table("later", Column("id", Integer, primary_key=True))
    op.execute("UPDATE instance SET alive_at = 7")
'''


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def old(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a row in it, one version behind the program."""
    path = tmp_path / "seconded.sqlite3"
    shutil.copy(migrated, path)
    with closing(sqlite3.connect(path)) as database, database:
        columns = "id, uuid, key, created_at, alive_at"
        database.execute(f"INSERT INTO instance ({columns}) VALUES (1, 'uuid', x'00', 0, 1)")
    newest = migration.newest_version()
    steps = tmp_path / "migrations"
    shutil.copytree(migration.MIGRATIONS, steps)
    (steps / "versions" / "later.py").write_text(NEXT.format(newest=newest))
    monkeypatch.setattr(migration, "MIGRATIONS", steps)
    return path


def contents(path: Path) -> tuple[int, int]:
    """Return how many tables there are, and what the migration changes in a row."""
    with closing(sqlite3.connect(path)) as database:
        tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
        (count,) = database.execute(tables).fetchone()
        (alive,) = database.execute("SELECT alive_at FROM instance").fetchone()
        return count, alive


@pytest.mark.parametrize("error", [Killed, RuntimeError, OSError])
@pytest.mark.parametrize("place", PLACES)
def test_a_migration_that_dies_is_done_whole_by_the_next_try(old, place, error):
    def fall():
        raise error

    before = contents(old)
    tables, _ = before
    with armed({place: fall}), pytest.raises(error):
        migration.migrate(old)
    is_done = migration.schema_version(old) == "later"
    assert is_done is (place == "migrate.committed")
    assert contents(old) == ((tables + 1, 7) if is_done else before)
    migration.migrate(old)
    assert contents(old) == (tables + 1, 7)
    backups = [one for one in old.parent.glob("*.before-later-from-*") if one.suffix != ".partial"]
    assert backups
    assert {contents(one) for one in backups} == {before}
    assert {one.stat().st_mode & 0o777 for one in backups} == {0o600}


STEPS = [one.revision for one in ScriptDirectory(str(migration.MIGRATIONS)).walk_revisions()][::-1]
"""Every revision, oldest first."""
UPGRADE = """
import sys
from pathlib import Path
from sqlalchemy import make_url
from bridge import failpoints
from bridge.store.migrate import migrate
_, place, backups, order = sys.argv
failpoints.arm(order)
migrate(make_url(place) if "://" in place else Path(place), backups=Path(backups))
"""


@pytest.fixture
def oldest(engine_name, request, tmp_path):
    """A database of the first version, with a row in it."""
    is_file = engine_name == "sqlite"
    place = tmp_path / "old.sqlite3" if is_file else request.getfixturevalue("postgres").database()

    def make(connection):
        command.upgrade(migration._alembic(connection), STEPS[0])
        row = "INSERT INTO inbox (lane, kind, key, raw, meta, state, received_at, due_at, attempts)"
        connection.execute(text(f"{row} VALUES ('a', 'k', 'one', '', '{{}}', 'new', 1, 1, 0)"))

    migration._transact(place, make)
    return place


def keys_of(place):
    select = text("SELECT key FROM inbox")
    return migration._transact(place, lambda connection: connection.scalars(select).all())


@pytest.mark.parametrize("number", range(1, len(STEPS)))
def test_an_upgrade_whose_process_ends_after_any_step_leaves_the_old_schema(
    oldest, tmp_path, number
):
    where = oldest if isinstance(oldest, Path) else oldest.render_as_string(hide_password=False)
    given = [str(where), str(tmp_path), f"migrate.step=exit@{number}"]
    ended = subprocess.run([sys.executable, "-c", UPGRADE, *given], check=False)
    assert ended.returncode == EXIT_STATUS
    assert migration.schema_version(oldest) == STEPS[0]
    assert keys_of(oldest) == ["one"]
    migration.migrate(oldest, backups=tmp_path)
    assert migration.schema_version(oldest) == STEPS[-1]
    assert keys_of(oldest) == ["one"]
