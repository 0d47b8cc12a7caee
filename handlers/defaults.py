"""The durations a rule has when the chair names none."""

from __future__ import annotations

from dataclasses import fields

from bridge.config import BallotsConfig
from bridge.domain.rules import RuleDefaults


def rule_defaults(config: BallotsConfig) -> RuleDefaults:
    """Return the configured defaults; both sides use the same names."""
    return RuleDefaults(**{one.name: getattr(config, one.name) for one in fields(RuleDefaults)})
