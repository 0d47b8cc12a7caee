"""Whole ballots under the other rules, and what a chair can do on the way."""

import pytest
from playbook import end_of, every
from playbook_cast import (
    CHAIR,
    CLOSES,
    CLOSES_AT,
    MODERATOR,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROSA,
    START,
    Mail,
)

from bridge.domain.ballots import Outcome, State

HOUR = 3_600_000
GRACE = 600_000
NEW = Mail("Newer.1", "Consultations must be announced sixty days ahead.\n", author="priya")


def opening(rule, more=""):
    return f'!ballot open rule={rule} roster=pc closes="{CLOSES}" {more}'.strip()


async def test_rough_consensus_is_declared_when_every_objection_is_answered(book):
    card = await book.opens(opening("rough").replace("2025-11-03", "2025-11-04"))
    await book.taps(OSKAR)
    await book.says(PRIYA, "!object It is too long.", thread=card)
    closes = CLOSES_AT + 24 * HOUR
    await book.at(closes - 60 * HOUR)
    await book.chairs("address b/1 person=priya link=https://x.example.org/1")
    await book.at(closes - 48 * HOUR)
    assert (await book.ballot()).state is State.FINAL_CALL
    await book.at(closes + GRACE)
    assert (await book.ballot()).outcome is Outcome.NO_DECISION
    assert "!ballot declare b/1" in book.answer
    await book.chairs('declare b/1 level="consensus"')
    await book.says(CHAIR, "confirm", thread=card)
    ballot = await book.ballot()
    assert (ballot.state, ballot.outcome) == (State.ANNOUNCED, Outcome.ADOPTED)
    assert "The chair declared consensus." in book.mails[-1]
    assert "https://x.example.org/1" in book.mails[-1]


async def test_a_sign_on_prints_names_and_one_may_go_until_it_is_published(book):
    await book.opens(opening("signon"))
    for who in (OSKAR, PRIYA, QUENTIN):
        await book.taps(who)
    tap = await book.taps(ROSA)
    await book.at(CLOSES_AT + GRACE)
    await book.removes(ROSA, tap)
    await book.says(CHAIR, "confirm", thread=book.card)
    result = book.mails[-1]
    assert "Signed by 3 individuals" in result
    assert "Rosa Example" not in result
    assert (await book.ballot()).outcome is Outcome.COUNTED


async def test_a_late_signature_is_in_the_register_until_that_is_closed(book):
    await book.opens(opening("signon"))
    await book.taps(OSKAR)
    await book.at(CLOSES_AT + GRACE)
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.taps(PRIYA)
    await book.chairs("stop b/1")
    await book.taps(QUENTIN)
    counted = await book.tally()
    assert [act.person_ref for act in counted.late] == ["priya"]
    assert counted.not_counted == {"register_closed": 1}
    assert counted.endorse == 1


async def test_a_name_taken_off_after_publication_is_marked_withdrawn_in_the_next_copy(book):
    await book.opens(opening("signon"))
    tap, kept = await book.taps(OSKAR), await book.taps(PRIYA)
    await book.at(CLOSES_AT + GRACE)
    await book.says(CHAIR, "confirm", thread=book.card)
    before = list(book.mails)
    await book.chairs("stop b/1")
    await book.removes(OSKAR, tap)
    assert any("marked as withdrawn, with this date" in one for one in book.said)
    await book.later(days=8)
    late = " ".join(book.mails[-1].split())
    assert "- Oskar Example, withdrawn Mon 3 Nov 2025 08:10 UTC" in late
    assert "Priya" not in late
    assert book.mails[:-1] == before
    await book.removes(PRIYA, kept)
    await book.says(PRIYA, "!endorse", thread=book.card)
    await book.later(days=8)
    assert (await book.tally()).endorse == 2


async def test_a_sense_check_has_no_final_call_and_tells_its_base(book):
    await book.opens(opening("sense"))
    await book.taps(OSKAR)
    await book.taps(PRIYA, "✋")
    await book.at(CLOSES_AT + GRACE)
    await book.says(CHAIR, "confirm", thread=book.card)
    assert not any("Final call" in one for one in book.said)
    assert "2 of 7 answered" in book.mails[-1]
    assert (await book.ballot()).outcome is Outcome.COUNTED


async def test_a_text_goes_from_comments_to_its_result(book):
    await book.asks(CHAIR, opening("silence", 'comments="2025-10-31 07:00 UTC"'))
    asked = [one for one in book.messages if "for comments?" in one["content"]["body"]]
    await book.taps(CHAIR, "✅", on=asked[-1]["event_id"])
    await book.quiet()
    assert (await book.ballot()).state is State.COMMENT
    assert "[COMMENTS]" in book.mails[0]
    assert not book.has_card
    await book.at(START + 23 * HOUR)
    await book.listed()
    assert (await book.ballot()).state is State.OPEN
    await book.taps(OSKAR)
    await book.at(CLOSES_AT + GRACE)
    assert (await book.ballot()).outcome is Outcome.ADOPTED


async def test_a_changed_text_has_a_card_of_its_own_that_is_swept_and_pinned(opened):
    old = opened.card
    await opened.taps(OSKAR)
    await opened.post(NEW)
    await opened.chairs("amend b/1 substantive confirm=yes", reply_to=await opened.event_of(NEW))
    await opened.later(minutes=1)
    assert opened.card != old
    assert opened.pinned == [opened.card]
    assert "version 2" in opened.card_text
    assert "counted as not heard from" in opened.status
    opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    opened.homeserver.take_transaction()
    await opened.later(minutes=5)
    assert (await opened.tally()).endorse == 1
    await opened.taps(PRIYA, "✅", on=old)
    assert any("Did you mean the new version?" in one for one in opened.said)
    await opened.at(CLOSES_AT + GRACE)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED
    await opened.says(CHAIR, "confirm", thread=opened.card)
    assert "v2, substantive" in opened.mails[-1]


async def test_a_new_ballot_takes_the_place_of_an_open_one(opened):
    first = opened.card
    command = opening("silence", "supersedes=b/1").replace("2025-11-03", "2025-11-04")
    await opened.says(CHAIR, command, reply_to=await opened.event_of(REQUEST))
    await opened.taps(CHAIR, "✅", on=opened.preview)
    await opened.listed()
    assert (await opened.ballot(1)).state is State.SUPERSEDED
    assert (await opened.ballot(1)).ending.instead == 2
    assert (await opened.ballot(2)).state is State.OPEN
    assert "Comes in the place of b/1" in opened.card_text
    assert "[CALL] SUPERSEDED Joint statement" in opened.mails[-1]
    await opened.taps(OSKAR, "✅", on=first)
    assert (await opened.acts())[-1][2:4] == ("rejected", "not_open")


async def test_an_extension_before_the_deadline_moves_the_close(opened):
    await opened.taps(OSKAR)
    await opened.chairs('extend b/1 until="2025-11-05 08:00 UTC" reason="A holiday"')
    await opened.at(CLOSES_AT + GRACE)
    assert (await opened.ballot()).state is State.OPEN
    assert "Wed 5 Nov 2025 08:00 UTC" in opened.card_text
    assert "EXTENDED" in opened.mails[-1]
    await opened.at(CLOSES_AT + 48 * HOUR + GRACE)
    ballot = await opened.ballot()
    assert (ballot.outcome, ballot.closed_at) == (Outcome.ADOPTED, CLOSES_AT + 48 * HOUR)


async def test_an_outage_at_the_deadline_is_told_and_may_be_made_good_once(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT - HOUR)
    await opened.at(CLOSES_AT + HOUR, away=True)
    assert (await opened.ballot()).state is State.CLOSED
    assert any("consider giving more time" in one for one in opened.said)
    await opened.chairs('extend b/1 until="2025-11-04 08:00 UTC" reason="We were down"')
    await opened.taps(PRIYA)
    await opened.at(CLOSES_AT + 24 * HOUR + GRACE)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    counted = await opened.tally()
    assert (counted.outcome, counted.endorse) == (Outcome.ADOPTED, 2)
    assert "OUTAGE" in opened.mails[-1]
    assert "Mon 3 Nov 2025 07:00 UTC to Mon 3 Nov 2025 09:00 UTC" in opened.mails[-1]


async def test_an_objection_lifted_at_the_hard_stop_leaves_the_silence_broken(book):
    await book.opens(opening("silence", f'hard_stop="{CLOSES}"'))
    await book.taps(OSKAR)
    await book.at(CLOSES_AT - 3 * HOUR)
    hand = await book.taps(PRIYA, "✋")
    await book.at(CLOSES_AT - HOUR)
    await book.removes(PRIYA, hand)
    # Whoever is told of the lifting is told what it is worth.
    mail = " ".join(book.mails[-1].split())
    assert "[OBJECTION LIFTED]" in mail
    assert "this ballot adopts nothing any more" in mail
    assert "No objection stands in the way" not in mail
    said = [one["content"] for one in book.messages]
    (told,) = [one for one in said if "b/1 adopts nothing any more" in one["body"]]
    assert told["m.mentions"] == {"user_ids": [CHAIR, PRIYA]}
    await book.at(CLOSES_AT + GRACE)
    ballot = await book.ballot()
    assert (ballot.outcome, ballot.closed_at) == (Outcome.OBJECTED, CLOSES_AT)


async def test_a_hold_placed_late_counts_and_extends_nothing(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT - 5 * 60_000)
    await opened.taps(PRIYA, "⏳")
    await opened.at(CLOSES_AT + GRACE)
    ballot = await opened.ballot()
    assert (ballot.outcome, ballot.closed_at) == (Outcome.NOT_ADOPTED, CLOSES_AT)


async def test_a_reservation_that_does_not_stand_blocks(opened):
    await opened.says(OSKAR, "!reserve Point 2 must go.", thread=opened.card)
    question = opened.messages[-1]
    assert "Does your endorsement stand" in question["content"]["body"]
    opened.clock.value += 1_000
    await opened.says(OSKAR, "no", reply_to=question["event_id"], thread=opened.card)
    counted = await opened.tally()
    assert (counted.reserve, counted.object, len(counted.open_objections)) == (0, 1, 1)
    await opened.later(minutes=1)
    assert "BLOCKED by the objection of Oskar Example" in opened.status


async def test_a_card_that_somebody_redacted_is_put_up_again_and_its_answers_stand(opened):
    old = opened.card
    tap = await opened.taps(OSKAR)
    await opened.removes(MODERATOR, old)
    assert opened.card != old
    assert opened.pinned == [opened.card]
    await opened.taps(PRIYA)
    assert (await opened.tally()).endorse == 2
    await opened.removes(OSKAR, tap)
    assert (await opened.tally()).endorse == 1
    await opened.at(CLOSES_AT + GRACE)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED


async def test_what_was_removed_before_it_was_seen_was_never_cast(opened):
    tap = opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✋")
    opened.homeserver.remove(opened.room_id, OSKAR, tap)
    opened.homeserver.take_transaction()
    await opened.later(minutes=5)
    assert await opened.acts() == []


async def test_a_reaction_to_an_edit_of_the_card_is_nothing(opened):
    await opened.taps(OSKAR)
    await opened.later(minutes=2)
    edits = [one for one in opened.room.timeline if "m.new_content" in one["content"]]
    await opened.taps(PRIYA, "✅", on=edits[-1]["event_id"])
    assert len(await opened.acts()) == 1


async def test_a_threshold_that_is_reached_early_closes_nothing_early(book):
    await book.opens(opening("threshold", "threshold=1/2"))
    for who in (CHAIR, OSKAR, PRIYA, QUENTIN, ROSA):
        await book.taps(who)
    await book.at(CLOSES_AT - 1)
    assert (await book.ballot()).state is State.FINAL_CALL
    assert not any("[RESULT]" in mail for mail in book.mails)


async def test_after_the_announcement_nothing_changes_the_result(opened):
    tap = await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    assert (await opened.ballot()).state is State.ANNOUNCED
    before, mails = await opened.tally(), list(opened.mails)
    await opened.removes(OSKAR, tap)
    await opened.taps(PRIYA, "✋")
    await opened.says(QUENTIN, "!object Too late?", thread=opened.card)
    for command in (
        'void b/1 person=oskar reason="x"',
        "setaside b/1 person=priya",
        'extend b/1 until="2025-11-05 08:00 UTC" reason="x"',
        'withdraw b/1 reason="x"',
        "close b/1",
    ):
        await opened.chairs(f"{command}")
    await opened.later(days=3)
    after = await opened.tally()
    assert opened.mails == mails
    assert (after.outcome, after.yes, after.objections) == (before.outcome, 1, ())
    assert len(after.late) == 3


async def the_ruled_ballot(book):
    """Play a ballot in which the chair and the members do all they can."""
    command = opening("rough").replace("2025-11-03", "2025-11-04")
    await book.opens(command)
    await book.taps(OSKAR)
    await book.says(ROSA, "!reserve Point 2 must go.", thread=book.card)
    await book.later(minutes=1)
    await book.says(ROSA, "!no", thread=book.card)
    await book.taps(QUENTIN, "✋")
    await book.post(NEW)
    await book.chairs("amend b/1 substantive confirm=yes", reply_to=await book.event_of(NEW))
    await book.later(minutes=1)
    await book.says(OSKAR, "!confirm", thread=book.card)
    hand = await book.taps(PRIYA, "✋")
    await book.removes(MODERATOR, book.card)
    await book.chairs('extend b/1 until="2025-11-05 08:00 UTC" reason="More"')
    await book.chairs('overrule b/1 person=priya reason="Out of scope"')
    await book.later(minutes=1)
    await book.removes(PRIYA, hand)
    await book.says(QUENTIN, "!object Buy my watches.", thread=book.card)
    await book.chairs('void b/1 person=quentin reason="spam"')
    await book.at(CLOSES_AT + 48 * HOUR + GRACE)
    await book.chairs("declare b/1 level=consensus")
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()


@pytest.mark.parametrize("how", [{"times": 2}, {"times": 2, "kill": every(97)}])
async def test_rulings_that_are_handled_twice_or_cut_short_end_the_same(begin, how):
    undisturbed, disturbed = await begin(), await begin(**how)
    for book in (undisturbed, disturbed):
        await the_ruled_ballot(book)
    ballot = await disturbed.ballot()
    assert (ballot.state, ballot.outcome) == (State.ANNOUNCED, Outcome.ADOPTED)
    assert await end_of(disturbed) == await end_of(undisturbed)
