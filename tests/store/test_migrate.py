from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bridge.errors import ConfigError
from bridge.store import migrate as migration
from bridge.store.schema import metadata
from bridge.store.sqlite import writing_engine


def test_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    migration.migrate(path)
    engine = writing_engine(path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_absent_file_has_no_version_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    assert migration.schema_version(path) is None
    assert not path.exists()


def test_a_file_that_is_no_database_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    path.write_text("Dear committee,\n" * 100)
    with pytest.raises(ConfigError, match=r"a\.sqlite3 cannot be used: file is not a database"):
        migration.migrate(path)


def test_a_second_migration_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    assert migration.migrate(path) is None
    assert migration.schema_version(path) == migration.newest_version()
    assert migration.migrate(path) is None


def test_an_old_schema_is_backed_up_before_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    migration.migrate(path)
    engine = writing_engine(path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(Exception, match="0000"):
        migration.migrate(path)
    assert [one.name for one in tmp_path.glob("*.before-*")] == [
        f"a.sqlite3.before-{migration.newest_version()}-from-0000"
    ]
