"""Entry point: turns what a person did wrong into a sentence and an exit code."""

from __future__ import annotations

import sys

import click

from bridge.errors import ConfigError, SecondedError
from bridge.exit_codes import CANNOT_REACH, INTERRUPTED, USAGE


def main() -> None:
    """Run the command line; no traceback for a person's mistake."""
    try:
        commands()
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
    except OSError as error:
        # With a file's name it is a path that somebody wrote; without one it is a bug.
        if error.filename is None:
            raise
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        sys.exit(USAGE)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)


def commands() -> None:
    """Read the arguments and do what they say; what goes wrong is raised."""
    # Imported here: it takes a second, in which Ctrl-C must not show a traceback either.
    from bridge.cli import main as cli  # noqa: PLC0415 - inside of main's "try"

    cli(standalone_mode=False)


if __name__ == "__main__":
    main()
