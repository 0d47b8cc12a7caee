"""A coalition decides, on real servers: a sense check, a withdrawn ballot, a superseded one, and a
statement in two versions; and every number of every mail a subscriber got is counted by hand.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from coalition_cast import (
    ALIAS,
    AMENDED,
    COALITION,
    FIRST_TEXT,
    MARA,
    NILS,
    OFELIA,
    PAVEL,
    PLAYERS,
    QAMAR,
    QUESTION,
    RANA,
    ROLL,
    SECOND_TEXT,
    SILVIO,
    STATEMENT,
    TRAVEL,
    TUULI,
    UMAR,
    VERA,
)
from coalition_papers import Asked
from hand_count import HOLD, Paper
from polls import polled
from sources import is_public_post

from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Mail, Player
from bridge.demo.member import Event, Member
from bridge.demo.postoffice import PostOffice
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer

pytestmark = pytest.mark.real

PATIENCE = 180
"""Seconds that a mail may take on a busy machine."""
READER = UMAR
"""Whose mailbox is read: every mail that the list sent him."""
LONG = 3_600
"""Seconds: a deadline that the story does not reach."""


@pytest.fixture(scope="module")
def bridge(run_bridge: Callable) -> Iterator[BridgeServer]:
    with run_bridge(COALITION, roll=ROLL, people=PLAYERS) as running:
        yield running


@pytest.fixture
async def room(
    bridge: BridgeServer, synapse: SynapseServer, post_office: PostOffice
) -> AsyncIterator[Room]:
    accounts = await asyncio.to_thread(register, synapse, PLAYERS)
    async with AsyncExitStack() as stack:
        members = {
            slug: await stack.enter_async_context(member_of(synapse, one))
            for slug, one in accounts.items()
        }
        room_id = await members[MARA.slug].join_when_there(ALIAS)
        for one in members.values():
            await one.join(ALIAS)
        yield Room(bridge, post_office, members, room_id)


def answers(asked: str, event: Event) -> bool:
    relation = event.get("content", {}).get("m.relates_to", {})
    is_bot = str(event["sender"]).startswith("@seconded:")
    return is_bot and relation.get("m.in_reply_to", {}).get("event_id") == asked


def is_card(ballot: int, known: str | None, event: Event) -> bool:
    """Tell whether an event is a ballot's card, and not the one that is known."""
    content = event.get("content", {})
    is_edit = content.get("m.relates_to", {}).get("rel_type") == "m.replace"
    is_one = content.get("org.seconded.ballot") == {"id": ballot, "kind": "card"}
    return is_one and not is_edit and event["event_id"] != known


def now() -> int:
    return time.time_ns() // 1_000_000


def written(instant: int) -> str:
    """Return a deadline as a chair writes it."""
    return f"{datetime.fromtimestamp(instant // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


@dataclass
class Room:
    """Everybody's doors: clients, terminal, mailboxes; and how fast this machine is today.

    Attributes:
        pace: how long a mail into the room or a command took, the slowest (ms).
        papers: the bridge's mails that were read, in order.
        acts: how many acts each ballot's ledger must have, by hand.
    """

    bridge: BridgeServer
    office: PostOffice
    members: dict[str, Member]
    room_id: str
    pace: int = 0
    papers: list[Paper] = field(default_factory=list)
    acts: Counter[int] = field(default_factory=Counter)
    cards: dict[int, str] = field(default_factory=dict)

    @property
    def chair(self) -> Member:
        return self.members[MARA.slug]

    @property
    def window(self) -> int:
        """How far ahead a deadline is moved (ms); a ballot is open twice as long at first."""
        return max(20_000, 5 * self.pace)

    async def posts(self, mail: Mail) -> Event:
        """Let somebody post to the list, and return what stands in the room."""
        begun = now()
        self.office.post(
            mail.raw, sender=mail.author.address, recipients=(COALITION.posting_address,)
        )
        seen = partial(is_public_post, mail.message_id)
        event = await self.chair.wait_for(seen, mail.subject, seconds=PATIENCE)
        self.pace = max(self.pace, now() - begun)
        return event

    async def asks(self, post: Event, asked: Asked, arguments: str) -> None:
        """Open a ballot in chat: the command, the preview, the chair's yes."""
        command = f'!ballot open roster=pc closes="{written(asked.closes)}" {arguments}'
        event = await self.chair.reply(self.room_id, str(post["event_id"]), command)
        await self.confirms(event)
        await self.opens(asked)

    async def chairs(self, command: str) -> None:
        """Give a command in chat."""
        await self.confirms(await self.chair.say(self.room_id, command))

    async def confirms(self, command: str) -> None:
        """Tap the preview of a command."""
        shown = partial(answers, command)
        preview = await self.chair.wait_for(shown, "a preview", seconds=PATIENCE)
        await self.chair.react(self.room_id, str(preview["event_id"]), "✅")

    async def orders(self, asked: Asked, mail: Mail, *arguments: str) -> None:
        """Open a ballot on the command line."""
        name = f"<{mail.message_id}>"
        where = ("--post", name, "--roster", "pc", "--closes", written(asked.closes), "--yes")
        await self.runs("ballot", "open", *where, *arguments)
        await self.opens(asked)

    async def opens(self, asked: Asked) -> None:
        """Wait until the call is on the list and the card in the room."""
        await self.gets("[CALL]", asked)
        await self.card(asked)

    async def card(self, asked: Asked) -> None:
        """Wait for the card of the version that is asked about now."""
        is_it = partial(is_card, asked.number, self.cards.get(asked.number))
        event = await self.chair.wait_for(is_it, f"the card of b/{asked.number}", seconds=PATIENCE)
        self.cards[asked.number] = str(event["event_id"])

    async def runs(self, *arguments: str) -> str:
        """Run the command line."""
        begun = now()
        done = await asyncio.to_thread(self.bridge.run, *arguments)
        self.pace = max(self.pace, now() - begun)
        assert done.returncode == 0, done
        return done.stdout

    async def gets(self, kind: str, asked: Asked) -> Paper:
        """Wait until a subscriber has a mail about a ballot, and check all that it says."""
        known = {one.message_id for one in self.papers}

        def look() -> Paper | None:
            found = (
                paper
                for paper in self.mailbox()
                if paper.kind == kind and asked.title in paper.subject
            )
            return next((one for one in found if one.message_id not in known), None)

        paper = await polled(look, lambda one: one is not None, looks=PATIENCE * 5)
        assert paper is not None
        asked.between = (asked.between[0], now())
        asked.read(paper)
        self.papers.append(paper)
        return paper

    def mailbox(self) -> list[Paper]:
        """Return every mail that the bridge wrote and a subscriber got."""
        mails = self.office.mailboxes.of(READER.address)
        return [Paper(raw) for raw in mails if b"X-Seconded-Instance" in raw]

    async def taps(self, who: Player, asked: Asked, key: str, row: str) -> str:
        """Let somebody react to a card; ``row`` is what the hand writes down."""
        event = await self.members[who.slug].react(self.room_id, self.cards[asked.number], key)
        await self.noted(asked, who, row)
        return event

    async def says(self, who: Player, asked: Asked, words: str, row: str) -> int:
        """Let somebody answer in words, and return the instant that the homeserver gave it."""
        said = await self.talks(who, asked, words)
        await self.noted(asked, who, row)
        return await self.when(said)

    async def talks(self, who: Player, asked: Asked, words: str) -> str:
        """Let somebody write below a card."""
        card = self.cards[asked.number]
        return await self.members[who.slug].say_in_thread(self.room_id, card, words)

    async def when(self, event_id: str) -> int:
        is_it: Callable[[Event], bool] = lambda one: one["event_id"] == event_id  # noqa: E731
        event = await self.chair.wait_for(is_it, "what was just said")
        return int(event["origin_server_ts"])

    async def noted(self, asked: Asked, who: Player | None, row: str = "") -> None:
        """Write an act down by hand, and wait until the ledger has as many."""
        if who is VERA:
            asked.hand.strangers += 1
        elif who is not None:
            asked.hand.says[who.slug] = row
        self.acts[asked.number] += 1
        wanted = self.acts[asked.number]
        await polled(partial(self.ledger, asked.number), lambda found: found == wanted)

    def ledger(self, ballot: int) -> int:
        """Return how many acts a ballot's ledger has."""
        connection = sqlite3.connect(f"file:{self.bridge.database}?mode=ro", uri=True)
        try:
            query = "SELECT count(*) FROM acts WHERE ballot = ?"
            return int(connection.execute(query, (ballot,)).fetchone()[0])
        finally:
            connection.close()

    async def has_time(self, asked: Asked) -> None:
        """Let the chair give more time on a slow machine: no deadline falls into an act."""
        if asked.closes - now() < max(8_000, 3 * self.pace):
            until = self.more(asked)
            command = f'!ballot extend b/{asked.number} until="{until}" reason="{SLOW}"'
            await self.chairs(command)
            await self.extended(asked)

    def more(self, asked: Asked) -> str:
        """Write down a later deadline, and return it as the chair writes it."""
        until = max(now() + self.window, asked.closes + 5_000) // 1000 * 1000
        asked.given.append((asked.closes, until))
        asked.between = (now(), 0)
        asked.closes = until
        return written(until)

    async def extended(self, asked: Asked) -> None:
        await self.noted(asked, None)
        await self.gets("[CALL] EXTENDED", asked)


SLOW = "Some are still reading."
LIAISON = "A liaison of our own?"
SUMMIT = "Statement for the summit"


async def test_every_number_of_every_mail_of_a_coalition_is_what_people_did(
    room: Room, tmp_path: Path
) -> None:
    question, _, statement = [await room.posts(one) for one in (QUESTION, TRAVEL, STATEMENT)]
    sense = await asks_what_people_think(room, question)
    travelling = await withdraws(room)
    mistaken, decided = await supersedes(room, statement)
    changed_later = await changes_the_text(room, decided)
    await objects_and_lifts_it(room, decided)
    await asks_for_time(room, decided)
    await room.gets("[RESULT]", sense)
    await ends(room, decided, changed_later)

    ballots = (sense, travelling, mistaken, decided)
    assert (
        kinds(room.mailbox())
        == kinds(room.papers)
        == Counter(
            {
                "[CALL]": 4,
                "[CALL] WITHDRAWN": 1,
                "[CALL] SUPERSEDED": 1,
                "[CALL] AMENDED": 1,
                "[CALL] EXTENDED": sum(len(one.given) for one in ballots),
                "[OBJECTION]": 1,
                "[FINAL CALL]": 1,
                "[RESULT]": 2,
            }
        )
    )
    await asyncio.gather(*(recounts(room, one, tmp_path) for one in ballots))


def kinds(papers: list[Paper]) -> Counter[str]:
    return Counter(one.kind for one in papers)


async def asks_what_people_think(room: Room, question: Event) -> Asked:
    """A sense check, opened in chat: eight of a hundred and forty answer, and a stranger."""
    closes = (now() + 2 * room.window) // 1000 * 1000
    sense = Asked(1, LIAISON, closes, [QUESTION.body], is_sense=True)
    await room.asks(question, sense, "rule=sense")
    for who, key, row in (
        (NILS, "✅", "endorse"),
        (OFELIA, "👍🏾", "endorse"),
        (RANA, "🆗", "no objection"),
        (SILVIO, "⚪", "abstain"),
        (VERA, "✅", ""),
        (RANA, "✅", "endorse"),
        (MARA, "✅", "endorse"),
    ):
        await room.has_time(sense)
        await room.taps(who, sense, key, row)
    await room.says(QAMAR, sense, "!endorse", "endorse")
    await room.has_time(sense)
    raised = await room.says(PAVEL, sense, "!object One voice is not all of ours.", "object")
    sense.moments["raised"] = raised
    await room.has_time(sense)
    await room.says(TUULI, sense, "!reserve If it reports every week.", "endorse with reservation")
    sense.came_in = {
        "counted, standing": 8,
        # Rana's first sign.
        "replaced by another answer": 1,
        "not on the roll": 1,
        "acts of the chair": len(sense.given),
    }
    return sense


async def withdraws(room: Room) -> Asked:
    """A ballot opened on the command line, and taken back in chat."""
    travelling = Asked(2, "Who travels to the summit?", far(), [TRAVEL.body])
    await room.orders(travelling, TRAVEL, "--rule", "silence")
    await room.taps(NILS, travelling, "✅", "endorse")
    reason = "The hosts pay for nobody."
    await room.chairs(f'!ballot withdraw b/2 reason="{reason}"')
    paper = await room.gets("[CALL] WITHDRAWN", travelling)
    assert f"Reason given by the chair: {reason}" in paper.left
    return travelling


async def supersedes(room: Room, statement: Event) -> tuple[Asked, Asked]:
    """A ballot opened in chat under another title, and one that comes in its place."""
    mistaken = Asked(3, "A statement", far(), [FIRST_TEXT])
    await room.asks(statement, mistaken, 'rule=silence title="A statement"')
    await room.taps(OFELIA, mistaken, "✅", "endorse")
    await room.taps(PAVEL, mistaken, "🆗", "no objection")
    closes = (now() + 2 * room.window) // 1000 * 1000
    decided = Asked(4, SUMMIT, closes, [FIRST_TEXT], supersedes=3)
    await room.orders(decided, STATEMENT, "--rule", "silence", "--supersedes", "b/3")
    await room.gets("[CALL] SUPERSEDED", mistaken)
    return mistaken, decided


def far() -> int:
    return (now() // 1000 + LONG) * 1000


async def changes_the_text(room: Room, decided: Asked) -> str:
    """Five answer the first text; three of them confirm, or answer, the second.

    Returns the reaction that is taken back later.
    """
    words = "!reserve I would have liked a word on remote hubs."
    for who, key, row in (
        (NILS, "✅", "endorse"),
        (OFELIA, "✅", "endorse"),
        (PAVEL, "🆗", "no objection"),
        (RANA, "⚪", "abstain"),
    ):
        await room.has_time(decided)
        await room.taps(who, decided, key, row)
    await room.says(QAMAR, decided, words, "endorse with reservation")
    await room.has_time(decided)
    await room.posts(AMENDED)
    await room.has_time(decided)
    decided.moments["amended"] = now()
    decided.between = (now(), 0)
    decided.texts.append(SECOND_TEXT)
    decided.unconfirmed = len(decided.hand.says)
    decided.hand.says.clear()
    name = f"<{AMENDED.message_id}>"
    how = ("--label", "substantive", "--post", name, "--reason", "Two members asked for it.")
    await room.runs("ballot", "amend", "4", *how, "--yes")
    await room.noted(decided, None)
    await room.gets("[CALL] AMENDED", decided)
    await room.card(decided)
    await room.has_time(decided)
    await room.taps(NILS, decided, "✅", "endorse")
    await room.says(QAMAR, decided, "!confirm", "endorse with reservation")
    await room.has_time(decided)
    yes = await room.taps(OFELIA, decided, "✅", "endorse")
    await room.says(UMAR, decided, "!recuse", "recused")
    await room.taps(VERA, decided, "✅", "")
    return yes


async def objects_and_lifts_it(room: Room, decided: Asked) -> None:
    """An objection goes to the list; it is answered below the card, and its author lifts it."""
    await room.has_time(decided)
    decided.between = (now(), 0)
    why = "!object Nobody can translate every comment."
    decided.hand.says[SILVIO.slug] = "object"
    said = await room.talks(SILVIO, decided, why)
    decided.moments["raised"] = await room.when(said)
    paper = await room.gets("[OBJECTION]", decided)
    assert 'They say: "Nobody can translate every comment."' in paper.left
    await room.noted(decided, SILVIO, "object")
    await room.talks(OFELIA, decided, "The hosts have offered to pay the translators.")
    await room.has_time(decided)
    decided.moments["lifted"] = await room.says(SILVIO, decided, "!noobjection", "no objection")


async def asks_for_time(room: Room, decided: Asked) -> None:
    """A hold, and an extension because of it, on the command line."""
    await room.has_time(decided)
    await room.taps(TUULI, decided, "⏳", HOLD)
    how = ("--until", room.more(decided), "--reason", "A member has asked for time.")
    await room.runs("ballot", "extend", "4", *how, "--yes")
    await room.extended(decided)


async def ends(room: Room, decided: Asked, taken_back: str) -> None:
    """A final call while somebody still holds; she answers, another changes; it is adopted."""
    await room.has_time(decided)
    decided.between = (now(), 0)
    await room.runs("ballot", "finalcall", "4", "--yes")
    await room.gets("[FINAL CALL]", decided)
    await room.has_time(decided)
    await room.taps(TUULI, decided, "✅", "endorse")
    await room.has_time(decided)
    await room.members[OFELIA.slug].take_back(room.room_id, taken_back)
    del decided.hand.says[OFELIA.slug]
    await room.noted(decided, None)
    await room.taps(OFELIA, decided, "🆗", "no objection")
    decided.came_in = {
        # Nils, Tuuli, Qamar, Silvio and Ofelia; Umar, who recused himself.
        "counted, standing": 6,
        # What Nils, Ofelia and Qamar said of the first text, Silvio's objection, Tuuli's hold.
        "replaced by another answer": 5,
        # Ofelia's yes, and the act that took it back.
        "taken back or expired": 2,
        "not on the roll": 1,
        # Pavel's and Rana's.
        "for an earlier text": 2,
        "acts of the chair": 1 + len(decided.given),
    }
    await room.gets("[RESULT]", decided)


async def recounts(room: Room, asked: Asked, directory: Path) -> None:
    """Recount an export with the hashes that the list was told, and look at it ourselves."""
    number = str(asked.number)
    await room.runs("ballot", "export", number, "--to", str(directory))
    folder, head = directory / f"b{number}", asked.hashes["head of the log"]
    anchors = ("--terms", asked.hashes["terms"], "--head", head)
    await room.runs("recount", str(folder), *anchors)
    rows = [json.loads(row) for row in (folder / "acts.jsonl").read_text("utf-8").splitlines()]
    assert (rows[-1]["hash"], len(rows)) == (head, room.acts[asked.number])
