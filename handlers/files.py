"""What follows a post as files, and the whole post for whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bridge.config import ListConfig
from bridge.domain.deadlines import show_instant
from bridge.errors import UserError
from bridge.ids import ListId, MessageId
from bridge.letters import PostPart, Say, event_ref, post_letter, post_ref, say_letter
from bridge.letters_files import WHOLE, Upload, upload_letter
from bridge.mail.filenames import clean_name
from bridge.mail.files import files_of
from bridge.mail.parse import Post
from bridge.mail.subjects import list_tags, thread_subject
from bridge.matrix.canonical import clean_text
from bridge.matrix.content import ShownPost
from bridge.matrix.facts import MessageSeen
from bridge.matrix.files import file_content
from bridge.matrix.ghosts import one_line
from bridge.store import inbox, mirror, outbox, rooms
from bridge.store.database import Reading, Tx
from bridge.store.mirror import MirroredPost, post_key
from handlers.context import Context

_TEXT = "text/plain"
_LINE = 300
_FORM = "Write !full as a reply to a post from the list, or in its thread."
_GONE = "This mail is older than what is kept here, so there is nothing more of it than you see."


@dataclass(frozen=True, slots=True)
class _File:
    """One file that follows a post; ``what`` and ``head`` as in ``Upload``."""

    name: str
    type: str
    size: int | None
    what: str
    head: str = ""


def queue_files(tx: Tx, listed: ListConfig, post: Post, shown: ShownPost, last: PostPart) -> None:
    """Queue the files of a post behind its parts: its whole text if it was cut, its attachments.

    Args:
        tx: the transaction.
        listed: its list.
        post: what was mirrored; it is written down already.
        shown: as its room shows it.
        last: a part of it that was queued; files have all in common with it but the content.
    """
    if not (shown.is_cut or post.attachments):
        return
    row = mirror.post_by_id(tx.conn, listed.id, post.message_id)
    assert row is not None
    first = len(shown.contents)
    (source,) = shown.contents[0]["org.seconded.source"]
    after = post_key(listed.id, post.message_id, first - 1)
    for number, file in enumerate(_files(post, row, listed, with_text=shown.is_cut), first):
        upload = replace(_upload(listed, row, file), display_name=last.display_name, after=after)
        letter = upload_letter(upload)
        named = {**source, "part": number}
        content = file_content(file.name, file.type, file.size, source=named)
        # It answers its post: in a long thread others may come in between.
        part = replace(last, part=number, content=content, reply_to=post.message_id)
        outbox.add(tx, letter)
        outbox.add(tx, post_letter(replace(part, file=letter.key)))


def whole_post_asked(tx: Tx, context: Context, listed: ListConfig, asked: MessageSeen) -> None:
    """Answer in the post's thread with all of it as a text file; uploaded once, however often.

    Raises:
        UserError: no post is meant, or its mail is not kept any more.
    """
    row = _meant(tx.conn, listed.id, asked)
    if row is None:
        raise UserError(_FORM)
    if not inbox.has_raw(tx.conn, row.inbox_id):
        raise UserError(_GONE)
    file = _whole(row, listed)
    letter = upload_letter(replace(_upload(listed, row, file), sender=context.namespace.bot_id))
    outbox.add(tx, letter)
    say = Say(
        listed.id,
        key=f"answer:{asked.event_id}",
        content=file_content(file.name, file.type, None, to=(asked.sender,)),
        thread=event_ref(asked.thread_root) if asked.thread_root else post_ref(row.head),
        reply_to=event_ref(asked.event_id) if asked.thread_root else None,
        file=letter.key,
    )
    outbox.add(tx, say_letter(say))


def _meant(conn: Reading, list_id: ListId, asked: MessageSeen) -> MirroredPost | None:
    """Return the post that is answered, or else the one whose thread this is, of this list."""
    for named in (asked.reply_to, asked.thread_root):
        event = rooms.event_by_id(conn, named) if named else None
        is_ours = event is not None and (event.room_id, event.list_id) == (asked.room, list_id)
        if event is not None and is_ours and event.message_id is not None:
            return mirror.post_by_id(conn, list_id, MessageId(event.message_id))
    return None


def _files(
    post: Post, row: MirroredPost, listed: ListConfig, *, with_text: bool
) -> Iterator[_File]:
    if with_text:
        yield _whole(row, listed)
    for one in files_of(post.attachments):
        assert one.sha256 is not None
        yield _File(one.name, one.served, one.size, one.sha256)


def _whole(row: MirroredPost, listed: ListConfig) -> _File:
    subject = one_line(clean_text(row.subject), _LINE)
    tags = list_tags(listed.id, listed.posting_address, listed.subject_tag)
    # A slash would cut the subject as it cuts a path.
    name = clean_name(thread_subject(subject, tags).replace("/", "-").replace("\\", "-"))
    return _File(
        clean_name(f"{name or 'post'}.txt"), _TEXT, None, WHOLE, _head(row, listed, subject)
    )


def _head(row: MirroredPost, listed: ListConfig, subject: str) -> str:
    """Return who wrote it, when and about what; in public rooms no address."""
    address = row.author_address if listed.visibility == "private" else None
    author = one_line(clean_text(row.author_name), _LINE)
    lines = [
        f"From: {author}{f' <{address}>' if address else ''}",
        *([f"Date: {show_instant(row.date)}"] if row.date is not None else []),
        f"Subject: {subject}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _upload(listed: ListConfig, row: MirroredPost, file: _File) -> Upload:
    """Return what is asked for; the author's ghost uploads unless somebody else is named."""
    return Upload(
        list_id=listed.id,
        message_id=row.message_id,
        inbox_id=row.inbox_id,
        sender=row.ghost,
        display_name=None,
        name=file.name,
        type=file.type,
        what=file.what,
        head=file.head,
        posting_address=listed.posting_address,
    )
