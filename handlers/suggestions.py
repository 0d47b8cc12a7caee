"""What looks like an answer and is none: its author is told once how to make it count (2.10, 22).

Nothing of it is entered in the ledger: it stays chat, of which nothing is kept (``chatting``).
A message that is edited or deleted is the one that was counted first: nobody changes an answer
behind the backs of those who read it.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import Act, Door
from bridge.domain.ballots import COUNTING
from bridge.domain.positions import parse_word, position_of_key
from bridge.ids import BallotId, ListId
from bridge.letters import Say, event_ref, say_letter
from bridge.matrix.cards import position_words
from bridge.matrix.commands import only_line, own_lines, parse_command
from bridge.matrix.content import notice_content
from bridge.matrix.facts import MessageSeen, RedactionSeen
from bridge.store import ballots, outbox, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.conditions import can_answer
from handlers.ledger import member_of
from handlers.meant import ballot_meant
from handlers.receipts import standing_of
from handlers.saying import QUESTION, tell_once

NOT_COUNTED: Final = (
    "Did you mean that as your answer? It reads like one and is not counted, as nobody can tell "
    "it from a remark. To have it counted tap a sign on the card, or write the word with its mark: "
    "!endorse, !noobjection, !object and why."
)
NEITHER_YES_NOR_NO: Final = (
    "To the question whether your word stands only yes or no is read, as a reply to it, or !yes or "
    "!no; nothing was changed, and your word counts as it did. If it depends on a change of the "
    "text, answer no, or write !object and your words."
)
EDITED: Final = "An edit is not read: what you mean now is written anew, as a message of its own."


def suggestion_seen(event: MessageSeen, tx: Tx) -> None:
    """Tell a member whose chat in a ballot's thread reads like an answer to it."""
    is_reply = _answers_a_question(event, tx) or only_line(event.body) in {"yes", "no"}
    is_keyword = _reads_like_an_answer(event.body)
    row = ballot_meant(event, tx) if is_reply or is_keyword else None
    if row is None or row.ballot.state not in COUNTING:
        return
    standing = standing_of(tx, row, event.sender)
    if standing is None:
        return
    if is_reply and standing.words is not None and can_answer(standing):
        reason = f"neither:{standing.words.source_id}"
        tell_once(tx, row.ballot, event.sender, reason=reason, text=NEITHER_YES_NOR_NO)
    elif is_keyword:
        reason = f"suggestion/{row.ballot.text.version}"
        tell_once(tx, row.ballot, event.sender, reason=reason, text=NOT_COUNTED)


def edit_seen(event: MessageSeen, list_id: ListId, tx: Tx) -> None:
    """Tell whoever edits a word, or edits a message into one, that an edit is not read."""
    if event.replaces is None or event.msgtype != "m.text":
        return
    act = ballots.act_by_source(tx.conn, Door.CHAT, event.replaces)
    if act is not None:
        row = _row_of(act, tx)
        if member_of(row.ballot.roster, event.sender) == act.person_ref:
            reason = f"edited:{event.replaces}"
            text = f"{EDITED} The words that you wrote first are recorded, and stay."
            tell_once(tx, row.ballot, event.sender, reason=reason, text=text)
        return
    # Clients without edits show the new words behind a star.
    if parse_command(event.body.removeprefix("* ")) is None:
        return
    earlier = outbox.by_key(tx.conn, f"answer:{event.replaces}")
    say = Say(
        list_id,
        key=f"edited:{event.replaces}:{event.sender}",
        content=notice_content(EDITED, to=(event.sender,)),
        thread=None if earlier is None else earlier.letter.payload["thread"],
        reply_to=event_ref(event.replaces),
    )
    outbox.add(tx, say_letter(say, lane=f"answers:{list_id}"))


def word_deleted(event: RedactionSeen, tx: Tx) -> bool:
    """Tell whoever deletes the message of their own word that it counts all the same."""
    act = ballots.act_by_source(tx.conn, Door.CHAT, event.redacts)
    if act is None:
        return False
    row = _row_of(act, tx)
    room = rooms.room_of(tx.conn, row.ballot.list_id)
    if room is None or room.room_id != event.room:
        return False
    if member_of(row.ballot.roster, event.sender) != act.person_ref or not _is_held(
        act, row, event, tx
    ):
        return True
    text = (
        f"You deleted a message, and the answer in it stays recorded: "
        f"{position_words(act.position)}. "
    )
    more = (
        "!withdraw takes it back, another word takes its place."
        if row.ballot.state in COUNTING
        else f"{row.ballot.label} is {row.ballot.state.words}."
    )
    tell_once(tx, row.ballot, event.sender, reason=f"deleted:{event.redacts}", text=f"{text}{more}")
    return True


def _is_held(act: Act, row: BallotRow, event: RedactionSeen, tx: Tx) -> bool:
    """Say whether somebody's word is what they hold, or an objection that is open."""
    standing = standing_of(tx, row, event.sender)
    if standing is None:
        return False
    raised = [one.raised_by for one in standing.objections if one.is_open]
    return act in [standing.act, standing.words, *raised]


def _row_of(act: Act, tx: Tx) -> BallotRow:
    row = ballots.ballot_by_id(tx.conn, BallotId(act.ballot))
    assert row is not None, f"an act of b/{act.ballot}, which is not there"
    return row


def _answers_a_question(event: MessageSeen, tx: Tx) -> bool:
    asked = rooms.event_by_id(tx.conn, event.reply_to) if event.reply_to else None
    return asked is not None and asked.kind == QUESTION


def _reads_like_an_answer(body: str) -> bool:
    """Say whether the first own line is a keyword of a mail, or nothing but a sign."""
    first = next(iter(own_lines(body)), "")
    return parse_word(first) is not None or position_of_key(first) is not None
