"""The options that commands of several modules share."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.config import Config, load_config
from bridge.console import find_config

CONFIG_HELP = "The configuration; default: $SECONDED_CONFIG, ./seconded.yaml, /etc/seconded/."


def _take_config(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is not None:
        context.find_root().obj = path


# It may stand before the command and after it.
config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    help=CONFIG_HELP,
    expose_value=False,
    callback=_take_config,
)


def given_config(context: click.Context) -> Config:
    """Return the configuration that was named, or the one that is found.

    Raises:
        ConfigError: there is none, or it has mistakes.
    """
    return load_config(find_config(context.find_root().obj))
