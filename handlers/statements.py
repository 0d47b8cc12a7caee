"""Where a ballot's text comes from: a post, what is attached to it, or words given (2.7).

The service holds the text; a link to a text that can change is never one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.config import ListConfig
from bridge.domain.ballots import Ballot, StatementText, statement_text
from bridge.domain.pointers import is_only_links, points_elsewhere, speaks_of_attachment
from bridge.errors import UserError
from bridge.ids import MessageId
from bridge.mail.columns import fold, one_line
from bridge.mail.files import PLAIN, attached_texts, files_of
from bridge.mail.filetypes import is_named_only
from bridge.mail.parse import Post, parse_mail
from bridge.mail.weights import LONGEST_TEXT, weight
from bridge.store import inbox, mirror, threads
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost

SOURCES: Final = ("post", "thread", "own", "attached")
"""Where a text stands; ``own`` is the post without what it forwards, ``attached:NAME`` a file."""
_NAMED: Final = "attached:"
_MOST_NAMED: Final = 6
"""Attachments that a sentence names."""
ONLY_LINKS: Final = (
    "There is nothing but a link, and what is behind it can change while people answer. Post the "
    "words themselves to the list and reply to that post, or attach them as a .txt file and write "
    "text=attached; the command line takes them with --text-file."
)


@dataclass(frozen=True, slots=True)
class Source:
    """The post that a text is taken from, with its bytes as they were received."""

    post: Post
    raw: bytes


def post_meant(
    tx: Tx, listed: ListConfig, message_id: MessageId, arguments: Mapping[str, str]
) -> Source:
    """Return the post that a command is about.

    Raises:
        UserError: it is not known, or its mail is not kept any more.
    """
    row = mirror.post_by_id(tx.conn, listed.id, message_id)
    if row is None:
        raise UserError("I know no such post. Reply to the message that holds the text.")
    source = arguments.get("text", "post")
    if source not in SOURCES and not source.startswith(_NAMED):
        raise UserError(f"text={source!r} is unknown; write one of text={', text='.join(SOURCES)}.")
    if source == "thread":
        node = threads.node_of(tx.conn, listed.id, message_id)
        first = mirror.post_by_id(tx.conn, listed.id, node.root) if node is not None else None
        row = first or row
    return _read(tx, listed, row)


def text_meant(source: Source, arguments: Mapping[str, str], *, version: int = 1) -> StatementText:
    """Return the text: the words given with the command, an attachment, or the post's own.

    Raises:
        UserError: there is none, it is nothing but links, or a given one is too long for a call
            to repeat.
    """
    given = arguments.get("statement")
    said = _said(source, arguments.get("text", "post")) if given is None else given
    text = statement_text(said, version=version)
    if not text.text:
        raise UserError("That post has no text of its own to decide about.")
    if is_only_links(text.text):
        raise UserError(ONLY_LINKS)
    if given is not None and weight(fold(text.text)) > LONGEST_TEXT:
        raise UserError(
            f"The text is longer than the {LONGEST_TEXT} bytes that a mail to the list may repeat "
            "(letters beyond ASCII take more than one each); post it to the list, and name that "
            "post."
        )
    return text


def doubts_about(tx: Tx, listed: ListConfig, ballot: Ballot) -> tuple[str, ...]:
    """Return, in sentences, why a draft's text may not be all of what is meant."""
    row = mirror.post_by_id(tx.conn, listed.id, ballot.message_id)
    if row is None or not inbox.has_raw(tx.conn, row.inbox_id):
        return ()
    return doubts_of(_read(tx, listed, row), ballot.text.text)


def doubts_of(source: Source, text: str) -> tuple[str, ...]:
    """Return, in sentences, why a text may not be all of what a post means."""
    return tuple(_doubts(source, text))


def _doubts(source: Source, text: str) -> Iterator[str]:
    said = attached_texts(source.raw) if source.post.attachments else {}
    meant = {sha for sha, words in said.items() if statement_text(words).text == text}
    others = [
        one.name
        for one in source.post.attachments
        if not is_named_only(one.type) and one.sha256 not in meant
    ]
    if others:
        yield (
            f"The post has attachments that are not in this text: {_names(others)}. One in plain "
            "text is decided about with text=attached."
        )
    elif speaks_of_attachment(text):
        yield "The text speaks of an attachment, but what was attached is not in it."
    if points_elsewhere(text):
        yield (
            "The text is hardly more than a link. What is behind a link can change, and is not "
            "what is decided about."
        )


def _said(source: Source, wanted: str) -> str:
    if wanted == "attached" or wanted.startswith(_NAMED):
        return _attached(source, wanted.removeprefix("attached").removeprefix(":").strip())
    return source.post.own_text if wanted == "own" else source.post.reply_text


def _attached(source: Source, name: str) -> str:
    """Return what the attachment of this name says, or the only one when none is named."""
    files = [one for one in files_of(source.post.attachments) if one.type == PLAIN]
    meant = [one for one in files if one.name == name] if name else files
    if not files:
        others = _names([one.name for one in source.post.attachments]) or "nothing attached"
        raise UserError(
            f"That post has no attachment in plain text; it has {others}. Post the words "
            "themselves, or attach them as a .txt file."
        )
    if len(meant) != 1:
        what = "which one" if not name else f"there is no {one_line(name)!r}, or more than one"
        known = ", ".join(f'text="attached:{one_line(one.name)}"' for one in files[:_MOST_NAMED])
        raise UserError(f"Of the attachments in plain text, {what}? Write one of {known}.")
    (file,) = meant
    said = attached_texts(source.raw).get(file.sha256 or "")
    if said is None:
        raise UserError(
            f"{one_line(file.name)!r} is too long, or holds signs that are no text. Attach it as "
            "plain text in UTF-8, or post the words themselves."
        )
    return said


def _names(names: list[str]) -> str:
    shown = ", ".join(one_line(name, 60) for name in names[:_MOST_NAMED])
    left = len(names) - _MOST_NAMED
    return f"{shown} and {left} more" if left > 0 else shown


def _read(tx: Tx, listed: ListConfig, row: MirroredPost) -> Source:
    """Read the post again from the raw bytes that are kept."""
    item = inbox.by_id(tx.conn, row.inbox_id)
    if item is None or not item.raw:
        raise UserError("The raw mail of that post is not kept any more; reply to a newer one.")
    post = parse_mail(
        item.raw,
        list_id=listed.id,
        posting_address=listed.posting_address,
        subject_tag=listed.subject_tag,
    )
    return Source(post, item.raw)
