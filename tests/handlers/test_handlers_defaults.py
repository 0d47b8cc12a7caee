from dataclasses import fields

from bridge.domain.rules import RuleDefaults
from handlers.defaults import rule_defaults


def test_every_default_of_a_rule_is_the_configured_one(desk):
    changes = {"final_call": 7_200, "allow_short_windows": True}
    config = desk.config.ballots.model_copy(update=changes)
    defaults = rule_defaults(config)
    for each in fields(RuleDefaults):
        assert getattr(defaults, each.name) == getattr(config, each.name)
