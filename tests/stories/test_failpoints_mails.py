"""P3 for notices and digests: wherever the process ends, the list gets each of them once.

Each place that the story comes to is tried in one of a few stories, at a time that is drawn.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from fault_book import ALERTED, FaultyPlaybook
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, ROSA, SAMI, START, story_config

from bridge.failpoints import POINTS, armed, at_time

pytestmark = pytest.mark.filterwarnings("ignore:nested transaction already deassociated")

HOUR = 3_600_000
SIX = START + 9 * HOUR
DIGEST = {("lists", 0, "digest"): {"at": "18:00", "zone": "Europe/Zurich"}}
ELSEWHERE = (
    *("migrate.", "backup.", "ask.", "apart.", "names.", "file."),
    *("postponed.marked", "matrix.looked_up"),
)
"""Nobody asks from a command line, sends a file, a big or a signed mail; nothing is down."""
ON_THE_ROAD = tuple(name for name in POINTS if not name.startswith(ELSEWHERE))
GROUPS = 3
EXPECTED = {"call": 1, "notice": 4, "digest": 2, "final-call": 1, "result": 1, "late-register": 1}


async def the_story(book: FaultyPlaybook) -> None:
    """Objections, raised and lifted, two days with news, the final call, a late answer."""
    await book.opens()
    for who in (PRIYA, ROSA):
        await book.taps(who, "✋")
    await book.later(minutes=45)
    await book.says(OSKAR, "Good.")
    await book.at(SIX + HOUR)
    await book.listed()
    await book.taps(OSKAR)
    for who in (PRIYA, ROSA):
        await book.says(who, "!noobjection", thread=book.card)
    await book.at(SIX + 25 * HOUR)
    await book.listed()
    await book.at(CLOSES_AT - 23 * HOUR)
    await book.at(CLOSES_AT + HOUR // 3)
    await book.at(CLOSES_AT + 20 * HOUR)
    await book.listed()
    await book.taps(SAMI)
    await book.later(days=8)


def told(book: FaultyPlaybook) -> Counter[str]:
    """Return how many mails of each kind the list got, by the words of their Message-IDs."""
    found: Counter[str] = Counter()
    for one in {mail.partition("Message-ID: <")[2].partition(">")[0] for mail in book.mails}:
        kind = one.partition(".")[0]
        found[kind] += kind != "alert"
    return +found


def sent_twice(book: FaultyPlaybook) -> set[str]:
    ids = Counter(mail.partition("Message-ID: <")[2].partition(">")[0] for mail in book.mails)
    return {one for one, count in ids.items() if count > 1 and not one.startswith("alert.")}


@pytest.fixture
def beginning(shelf, tmp_path):
    config = story_config(tmp_path, {**ALERTED, **DIGEST})
    return lambda: FaultyPlaybook(shelf, config)


def counting(name, counts, fault=lambda: None):
    """Return a fault that is counted."""

    def fall():
        counts[name] += 1
        fault()

    return fall


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
async def undisturbed(beginning, engine_name, kept):
    """Return how often the story comes to each place when nothing happens, and what it tells."""
    if engine_name not in kept:
        book, times = beginning(), Counter()
        with armed({name: counting(name, times) for name in POINTS}):
            await book.start()
            await the_story(book)
        await book.store.close()
        kept[engine_name] = times, told(book)
    return kept[engine_name]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
async def test_the_undisturbed_story_tells_everything_once(undisturbed):
    times, mails = undisturbed
    assert mails == EXPECTED
    assert set(times) == set(ON_THE_ROAD)


STORIES = [("sqlite", 0), ("sqlite", 1), ("sqlite", 2), ("postgresql", 0)]


@pytest.mark.parametrize(("engine_name", "group"), STORIES)
async def test_wherever_the_process_ends_each_mail_is_told_once(beginning, undisturbed, group):
    book, chance, fallen = beginning(), random.Random(group), Counter()
    fault, (comes, _) = book.faults["exit"], undisturbed
    names = ON_THE_ROAD[group::GROUPS]
    times = {name: chance.randint(1, min(9, (comes[name] + 1) // 2)) for name in names}
    falling = {n: at_time(t, counting(n, fallen, fault)) for n, t in times.items()}
    with armed(falling):
        await book.start()
        await the_story(book)
    await book.restart()
    await book.quiet()
    await book.store.close()
    assert fallen == Counter(names)
    assert told(book) == EXPECTED
    assert sent_twice(book) == set()
