"""What a ballot takes from the configuration: the durations and calendars nobody names."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

from bridge.config import BallotsConfig, Config
from bridge.config_calendars import calendars_at
from bridge.domain.calendars import Calendar
from bridge.domain.rules import RuleDefaults
from bridge.ids import Instant


def rule_defaults(config: BallotsConfig) -> RuleDefaults:
    """Return the configured defaults; both sides use the same names."""
    return RuleDefaults(**{one.name: getattr(config, one.name) for one in fields(RuleDefaults)})


def calendars_now(config: Config, now: Instant) -> dict[str, Calendar]:
    """Return the configured calendars with the holidays around an instant."""
    return calendars_at(config.calendars, datetime.fromtimestamp(now / 1000, UTC).date())
