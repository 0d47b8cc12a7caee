"""What an operator is told without asking; pure.

Each sentence says what is wrong and what to do. ``onset`` tells one occurrence of a condition from
the next: a new one is news (``watching``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.ids import Instant
from bridge.store.readings import Readings

UNSENT_TOO_LONG_MS = 5 * 60 * 1000
SWEEPS_MISSED = 3


@dataclass(frozen=True, slots=True)
class Alert:
    """One condition that needs a human.

    Attributes:
        name: which condition.
        key: the condition, and the list it is about.
        sentence: what is wrong and what to do.
        onset: changes with each occurrence; 0 where only a clear time tells them apart.
    """

    name: str
    key: str
    sentence: str
    onset: int = 0


def alerts(
    readings: Readings,
    closed_rooms: Mapping[str, str],
    now: Instant,
    *,
    sweep_every: int,
    is_nearly_full: bool = False,
) -> tuple[Alert, ...]:
    """Return the alerts of this instant.

    Args:
        readings: the bridge in numbers.
        closed_rooms: why nothing may be posted to a room, by list.
        now: the instant of the readings.
        sweep_every: how often reactions are read anew, in seconds.
        is_nearly_full: little is left of the database's disk.
    """
    onsets = {
        "shunted": readings.newest_shunted,
        "overdue": readings.newest_overdue,
        "unsent": now - readings.oldest_unsent_ms,
        "lag": now - readings.lag_ms,
    }
    found = [
        Alert(name, f"alert:{name}", sentence(readings), onsets.get(name, 0))
        for name, (holds, sentence) in _CONDITIONS.items()
        if holds(readings)
    ]
    rooms = [
        Alert(
            "room_closed",
            f"alert:room_closed:{list_id}",
            f"Nothing is posted for {list_id}: {why}.",
        )
        for list_id, why in sorted(closed_rooms.items())
    ]
    may_take = max(UNSENT_TOO_LONG_MS, SWEEPS_MISSED * sweep_every * 1000)
    unswept = [_unswept(readings)] if readings.oldest_sweep_ms > may_take else []
    return (*found, *unswept, *rooms, *([_FULL] if is_nearly_full else ()))


def _unswept(readings: Readings) -> Alert:
    return Alert(
        "sweep",
        "alert:sweep",
        f"The answers to an open ballot were last read anew {readings.oldest_sweep_ms // 60_000} "
        "minutes ago, and no result is counted before they are: the homeserver does not let us "
        "read the room. Run: seconded check.",
    )


_FULL = Alert(
    "disk",
    "alert:disk",
    "The database's disk is nearly full, so no mail is taken until there is room (mail servers "
    "come again; nothing is lost). Answers in chat still count.",
)

_Condition = tuple[Callable[[Readings], bool], Callable[[Readings], str]]

_CONDITIONS: Mapping[str, _Condition] = {
    "shunted": (
        lambda one: one.shunted > 0,
        lambda one: (
            f"{one.shunted} item(s) were set aside because a human must look. "
            "Run: seconded shunted; mend the cause; then: seconded unshunt ITEM."
        ),
    ),
    "overdue": (
        lambda one: one.posts_overdue > 0,
        lambda one: (
            f"{one.posts_overdue} mail(s) of ours were accepted by the mail server and not seen on "
            "their list after 15 minutes: held by the moderator, too big, or our address is not "
            "subscribed."
        ),
    ),
    "unsent": (
        lambda one: one.oldest_unsent_ms > UNSENT_TOO_LONG_MS,
        lambda one: (
            f"Something has waited {one.oldest_unsent_ms // 60_000} minutes to leave: the "
            "homeserver or the mail server does not take what we send. Run: seconded check."
        ),
    ),
    "lag": (
        lambda one: one.lag_ms > UNSENT_TOO_LONG_MS,
        lambda one: (
            f"Something that came in has waited {one.lag_ms // 60_000} minutes to be handled; see "
            "the log of the bridge."
        ),
    ),
    "template": (
        lambda one: one.templates_failed > 0,
        lambda one: (
            f"Mail templates of {one.templates_failed} list(s) failed within a day, so mails went "
            "out in our own words. See template_failed in the log of the bridge, and mend them."
        ),
    ),
}
