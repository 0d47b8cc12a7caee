"""Configurations for tests: a small valid one, and ways to spoil it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ENVIRON = {"AS_TOKEN": "as-canary", "HS_TOKEN": "hs-canary"}

ROSTER: dict[str, Any] = {
    "people": {
        "amina": {
            "name": "Amina Ben Ali",
            "addresses": ["amina@alliance.example"],
            "matrix": ["@amina:example.org"],
            "zone": "Africa/Tunis",
        },
        "jan": {"name": "Jan Novák", "addresses": ["jan@network.example"]},
    },
    "organisations": {
        "alliance": {"name": "Alliance", "delegates": [{"person": "amina", "role": "primary"}]}
    },
    "rosters": {"pc": {"title": "Policy Committee", "members": ["amina", "jan"], "chair": "jan"}},
}

OPTIONS: dict[str, Any] = {
    "instance": {"name": "Seconded at example.org", "mail_domain": "bridge.example.org"},
    "database": "sqlite:///seconded.sqlite3",
    "roster": "roster.yaml",
    "matrix": {
        "homeserver": "https://matrix.example.org",
        "server_name": "example.org",
        "as_token": {"env": "AS_TOKEN"},
        "hs_token": {"env": "HS_TOKEN"},
    },
    "mail": {"submission": {"host": "mail.example.org"}},
    "lists": [
        {
            "id": "pc.lists.example.org",
            "name": "pc",
            "title": "Policy Committee",
            "posting_address": "pc@lists.example.org",
            "bridge_address": "pc-bridge@bridge.example.org",
            "intake_address": "pc-q7v2m9x4tk@bridge.example.org",
            "visibility": "public",
            "owner_consent": {"name": "List Owner", "date": "2025-10-01"},
            "facilitators": ["amina"],
        }
    ],
}

ABSENT = object()
"""As a new value: the option is left out."""


def changed(sample: Mapping[str, Any], changes: Mapping[tuple[Any, ...], Any]) -> dict[str, Any]:
    """Return a copy of the sample with the values at some places replaced."""
    copied = copy.deepcopy(dict(sample))
    for (*parents, last), value in changes.items():
        place: Any = copied
        for step in parents:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        if value is ABSENT:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return copied


def write_config(
    directory: Path,
    changes: Mapping[tuple[Any, ...], Any] | None = None,
    roster_changes: Mapping[tuple[Any, ...], Any] | None = None,
) -> Path:
    """Write a configuration with its roster and return the path of its YAML."""
    roster = directory / "roster.yaml"
    roster.write_text(yaml.safe_dump(changed(ROSTER, roster_changes or {})), encoding="utf-8")
    roster.chmod(0o600)
    path = directory / "seconded.yaml"
    path.write_text(yaml.safe_dump(changed(OPTIONS, changes or {})), encoding="utf-8")
    return path
