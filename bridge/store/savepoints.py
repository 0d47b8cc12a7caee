"""Savepoints: what one function or one item did can be undone, and the rest of the commit stays.

SQLAlchemy's own cost 230 microseconds each (measured), and a post passes five of them.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.store.prepared import Prepared

# One name will do: of several with it, both databases mean the last one that is still open.
_SAVE = Prepared(lambda _: text("SAVEPOINT step"))
_KEEP = Prepared(lambda _: text("RELEASE SAVEPOINT step"))
_UNDO = Prepared(lambda _: text("ROLLBACK TO SAVEPOINT step"))


class Savepoint:
    """A point inside a transaction to go back to; ends with one of ``commit`` and ``rollback``."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        _SAVE.execute(conn, {})

    def commit(self) -> None:
        """Keep what was done since."""
        _KEEP.execute(self._conn, {})

    def rollback(self) -> None:
        """Undo what was done since.

        Raises:
            DBAPIError: the database has given up the whole transaction already.
        """
        _UNDO.execute(self._conn, {})
        _KEEP.execute(self._conn, {})
