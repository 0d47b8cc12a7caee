"""A copy of the database, made while the bridge runs; it knows that it is a copy.

The copy bears the instant it was made at. A bridge that starts on a database with that mark has
been restored: what the copy takes for unsent may have left since (see ``restored``).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from bridge.errors import Permanent, Transient
from bridge.failpoints import reach
from bridge.ids import Instant
from bridge.store.place import Place, described

PG_DUMP = "pg_dump"
_MARK = "UPDATE instance SET copied_at = {now}, restored_at = NULL"
# A copy made before a migration may be of a schema that has no such column yet.
_MARK_IN_DUMP = """
DO $$ BEGIN UPDATE public.instance SET copied_at = {now}, restored_at = NULL;
EXCEPTION WHEN undefined_table OR undefined_column THEN NULL; END $$;
"""


def back_up(place: Place, target: Path, now: Instant) -> Path:
    """Copy a database to a file that appears whole or not at all; return it.

    SQLite is copied page by page with its online backup: the result is a database. PostgreSQL is
    dumped by ``pg_dump`` as SQL, to be restored with ``psql`` into an empty database.

    Args:
        place: where the database is.
        target: the file to make, 0600.
        now: the mark of the copy.

    Raises:
        Permanent: there is such a file already, no ``pg_dump``, or no room.
        Transient: the server is out of reach.
    """
    if target.exists():
        raise Permanent(f"{target} exists already; name another file")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        if isinstance(place, Path):
            _copy_sqlite(place, partial, now)
        else:
            _dump_postgres(place, partial, now)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync(partial)
    reach("backup.copied")
    partial.rename(target)
    _sync(target.parent)
    reach("backup.named")
    return target


def _copy_sqlite(path: Path, copy: Path, now: Instant) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            if "copied_at" in {row[1] for row in target.execute("PRAGMA table_info(instance)")}:
                target.execute(_MARK.format(now=now))
                target.commit()
            # The copy is one file: no log of its own lies beside it.
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Permanent(f"the database {path} could not be copied: {error}") from error


def _dump_postgres(url: URL, copy: Path, now: Instant) -> None:
    if shutil.which(PG_DUMP) is None:
        raise Permanent(f"{PG_DUMP} is not installed here; it is what copies a PostgreSQL database")
    # The password goes by the environment: a command line is for everybody to read.
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    command = [PG_DUMP, "--no-owner", "--no-privileges", "--dbname", described(url)]
    with copy.open("ab") as file:
        done = subprocess.run(  # noqa: S603 - a fixed program, and our own database's address
            command, stdout=file, stderr=subprocess.PIPE, env=environment, check=False
        )
        if done.returncode:
            why = done.stderr.decode("utf-8", "replace").strip()
            raise Transient(f"{described(url)} could not be dumped: {why}")
        file.write(_MARK_IN_DUMP.format(now=now).encode())


def _sync(path: Path) -> None:
    """Have the disk keep a file's bytes, or a directory's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
