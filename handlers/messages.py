"""What people write in a room: commands, and the words that answer a ballot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.config import ListConfig
from bridge.domain.acts import Door
from bridge.domain.ballots import IllegalTransition, State
from bridge.domain.positions import parse_chat_word
from bridge.errors import UserError
from bridge.events import DONE, Outcome
from bridge.ids import MessageId
from bridge.matrix.cards import preview_content
from bridge.matrix.commands import Command, CommandError, only_line, parse_command
from bridge.matrix.facts import MessageSeen
from bridge.matrix.forms import help_text
from bridge.store import ballots, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.amending import contest, reconfirm
from handlers.appeals import appeal, appealable
from handlers.asked import ask_in_room, asked_by, yes_in_words
from handlers.calling_off import PREVIEW, answered_otherwise
from handlers.chatting import chat_seen
from handlers.conditions import answer_whether_it_stands
from handlers.context import Context
from handlers.files import whole_post_asked
from handlers.hints import hint
from handlers.ledger import Deed, enter
from handlers.listmails import preview
from handlers.meant import ballot_meant, open_ballot_meant
from handlers.opening import Request, confirm, draft
from handlers.receipts import receipt, standing_of
from handlers.requests import chair_of
from handlers.saying import QUESTION, answer, answer_with
from handlers.statements import doubts_about
from handlers.suggestions import edit_seen, suggestion_seen
from handlers.verbs import READ_ONLY, run_verb
from handlers.wishes import Wish

_ASK = (
    "Shall I post this call to the list? React with ✅ here, or answer: confirm. To call it off: "
    "❌ here, or answer: no"
)
_ASK_COMMENTS = (
    "Shall I post this text to the list for comments? React with ✅ here, or answer: confirm. To "
    "call it off: ❌ here, or answer: no"
)
_ONE_WORD = (
    "!yes and !no only answer the question whether your endorsement stands, and take no other "
    "words; nothing was recorded. What did you mean? !yes or !no alone, !reserve and what you want "
    "noted, !object and why, or !noobjection."
)


def message_seen(event: MessageSeen, tx: Tx, context: Context) -> Outcome:
    """Answer a command or record a word; anything else is chat and stays chat."""
    if context.namespace.owns_user(event.sender):
        return Outcome("suppressed", "our own")
    room = rooms.room_by_id(tx.conn, event.room)
    if room is None or room.list_id not in context.lists:
        return Outcome("suppressed", "not one of our rooms")
    if event.msgtype != "m.text" or event.replaces is not None:
        edit_seen(event, room.list_id, tx)
        return Outcome("suppressed", "no new words of a person")
    return _heard(event, context.lists[room.list_id], tx, context)


def _heard(event: MessageSeen, listed: ListConfig, tx: Tx, context: Context) -> Outcome:
    command = parse_command(event.body) or _answer_to_a_question(event, tx)
    said = None if _is_told_elsewhere(event, command) else answered_otherwise(event, tx, context)
    if said is not None:
        answer(tx, listed.id, event, said)
        return DONE
    if command is None:
        chat_seen(tx, context, listed, event)
        suggestion_seen(event, tx)
        return Outcome("done", "chat")
    if isinstance(command, CommandError):
        answer(tx, listed.id, event, command.sentence)
        return DONE
    try:
        _obey(event, command, listed, tx, context)
    except (UserError, IllegalTransition) as error:
        answer(tx, listed.id, event, str(error))
    return DONE


def _is_told_elsewhere(event: MessageSeen, command: Command | CommandError | None) -> bool:
    """Tell whether it is a command that answers no preview, as any is but a reply's yes or no."""
    is_plain = isinstance(command, Command) and command.name in {"yes", "no"}
    return isinstance(command, Command) and not (is_plain and event.reply_to is not None)


def _answer_to_a_question(event: MessageSeen, tx: Tx) -> Command | None:
    """Return the yes or no that a reply to our question is."""
    asked = rooms.event_by_id(tx.conn, event.reply_to) if event.reply_to else None
    if asked is None or asked.kind != QUESTION or asked.room_id != event.room:
        return None
    word = only_line(event.body)
    return Command(word) if word in {"yes", "no"} else None


def _obey(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    if parse_chat_word(command.name, command.text) is not None:
        _word(event, command, listed, tx, context)
        return
    _COMMANDS[command.name](event, command, listed, tx, context)


def _help(event: MessageSeen, _: Command, listed: ListConfig, tx: Tx, context: Context) -> None:
    del context
    answer(tx, listed.id, event, help_text())


def _full(event: MessageSeen, _: Command, listed: ListConfig, tx: Tx, context: Context) -> None:
    whole_post_asked(tx, context, listed, event)


def _ballot(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    is_open = command.verb not in READ_ONLY
    chair = chair_of(tx, context, listed, event.sender) if is_open else None
    if command.verb != "open":
        wish = replace(_wish(event, command, listed, tx, context), chair=chair)
        if command.verb in READ_ONLY or command.arguments.get("confirm") == "yes":
            answer(tx, listed.id, event, run_verb(wish, command.verb))
        else:
            ask_in_room(event, wish, command.verb)
        return
    assert chair is not None
    post = _post_answered(event, tx)
    if post is None:
        raise UserError("Write this as a reply to the message from the list that holds the text.")
    request = Request(
        key=event.event_id,
        chair=chair,
        post=post,
        arguments=command.arguments,
        event_id=event.event_id,
    )
    ballot = draft(tx, context, listed, request)
    shown = preview(context, ballot, tx.now, doubts_about(tx, listed, ballot))
    asked = _ASK if ballot.comments_until is None else _ASK_COMMENTS
    content = preview_content(shown.facts, shown.mail, asked, to=event.sender)
    answer_with(tx, listed.id, event, content, remember=(PREVIEW, ballot.id))


def _wish(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> Wish:
    return Wish(
        tx=tx,
        context=context,
        listed=listed,
        key=event.event_id,
        arguments=command.arguments,
        post=_post_answered(event, tx),
        event=event.event_id,
        about=event.reply_to,
    )


def _post_answered(event: MessageSeen, tx: Tx) -> MessageId | None:
    target = rooms.event_by_id(tx.conn, event.reply_to) if event.reply_to else None
    return target.message_id if target is not None and target.room_id == event.room else None


def _confirm(event: MessageSeen, _: Command, listed: ListConfig, tx: Tx, context: Context) -> None:
    """Confirm the preview that is answered, or the result of a closed ballot's thread."""
    proposal = asked_by(event, tx, context)
    if proposal is not None:
        yes_in_words(event, proposal, tx, context)
        return
    row = ballot_meant(event, tx)
    about = row or _only_open_or_none(event, listed, tx)
    confirmed = None if about is None else reconfirm(event, about, tx, context)
    if confirmed is not None:
        answer(tx, listed.id, event, confirmed)
    elif row is None:
        raise UserError("Confirm what? Answer the preview or the message that asked you.")
    elif row.ballot.state is State.CLOSED:
        _confirm_result(event, row, listed, tx, context)
    elif not confirm(tx, context, row.ballot.id, event.sender):
        raise UserError("Only the person who asked for this ballot confirms it, and only once.")


def _only_open_or_none(event: MessageSeen, listed: ListConfig, tx: Tx) -> BallotRow | None:
    try:
        return open_ballot_meant(event, listed, tx)
    except UserError:
        return None


def _confirm_result(
    event: MessageSeen, row: BallotRow, listed: ListConfig, tx: Tx, context: Context
) -> None:
    standing = standing_of(tx, row, event.sender)
    try:
        chair = chair_of(tx, context, listed, event.sender)
    except UserError:
        if standing is None or standing.unconfirmed is None:
            raise
        # A member who confirms too late means the own answer and not the result.
        raise UserError(receipt(tx, row, event.sender)) from None
    close = Command("ballot", "close", {"ballot": str(row.ballot.id)})
    wish = replace(_wish(event, close, listed, tx, context), chair=chair)
    answer(tx, listed.id, event, run_verb(wish, close.verb))


def _receipt(event: MessageSeen, _: Command, listed: ListConfig, tx: Tx, context: Context) -> None:
    del context
    row = open_ballot_meant(event, listed, tx)
    answer(tx, listed.id, event, receipt(tx, row, event.sender))


def _stands(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    # Whoever adds words means more than this one; what is half read is not taken.
    if any(letter.isalnum() for letter in command.text):
        raise UserError(_ONE_WORD)
    row = open_ballot_meant(event, listed, tx)
    stands = command.name == "yes"
    said = answer_whether_it_stands(event, row, tx, context, stands=stands)
    answer(tx, listed.id, event, said)


def _contest(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    row = open_ballot_meant(event, listed, tx)
    answer(tx, listed.id, event, contest(event, command.text, row, tx, context))


def _appeal(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    row = ballot_meant(event, tx) or _only_appealable(listed, tx)
    answer(tx, listed.id, event, appeal(event, command.text, row, tx, context))


def _only_appealable(listed: ListConfig, tx: Tx) -> BallotRow:
    announced = ballots.in_states(tx.conn, (State.ANNOUNCED,))
    found = [row for row in announced if row.ballot.list_id == listed.id and appealable(tx, row)]
    if len(found) != 1:
        raise UserError("Which ballot? Write it in the thread of its card: !appeal and why.")
    return found[0]


def _word(
    event: MessageSeen, command: Command, listed: ListConfig, tx: Tx, context: Context
) -> None:
    """Record a position in words on the ballot whose thread it stands in, or the only open one."""
    written = parse_chat_word(command.name, command.text)
    assert written is not None
    row = open_ballot_meant(event, listed, tx)
    deed = Deed(
        door=Door.CHAT,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=written.position,
        words=written.text,
    )
    act = enter(tx, context, row, deed)
    if act is not None:
        hint(tx, row, act, event.sender)


_COMMANDS: Mapping[str, Callable[[MessageSeen, Command, ListConfig, Tx, Context], None]] = {
    "help": _help,
    "full": _full,
    "ballot": _ballot,
    "confirm": _confirm,
    "receipt": _receipt,
    "yes": _stands,
    "no": _stands,
    "contest": _contest,
    "appeal": _appeal,
}
