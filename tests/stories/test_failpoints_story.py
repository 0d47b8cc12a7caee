"""P3: whatever happens at whichever place, the story ends as if it had not happened.

Each place and each kind of fault is tried: several in one story here, one by one and at several
times in ``make long``. At which time a place fails is drawn by what the test is called with.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from fault_book import IN_THE_STORY, SIGNED, FaultyPlaybook, posts_of, the_story
from playbook import end_of
from playbook_cast import LIST_ID

from bridge.failpoints import armed, at_time
from bridge.mail.evidence import Evidence, Level
from bridge.store import mirror
from bridge.store.database import Reading

# A kill inside a savepoint leaves it open, and what is around it is rolled back first.
pytestmark = pytest.mark.filterwarnings("ignore:nested transaction already deassociated")

GROUPS = 3
"""In how many stories all places are tried with one kind of fault."""
KINDS = ("exit", "exception", "hang")
STORIES = [
    *(("sqlite", kind, group) for kind in KINDS for group in range(GROUPS)),
    *(("postgresql", kind, group) for group, kind in enumerate(KINDS)),
]


@dataclass
class Witness:
    """Counts how often each place was reached, or failed."""

    times: Counter[str] = field(default_factory=Counter)

    def seeing(self, name, fault=lambda: None):
        def fall():
            self.times[name] += 1
            fault()

        return fall


@dataclass(frozen=True)
class Undisturbed:
    """The story when nothing happens: how often it comes to each place, and its end."""

    times: Counter[str]
    end: dict[str, object]


async def how_it_ended(book: FaultyPlaybook) -> dict[str, object]:
    """Return what must be the same whatever failed.

    Not the bot's hints and edits, which an item put back by hand may bring in another order. Nor
    how often operators were told: that depends on what there was to tell, and a mail that no list
    hands back comes once more for each answer that is lost, under the same Message-ID.
    """
    end = await end_of(book)
    mails = Counter(map(kind_of, book.mails))
    for alert in [one for one in mails if one.startswith("alert.")]:
        del mails[alert]
    return {
        **{name: end[name] for name in ("ballot", "acts", "books", "pinned")},
        "posts": posts_of(book),
        "cards": len(book._marked("card")),
        "mails": mails,
        "proved": await book.read(proved),
    }


def proved(conn: Reading) -> Evidence:
    """Return what speaks for the author of the mail that is signed."""
    post = mirror.post_by_id(conn, LIST_ID, SIGNED.message_id)
    assert post is not None
    return post.evidence


def kind_of(mail: str) -> str:
    """Return what a mail of a ballot is; the rest of its Message-ID hangs on an event id."""
    message_id = mail.partition("Message-ID: <")[2].partition(">")[0]
    kind, _, _ = message_id.partition(".b1.")
    return kind


@pytest.fixture(scope="module")
def kept() -> dict[str, Undisturbed]:
    return {}


@pytest.fixture
async def undisturbed(begin_faulty, engine_name, kept) -> Undisturbed:
    if engine_name not in kept:
        witness, book = Witness(), begin_faulty()
        with armed({name: witness.seeing(name) for name in IN_THE_STORY}):
            await book.start()
            await the_story(book)
        kept[engine_name] = Undisturbed(witness.times, await how_it_ended(book))
    return kept[engine_name]


async def test_the_story_comes_to_every_place(undisturbed):
    assert set(undisturbed.times) == set(IN_THE_STORY)
    assert set(undisturbed.end["posts"].values()) == {1}
    assert undisturbed.end["proved"].level is Level.SIGNED


def early(chance: random.Random, count: int) -> int:
    """Draw at which time a place fails: so early that it comes, whatever fails before it."""
    return chance.randint(1, (count + 1) // 2)


async def play(book: FaultyPlaybook, kind: str, times: dict[str, int]) -> Counter[str]:
    """Play the story with faults, then start twice more; return which faults happened."""
    witness = Witness()
    fault = book.faults[kind]
    falling = {n: at_time(t, witness.seeing(n, fault)) for n, t in times.items()}
    with armed(falling):
        await book.start()
        await the_story(book)
    await book.restart()
    await book.quiet()
    return witness.times


async def check(book: FaultyPlaybook, kind: str, times: dict[str, int], meant: Undisturbed) -> None:
    happened = await play(book, kind, times)
    assert happened == dict.fromkeys(times, 1)
    end = await how_it_ended(book)
    assert end == meant.end
    timeline, sent = len(book.room.timeline), len(book.smtp.delivered)
    await book.restart()
    await book.quiet()
    assert (len(book.room.timeline), len(book.smtp.delivered)) == (timeline, sent)
    assert await how_it_ended(book) == end


@pytest.mark.parametrize(("engine_name", "kind", "group"), STORIES)
async def test_faults_all_over_the_story_make_no_difference(begin_faulty, undisturbed, kind, group):
    chance = random.Random(f"{kind}{group}")
    times = {name: early(chance, undisturbed.times[name]) for name in IN_THE_STORY[group::GROUPS]}
    await check(begin_faulty(), kind, times, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", IN_THE_STORY)
@pytest.mark.parametrize("kind", KINDS)
async def test_no_fault_at_any_place_makes_a_difference(
    begin_faulty, undisturbed, kind, name, seed
):
    number = early(random.Random(f"{kind}{name}{seed}"), undisturbed.times[name])
    await check(begin_faulty(), kind, {name: number if seed else 1}, undisturbed)
