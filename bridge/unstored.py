"""The one alert that is no letter: that nothing can be stored, so no letter either.

Everything else is stored first and delivered afterwards. When the database is locked by somebody,
full or out of reach, that road is what is broken, and operators are told past it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace

import structlog

from bridge.alert_letters import alert_content, alert_mail
from bridge.alerts import Alert, unstored
from bridge.config import Config
from bridge.delivery.matrix import AlertErrand
from bridge.errors import SecondedError
from bridge.ids import Instant, RoomId, UserId, digest
from bridge.news import is_news, of_this_hour
from bridge.outside import DOWN_TOO_LONG_MS
from bridge.ports import Homeserver, MailWriter, Send
from bridge.store.told import Told

log = structlog.get_logger()


@dataclass(slots=True)
class Unstored:
    """Knows since when nothing could be stored, in memory alone.

    Several bridges on one database, and one that is started again, tell of it each. What they tell
    in the same hour has one transaction id, by which the homeserver knows the event again, and one
    Message-ID, which a mail server need not look at: there may be as many mails as bridges.

    Attributes:
        bot: who speaks in the operators' room.
    """

    config: Config
    homeserver: Homeserver
    mail: MailWriter
    bot: UserId
    _failing_since: Instant | None = None
    _told: Told | None = None

    def succeeded(self) -> None:
        """Note that something was stored: the next time is another occurrence."""
        self._failing_since = None

    async def failed(self, now: Instant, reason: str) -> None:
        """Note that nothing could be stored, and tell operators when that lasts.

        Nothing is raised: where nobody can be told, the next time is soon.
        """
        since = self._failing_since = self._failing_since or now
        if now - since < DOWN_TOO_LONG_MS:
            return
        alert = replace(unstored(reason, (now - since) // 60_000), onset=since)
        if not is_news(self._told, alert, now):
            return
        tellings = self._tellings(of_this_hour(alert, now), now)
        if any([await _has_arrived(one) for one in tellings]):
            self._told = Told(alert.onset, now)
            log.error("operators_alerted", alert=alert.name, sentence=alert.sentence)

    def _tellings(self, alert: Alert, now: Instant) -> list[Awaitable[str]]:
        room, address = self.config.operators.room, self.config.operators.mail
        found: list[Awaitable[str]] = []
        if room is not None:
            txn_id = digest("txn", f"{alert.key}:room", self.bot)
            content = alert_content(self.config, alert)
            request = Send(RoomId(""), self.bot, "m.room.message", content, txn_id)
            found.append(AlertErrand(room, request, now).carry(self.homeserver, None))
        if address is not None:
            # Who we are stands in the database.
            instance = digest("instance", self.config.matrix.server_name, self.bot)
            _, envelope = alert_mail(self.config, alert, address, instance, now)
            found.append(self.mail.send(envelope))
        return found


async def _has_arrived(telling: Awaitable[str]) -> bool:
    try:
        await telling
    except SecondedError as error:
        log.warning("alert_not_carried", reason=str(error))
        return False
    return True
