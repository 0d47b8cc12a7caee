"""The watch, once a minute: tell operators what needs them, and let go of raw mail that is old."""

from __future__ import annotations

import structlog

from bridge.alert_letters import alert_content, alert_mail
from bridge.alerts import WAITED_TOO_LONG_MS, Alert, Around, alerts
from bridge.config import Config
from bridge.domain.ballots import COUNTING
from bridge.failpoints import reach
from bridge.ids import BallotId, Instant, ListId
from bridge.letters import alert_letter, mail_letter
from bridge.news import is_news, of_this_hour
from bridge.outside import MAIL, MATRIX, Outside, read_outside, record_outside
from bridge.store import ballots, inbox, outbox, rooms
from bridge.store.ballots import posts_in_use
from bridge.store.database import Reading, Tx
from bridge.store.instance import ensure_instance
from bridge.store.outbox import Letter
from bridge.store.place import database_place, is_nearly_full
from bridge.store.readings import read_readings
from bridge.store.told import ALERT, Told, record_clear, record_told, told_of

log = structlog.get_logger()


def alerts_now(conn: Reading, now: Instant, config: Config) -> tuple[Alert, ...]:
    """Return every condition that needs a human at this instant."""
    closed: dict[str, str] = {
        room.list_id: room.closed_because
        for room in rooms.every_room(conn)
        if room.closed_because is not None and room.checked_at > 0
    }
    around = Around(
        closed_rooms=closed,
        overdue_ballots=_overdue_ballots(conn, now),
        outside=read_outside(conn),
        is_nearly_full=is_nearly_full(database_place(config.database)),
    )
    return alerts(read_readings(conn, now), around, now, sweep_every=config.ballots.sweep_every)


def _overdue_ballots(conn: Reading, now: Instant) -> dict[BallotId, Instant]:
    """Return the deadlines of ballots that should have been counted, and were not."""
    found = {}
    for row in ballots.in_states(conn, tuple(COUNTING)):
        deadline = row.ballot.deadline.instant
        if now > deadline + row.ballot.rule.grace_chat * 1000 + WAITED_TOO_LONG_MS:
            found[row.ballot.id] = deadline
    return found


def watch(tx: Tx, config: Config, outside: Outside | None = None) -> None:
    """Queue the alerts that are news, and drop raw mail older than ``keep_raw``.

    Args:
        tx: the transaction.
        config: whom to tell, and how long mail is kept.
        outside: what was found of the servers beside us; None where nobody looked.
    """
    if outside is not None:
        record_outside(tx, outside)
    found = alerts_now(tx.conn, tx.now, config)
    record_clear(tx, [alert.key for alert in found])
    for alert in found:
        if is_news(told_of(tx.conn, alert.key, ALERT), alert, tx.now):
            record_told(tx, alert.key, ALERT, Told(alert.onset, tx.now))
            _tell(tx, config, of_this_hour(alert, tx.now), read_outside(tx.conn).servers_down)
    before = Instant(tx.now - config.keep_raw * 1000)
    dropped = inbox.drop_raw(tx, before, keep=posts_in_use(tx.conn))
    if dropped:
        log.info("raw_mail_dropped", mails=dropped)
    reach("watch.queued")


def _tell(tx: Tx, config: Config, alert: Alert, down: frozenset[str]) -> None:
    """Tell by room and by mail; where a server is known to be down, by the other one alone.

    When every way is, all are taken: late is better than never.
    """
    letters: dict[str, Letter] = {}
    if config.operators.room is not None:
        content = alert_content(config, alert)
        letters[MATRIX] = alert_letter(config.operators.room, f"{alert.key}:room", content)
    if config.operators.mail is not None:
        instance = ensure_instance(tx).uuid
        message_id, envelope = alert_mail(config, alert, config.operators.mail, instance, tx.now)
        letters[MAIL] = mail_letter(ListId("operators"), message_id, envelope, None)
    ways = letters.keys() - down or letters.keys()
    queued = [outbox.add(tx, letters[way]) for way in sorted(ways)]
    if any(queued):
        log.error("operators_alerted", alert=alert.name, sentence=alert.sentence)
