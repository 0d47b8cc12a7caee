"""Entry point: turns what a person did wrong into a sentence and an exit code."""

from __future__ import annotations

import sys

import click

from bridge.cli import main as commands
from bridge.console import CANNOT_REACH, USAGE
from bridge.errors import ConfigError, SecondedError


def main() -> None:
    """Run the command line; no traceback for a person's mistake."""
    try:
        commands(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(USAGE)
    except ConfigError as error:
        for mistake in error.mistakes:
            click.echo(mistake, err=True)
        sys.exit(USAGE)
    except SecondedError as error:
        click.echo(str(error), err=True)
        sys.exit(CANNOT_REACH)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)


if __name__ == "__main__":
    main()
