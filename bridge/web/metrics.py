"""What an operator watches, in the Prometheus text format at ``/metrics``.

The numbers are read when they are asked for and kept nowhere: ``Metrics`` is a snapshot, the table
``FAMILIES`` says under which name and with which explanation each of them is shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import cast

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridge.ids import BallotId, Instant


class BreakerState(IntEnum):
    """What a destination's circuit breaker lets through."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class Metrics:
    """The bridge in numbers at one instant.

    Attributes:
        inbox: items by state; a state without items is best given as 0.
        outbox: items by (destination, state).
        oldest_unsent_seconds: age of the oldest item that should have left and has not.
        shunted: items in both queues that wait for a human.
        lag_seconds: age of the oldest mail or Matrix event that is stored but not handled.
        posts_mirrored: posts of lists that stand in their room, since the database was made.
        acts_recorded: entries of all ledgers, likewise.
        posts_overdue: our mails that a mail server took and the list has not shown in time.
        last_sweeps: for each open ballot, when its room was last read completely; 0 = never.
        breakers: by destination.
    """

    inbox: Mapping[str, int] = field(default_factory=dict)
    outbox: Mapping[tuple[str, str], int] = field(default_factory=dict)
    oldest_unsent_seconds: float = 0.0
    shunted: int = 0
    lag_seconds: float = 0.0
    posts_mirrored: int = 0
    acts_recorded: int = 0
    posts_overdue: int = 0
    last_sweeps: Mapping[BallotId, Instant] = field(default_factory=dict)
    breakers: Mapping[str, BreakerState] = field(default_factory=dict)


Snapshot = Callable[[], Awaitable[Metrics]]
"""Reads the numbers now; called for each scrape."""

Samples = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its kind, its name, what it tells an operator, its labels and its samples."""

    kind: type[GaugeMetricFamily | CounterMetricFamily]
    name: str
    explanation: str
    samples: Callable[[Metrics], Samples]
    labels: tuple[str, ...] = ()


FAMILIES: tuple[Family, ...] = (
    Family(
        GaugeMetricFamily,
        "seconded_inbox_items",
        "What has come in, by state. new = waits to be handled, which should take seconds; "
        "held = not from the list, or held by a limit: look at it; shunted = see seconded_shunted.",
        lambda m: (((state,), count) for state, count in sorted(m.inbox.items())),
        ("state",),
    ),
    Family(
        GaugeMetricFamily,
        "seconded_outbox_items",
        "What must leave, by destination (matrix, mail) and state. unknown = may have arrived, "
        "is looked up before it is sent again.",
        lambda m: sorted(m.outbox.items()),
        ("destination", "state"),
    ),
    Family(
        GaugeMetricFamily,
        "seconded_oldest_unsent_seconds",
        "Age of the oldest item that should have left and has not. Over 240: the homeserver or "
        "the mail server does not take what we send.",
        lambda m: [((), m.oldest_unsent_seconds)],
    ),
    Family(
        GaugeMetricFamily,
        "seconded_shunted",
        "Items set aside because a human must look. Over 0: run `seconded shunted`, mend the "
        "cause, then `seconded unshunt`.",
        lambda m: [((), m.shunted)],
    ),
    Family(
        GaugeMetricFamily,
        "seconded_lag_seconds",
        "Age of the oldest mail or Matrix event that is stored but not handled. Over 60: the "
        "bridge does not keep up; see its log.",
        lambda m: [((), m.lag_seconds)],
    ),
    Family(
        CounterMetricFamily,
        "seconded_posts_mirrored",
        "Posts of lists that stand in their room.",
        lambda m: [((), m.posts_mirrored)],
    ),
    Family(
        CounterMetricFamily,
        "seconded_acts_recorded",
        "Entries of all ballots' ledgers: reactions, withdrawals and answers, counted or not.",
        lambda m: [((), m.acts_recorded)],
    ),
    Family(
        GaugeMetricFamily,
        "seconded_posts_overdue",
        "Our mails that the mail server accepted and the list has not shown in time. Over 0: "
        "probably held by the list's moderator, too big, or our address is not subscribed.",
        lambda m: [((), m.posts_overdue)],
    ),
    Family(
        GaugeMetricFamily,
        "seconded_last_sweep_timestamp_seconds",
        "When the reactions of an open ballot were last read completely from the homeserver, as "
        "Unix time; 0 = never. Long ago: no result can be published until a sweep succeeds.",
        lambda m: (((str(b),), at / 1000) for b, at in sorted(m.last_sweeps.items())),
        ("ballot",),
    ),
    Family(
        GaugeMetricFamily,
        "seconded_breaker_state",
        "Whether we try a destination: 0 = normally, 1 = one item at a time to see whether it is "
        "back, 2 = not at all for a while, because it failed again and again.",
        lambda m: (((name,), state) for name, state in sorted(m.breakers.items())),
        ("destination",),
    ),
)


# Compared by identity: the registry keeps it in a dictionary, and mappings have no hash.
@dataclass(frozen=True, slots=True, eq=False)
class _Reading(Collector):
    """One snapshot as prometheus_client wants it."""

    metrics: Metrics

    def collect(self) -> Iterator[Metric]:
        for family in FAMILIES:
            shown = family.kind(family.name, family.explanation, labels=family.labels)
            for labels, value in family.samples(self.metrics):
                shown.add_metric(labels, value)
            yield cast("Metric", shown)


def exposition(metrics: Metrics) -> bytes:
    """Return the snapshot in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Reading(metrics))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def metrics_app(snapshot: Snapshot) -> web.Application:
    """Return the application that answers ``/metrics`` with the numbers of this instant."""

    async def show(_request: web.Request) -> web.Response:
        body = exposition(await snapshot())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/metrics", show)])
    return app
