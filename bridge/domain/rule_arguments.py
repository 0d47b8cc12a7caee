"""The rule that a command's ``key=value`` arguments ask for; every mistake names the right form."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, Final

from bridge.domain.rules import (
    ROUGH_FINAL_CALL,
    Comparison,
    Mode,
    Rule,
    RuleDefaults,
    RuleError,
)

MODES: Final[tuple[Mode, ...]] = ("silence", "threshold", "rough", "signon", "sense")
COMMAND_KEYS: Final = frozenset(
    {"rule", "roster", "closes", "title", "text", "proposer", "comments", "supersedes", "follows"}
    | {"hard_stop", "statement"}
)
"""Keys of ``!ballot open`` that are not the rule's business."""

_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "silence": frozenset({"k", "strict", "reason", "min_evidence"}),
    "threshold": frozenset(
        {"quorum", "threshold", "comparison", "blocking", "reason", "min_evidence"}
    ),
    "rough": frozenset({"cosigners", "reason", "min_evidence"}),
    "signon": frozenset({"reason", "min_evidence"}),
    "sense": frozenset({"reason", "min_evidence"}),
}
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False}
_LONGEST_REASON: Final = 500
_EVIDENCE: Final = ("list", "dkim", "link", "matrix")
_FORM: Final = 'rule=silence k=1, or rule=threshold quorum=1/2 threshold=2/3 comparison="at least"'


def parse_rule(arguments: Mapping[str, str], defaults: RuleDefaults) -> Rule:
    """Return the rule that the command's ``key=value`` arguments ask for.

    Keys of the command itself (``COMMAND_KEYS``) are passed over. ``reason`` becomes
    ``shortened_reason`` and is only used by ``fit_window``.

    Raises:
        RuleError: an unknown mode, key or value; the message names the nearest right one.
    """
    mode = _mode(arguments.get("rule"))
    _refuse_unknown_keys(arguments, mode)
    parsed = {
        field: parse(arguments[key]) for key, (field, parse) in _FIELDS.items() if key in arguments
    }
    rule = replace(_with_durations(mode, defaults), **parsed)
    if rule.threshold == 1 and rule.comparison == "more_than":
        raise RuleError('more than 1/1 cannot be reached; write threshold=1 comparison="at least"')
    return rule


def _with_durations(mode: Mode, defaults: RuleDefaults) -> Rule:
    durations: dict[str, Any] = {f.name: getattr(defaults, f.name) for f in fields(defaults)}
    del durations["allow_short_windows"], durations["extension"]
    rule = Rule(mode=mode, **durations)
    if mode == "rough":
        return replace(rule, final_call=max(rule.final_call, ROUGH_FINAL_CALL))
    # What decides nothing has no final call, no holds, and nothing to appeal.
    return rule if rule.decides else replace(rule, final_call=0, hold=0, after_lifting=0)


def _mode(value: str | None) -> Mode:
    if value is None:
        raise RuleError(f"the rule is missing; write {_FORM}")
    wanted = value.strip().casefold()
    for mode in MODES:
        if wanted.replace("-", "") == mode:
            return mode
    near = difflib.get_close_matches(wanted, MODES, n=1, cutoff=0.0)[0]
    raise RuleError(f"there is no rule {value!r}; did you mean rule={near}? Write {_FORM}")


def _refuse_unknown_keys(arguments: Mapping[str, str], mode: Mode) -> None:
    known = sorted(_KEYS[mode] | COMMAND_KEYS)
    elsewhere = frozenset().union(*_KEYS.values())
    for key in arguments:
        if key in known:
            continue
        if key in elsewhere:
            raise RuleError(f"{key} does not belong to rule={mode}; write {_FORM}")
        near = difflib.get_close_matches(key.casefold(), known, n=1, cutoff=0.0)[0]
        raise RuleError(f"there is no option {key!r}; did you mean {near}?")


def _parse_k(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 7:
        return int(value)
    raise RuleError(f"k={value!r} is not a number of people; write k=1")


def _parse_cosigners(value: str) -> int:
    if value.isascii() and value.isdigit() and int(value[:7]) > 0 and len(value) < 7:
        return int(value)
    raise RuleError(f"cosigners={value!r} is not a number of members; write cosigners=4")


def _parse_quorum(value: str) -> Fraction | int:
    if value.isascii() and value.isdigit() and value != "0" and len(value) < 7:
        return int(value)
    return _fraction("quorum", value)


def _parse_threshold(value: str) -> Fraction:
    return _fraction("threshold", value)


def _fraction(key: str, value: str) -> Fraction:
    """Parse ``2/3``, ``0.5`` or ``60%`` exactly; it must lie above 0 and not above 1."""
    number, percent = (value.strip().removesuffix("%"), value.strip().endswith("%"))
    try:
        # The length keeps 1e999999999 from being computed.
        share = Fraction(number if len(number) < 16 and "e" not in number.lower() else "")
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    share = share / 100 if percent else share
    if not 0 < share <= 1:
        raise RuleError(f"{key}={value!r} is no share above 0 and up to 1; write {key}=2/3")
    return share


def _parse_comparison(value: str) -> Comparison:
    wanted = value.strip().casefold().replace(" ", "_").replace("-", "_")
    if wanted == "at_least":
        return "at_least"
    if wanted == "more_than":
        return "more_than"
    raise RuleError(f'comparison={value!r} is unknown; write comparison="at least" or "more than"')


def _parse_blocking(value: str) -> bool:
    return _boolean("blocking", value)


def _parse_strict(value: str) -> bool:
    return _boolean("strict", value)


def _boolean(key: str, value: str) -> bool:
    if value.strip().casefold() not in _BOOLEANS:
        raise RuleError(f"{key}={value!r} is neither yes nor no; write {key}=yes")
    return _BOOLEANS[value.strip().casefold()]


def _parse_evidence(value: str) -> str:
    if value.strip().casefold() not in _EVIDENCE:
        raise RuleError(f"min_evidence={value!r} is unknown; write one of {', '.join(_EVIDENCE)}")
    return value.strip().casefold()


def _parse_reason(value: str) -> str:
    reason = " ".join(value.split())
    if not reason:
        raise RuleError('reason="" says nothing; write reason="the alliance publishes on Monday"')
    if len(reason) > _LONGEST_REASON:
        raise RuleError(f"reason= has {len(reason)} characters; say it in {_LONGEST_REASON}")
    return reason


_FIELDS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "k": ("k", _parse_k),
    "quorum": ("quorum", _parse_quorum),
    "threshold": ("threshold", _parse_threshold),
    "comparison": ("comparison", _parse_comparison),
    "blocking": ("blocking", _parse_blocking),
    "strict": ("strict", _parse_strict),
    "cosigners": ("cosigners", _parse_cosigners),
    "min_evidence": ("min_evidence", _parse_evidence),
    "reason": ("shortened_reason", _parse_reason),
}
"""Argument -> field of the rule, and how it is read."""
