"""Commands that read mail as the bridge reads it: ``seconded mail show`` and ``mail threads``.

They need no configuration and no bridge; what they print as JSON is a contract. The network is
asked only when ``--dns`` says so.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from bridge.clock import now
from bridge.config_listen import parse_listen
from bridge.delivery.names import asked
from bridge.domain.threads import Topic
from bridge.ids import MessageId
from bridge.mail.archive import read_mails, read_stream
from bridge.mail.blocks import Block, Kind
from bridge.mail.evidence import NOTHING, Evidence, Trust
from bridge.mail.names import DNS_PORT, NameServers
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
@click.option("--dns", is_flag=True, help="Ask the DNS for keys and verify the author's signature.")
@click.option(
    "--nameserver",
    metavar="IP[:PORT]",
    help="The name server to ask, instead of the system's.",
    callback=lambda _context, _option, written: _name_servers(written),
)
@_PATHS
def show(paths: tuple[Path, ...], *, as_json: bool, dns: bool, nameserver: NameServers) -> None:
    """Show what each mail says, block by block.

    Colours tell the author's words from quotes, forwards and what programs added.
    """
    found = False
    for raw, post in _posts(paths):
        found = True
        evidence = _asked(nameserver, raw, post) if dns else NOTHING
        if as_json:
            click.echo(json.dumps(post_json(post, evidence), ensure_ascii=False))
        else:
            click.echo(_view(post, evidence if dns else None))
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


def _name_servers(written: str | None) -> NameServers:
    if written is None:
        return NameServers()
    try:
        listen = parse_listen(written if ":" in written else f"{written}:{DNS_PORT}")
        ipaddress.ip_address(listen.host)
    except ValueError as err:
        raise click.BadParameter("write an IP address, such as 192.0.2.53 or [::1]:53") from err
    return NameServers((listen.host,), listen.port)


def _asked(names: NameServers, raw: bytes, post: Post) -> Evidence:
    """Return what the DNS lets us say of the author."""
    trust = Trust(dkim=True)
    return asyncio.run(asked(names, raw, post.author, trust, now(), NOTHING))


def _posts(paths: Iterable[Path]) -> Iterator[tuple[bytes, Post]]:
    for path in paths:
        try:
            raws = read_stream(sys.stdin.buffer) if str(path) == "-" else read_mails(path)
            yield from _archived(iter(raws))
        except OSError as err:
            raise click.UsageError(f"{path} cannot be read: {err}") from err


def _archived(raws: Iterator[bytes]) -> Iterator[tuple[bytes, Post]]:
    """Parse an archive's mails; its first ones tell the list's subject tag."""
    first = list(islice(raws, _LOOKED_AT))
    tag = common_tag(parse_archived(raw).subject for raw in first) if len(first) > 1 else None
    for raw in chain(first, raws):
        yield raw, parse_archived(raw, subject_tag=tag)


def _topics(
    paths: Iterable[Path], subjects: dict[MessageId, str]
) -> Iterator[tuple[Topic, tuple[MessageId, ...]]]:
    for _, post in _posts(paths):
        subjects.setdefault(post.message_id, post.thread_subject)
        yield topic_of(post), post.references


def _no_mail() -> int:
    click.echo("No mail is there.", err=True)
    return NO_MAIL


def _view(post: Post, evidence: Evidence | None) -> str:
    address = f" <{post.author.address}>" if post.author.address else ""
    date = iso(post.date) or "no date"
    head = [
        click.style(_printable(post.subject) or "(no subject)", bold=True),
        _printable(f"{post.author.name}{address} [{post.author.rung.value}]  {date}"),
        _printable(f"<{post.message_id}>" + (f"  list {post.list_id}" if post.list_id else "")),
    ]
    if evidence is not None:
        head.append(_printable(_evidence_line(evidence)))
    attached = [
        click.style(_printable(f"attached: {a.name} ({a.type}) {a.url or ''}"), fg="yellow")
        for a in post.attachments
    ]
    errors = [click.style(f"repaired: {error}", fg="red") for error in post.errors]
    blocks = list(_painted(post.body, post.blocks))
    return "\n".join([*head, *errors, "", *blocks, *attached, ""])


def _evidence_line(evidence: Evidence) -> str:
    by = f" ({evidence.method}, {evidence.domain})" if evidence.method else ""
    why = f": {evidence.reason}" if evidence.reason else ""
    return f"evidence: {evidence.level.label}{by}{', later' if evidence.later else ''}{why}"


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
