"""Changing the text of a ballot: labelled by the chair, shown word by word, open to contest (2.7).

Editorial: positions carry. Substantive: everybody is asked anew, on a card of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.domain.acts import Door
from bridge.domain.ballots import COUNTING, Ballot, State, StatementText, Trigger, step
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.positions import Position
from bridge.domain.rulings import EDITORIAL, SUBSTANTIVE, Amendment, Ruling, amendment_of, rulings
from bridge.domain.worddiff import plain_diff, word_diff
from bridge.errors import UserError
from bridge.ids import Instant, MessageId
from bridge.letters import Say, letter_ref, pin_letter, say_letter
from bridge.mail.texts_changes import AmendmentView, RedraftView
from bridge.matrix.cards import old_card_content
from bridge.matrix.facts import MessageSeen
from bridge.store import ballots, outbox, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import rulings_of
from handlers.commenting import show_new_text
from handlers.context import Context
from handlers.counting import tally_now
from handlers.finalcalls import settle
from handlers.ledger import Deed, enter
from handlers.listmails import queue_amendment, queue_redraft
from handlers.notices import count_of
from handlers.posting import contact_of, page_url, room_alias
from handlers.receipts import receipt, standing_of
from handlers.refusals import refusal
from handlers.rulings import DONE_ALREADY, enter_ruling
from handlers.saying import ask_for_status, call_members, card_of, tell_room
from handlers.showing import edit_card, queue_card, queue_statement
from handlers.statements import post_meant, text_meant
from handlers.wishes import Wish

FORM: Final = "!ballot amend b/42 editorial, or: substantive, as a reply to the new text"
_AMENDABLE: Final = frozenset({State.COMMENT, *COUNTING})


def amend(wish: Wish) -> str:
    """Make a change of the text, labelled by the chair."""
    row = wish.row()
    ballot = row.ballot
    label = wish.arguments.get("label", "")
    if label not in {EDITORIAL, SUBSTANTIVE}:
        raise UserError(f"Is it editorial or substantive? Write {FORM}.")
    post, text = _new_text(wish, ballot, label)
    _must_be_possible(wish, row, label)
    amendment = Amendment(label, text.version, text.sha256)
    reason = wish.arguments.get("reason", "").strip()
    if enter_ruling(wish, ballot, Ruling.AMEND, amendment.target, reason) is None:
        return DONE_ALREADY
    _apply(wish, ballot, text, label)
    _tell_list(wish, ballot, post, label)
    return f"{ballot.label} has version {text.version} of the text now (code {text.code})."


def contest(event: MessageSeen, words: str, row: BallotRow, tx: Tx, context: Context) -> str:
    """Contest that the last change was editorial: it acts as an objection until it is lifted."""
    made = rulings(rulings_of(tx.conn, row.ballot.id), Ruling.AMEND)
    amendment = amendment_of(made[-1]) if made else None
    if amendment is None or amendment.label != EDITORIAL:
        raise UserError(f"No editorial change of {row.ballot.label} can be contested.")
    until = _contested_until(made[-1].effective_at, row.ballot)
    if tx.now > until:
        raise UserError(f"That could be contested until {show_instant(until)}.")
    if not words.strip():
        raise UserError("Why is the change more than editorial? Write !contest and your words.")
    deed = Deed(
        door=Door.CHAT,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=Position.OBJECT,
        words=words,
        is_contest=True,
    )
    act = enter(tx, context, row, deed)
    if act is not None and (refused := refusal(act)):
        return refused
    return (
        "Your contest is recorded as an objection, until you lift it (!withdraw, or another "
        "answer in writing) or everybody is asked anew. What you object to in the text stands "
        "beside it."
    )


def reconfirm(event: MessageSeen, row: BallotRow, tx: Tx, context: Context) -> str | None:
    """Give an unconfirmed position again, words and all, and return what came of it, or None."""
    standing = standing_of(tx, row, event.sender)
    if row.ballot.state not in COUNTING or standing is None or standing.unconfirmed is None:
        return None
    before = standing.unconfirmed
    deed = Deed(
        door=Door.CHAT,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=Position(before.position),
        words=ballots.words_of_act(tx.conn, row.ballot.id, before.seq),
    )
    act = enter(tx, context, row, deed)
    refused = None if act is None else refusal(act)
    return refused or receipt(tx, row, event.sender)


def _new_text(wish: Wish, ballot: Ballot, label: str) -> tuple[MessageId, StatementText]:
    if wish.post is None:
        raise UserError(f"Where is the new text? Write {FORM}.")
    source = post_meant(wish.tx, wish.listed, wish.post, wish.arguments)
    text = text_meant(source, wish.arguments, version=ballot.text.version + 1)
    is_same = text.sha256 == ballot.text.sha256
    # The same words, called substantive, undo a label that was contested.
    if is_same and not (label == SUBSTANTIVE and ballot.text.version > ballot.card_version):
        raise UserError(f"That is the text of version {ballot.text.version} already.")
    return source.post.message_id, text


def _must_be_possible(wish: Wish, row: BallotRow, label: str) -> None:
    ballot, tx = row.ballot, wish.tx
    if ballot.state not in _AMENDABLE:
        raise UserError(f"{ballot.label} is {ballot.state.words}; its text cannot be changed now.")
    if ballot.state is State.COMMENT:
        return
    if rooms.ballot_event(tx.conn, ballot.id, "card") is None:
        raise UserError("The ballot's card is still on its way to the room; try again then.")
    if label == EDITORIAL and not ballot.rule.decides:
        raise UserError(
            f"{ballot.label} decides nothing, so a contest would stand in the way of nothing: "
            "call the change substantive."
        )
    left = (ballot.deadline.instant - tx.now) // 1000
    rule = ballot.rule
    # Whoever may contest that a change is editorial must have the time to read it, too.
    # A rough consensus is declared after a whole final call, for the text that is declared (2.5).
    needed = rule.notice if label == SUBSTANTIVE else min(rule.contest, rule.after_lifting)
    if left <= 0 or left < needed:
        raise UserError(
            f"Too little time is left for that: people need {show_duration(needed)} "
            f"to read a changed text. Give them more first: !ballot extend {ballot.label} …"
        )


def _effect(ballot: Ballot, label: str, text: StatementText) -> str:
    """Say in a sentence what the change does to the answers."""
    if ballot.state is State.COMMENT:
        return f"{ballot.label}: version {text.version} (code {text.code})."
    effect = (
        "answers given so far carry, marked as given for an earlier version; any member may "
        f"contest that within {show_duration(ballot.rule.contest)}: !contest and why"
        if label == EDITORIAL
        else "answers given so far do not count until they are confirmed: tap the new card, or "
        "write !confirm in its thread"
    )
    if label == SUBSTANTIVE and ballot.state is State.FINAL_CALL:
        effect += "; the final call was for the old text, and another one comes"
    return f"{ballot.label}, {label} change to version {text.version} (code {text.code}): {effect}."


def _apply(wish: Wish, ballot: Ballot, text: StatementText, label: str) -> None:
    tx = wish.tx
    amended = replace(ballot, text=text, earlier=(*ballot.earlier, ballot.text))
    diff = plain_diff(word_diff(ballot.text.text, text.text)) or "The words are the same."
    told = f"{_effect(ballot, label, text)}\n\n{diff}"
    if ballot.state is State.COMMENT:
        ballots.update_ballot(tx, amended)
        show_new_text(tx, amended)
        tell_room(tx, amended, f"amended:{text.version}", told)
        return
    if label == SUBSTANTIVE:
        state = step(ballot.state, Trigger.NEW_TEXT)
        amended = replace(amended, state=state, card_version=text.version, card_copies=0)
    ballots.update_ballot(tx, amended)
    if label == SUBSTANTIVE:
        _replace_card(tx, ballot, amended)
    else:
        edit_card(tx, amended, f"v{text.version}")
        queue_statement(tx, amended)
    unconfirmed = tally_now(tx, amended, tx.now).unconfirmed
    call_members(tx, amended, f"amended:{text.version}", told, unconfirmed)
    settle(tx, wish.context, amended)
    ask_for_status(tx, wish.context, amended)


def _tell_list(wish: Wish, before: Ballot, post: MessageId, label: str) -> None:
    """Mail the new text: whoever reads only the list would take the earlier one for it."""
    tx, context, ballot = wish.tx, wish.context, wish.row().ballot
    changed = RedraftView(
        ballot=ballot,
        reason=wish.arguments.get("reason", "").strip(),
        difference=plain_diff(word_diff(before.text.text, ballot.text.text)),
        post=post,
        room=room_alias(context, wish.listed),
        contact=contact_of(context, ballot),
    )
    if before.state is State.COMMENT:
        queue_redraft(tx, context, changed)
        return
    acts = ballots.acts_of(tx.conn, ballot.id)
    view = AmendmentView(
        ballot=ballot,
        tally=tally_now(tx, ballot, tx.now),
        label=label,
        reason=changed.reason,
        difference=changed.difference,
        ended=len(count_of(before, acts[:-1], tx.now).open_objections),
        contest_until=_contested_until(tx.now, ballot),
        post=post,
        room=changed.room,
        contact=changed.contact,
        log_url=page_url(context, ballot),
    )
    queue_amendment(tx, context, view)


def _contested_until(changed_at: Instant, ballot: Ballot) -> Instant:
    return Instant(min(changed_at + ballot.rule.contest * 1000, ballot.deadline.instant))


def _replace_card(tx: Tx, before: Ballot, amended: Ballot) -> None:
    """Put up a card for the new version; the old one says so and asks for nothing more."""
    rooms.retire_card(tx, before.id, kind="old_card")
    old = card_of(before)
    edit = Say(
        before.list_id,
        key=f"{old}:replaced",
        content=old_card_content(before, amended.text.version),
        replaces=letter_ref(old),
        ballot=before.id,
    )
    outbox.add(tx, say_letter(edit))
    outbox.add(tx, pin_letter(before.list_id, before.id, pinned=False, card=old))
    queue_card(tx, amended)
