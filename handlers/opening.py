"""Opening a ballot: the command, the preview, the chair's yes, the call to the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.config import ListConfig
from bridge.domain.ballots import Ballot, State, Trigger, may_be_followed, may_be_replaced, step
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
from bridge.ids import BallotId, EventId, Instant, MessageId, PersonId, UserId
from bridge.store import ballots, listposts
from bridge.store.database import Tx
from handlers.commenting import publish_for_comments
from handlers.context import Context
from handlers.defaults import calendars_now, rule_defaults
from handlers.listmails import queue_call
from handlers.saying import tell_room
from handlers.statements import Source, post_meant, text_meant
from handlers.wishes import called, must_be_short

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
    must_be_short(request.arguments)
    source = post_meant(tx, listed, request.post, request.arguments)
    ballot = _frozen(tx, context, listed, request, source)
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
    go_ahead(tx, context, row.ballot)
    return True


def go_ahead(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Do what the chair said yes to: put the text up for comments, or lock it and mail the call.

    Raises:
        UserError: so little time is left that the ballot could not open, or the ballot whose
            place it should take has closed meanwhile.
    """
    replaced = ballots.ballot_by_id(tx.conn, ballot.supersedes) if ballot.supersedes else None
    if replaced is not None:
        _must_be_replaceable(replaced.ballot)
    if ballot.comments_until is not None and tx.now < ballot.comments_until:
        publish_for_comments(tx, context, ballot)
    else:
        lock(tx, context, ballot)


def lock(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Freeze a text and queue its call; the clock starts when the call is seen on the list.

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
    if row is not None and (row.command_event is not None or ballot.comments_until is not None):
        text = (
            f"Confirmed. The call for {ballot.label} goes to the list now; the ballot opens when "
            "the list has distributed it."
        )
        under = row.command_event if ballot.comments_until is None else None
        tell_room(tx, ballot, "locked", text, under=under)


def _frozen(
    tx: Tx, context: Context, listed: ListConfig, request: Request, source: Source
) -> Ballot:
    arguments, post = request.arguments, source.post
    roster = _roll(context, arguments.get("roster"))
    text = text_meant(source, arguments)
    proposer = _proposer(context, arguments.get("proposer")) or request.chair
    members = {one.person for one in roster.members}
    if "closes" not in arguments:
        raise UserError(f"Until when? Write closes={example(tx.now)} (with the zone).")
    try:
        deadline, red_line, rule = _terms(tx, context, arguments)
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
        comments_until=red_line,
        supersedes=_superseded(tx, listed, arguments),
        follows=_followed(tx, listed, arguments),
    )


def _terms(
    tx: Tx, context: Context, arguments: Mapping[str, str]
) -> tuple[Deadline, Instant | None, Rule]:
    """Return until when, from when on the text may be commented on, and by which rule.

    Raises:
        DeadlineError, RuleError: what is written could be misread, or may not be.
    """
    calendars = calendars_now(context.config, tx.now)
    written = {
        key: parse_deadline(arguments[key], tx.now, calendars)
        for key in ("closes", "comments", "hard_stop")
        if key in arguments
    }
    deadline = written["closes"]
    red_line = _red_line(written.get("comments"), deadline)
    defaults = rule_defaults(context.config.ballots)
    window = (deadline.instant - (red_line or tx.now)) // 1000
    rule = fit_window(parse_rule(arguments, defaults), window=window, defaults=defaults)
    stop = _hard_stop(written.get("hard_stop"), deadline, defaults.extension)
    calendar = next((one.calendar for one in written.values() if one.calendar), None)
    return deadline, red_line, replace(rule, hard_stop=stop, calendar=calendar)


def _red_line(until: Deadline | None, deadline: Deadline) -> Instant | None:
    """Return until when the text can be commented on before it is locked, None for not at all."""
    if until is not None and until.instant >= deadline.instant:
        raise UserError("comments= must lie before closes=: the text is locked in between.")
    return None if until is None else until.instant


def _hard_stop(stop: Deadline | None, deadline: Deadline, extension: int) -> Instant:
    """Return beyond which instant nothing will move the close."""
    if stop is None:
        return Instant(deadline.instant + extension * 1000)
    if stop.instant < deadline.instant:
        raise UserError("hard_stop= must not lie before closes=.")
    return stop.instant


def _superseded(tx: Tx, listed: ListConfig, arguments: Mapping[str, str]) -> BallotId | None:
    """Return the ballot in whose place this one comes; it ends when this one opens."""
    replaced = _named(tx, listed, arguments, "supersedes")
    if replaced is None:
        return None
    _must_be_replaceable(replaced)
    return replaced.id


def _followed(tx: Tx, listed: ListConfig, arguments: Mapping[str, str]) -> BallotId | None:
    """Return the ballot that is over and that this one takes up again; it stays as it is."""
    before = _named(tx, listed, arguments, "follows")
    if before is None:
        return None
    if not may_be_followed(before.state):
        raise UserError(
            f"{before.label} is {before.state.words}, so it is not over. Wait for its result, or "
            f"write supersedes={before.label} to end it when this one opens."
        )
    if not _was_seen(tx, before):
        raise UserError(
            f"{before.label} was discarded before the list had it, so nobody could know what this "
            "one follows. Leave follows= out."
        )
    return before.id


def _was_seen(tx: Tx, ballot: Ballot) -> bool:
    """Say whether a mail about the ballot ever left for its list."""
    posts = listposts.of_ballot(tx.conn, ballot.id)
    return ballot.opened_at is not None or any(post.state != "expired" for post in posts)


def _named(tx: Tx, listed: ListConfig, arguments: Mapping[str, str], key: str) -> Ballot | None:
    written = arguments.get(key)
    if written is None:
        return None
    row = ballots.ballot_named(tx.conn, written)
    if row is None or row.ballot.list_id != listed.id:
        raise UserError(f"There is no ballot {called(written)} on this list; write {key}=b/42.")
    return row.ballot


def _must_be_replaceable(ballot: Ballot) -> None:
    if not may_be_replaced(ballot.state):
        raise UserError(
            f"{ballot.label} is {ballot.state.words}, and no ballot comes in the place of that. "
            f"Open a new one with follows={ballot.label} in the place of supersedes=."
        )


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
