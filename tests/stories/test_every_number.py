"""P8: every number of every mail that the list got is what people did, counted by hand.

The count knows nothing of ledgers and tallies: see ``hand_count``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hand_count import Hand, Paper
from playbook import Playbook
from playbook_cast import (
    CHAIR,
    CLOSES_AT,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROLL,
    ROSA,
    SAMI,
    START,
    STRANGER,
    TOMOKO,
)

HOUR = 3_600_000
SIX = START + 9 * HOUR
DIGEST = {("lists", 0, "digest"): {"at": "18:00", "zone": "Europe/Zurich"}}


def name_of(who: str) -> str:
    return f"{who[1:].partition(':')[0].capitalize()} Example"


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return int(found[1])


@dataclass
class Listener(Hand):
    """A hand that reads each mail as it comes, and what the last digest said."""

    book: Playbook = field(kw_only=True)
    chat: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    read: int = 0
    kinds: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Check each mail that has come since the last look."""
        for raw in self.book.mails[self.read :]:
            paper = Paper(raw.encode())
            self.kinds.append(paper.kind)
            _CHECKS.get(paper.kind, Listener.nothing)(self, paper)
        self.read = len(self.book.mails)

    def nothing(self, paper: Paper) -> None:
        """No number of people is in it."""

    def notice(self, paper: Paper) -> None:
        self.table(paper)
        self.objections(paper)

    def digest(self, paper: Paper) -> None:
        self.table(paper)
        mail = paper.body
        counted = self.counted
        hours = (CLOSES_AT - self.book.clock.value) // HOUR
        assert number(r"-- (\d+) hours left", paper.subject) == hours
        if counted["object"]:
            assert number(r"left, (\d+) objection", paper.subject) == counted["object"]
        new = [who for who in self.says if who not in self.told and self.says[who] != "object"]
        changed = [
            who
            for who in self.says
            if who in self.told and self.told[who] != self.says[who] != "object"
        ]
        objected = [who for who in self.says if self.says[who] == "object" != self.told.get(who)]
        gone = [who for who in self.told if who not in self.says]
        for who in new:
            assert re.search(rf"\+ {self.says[who]} .*{name_of(who)}", mail), who
        for who in changed:
            assert f"{name_of(who)}: {self.told[who]} -> {self.says[who]}" in mail
        for who in objected:
            assert f"! object  {name_of(who)}" in mail
        for who in gone:
            assert re.search(rf"- withdrew .*{name_of(who)}", mail), who
        assert mail.count(" Example") == len(new) + len(changed) + len(objected) + len(gone)
        if self.strangers:
            assert number(r"NOT COUNTED YET \((\d+)\)", mail) == self.strangers
            assert number(r"not on the roll \.+ +(\d+)", mail) == self.strangers
        assert number(r"ROOM SAID \((\d+) message", mail) == len(self.chat)
        assert number(r"ROOM SAID \(\d+ messages? of (\d+) p", mail) == len(set(self.chat))
        self.told, self.chat = dict(self.says), []

    def result(self, paper: Paper) -> None:
        self.table(paper)
        self.books(paper, CAME_IN)
        paper.says(f"{self.yes} of {self.base} said yes.")

    async def taps(self, who: str, key: str, row: str) -> str:
        self.says[who] = row
        event = await self.book.taps(who, key)
        self.look()
        return event

    async def writes(self, who: str, words: str, row: str) -> None:
        self.says[who] = row
        await self.book.says(who, words, thread=self.book.card)
        self.look()

    async def removes(self, who: str, event: str) -> None:
        del self.says[who]
        await self.book.removes(who, event)
        self.look()

    async def talks(self, who: str, **where: str) -> None:
        self.chat.append(who)
        await self.book.says(who, "I think so.", **where)

    async def at(self, instant: int) -> None:
        await self.book.at(instant)
        self.look()


_CHECKS = {
    "[OBJECTION]": Listener.notice,
    "[OBJECTION LIFTED]": Listener.notice,
    "[FINAL CALL]": Listener.table,
    "[DIGEST]": Listener.digest,
    "[RESULT]": Listener.result,
}
CAME_IN = {
    "counted, standing": 5,
    "replaced by another answer": 2,
    "taken back or expired": 4,
    "not on the roll": 1,
}
"""By hand: Oskar's later yes, Quentin's reservation, Sami's no objection, Rosa's and Tomoko's; the
two objections that another answer replaced; Oskar's first yes and Priya's hand, each with the act
that took it back."""
MAILS = [
    "[CALL]",
    "[OBJECTION]",
    "[DIGEST]",
    "[OBJECTION]",
    # One was lifted and another is open still.
    "[OBJECTION]",
    "[OBJECTION LIFTED]",
    "[DIGEST]",
    "[OBJECTION]",
    "[DIGEST]",
    "[FINAL CALL]",
    "[OBJECTION LIFTED]",
    "[RESULT]",
]


async def test_every_number_of_every_mail_is_what_people_did(begin):
    book = await begin(changes=DIGEST)
    await book.opens()
    hand = Listener(len(ROLL), book=book)
    root = await book.event_of(REQUEST)
    yes = await hand.taps(OSKAR, "✅", "endorse")
    await hand.talks(PRIYA, thread=root)
    raised = await hand.taps(PRIYA, "✋", "object")
    hand.strangers += 1
    await book.taps(STRANGER, "✅")
    await hand.talks(ROSA, thread=root)
    await hand.talks(ROSA)
    await hand.at(SIX)

    await hand.taps(QUENTIN, "✋", "object")
    await hand.at(SIX + HOUR)
    await hand.removes(PRIYA, raised)
    await hand.at(SIX + 2 * HOUR)
    await hand.writes(QUENTIN, "!reserve I would have liked more time.", "endorse with reservation")
    await hand.writes(TOMOKO, "!recuse", "recused")
    await hand.talks(CHAIR, thread=book.card)
    await hand.at(SIX + 24 * HOUR)

    await hand.writes(SAMI, "!object Point 2 is missing.", "object")
    await hand.removes(OSKAR, yes)
    await hand.taps(ROSA, "⚪", "abstain")
    await hand.at(SIX + 48 * HOUR)
    await hand.at(CLOSES_AT - 24 * HOUR + 1)
    await hand.writes(SAMI, "!noobjection", "no objection")
    await hand.taps(OSKAR, "👍", "endorse")
    # A sweep finds that the lifting moves the close by a moment.
    await hand.at(CLOSES_AT - HOUR)
    await hand.at(CLOSES_AT + HOUR)
    await book.says(CHAIR, "confirm", thread=book.card)
    await hand.at(CLOSES_AT + 4 * HOUR)
    assert hand.kinds == MAILS
