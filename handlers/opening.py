"""Opening a ballot: the command, the preview, the chair's yes, the call to the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.config import ListConfig
from bridge.domain.ballots import Ballot, State, Trigger, statement_text, step
from bridge.domain.deadlines import (
    Deadline,
    DeadlineError,
    example,
    parse_deadline,
    show_instant,
)
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rule_arguments import parse_rule
from bridge.domain.rules import Rule, RuleError, fit_window, may_open, must_be_possible
from bridge.errors import UserError
from bridge.ids import BallotId, EventId, MessageId, PersonId, UserId
from bridge.mail.parse import Post, parse_mail
from bridge.store import ballots, inbox, mirror
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost
from handlers.context import Context
from handlers.defaults import calendars_now, rule_defaults
from handlers.listmails import queue_call
from handlers.saying import tell_room

_AGAIN = "Nothing was opened: write the command again, as a reply to the same message."


@dataclass(frozen=True, slots=True)
class Request:
    """A wish to open a ballot, from chat or from the command line.

    Attributes:
        key: the id of what asked; the ballot's key.
        post: the post that holds the statement.
        event_id: the chat message, None from the command line.
    """

    key: str
    chair: PersonId
    post: MessageId
    arguments: Mapping[str, str]
    event_id: EventId | None = None


def draft(tx: Tx, context: Context, listed: ListConfig, request: Request) -> Ballot:
    """Write down a DRAFT with everything that opening will freeze.

    Raises:
        UserError: what was asked for cannot be done; says why and shows the right form.
    """
    known = ballots.ballot_by_key(tx.conn, request.key)
    if known is not None:
        return known.ballot
    row = mirror.post_by_id(tx.conn, listed.id, request.post)
    if row is None:
        raise UserError("I know no such post. Reply to the message that holds the text.")
    post = _post_of(tx, listed, row)
    ballot = _frozen(tx, context, listed, request, post)
    ballots.record_ballot(tx, ballot, request.event_id)
    return ballot


def confirm(tx: Tx, context: Context, ballot_id: BallotId, sender: UserId) -> bool:
    """Lock the text and mail the call, if the one who confirms is the chair of this draft.

    Raises:
        UserError: it is too late for that.
    """
    row = ballots.ballot_by_id(tx.conn, ballot_id)
    if row is None or row.ballot.state is not State.DRAFT:
        return False
    if context.roster.by_matrix(sender) != row.ballot.chair:
        return False
    lock(tx, context, row.ballot)
    return True


def lock(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Freeze a draft and queue its call; the clock starts when the call is seen on the list.

    Raises:
        UserError: so little time is left that the ballot could not open.
    """
    if not may_open(ballot.rule, left=(ballot.deadline.instant - tx.now) // 1000):
        raise UserError(
            f"Too little time is left until {show_instant(ballot.deadline.instant)}, so no call "
            f"was sent. {_AGAIN}"
        )
    locked = replace(ballot, state=step(ballot.state, Trigger.LOCK))
    ballots.update_ballot(tx, locked)
    queue_call(tx, context, locked)
    row = ballots.ballot_by_id(tx.conn, ballot.id)
    if row is not None and row.command_event is not None:
        text = (
            f"Confirmed. The call for {ballot.label} goes to the list now; the ballot opens when "
            "the list has distributed it."
        )
        tell_room(tx, ballot, "locked", text, under=row.command_event)


def _frozen(tx: Tx, context: Context, listed: ListConfig, request: Request, post: Post) -> Ballot:
    arguments = request.arguments
    roster = _roll(context, arguments.get("roster"))
    if arguments.get("text", "post") != "post":
        raise UserError("This version takes the text from the post itself; leave text= out.")
    text = statement_text(post.reply_text)
    if not text.text:
        raise UserError("That post has no text of its own to decide about.")
    proposer = _proposer(context, arguments.get("proposer")) or request.chair
    members = {one.person for one in roster.members}
    try:
        deadline, rule = _terms(tx, context, arguments)
        must_be_possible(rule, members=len(members), supporters=len(members - {proposer}))
    except DeadlineError as error:
        raise UserError(_mistake("The deadline", error)) from error
    except RuleError as error:
        raise UserError(_mistake("The rule", error)) from error
    return Ballot(
        id=ballots.next_id(tx),
        key=request.key,
        list_id=listed.id,
        message_id=post.message_id,
        title=arguments.get("title") or post.thread_subject or "statement",
        chair=request.chair,
        proposer=proposer,
        state=State.DRAFT,
        text=text,
        roster=roster,
        rule=rule,
        deadline=deadline,
        created_at=tx.now,
    )


def _terms(tx: Tx, context: Context, arguments: Mapping[str, str]) -> tuple[Deadline, Rule]:
    """Return until when, and by which rule.

    Raises:
        DeadlineError, RuleError: what is written could be misread, or may not be.
        UserError: no deadline is written.
    """
    if "closes" not in arguments:
        raise UserError(f"Until when? Write closes={example(tx.now)} (with the zone).")
    calendars = calendars_now(context.config, tx.now)
    deadline = parse_deadline(arguments["closes"], tx.now, calendars)
    defaults = rule_defaults(context.config.ballots)
    window = (deadline.instant - tx.now) // 1000
    return deadline, fit_window(parse_rule(arguments, defaults), window=window, defaults=defaults)


def _mistake(what: str, error: ValueError) -> str:
    sentence = str(error)
    return f"{what}: {sentence}{'' if sentence.endswith('?') else '.'} {_AGAIN}"


def _proposer(context: Context, name: str | None) -> PersonId | None:
    if name is not None and name not in context.roster.people:
        raise UserError(f"There is no person {name!r} in the roster; proposer= takes a slug.")
    return PersonId(name) if name is not None else None


def _roll(context: Context, name: str | None) -> RosterSnapshot:
    known = ", ".join(sorted(context.roster.rosters)) or "none is configured"
    if name is None:
        raise UserError(f"Who may answer? Write roster=NAME; known: {known}.")
    if name not in context.roster.rosters:
        raise UserError(f"There is no roster {name!r}; known: {known}.")
    return context.roster.snapshot(name)


def _post_of(tx: Tx, listed: ListConfig, row: MirroredPost) -> Post:
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
