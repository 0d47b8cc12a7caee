"""P8: every number of every mail that the list got is what people did, counted by hand.

The count here knows nothing of ledgers and tallies: it is a dictionary of who last said what.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

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
ROWS = ("endorse", "endorse with reservation", "no objection", "abstain", "object")


def name_of(who: str) -> str:
    return f"{who[1:].partition(':')[0].capitalize()} Example"


def subject_of(mail: str) -> str:
    return " ".join(re.split(r"\n(?=\S)", mail.partition("\nSubject: ")[2])[0].split())


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return int(found[1])


@dataclass
class Hand:
    """What people did so far, and what the last digest said of it."""

    book: Playbook
    says: dict[str, str] = field(default_factory=dict)
    strangers: int = 0
    chat: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    read: int = 0
    kinds: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Check each mail that has come since the last look."""
        for raw in self.book.mails[self.read :]:
            mail = raw.replace("\r\n", "\n")
            kind = re.findall(r"^\[[A-Z ]+\]", subject_of(mail))[0]
            self.kinds.append(kind)
            _CHECKS.get(kind, Hand.nothing)(self, mail)
        self.read = len(self.book.mails)

    def nothing(self, mail: str) -> None:
        """No number is in it."""

    def table(self, mail: str) -> None:
        rows = {
            label: int(count)
            for label, count in re.findall(r"^    (\S.*?) \.{3,} +(\d+)", mail, re.MULTILINE)
        }
        counted = Counter(self.says.values())
        base = len(ROLL) - counted["recused"]
        heard = sum(counted[row] for row in ROWS)
        assert rows == {**{row: counted[row] for row in ROWS}, "not heard from": base - heard}
        assert sum(rows.values()) == base
        roll = f"Roll {len(ROLL)}, recused {counted['recused']}, counting {base}\n"
        assert roll in mail
        assert re.search(rf"--\n +{base}\n", mail)

    def notice(self, mail: str) -> None:
        self.table(mail)
        counted = Counter(self.says.values())
        said = re.search(r"-- (\d+|no) objection", subject_of(mail))
        assert said is not None
        assert int(said[1].replace("no", "0")) == counted["object"]

    def digest(self, mail: str) -> None:
        self.table(mail)
        counted = Counter(self.says.values())
        hours = (CLOSES_AT - self.book.clock.value) // HOUR
        assert number(r"-- (\d+) hours left", subject_of(mail)) == hours
        if counted["object"]:
            assert number(r"left, (\d+) objection", subject_of(mail)) == counted["object"]
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

    def result(self, mail: str) -> None:
        self.table(mail)
        books = mail.partition("WHAT CAME IN (")[2].partition("\n\n")[0]
        numbers = [int(one) for one in re.findall(r"\.\.\. +(\d+)", books)]
        assert sum(numbers) == int(books.partition(")")[0])
        standing = number(r"counted, standing \.+ +(\d+)", books)
        assert standing == len(self.says)
        assert number(r"not on the roll \.+ +(\d+)", books) == self.strangers
        yes = sum(self.says[who].startswith("endorse") for who in self.says)
        assert f"{yes} of {len(ROLL) - 1} said yes." in " ".join(mail.split())

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
    "[OBJECTION]": Hand.notice,
    "[OBJECTION LIFTED]": Hand.notice,
    "[FINAL CALL]": Hand.table,
    "[DIGEST]": Hand.digest,
    "[RESULT]": Hand.result,
}
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
    hand = Hand(book)
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
