"""An alert in words: as a message for the operators' room and as a mail; pure."""

from __future__ import annotations

from bridge.alerts import Alert
from bridge.config import Config
from bridge.ids import Instant, MessageId, digest
from bridge.mail.columns import fold
from bridge.mail.compose import ListMail, compose
from bridge.matrix.content import notice_content
from bridge.ports import Content, Envelope


def alert_content(config: Config, alert: Alert) -> Content:
    """Return the message for the operators' room."""
    return notice_content(f"{config.instance.name}: {alert.sentence}")


def alert_mail(
    config: Config, alert: Alert, to: str, instance: str, now: Instant
) -> tuple[MessageId, Envelope]:
    """Return the mail to the operators.

    Args:
        config: who writes.
        alert: its key makes the Message-ID, so that a second run writes the same mail.
        to: the operators' address.
        instance: which bridge this is.
        now: the mail's date.
    """
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
        date=now,
        instance=instance,
    )
    return message_id, Envelope(sender, (to,), compose(mail))
