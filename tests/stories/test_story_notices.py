"""What the list is told between call and result: objections, final call, late answers."""

import re

import pytest
from playbook import Playbook, end_of, every
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, ROSA, SAMI, STRANGER, TOMOKO

MINUTE = 60_000
HOUR = 60 * MINUTE


def subjects(book: Playbook) -> list[str]:
    """Return the subjects of our mails to the list, in order."""
    return [subject_of(mail) for mail in book.mails]


def subject_of(mail: str) -> str:
    return flat(re.split(r"\r\n(?=\S)", mail.partition("\r\nSubject: ")[2])[0])


def flat(mail: str) -> str:
    return " ".join(mail.split())


def ids(book: Playbook) -> list[str]:
    return [mail.partition("Message-ID: <")[2].partition(">")[0] for mail in book.mails]


def table(mail: str) -> dict[str, int]:
    """Return the numbers of a mail's table by their label."""
    rows = re.findall(r"^    (\S.*?) \.{3,} +(\d+)", mail, re.MULTILINE)
    return {label: int(number) for label, number in rows}


async def test_an_objection_is_told_at_once_with_its_words_and_what_it_means(opened):
    await opened.says(PRIYA, "!object It names one group only.", thread=opened.card)
    call, notice = opened.mails
    assert subject_of(notice).startswith("[OBJECTION] Joint statement")
    assert subject_of(notice).endswith("-- 1 objection open")
    assert 'Priya Example objects, Thu 30 Oct 2025 10:00 UTC: They say: "It names' in flat(notice)
    assert "we do not endorse by silence" in flat(notice)
    assert "Closes Mon 3 Nov 2025 08:00 UTC" in flat(notice)
    assert f"In-Reply-To: <{ids(opened)[0]}>" in notice
    assert (await opened.outcomes())[-1] == ("suppressed", "echo")
    assert call != notice


async def test_a_raised_hand_is_told_without_words_and_its_reason_follows(opened):
    await opened.taps(PRIYA, "✋")
    assert "No reason given yet." in opened.mails[-1]
    await opened.says(PRIYA, "!object It names one group only.", thread=opened.card)
    assert len(opened.mails) == 2, "half an hour has not passed"
    await opened.later(minutes=30)
    assert len(opened.mails) == 3
    assert "Priya Example gives a reason for the objection, Thu" in flat(opened.mails[-1])
    await opened.later(hours=5)
    assert len(opened.mails) == 3


async def test_five_objections_in_ten_minutes_are_two_mails(opened):
    for who in (OSKAR, PRIYA, QUENTIN, ROSA, SAMI):
        await opened.taps(who, "✋")
        await opened.later(minutes=2)
    await opened.later(hours=1)
    _, first, second = opened.mails
    assert "1 objection open" in subject_of(first)
    assert "5 objections open" in subject_of(second)
    assert "Oskar" not in second.partition("WHAT IT MEANS")[0]
    assert second.count(" objects, Thu") == 4


async def test_lifting_is_told_and_a_hand_that_went_up_and_down_is_told_once(opened):
    hand = await opened.taps(PRIYA, "✋")
    await opened.later(hours=1)
    await opened.removes(PRIYA, hand)
    assert subject_of(opened.mails[-1]).startswith("[OBJECTION LIFTED]")
    assert "Priya Example's objection is lifted." in opened.mails[-1]
    again = await opened.taps(ROSA, "✋")
    await opened.removes(ROSA, again)
    await opened.later(minutes=31)
    assert len(opened.mails) == 4
    assert "Rosa Example objected, Thu" in opened.mails[-1]
    await opened.later(hours=9)
    assert len(opened.mails) == 4


async def test_other_answers_and_strangers_are_told_in_no_notice(opened):
    await opened.taps(OSKAR)
    await opened.taps(STRANGER, "✋")
    await opened.later(hours=1)
    assert len(opened.mails) == 1


async def test_where_an_objection_stops_nothing_the_list_is_not_told(book):
    await book.opens('!ballot open rule=threshold roster=pc closes="2025-11-03 08:00 UTC"')
    await book.taps(PRIYA, "✋")
    await book.later(hours=1)
    assert len(book.mails) == 1


async def test_the_final_call_says_what_is_missing_and_until_when(opened):
    await opened.taps(PRIYA, "🆗")
    await opened.at(CLOSES_AT - 24 * HOUR)
    call, final = opened.mails
    assert subject_of(final).startswith("[FINAL CALL] Joint statement")
    assert subject_of(final).endswith("answer by Mon 3 Nov 2025 08:00 UTC")
    assert "A yes from someone other than the proposer: have 0, need 1." in flat(final)
    assert table(final)["no objection"] == 1
    assert table(final)["not heard from"] == 6
    assert call != final


async def test_an_objection_lifted_in_the_final_call_tells_the_later_close(opened):
    await opened.at(CLOSES_AT - 20 * HOUR)
    hand = await opened.taps(PRIYA, "✋")
    await opened.at(CLOSES_AT - 10 * HOUR)
    await opened.removes(PRIYA, hand)
    assert "Closes Mon 3 Nov 2025 22:00 UTC" in flat(opened.mails[-1])
    await opened.later(minutes=5)
    assert (await opened.ballot()).deadline.instant == CLOSES_AT + 14 * HOUR


async def closed_and_announced(book: Playbook) -> None:
    await book.at(CLOSES_AT + 20 * MINUTE)
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()


async def test_whoever_answers_after_the_result_is_told_once_a_week(opened):
    await opened.taps(OSKAR)
    await closed_and_announced(opened)
    before = len(opened.mails)
    await opened.taps(ROSA)
    await opened.later(days=1)
    await opened.taps(SAMI, "⚪")
    await opened.taps(STRANGER)
    assert len(opened.mails) == before
    await opened.later(days=6)
    late = opened.mails[-1]
    assert subject_of(late).endswith("-- 2 more since the result")
    assert "+ Rosa Example, endorse, Mon 3 Nov" in flat(late)
    assert "does not change the result" in late
    await opened.later(days=30)
    assert len(opened.mails) == before + 1
    await opened.taps(TOMOKO)
    await opened.quiet()
    assert subject_of(opened.mails[-1]).endswith("-- 1 more since the result")
    assert "Rosa" not in opened.mails[-1]


async def test_taking_back_after_the_result_is_no_answer(opened):
    yes = await opened.taps(OSKAR)
    await closed_and_announced(opened)
    before = len(opened.mails)
    await opened.removes(OSKAR, yes)
    await opened.later(days=30)
    assert len(opened.mails) == before


async def test_what_waits_when_the_ballot_closes_is_left_to_the_result(opened):
    await opened.at(CLOSES_AT - 20 * MINUTE)
    await opened.taps(PRIYA, "✋")
    await opened.taps(ROSA, "✋")
    before = len(opened.mails)
    await closed_and_announced(opened)
    assert len(opened.mails) == before + 1
    assert "OBJECTIONS (2 raised, 2 open)" in opened.mails[-1]


async def the_whole_story(book: Playbook) -> None:
    await book.opens()
    await book.taps(OSKAR)
    hand = await book.taps(PRIYA, "✋")
    await book.taps(ROSA, "✋")
    await book.says(ROSA, "!object Point 2 is missing.", thread=book.card)
    await book.later(minutes=40)
    await book.removes(PRIYA, hand)
    await book.says(ROSA, "!noobjection", thread=book.card)
    await book.later(minutes=40)
    await book.at(CLOSES_AT - 24 * HOUR)
    await closed_and_announced(book)
    await book.taps(SAMI)
    await book.later(days=8)


async def told_at_the_end(book: Playbook) -> dict[str, object]:
    """Return what must be the same; when a status line was counted hangs on when we were down."""
    return {name: what for name, what in (await end_of(book)).items() if name != "room"}


EXPECTED = [
    "[CALL]",
    "[OBJECTION]",
    "[OBJECTION]",
    "[OBJECTION LIFTED]",
    "[FINAL CALL]",
    "[RESULT]",
    "[LATE ANSWERS]",
]


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    return {}


@pytest.fixture
async def undisturbed(begin, engine_name, kept) -> object:
    if engine_name not in kept:
        book = await begin()
        await the_whole_story(book)
        assert [one.partition("]")[0] + "]" for one in subjects(book)] == EXPECTED
        kept[engine_name] = await told_at_the_end(book)
    return kept[engine_name]


@pytest.mark.parametrize("moments", [79, 101])
async def test_no_kill_and_no_second_delivery_makes_another_mail(begin, undisturbed, moments):
    book = await begin(times=2, kill=every(moments))
    await the_whole_story(book)
    assert book.restarts > 3
    assert await told_at_the_end(book) == undisturbed
