"""What the promises rest on, read back from the server."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.errors import Transient
from bridge.store.postgres import SILENCE, PostgresTransactor, reading_transactor


class RefusalError(Exception):
    """What the driver raises."""

    def __init__(self, sqlstate):
        super().__init__("it says no\nand more")
        self.sqlstate = sqlstate


@pytest.fixture
def transactor(postgres):
    made = PostgresTransactor(postgres.database())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("setting", "value"), [("synchronous_commit", "on"), ("lock_timeout", "10s")]
)
def test_settings_that_the_promises_rest_on(transactor, setting, value):
    assert transactor.transact(lambda conn: conn.scalar(text(f"SHOW {setting}"))) == value


def test_a_server_that_has_vanished_is_given_up_by_the_kernel(transactor):
    def options(conn):
        made = conn.connection.driver_connection._transport.get_extra_info("socket")
        return [made.getsockopt(level, option) for level, option, _ in SILENCE]

    assert transactor.transact(options) == [value for *_, value in SILENCE]


def test_a_reader_sees_one_instant_and_cannot_write(postgres):
    reading = reading_transactor(postgres.database())
    shown = reading.transact(
        lambda conn: [
            conn.scalar(text(f"SHOW transaction_{one}")) for one in ("isolation", "read_only")
        ]
    )
    assert shown == ["repeatable read", "on"]
    reading.close()


@pytest.mark.parametrize(
    ("sqlstate", "heals"),
    [
        ("40P01", True),  # deadlock
        ("53100", True),  # disk full
        ("55P03", True),  # lock timeout
        ("57P01", True),  # the server is shut down
        ("08006", True),  # connection lost
        ("42P01", False),  # no such table: a bug
        ("23505", False),  # a unique key: a bug
        (None, False),
    ],
)
def test_what_time_heals_is_told_by_its_code(transactor, sqlstate, heals):
    error = DBAPIError("SELECT 'secret'", None, RefusalError(sqlstate))
    translated = transactor.translate(error)
    assert isinstance(translated, Transient) is heals
    if heals:
        assert str(translated) == "the database cannot write now: it says no"


def test_a_failed_savepoint_leaves_the_rest_of_the_transaction_alone(transactor):
    def run(conn):
        conn.execute(text("CREATE TABLE t (x INTEGER PRIMARY KEY)"))
        for value in (1, 1, 2):
            savepoint = conn.begin_nested()
            try:
                conn.execute(text("INSERT INTO t VALUES (:x)"), {"x": value})
                savepoint.commit()
            except DBAPIError:
                savepoint.rollback()
        return conn.scalars(text("SELECT x FROM t ORDER BY x")).all()

    assert transactor.transact(run) == [1, 2]
