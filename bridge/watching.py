"""The watch, once a minute: tell operators what needs them, and let go of raw mail that is old."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bridge.alerts import Alert, alerts
from bridge.config import Config
from bridge.failpoints import reach
from bridge.ids import Instant, ListId, MessageId, digest
from bridge.letters import alert_letter, mail_letter
from bridge.mail.columns import fold
from bridge.mail.compose import ListMail, compose
from bridge.matrix.content import notice_content
from bridge.ports import Envelope
from bridge.store import inbox, outbox, rooms
from bridge.store.ballots import posts_in_use
from bridge.store.database import Reading, Tx
from bridge.store.instance import ensure_instance
from bridge.store.outbox import Letter
from bridge.store.place import database_place, is_nearly_full
from bridge.store.readings import read_readings
from bridge.store.told import ALERT, Told, record_clear, record_told, told_of

log = structlog.get_logger()
HOUR_MS = 3_600_000


def alerts_now(conn: Reading, now: Instant, config: Config) -> tuple[Alert, ...]:
    """Return every condition that needs a human at this instant."""
    closed: dict[str, str] = {
        room.list_id: room.closed_because
        for room in rooms.every_room(conn)
        if room.closed_because is not None and room.checked_at > 0
    }
    is_full = is_nearly_full(database_place(config.database))
    every = config.ballots.sweep_every
    readings = read_readings(conn, now)
    return alerts(readings, closed, now, sweep_every=every, is_nearly_full=is_full)


def watch(tx: Tx, config: Config) -> None:
    """Queue the alerts that are news, and drop raw mail older than ``keep_raw``."""
    found = alerts_now(tx.conn, tx.now, config)
    record_clear(tx, [alert.key for alert in found])
    for alert in found:
        if _is_news(tx, alert):
            record_told(tx, alert.key, ALERT, Told(alert.onset, tx.now))
            _tell(tx, config, replace(alert, key=f"{alert.key}:{tx.now // HOUR_MS}"))
    before = Instant(tx.now - config.keep_raw * 1000)
    dropped = inbox.drop_raw(tx, before, keep=posts_in_use(tx.conn))
    if dropped:
        log.info("raw_mail_dropped", mails=dropped)
    reach("watch.queued")


def _is_news(tx: Tx, alert: Alert) -> bool:
    """Tell a new occurrence an hour after the last alert at the soonest, a lasting one daily."""
    told = told_of(tx.conn, alert.key, ALERT)
    if told is None:
        return True
    passed = tx.now - told.at
    return passed >= (HOUR_MS if alert.onset != told.upto else 24 * HOUR_MS)


def _tell(tx: Tx, config: Config, alert: Alert) -> None:
    """Tell by room and by mail: when one of them is what is broken, the other arrives."""
    letters = []
    if config.operators.room is not None:
        content = notice_content(f"{config.instance.name}: {alert.sentence}")
        letters.append(alert_letter(config.operators.room, f"{alert.key}:room", content))
    if config.operators.mail is not None:
        letters.append(_mail(tx, config, alert, config.operators.mail))
    queued = [outbox.add(tx, letter) for letter in letters]
    if any(queued):
        log.error("operators_alerted", alert=alert.name, sentence=alert.sentence)


def _mail(tx: Tx, config: Config, alert: Alert, to: str) -> Letter:
    instance = ensure_instance(tx).uuid
    name = digest(instance, alert.key)[:24]
    message_id = MessageId(f"alert.{name}@{config.instance.mail_domain}")
    sender = config.lists[0].bridge_address
    mail = ListMail(
        message_id=message_id,
        in_reply_to=None,
        references=(),
        from_name=config.instance.name,
        from_address=sender,
        to=to,
        reply_to=None,
        subject=f"[ALERT] {config.instance.name}: {alert.name.replace('_', ' ')}",
        body=fold(alert.sentence),
        date=tx.now,
        instance=instance,
    )
    envelope = Envelope(sender, (to,), compose(mail))
    return mail_letter(ListId("operators"), message_id, envelope, None)
