"""Where a ballot's text comes from: a post, the first post of its thread, or words given (2.7).

The service holds the text; a link to a text that can change is never one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.config import ListConfig
from bridge.domain.ballots import StatementText, statement_text
from bridge.domain.pointers import is_only_links
from bridge.errors import UserError
from bridge.ids import MessageId
from bridge.mail.columns import fold
from bridge.mail.parse import Post, parse_mail
from bridge.mail.weights import LONGEST_TEXT, weight
from bridge.store import inbox, mirror, threads
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost

SOURCES: Final = ("post", "thread", "own")
"""Where a text stands; ``own`` is the post without what it forwards."""
ONLY_LINKS: Final = (
    "There is nothing but a link, and what is behind it can change while people answer. Post the "
    "words themselves to the list, and reply to that post; or open it from the command line with "
    "--text-file."
)


def post_meant(
    tx: Tx, listed: ListConfig, message_id: MessageId, arguments: Mapping[str, str]
) -> Post:
    """Return the post that a command is about.

    Raises:
        UserError: it is not known, or its mail is not kept any more.
    """
    row = mirror.post_by_id(tx.conn, listed.id, message_id)
    if row is None:
        raise UserError("I know no such post. Reply to the message that holds the text.")
    source = arguments.get("text", "post")
    if source not in SOURCES:
        raise UserError(f"text={source!r} is unknown; write one of text={', text='.join(SOURCES)}.")
    if source == "thread":
        node = threads.node_of(tx.conn, listed.id, message_id)
        first = mirror.post_by_id(tx.conn, listed.id, node.root) if node is not None else None
        row = first or row
    return _read(tx, listed, row)


def text_meant(post: Post, arguments: Mapping[str, str], *, version: int = 1) -> StatementText:
    """Return the text: the words given with the command, or the post's own.

    Raises:
        UserError: there is none, it is nothing but links, or a given one is too long for a call
            to repeat.
    """
    given = arguments.get("statement")
    said = post.own_text if arguments.get("text") == "own" else post.reply_text
    text = statement_text(said if given is None else given, version=version)
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


def _read(tx: Tx, listed: ListConfig, row: MirroredPost) -> Post:
    """Read the post again from the raw bytes that are kept."""
    item = inbox.by_id(tx.conn, row.inbox_id)
    if item is None or not item.raw:
        raise UserError("The raw mail of that post is not kept any more; reply to a newer one.")
    return parse_mail(
        item.raw,
        list_id=listed.id,
        posting_address=listed.posting_address,
        subject_tag=listed.subject_tag,
    )
