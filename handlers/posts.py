"""A mail came: is it from the list, is it ours coming back, is it a post for the room?"""

from __future__ import annotations

from dataclasses import replace

from bridge.config import ListConfig
from bridge.domain.threads import SUBJECT_WINDOW, Topic, subject_parent
from bridge.errors import Permanent
from bridge.events import MailArrived, Outcome
from bridge.failpoints import reach
from bridge.ids import Instant, ListId, MessageId, UserId
from bridge.letters import (
    PostPart,
    Say,
    evidence_letter,
    post_letter,
    post_ref,
    say_letter,
    signature_letter,
)
from bridge.mail.arrival import why_not_from_list
from bridge.mail.authorship import evidence_of, said_by_list
from bridge.mail.evidence import Evidence
from bridge.mail.guards import facts_of, first_guard
from bridge.mail.limits import over_limit
from bridge.mail.listproof import names_of_list
from bridge.mail.parse import Post, parse_mail
from bridge.mail.subjects import normalised
from bridge.mail.threadlist import topic_of
from bridge.matrix.content import Placing, notice_content, shown_post
from bridge.matrix.ghosts import ghost_name
from bridge.store import listposts, mirror, outbox, threads
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost
from handlers.ballots import call_or_result_seen
from handlers.context import Context
from handlers.files import queue_files
from handlers.places import Place, Split, place_of, splits_of

WAITS_FOR_SIGNATURE = "waits until the list's signature is verified"
CAME_LATER = "The post that began this thread came later: {link}"
CAME_BEFORE = "Answers to this post came before it: {link}"
BEGAN_THERE = "This belongs to a thread that began here: {link}"
GOES_ON_THERE = "A part of this thread stands here: {link}"


def mail_arrived(event: MailArrived, tx: Tx, context: Context) -> Outcome:
    """Mirror a post, or say why not; nothing that arrived is ever lost.

    Raises:
        Permanent: it is over a limit; kept, and set aside for a human.
    """
    listed = context.lists.get(event.list_id)
    if listed is None:
        return Outcome("held", "the list is not configured any more")
    if (limit := over_limit(event.raw)) is not None:
        raise Permanent(f"over a limit: {limit}")
    reach("mail.parsing")
    post = parse_mail(
        event.raw,
        list_id=listed.id,
        posting_address=listed.posting_address,
        subject_tag=listed.subject_tag,
    )
    return _post_arrived(event, post, listed, tx, context)


def mail_read(event: MailArrived, post: Post, tx: Tx, context: Context) -> Outcome:
    """Mirror a post, or say why not, that was read outside of the transaction: its mail is big."""
    listed = context.lists.get(event.list_id)
    if listed is None:
        return Outcome("held", "the list is not configured any more")
    return _post_arrived(event, post, listed, tx, context)


def _post_arrived(
    event: MailArrived, post: Post, listed: ListConfig, tx: Tx, context: Context
) -> Outcome:
    refused = _refused(event, post, listed, tx, context)
    if refused is not None:
        return replace(refused, about=post.message_id)
    _mirror(event, post, listed, tx, context)
    for named in listposts.ours_among(tx.conn, post.references):
        call_or_result_seen(
            tx, context, listed.id, named.message_id, proof="an answer to it on the list"
        )
    return Outcome("done", None, post.message_id)


def _refused(
    event: MailArrived, post: Post, listed: ListConfig, tx: Tx, context: Context
) -> Outcome | None:
    """Return why a mail is not mirrored, None when it is; an echo of ours is taken as proof."""
    if _asks_list_host(event, listed, tx):
        return Outcome("held", WAITS_FOR_SIGNATURE)
    if (stranger := _why_not_from_list(event, post, listed)) is not None:
        return Outcome("held", f"not from the list: {stranger}")
    ours = listposts.by_message_id(tx.conn, post.message_id)
    if ours is not None and ours.list_id == listed.id:
        call_or_result_seen(tx, context, listed.id, post.message_id, proof="the list's copy")
        return Outcome("suppressed", "echo")
    known = mirror.post_by_id(tx.conn, listed.id, post.message_id)
    if known is not None:
        same = known.own_digest == post.own_digest
        return Outcome("suppressed", "duplicate" if same else "variant: its own text differs")
    guard = first_guard(facts_of(post, event.envelope_sender, context.instance.uuid))
    return Outcome("suppressed", guard.name) if guard is not None else None


def _asks_list_host(event: MailArrived, listed: ListConfig, tx: Tx) -> bool:
    """Ask whether the list's host signed the mail, if its rule wants that and it can be so."""
    by, at = listed.delivered_by, event.received_at
    if by.rule != "list_dkim" or event.signers is not None:
        return False
    if not names_of_list(event.raw, by.value, at):
        return False
    outbox.add(tx, signature_letter(listed.id, event.inbox_id, by.value))
    return True


def _why_not_from_list(event: MailArrived, post: Post, listed: ListConfig) -> str | None:
    return why_not_from_list(
        listed.delivered_by.rule,
        listed.delivered_by.value,
        list_id=listed.id,
        list_ids=post.list_ids,
        envelope_sender=event.envelope_sender,
        client=event.client,
        received=post.received,
        signers=event.signers or (),
    )


def _mirror(event: MailArrived, post: Post, listed: ListConfig, tx: Tx, context: Context) -> None:
    """Write the post down, find its place, and queue its parts for the room."""
    ancestry = post.references or _by_subject(post, listed, tx)
    joined = threads.record_references(tx, listed.id, post.message_id, ancestry)
    place = place_of(tx.conn, listed.id, joined)
    mirror.record_post(
        tx,
        MirroredPost(
            list_id=listed.id,
            message_id=post.message_id,
            inbox_id=event.inbox_id,
            subject=post.subject,
            author_name=post.author.name,
            author_address=post.author.address,
            ghost=_ghost_of(post, context),
            date=post.date,
            arrived_at=tx.now,
            own_digest=post.own_digest,
            head=place.head,
            evidence=_evidence(event, post, listed, tx, context),
        ),
    )
    _queue_parts(tx, context, listed, post, place)
    if joined.is_junction or place.head == post.message_id:
        for split in splits_of(tx.conn, listed.id, joined.node.root):
            _point_both_ways(tx, listed.id, split)


def _queue_parts(tx: Tx, context: Context, listed: ListConfig, post: Post, place: Place) -> None:
    shown = shown_post(post, _placing(post, listed, place))
    part = PostPart(
        list_id=listed.id,
        message_id=post.message_id,
        part=0,
        sender=_ghost_of(post, context),
        display_name=_shown_name(post, context),
        content={},
        head=place.head,
        reply_to=place.reply_to,
    )
    for number, content in enumerate(shown.contents):
        outbox.add(tx, post_letter(replace(part, part=number, content=content)))
    queue_files(tx, listed, post, shown, part)


def _evidence(
    event: MailArrived, post: Post, listed: ListConfig, tx: Tx, context: Context
) -> Evidence:
    """Return what speaks for the author by the mail alone; the DNS is asked for the rest."""
    word = said_by_list(post.author, listed.posting_address)
    trust = context.config.evidence.trust
    found = evidence_of(event.raw, post.author, trust, {}, event.received_at, word)
    if found.later:
        outbox.add(tx, evidence_letter(listed.id, post.message_id, tx.now))
    return found


def _ghost_of(post: Post, context: Context) -> UserId:
    author = post.author.address or f"unknown {post.author.name}"
    return context.namespace.ghost_id(context.instance.key, author)


def _shown_name(post: Post, context: Context) -> str:
    """Return the ghost's name; one that passes for a roster person's is marked."""
    name, address = post.author.name, post.author.address
    return ghost_name(name, is_imitation=context.roster.is_imitated(name, address))


def _by_subject(post: Post, listed: ListConfig, tx: Tx) -> tuple[MessageId, ...]:
    """Return what a reply without references most likely answers: the guarded fallback."""
    topic = topic_of(post)
    if not topic.is_reply or topic.date is None:
        return ()
    since = Instant(topic.date - SUBJECT_WINDOW)
    others = (
        Topic(message_id, normalised(subject), date, is_reply=False, has_references=True)
        for message_id, subject, date in threads.topics_between(
            tx.conn, listed.id, since, topic.date
        )
    )
    parent = subject_parent(topic, others)
    return (parent,) if parent is not None else ()


def _placing(post: Post, listed: ListConfig, place: Place) -> Placing:
    """Show the subject above a thread's first post, and where it changes in mid-thread."""
    is_as_above = place.answered and _same_subject(place.answered.subject, post.subject)
    heading = None if is_as_above else post.thread_subject
    return Placing(heading=heading, is_public=listed.visibility == "public")


def _same_subject(one: str, other: str) -> bool:
    return normalised(one) == normalised(other)


def _point_both_ways(tx: Tx, list_id: ListId, split: Split) -> None:
    """Join two Matrix threads that are one mail thread; what was said is not said again."""
    up, down = (CAME_LATER, CAME_BEFORE) if split.is_late else (BEGAN_THERE, GOES_ON_THERE)
    for name, text, here, there in (
        ("up", up, split.other, split.root),
        ("down", down, split.root, split.other),
    ):
        pointer = Say(
            list_id,
            key=f"split:{list_id}:{split.root}:{split.other}:{name}",
            content=notice_content(text),
            thread=post_ref(here),
            link=post_ref(there),
        )
        outbox.add(tx, say_letter(pointer))
