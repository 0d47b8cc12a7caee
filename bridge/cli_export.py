"""Commands that anybody can check a ballot with: ``ballot export`` and ``recount``.

Neither needs a running bridge; ``recount`` needs nothing but the export.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bridge import recount as recounting
from bridge.cli_options import config_option, given_config
from bridge.clock import now
from bridge.console import read_database
from bridge.exit_codes import DONE, NO
from bridge.export import Record, export_files, read_record
from bridge.export_files import PRIVATE, PUBLIC, write_folder
from bridge.store.ballots import ballot_named
from bridge.store.database import Reading


@click.command("export")
@config_option
@click.argument("number")
@click.option(
    "--to",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the folder goes; default: here.",
)
@click.option("--without-names", is_flag=True, help="Leave out names, ids and words.")
@click.pass_context
def ballot_export(
    context: click.Context, number: str, directory: Path, *, without_names: bool
) -> None:
    """Write a ballot down as a folder that anybody can recount.

    The same state gives the same bytes. Works beside a running bridge and without one.
    """

    def read(conn: Reading) -> Record | None:
        row = ballot_named(conn, number)
        return None if row is None else read_record(conn, row, now())

    record = read_database(given_config(context), read)
    if record is None:
        click.echo(f"There is no ballot {number}.", err=True)
        sys.exit(NO)
    target = directory / f"b{record.ballot.id}"
    files = export_files(record, with_names=not without_names)
    write_folder(target, files, mode=PUBLIC if without_names else PRIVATE)
    click.echo(f"{record.ballot.label} is in {target}; recount it: seconded recount {target}")
    sys.exit(DONE)


@click.command("recount")
@click.argument("export")
@click.option("--head", help="The head of the log, as the result mail printed it.")
@click.option("--terms", help="The hash of the terms, as the result mail printed it.")
def recount(export: str, head: str | None, terms: str | None) -> None:
    """Recount an exported ballot and say whether everything agrees.

    One line; exit 1 when anything differs. The export holds the same program: it needs Python
    alone.
    """
    anchors = {"head": head, "terms": terms}
    given = [f"--{name}={value}" for name, value in anchors.items() if value is not None]
    sys.exit(recounting.main([*given, "--", export]))
