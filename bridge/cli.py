"""The command line: each body is a few lines that call something named."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click

from bridge import __version__, failpoints
from bridge.alerts import unstored
from bridge.app import configured_place
from bridge.cli_ballot import ballot
from bridge.cli_export import recount
from bridge.cli_mail import mail
from bridge.cli_options import config_option, given_config
from bridge.clock import now
from bridge.console import (
    find_config,
    make_registration,
    open_store,
    read_database,
    read_status,
    run_bridge,
    try_everything,
    why_unwritable,
)
from bridge.demo.story import play
from bridge.exit_codes import DONE, NO
from bridge.ids import MessageId
from bridge.letters import ECHO_WAIT_MS
from bridge.status import status_lines
from bridge.store import inbox, outbox
from bridge.store.backup import back_up
from bridge.store.books import read_books
from bridge.store.database import Reading, Tx
from bridge.store.migrate import migrate as migrate_database
from bridge.store.place import described
from bridge.trace import trace as trace_mail
from bridge.watching import alerts_now


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(__version__, prog_name="seconded")
def main() -> None:
    """Mirror mailing-list threads into Matrix rooms and count endorsements.

    \b
    First steps on a server:
      seconded registration    write what the homeserver must know
      seconded migrate         make the database
      seconded check           try every connection and say what is wrong
      seconded run             start the bridge
      seconded demo            see it all on this machine, without a server
    """  # noqa: D301 - click wants the backspace itself


main.add_command(ballot)
main.add_command(mail)
main.add_command(recount)


def _arm(_: click.Context, __: click.Parameter, orders: tuple[str, ...]) -> None:
    for order in orders:
        try:
            failpoints.arm(order)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error


@main.command()
@config_option
@click.option(
    "--fail-at",
    multiple=True,
    hidden=True,
    expose_value=False,
    callback=_arm,
    help="For tests: fail at a place of bridge/failpoints.py.",
)
@click.pass_context
def run(context: click.Context) -> None:
    """Run the bridge until Ctrl-C.

    It ends within 10 seconds of Ctrl-C or SIGTERM; killing it is safe, too.
    """
    sys.exit(run_bridge(given_config(context)))


@main.command()
@config_option
@click.pass_context
def check(context: click.Context) -> None:
    """Try every connection and say what is wrong.

    Homeserver, ping, database, mail server and clock; exit 1 when something is wrong.
    """
    findings = asyncio.run(try_everything(given_config(context)))
    for finding in findings:
        click.echo(f"{finding.mark:4} {finding.name}: {finding.sentence}")
    sys.exit(DONE if all(finding.ok for finding in findings) else NO)


@main.command()
@config_option
@click.pass_context
def migrate(context: click.Context) -> None:
    """Make the database, or bring it up to date.

    An older one is backed up first; all steps happen, or none.
    """
    place = configured_place(given_config(context))
    backup = migrate_database(place)
    old = f" A copy of the old one is {backup}." if backup else ""
    click.echo(f"{described(place)} is up to date.{old}")


@main.command()
@config_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write here; default: matrix.registration, else print it.",
)
@click.pass_context
def registration(context: click.Context, output: Path | None) -> None:
    """Write what the homeserver must know.

    Makes the two tokens first, if their files are missing.
    """
    text = make_registration(find_config(context.find_root().obj), output)
    click.echo(text, nl=False)


@main.command()
@config_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Copy the database to FILE while the bridge runs.

    SQLite: FILE is a database; to restore, stop the bridge and put it in the old one's place.
    PostgreSQL: FILE is SQL; psql reads it into an empty database. A bridge that starts on a
    restored copy knows it, and sends nothing a second time.
    """
    place = configured_place(given_config(context))
    click.echo(f"{described(place)} is copied to {back_up(place, file, now())}.")


@main.command()
@config_option
@click.pass_context
def status(context: click.Context) -> None:
    """Show how the bridge is doing: what waits, what failed, the last sweeps.

    Exit 1 when no bridge runs or something needs a human, also when nothing can be written to
    the database; 3 when it cannot even be read.
    """
    config = given_config(context)
    readings, bridges = read_database(config, read_status)
    needs_human = read_database(config, lambda conn: alerts_now(conn, now(), config))
    if (reason := why_unwritable(config)) is not None:
        needs_human = (*needs_human, unstored(reason))
    lines = [f"alert      {one.sentence}" for one in needs_human]
    click.echo("\n".join([*status_lines(readings, bridges, now()), *lines]))
    sys.exit(DONE if bridges and not needs_human else NO)


@main.command()
@config_option
@click.pass_context
def books(context: click.Context) -> None:
    """Show where every received mail is now.

    Exit 1 when the sum does not hold.
    """
    found = read_database(given_config(context), read_books)
    click.echo(
        f"received {found.received} = mirrored {found.mirrored} + in flight {found.in_flight}"
    )
    for name in ("held", "suppressed", "shunted"):
        counts = getattr(found, name)
        click.echo(f"  + {name} {counts.total()}")
        for reason, count in sorted(counts.items()):
            if count:
                click.echo(f"      {count:6} {reason or 'no reason given'}")
    sys.exit(DONE if found.balanced else NO)


@main.command()
@config_option
@click.argument("message_id")
@click.pass_context
def trace(context: click.Context, message_id: str) -> None:
    """Show each checkpoint of one mail.

    Received, held or suppressed by which rule, mirrored as which event, ballots on it.
    """
    wanted = MessageId(message_id.strip("<> "))
    lines = read_database(given_config(context), lambda conn: trace_mail(conn, wanted))
    click.echo("\n".join(lines) or f"No mail {wanted} has come in.")
    sys.exit(DONE if lines else NO)


@main.command()
@config_option
@click.pass_context
def shunted(context: click.Context) -> None:
    """List what waits for a human.

    Set aside because it failed in a way that time does not heal; the rest went on.
    """
    lines = read_database(given_config(context), _shunted)
    click.echo("\n".join(lines) or "Nothing is set aside.")


def _shunted(conn: Reading) -> list[str]:
    arrived = [f"in/{one.id}  {one.kind}  {_last_line(one.reason)}" for one in inbox.shunted(conn)]
    leaving = [
        f"out/{one.id}  {one.letter.kind}  {_last_line(one.reason)}" for one in outbox.shunted(conn)
    ]
    return arrived + leaving


def _last_line(reason: str | None) -> str:
    lines = (reason or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"


@main.command()
@config_option
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.pass_context
def unshunt(context: click.Context, items: tuple[str, ...]) -> None:
    """Give shunted items another chance.

    ITEM is a name as `seconded shunted` prints it, or `all`.
    """
    config = given_config(context)
    everything = [line.split()[0] for line in read_database(config, _shunted)]
    wanted = everything if items == ("all",) else list(items)

    def give(tx: Tx) -> list[str]:
        return [name for name in wanted if not _unshunt(tx, name)]

    missing = asyncio.run(open_store(config, lambda store: store.write(give)))
    for name in missing:
        click.echo(f"{name} is not shunted; `seconded shunted` lists what is.", err=True)
    click.echo(f"{len(wanted) - len(missing)} put back.")
    sys.exit(NO if missing else DONE)


_UNSHUNT: Mapping[str, Callable[[Tx, int], bool]] = {
    "in": inbox.unshunt,
    "out": partial(outbox.unshunt, echo_wait_ms=ECHO_WAIT_MS),
}


def _unshunt(tx: Tx, name: str) -> bool:
    queue, _, number = name.partition("/")
    chosen = _UNSHUNT.get(queue)
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return bool(chosen and is_number and chosen(tx, int(number)))


@main.command()
@click.option("--once", is_flag=True, help="Play the story and stop; the last line is JSON.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Where the servers and their data go.",
)
def demo(once: bool, directory: Path) -> None:
    """See it all on this machine, with real servers.

    Plays a story on a real Synapse and a real Mailman; needs no configuration.
    """
    report = asyncio.run(play(directory, stay=not once))
    click.echo(json.dumps(report.as_json()))
    sys.exit(DONE if report.is_complete else NO)
