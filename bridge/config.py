"""The configuration: one YAML file and a roster beside it, read once, frozen, passed in parts.

Secrets come from files or the environment, never from the YAML. A configuration is refused with
every mistake at once. What an option is for stands in ``config/example.yaml``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from bridge.config_checks import (
    clear_tokens,
    disagreements,
    guessable_intakes,
    links_to_nothing,
)
from bridge.config_listen import Listen
from bridge.config_mistakes import options_of, sentences, unknown_option
from bridge.config_models import (
    BallotsConfig,
    Config,
    DeliveredBy,
    DigestConfig,
    EvidenceConfig,
    InstanceConfig,
    ListConfig,
    MailConfig,
    MatrixConfig,
    MetricsConfig,
    OperatorsConfig,
    OwnerConsent,
    SubmissionConfig,
    WebConfig,
)
from bridge.config_roster import EMPTY_ROSTER, load_roster
from bridge.config_secrets import Secret, SecretSource, ensure_secret_file
from bridge.config_yaml import read_yaml
from bridge.domain.roster import Roster
from bridge.errors import ConfigError

__all__ = [
    "BallotsConfig",
    "Config",
    "DeliveredBy",
    "DigestConfig",
    "EvidenceConfig",
    "InstanceConfig",
    "ListConfig",
    "Listen",
    "MailConfig",
    "MatrixConfig",
    "MetricsConfig",
    "OperatorsConfig",
    "OwnerConsent",
    "Secret",
    "SubmissionConfig",
    "WebConfig",
    "ensure_secret_file",
    "load_config",
    "missing_token_files",
]

TOKENS = ("as_token", "hs_token")
"""The two secrets that we make ourselves."""

_FILLED_IN = frozenset(name for name, field in Config.model_fields.items() if field.exclude)
"""Fields that loading fills in; nobody writes them."""


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration that the file holds.

    Args:
        path: the YAML file; relative paths inside it start at its directory.
        environ: where ``{env: NAME}`` is looked up; the process's environment by default.

    Raises:
        ConfigError: with every mistake at once, each beginning with the path of its option.
    """
    written = read_yaml(path)
    source = SecretSource(path.absolute().parent, os.environ if environ is None else environ)
    people, roster_mistakes = _read_people(written.get("roster"), source)
    config, mistakes = _read_options(written, people or EMPTY_ROSTER, source)
    mistakes += roster_mistakes
    mistakes += disagreements(written, None if people is None else people.people)
    if config is None or mistakes:
        raise ConfigError(mistakes)
    return config.model_copy(update={"warnings": tuple(_warnings(config))})


def missing_token_files(path: Path) -> list[Path]:
    """Return the files of ``matrix.as_token`` and ``hs_token`` that do not exist yet.

    ``seconded registration`` makes them (``ensure_secret_file``) before the configuration can
    be loaded at all.

    Raises:
        ConfigError: the file is unreadable or no YAML.
    """
    matrix = read_yaml(path).get("matrix")
    tokens = [matrix.get(name) for name in TOKENS] if isinstance(matrix, dict) else []
    names = [token.get("file") for token in tokens if isinstance(token, dict)]
    files = [path.absolute().parent / name for name in names if isinstance(name, str)]
    return [file for file in files if not file.exists()]


def _read_people(written: object, source: SecretSource) -> tuple[Roster | None, list[str]]:
    if not isinstance(written, str):
        return None, []
    try:
        return load_roster(source.directory / written), []
    except ConfigError as error:
        return None, error.mistakes


def _read_options(
    written: Mapping[str, object], people: Roster, source: SecretSource
) -> tuple[Config | None, list[str]]:
    refused = sorted(_FILLED_IN & written.keys())
    mistakes = [f"{name}: {unknown_option(name, options_of(Config))}" for name in refused]
    options = {**{k: v for k, v in written.items() if k not in refused}, "people": people}
    try:
        return Config.model_validate(options, context=source), mistakes
    except ValidationError as error:
        return None, mistakes + sentences(error, Config)


def _warnings(config: Config) -> Iterator[str]:
    yield from guessable_intakes(config.lists)
    yield from clear_tokens(config.matrix)
    yield from links_to_nothing(config.web)
    if config.roster.stat().st_mode & stat.S_IRWXO:
        yield f"roster: {config.roster} holds addresses and others can read it; run: chmod o= on it"
