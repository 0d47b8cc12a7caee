"""Once a result is on the list, nothing that comes changes it (spec 2.11, invariant 5)."""

import pytest
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, ROSA, SAMI
from stories.test_story_rules import opening

from bridge.domain.ballots import State

HOUR = 3_600_000
DAY = 24 * HOUR


def result_of(tally):
    """What the result said: who held what, the numbers of the table, and what came of it."""
    return (
        tally.outcome,
        tally.level,
        {person: one.position for person, one in tally.positions.items()},
        [tally.endorse, tally.reserve, tally.no_objection, tally.abstain, tally.hold],
        [tally.object, tally.reserve_without_words, tally.silent, tally.base, tally.answered],
        [(one.raised_by.seq, one.is_open) for one in tally.objections],
        [act.seq for act in tally.voided],
    )


async def answered(book):
    """Two taps, an objection and a reservation; returns what can be removed afterwards."""
    taps = [await book.taps(OSKAR), await book.taps(QUENTIN), await book.taps(PRIYA, "✋")]
    await book.says(ROSA, "!reserve The annex.", thread=book.card)
    return taps


async def announced(book):
    await book.at(CLOSES_AT + HOUR)
    if (await book.ballot()).state is State.CLOSED:
        await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()
    assert (await book.ballot()).state is State.ANNOUNCED


async def everything(book, taps):
    """What people, chairs, moderators and time can do to a ballot that is over."""
    await book.taps(SAMI, "✋")
    await book.says(OSKAR, "!object Too late, but still.", thread=book.card)
    await book.says(PRIYA, "!withdraw", thread=book.card)
    await book.removes(OSKAR, taps[0])
    await book.removes(CHAIR, taps[1])
    await book.removes(PRIYA, taps[2])
    await book.removes(CHAIR, book.card)
    for command in (
        'extend b/1 until="2025-11-20 08:00 UTC" reason="More."',
        'void b/1 person=oskar reason="Spam"',
        'admit b/1 person=sami reason="Forgotten"',
        "setaside b/1 person=priya",
        'overrule b/1 person=priya reason="No."',
        "declare b/1 level=consensus",
        'amend b/1 editorial reason="A comma."',
        "finalcall b/1",
        'close b/1 reason="Again."',
        'withdraw b/1 reason="No."',
    ):
        await book.chairs(command)
    await book.restart()
    await book.later(days=40)


@pytest.mark.parametrize("rule", ["silence", "threshold", "signon", "sense"])
async def test_nothing_that_comes_changes_a_byte_of_an_announced_result(book, rule):
    await book.opens(opening(rule))
    taps = await answered(book)
    await announced(book)
    results = [mail for mail in book.mails if "[RESULT]" in mail]
    before, acts = result_of(await book.tally()), await book.acts()

    await everything(book, taps)

    assert [mail for mail in book.mails if "[RESULT]" in mail] == results
    assert len(results) == 1
    assert result_of(await book.tally()) == before
    assert (await book.ballot()).state is State.ANNOUNCED
    assert len(await book.acts()) > len(acts)
