"""Give a ballot command from a terminal: show what it would do, ask, and only then do it.

A script says ``--yes`` and is not asked; without a terminal and without ``--yes`` it is only shown,
and that nothing was done is said on standard error and by the exit status.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Mapping
from typing import Final, NoReturn

import click

from bridge.cli_options import given_config
from bridge.console import ask_bridge
from bridge.exit_codes import CANNOT_REACH, DONE, NO

yes_option = click.option(
    "--yes", is_flag=True, help="Do it without asking; without it you see what it would do."
)
NOBODY_TO_ASK: Final = (
    "Nothing was done: here is no terminal at which somebody could be asked. To do it, give the "
    "same command with --yes."
)
NO_ANSWER: Final = (
    "No bridge answers on this database, so nothing was done, and nothing will be. If none runs, "
    "start one: seconded run; then give the command again."
)


def wish(
    context: click.Context, listed: str | None, verb: str, arguments: Mapping[str, str | None]
) -> NoReturn:
    """Give a command to the running bridge, print the answer and end."""
    is_done, text = _answer(context, listed, verb, arguments)
    click.echo(text, err=not is_done)
    sys.exit(DONE if is_done else NO)


def wish_with_preview(
    context: click.Context,
    listed: str | None,
    verb: str,
    arguments: Mapping[str, str | None],
    *,
    is_yes: bool,
) -> NoReturn:
    """Show what a command would do, ask on a terminal, and do what was shown."""
    if is_yes:
        wish(context, listed, verb, {**arguments, "yes": "yes"})
    # The yes means this preview and no other.
    named = {**arguments, "preview": f"preview:{uuid.uuid4()}"}
    is_done, text = _answer(context, listed, verb, named)
    click.echo(text, err=not is_done)
    if not is_done:
        sys.exit(NO)
    if not is_at_a_terminal():
        click.echo(NOBODY_TO_ASK, err=True)
        sys.exit(NO)
    if not click.confirm("\nReally?", default=False):
        click.echo("Nothing was done.")
        sys.exit(NO)
    wish(context, listed, verb, {**named, "yes": "yes"})


def is_at_a_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()


def _answer(
    context: click.Context, listed: str | None, verb: str, arguments: Mapping[str, str | None]
) -> tuple[bool, str]:
    given = {key: value for key, value in arguments.items() if value is not None}
    answer = asyncio.run(ask_bridge(given_config(context), listed, verb, given))
    if answer is None:
        click.echo(NO_ANSWER, err=True)
        sys.exit(CANNOT_REACH)
    return answer
