"""What an operator is told without asking; pure.

Each sentence says what is wrong and what to do. ``onset`` tells one occurrence of a condition from
the next: a new one is news (``watching``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bridge.ids import BallotId, Instant
from bridge.outside import MAIL, MATRIX, Outside
from bridge.retry import NEVER
from bridge.store.readings import Readings

WAITED_TOO_LONG_MS = 4 * 60 * 1000
"""The watch looks once a minute, so operators know within five of what began (P24)."""
SWEEP_MAY_TAKE_MS = 60 * 1000


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


@dataclass(frozen=True, slots=True)
class Around:
    """What the numbers of the database do not say.

    Attributes:
        closed_rooms: why nothing may be posted to a room, by list.
        overdue_ballots: the deadlines of ballots that are past it and count still.
        outside: the servers beside us.
        is_nearly_full: little is left of the database's disk.
    """

    closed_rooms: Mapping[str, str] = field(default_factory=dict)
    overdue_ballots: Mapping[BallotId, Instant] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)
    is_nearly_full: bool = False


def alerts(
    readings: Readings, around: Around, now: Instant, *, sweep_every: int
) -> tuple[Alert, ...]:
    """Return the alerts of this instant.

    Args:
        readings: the bridge in numbers.
        around: what else may need a human.
        now: the instant of the readings.
        sweep_every: how often reactions are read anew, in seconds.
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
        for list_id, why in sorted(around.closed_rooms.items())
    ]
    may_take = max(WAITED_TOO_LONG_MS, sweep_every * 1000 + SWEEP_MAY_TAKE_MS)
    unswept = [_unswept(readings)] if readings.oldest_sweep_ms > may_take else []
    ballots = [_standing(*one) for one in sorted(around.overdue_ballots.items())]
    full = [_FULL] if around.is_nearly_full else []
    return (*found, *_servers(around.outside, now), *unswept, *ballots, *rooms, *full)


def _servers(outside: Outside, now: Instant) -> Iterator[Alert]:
    for destination, (name, sentence) in _DOWN.items():
        since = outside.down.get(destination, NEVER)
        if since:
            told = sentence.format(minutes=(now - since) // 60_000)
            yield Alert(name, f"alert:{name}", told, since)
    ahead = outside.ahead_ms
    if ahead:
        which = "ahead of" if ahead > 0 else "behind"
        yield Alert(
            "clocks_apart",
            "alert:clocks_apart",
            f"Our clock is {abs(ahead) // 1000} seconds {which} the homeserver's. No ballot closes "
            "before both have passed its deadline. Have both corrected by NTP.",
        )


def _standing(ballot: BallotId, deadline: Instant) -> Alert:
    return Alert(
        "ballot_overdue",
        f"alert:ballot_overdue:b/{ballot}",
        f"b/{ballot} is past its deadline and could not be counted: its card has not been read "
        "completely since then. Answers that came in time are not lost. Run: seconded check.",
        deadline,
    )


def _unswept(readings: Readings) -> Alert:
    return Alert(
        "sweep",
        "alert:sweep",
        f"The answers to an open ballot were last read anew {readings.oldest_sweep_ms // 60_000} "
        "minutes ago, and no result is counted before they are: the homeserver does not let us "
        "read the room. Run: seconded check.",
    )


def unstored(reason: str, minutes: int | None = None) -> Alert:
    """Return the alert that nothing can be stored; it is told past the database.

    Args:
        reason: what the database said.
        minutes: for how long; None where it was tried only now.
    """
    lasting = "just now" if minutes is None else f"for {minutes} minutes"
    return Alert(
        "database",
        "alert:database",
        f"Nothing could be written to the database {lasting} ({reason}), so no mail is taken until "
        "it can (mail servers come again; nothing is lost). See: The disk is full, in the runbook.",
    )


_DOWN: Mapping[str, tuple[str, str]] = {
    MATRIX: (
        "homeserver_down",
        (
            "The homeserver has been down, or refused everything, for {minutes} minutes. What came "
            "in waits and catches up by itself; no ballot closes meanwhile. Run: seconded check."
        ),
    ),
    MAIL: (
        "mail_server_down",
        (
            "The mail server has been down, or refused everything, for {minutes} minutes. What "
            "must go to the lists waits and leaves by itself. Run: seconded check."
        ),
    ),
}
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
        lambda one: one.oldest_unsent_ms > WAITED_TOO_LONG_MS,
        lambda one: (
            f"Something has waited {one.oldest_unsent_ms // 60_000} minutes to leave: the "
            "homeserver or the mail server does not take what we send. Run: seconded check."
        ),
    ),
    "lag": (
        lambda one: one.lag_ms > WAITED_TOO_LONG_MS,
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
