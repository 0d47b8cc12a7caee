"""Commands that read mail as the bridge reads it: ``seconded mail show`` and ``mail threads``.

They need no configuration and no bridge; what they print as JSON is a contract.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from bridge.domain.threads import Topic
from bridge.ids import MessageId
from bridge.mail.archive import read_mails, read_stream
from bridge.mail.blocks import Block, Kind
from bridge.mail.evidence import NOTHING
from bridge.mail.parse import Post, parse_archived
from bridge.mail.shown import iso, post_json
from bridge.mail.subjects import common_tag
from bridge.mail.threadlist import thread_rows, topic_of

NO_MAIL = 1
_LOOKED_AT = 20
"""Mails of an archive whose subjects tell the list's tag."""
_PATHS = click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, allow_dash=True, path_type=Path),
)
_STYLES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {},
    Kind.QUOTE: {"fg": "cyan", "dim": True},
    Kind.ATTRIBUTION: {"fg": "cyan"},
    Kind.FORWARD: {"fg": "magenta", "bold": True},
    Kind.SIGNATURE: {"fg": "bright_black"},
    Kind.FOOTER: {"fg": "bright_black"},
    Kind.DISCLAIMER: {"fg": "bright_black"},
    Kind.SCRUB: {"fg": "yellow"},
}


@click.group()
def mail() -> None:
    """Read mails as the bridge reads them.

    PATH is a mail, an mbox (also .gz), a Maildir, a directory, or - for standard input.
    """


@mail.command()
@click.option("--json", "as_json", is_flag=True, help="One object a line, as in CONTRACTS.md.")
@_PATHS
def show(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Show what each mail says, block by block.

    Colours tell the author's words from quotes, forwards and what programs added.
    """
    found = False
    for post in _posts(paths):
        found = True
        if as_json:
            click.echo(json.dumps(post_json(post, NOTHING), ensure_ascii=False))
        else:
            click.echo(_view(post))
    sys.exit(0 if found else _no_mail())


@mail.command()
@click.option("--json", "as_json", is_flag=True, help="One object a line, as in CONTRACTS.md.")
@_PATHS
def threads(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Show the mail tree: parent, root and place of each message."""
    subjects: dict[MessageId, str] = {}
    depths: dict[MessageId | None, int] = {None: -1}
    for row in thread_rows(_topics(paths, subjects)):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        depth = depths.get(row["parent"], 0) + 1
        depths[row["message_id"]] = depth
        subject = subjects.get(row["message_id"], "")
        line = f"{subject or '(no subject)'}  <{row['message_id']}>"
        click.echo("  " * min(depth, 40) + _printable(line))
    sys.exit(0 if subjects else _no_mail())


def _posts(paths: Iterable[Path]) -> Iterator[Post]:
    for path in paths:
        try:
            raws = read_stream(sys.stdin.buffer) if str(path) == "-" else read_mails(path)
            yield from _archived(iter(raws))
        except OSError as err:
            raise click.UsageError(f"{path} cannot be read: {err}") from err


def _archived(raws: Iterator[bytes]) -> Iterator[Post]:
    """Parse an archive's mails; its first ones tell the list's subject tag."""
    first = list(islice(raws, _LOOKED_AT))
    tag = common_tag(parse_archived(raw).subject for raw in first) if len(first) > 1 else None
    for raw in chain(first, raws):
        yield parse_archived(raw, subject_tag=tag)


def _topics(
    paths: Iterable[Path], subjects: dict[MessageId, str]
) -> Iterator[tuple[Topic, tuple[MessageId, ...]]]:
    for post in _posts(paths):
        subjects.setdefault(post.message_id, post.thread_subject)
        yield topic_of(post), post.references


def _no_mail() -> int:
    click.echo("No mail is there.", err=True)
    return NO_MAIL


def _view(post: Post) -> str:
    address = f" <{post.author.address}>" if post.author.address else ""
    date = iso(post.date) or "no date"
    head = [
        click.style(_printable(post.subject) or "(no subject)", bold=True),
        _printable(f"{post.author.name}{address} [{post.author.rung.value}]  {date}"),
        _printable(f"<{post.message_id}>" + (f"  list {post.list_id}" if post.list_id else "")),
    ]
    attached = [
        click.style(_printable(f"attached: {a.name} ({a.type}) {a.url or ''}"), fg="yellow")
        for a in post.attachments
    ]
    errors = [click.style(f"repaired: {error}", fg="red") for error in post.errors]
    blocks = list(_painted(post.body, post.blocks))
    return "\n".join([*head, *errors, "", *blocks, *attached, ""])


def _painted(body: str, blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if block.kind is Kind.FORWARD and block.blocks:
            head = body[block.start : block.blocks[0].start]
            yield click.style(_printable(head), **_STYLES[Kind.FORWARD])
            yield from _painted(body, block.blocks)
        else:
            yield click.style(_printable(body[block.start : block.end]), **_STYLES[block.kind])


def _printable(text: str) -> str:
    """Return the text without controls a mail could move the terminal's cursor with."""
    shown = (sign if sign in "\n\t" or sign.isprintable() else "\ufffd" for sign in text)
    return "".join(shown).rstrip("\n")
