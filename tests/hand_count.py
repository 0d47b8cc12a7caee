"""A count by hand, and mails in which each number that it accounts for is crossed out.

Nothing here knows ledgers, standings or tallies: a hand is a dictionary of who last said what, and
arithmetic that anybody can do on paper. What is left of a mail when it was read must hold no digit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from zoneinfo import ZoneInfo

from bridge.ids import Instant

ROWS = ("endorse", "endorse with reservation", "no objection", "abstain", "object")
HOLD = "more time asked for"
RECUSED = "recused"
INSTANT = r"\w{3} \d{1,2} \w{3} \d{4} \d\d:\d\d(?::\d\d)? UTC"
_KIND = re.compile(r"\[[A-Z ]+\](?: (?:EXTENDED|AMENDED|WITHDRAWN|SUPERSEDED)\b)?")


def shown(instant: int) -> str:
    """Return an instant as our mails show it in UTC: ``Mon 3 Nov 2025 08:00 UTC``."""
    moment = datetime.fromtimestamp(instant // 1000, UTC)
    return f"{moment:%a} {moment.day} {moment:%b %Y} {_clock(moment)} UTC"


def shown_in(instant: int, zone: str) -> str:
    """Return an instant on the clock of a place: ``Tunis Mon 3 Nov 09:00``."""
    moment = datetime.fromtimestamp(instant // 1000, ZoneInfo(zone))
    city = zone.rpartition("/")[2].replace("_", " ")
    return f"{city} {moment:%a} {moment.day} {moment:%b} {_clock(moment)}"


def instant_of(text: str) -> Instant:
    """Return the instant that a mail shows, to the second (Unix ms)."""
    form = "%a %d %b %Y %H:%M:%S UTC" if text.count(":") == 2 else "%a %d %b %Y %H:%M UTC"
    return Instant(round(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()) * 1000)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


class Paper:
    """One mail as a subscriber reads it; what was checked is crossed out.

    Attributes:
        subject: on one line.
        body: as it is shown.
        left: subject and body with single blanks, without what was crossed out.
    """

    def __init__(self, raw: bytes) -> None:
        mail = BytesParser(policy=policy.default).parsebytes(raw)
        self.subject = " ".join(str(mail["Subject"]).split())
        self.sender = str(mail["From"])
        self.message_id = str(mail["Message-ID"]).strip("<> ")
        self.body = mail.get_content().replace("\r\n", "\n")
        self.left = f"{self.subject} | {' '.join(self.body.split())}"

    @property
    def kind(self) -> str:
        """What it is: ``[CALL]``, ``[CALL] EXTENDED``, ``[RESULT]``."""
        found = _KIND.search(self.subject)
        assert found is not None, self.subject
        return found[0]

    def says(self, *phrases: str) -> None:
        """Cross out phrases, each of which must be there; white space does not matter."""
        for phrase in phrases:
            self.matches(re.escape(" ".join(phrase.split())))

    def matches(self, pattern: str) -> re.Match[str]:
        """Cross out the first place that a pattern fits, which must be there, and return it.

        A number is never a part of a longer one.
        """
        found = re.search(rf"(?<!\d)(?:{pattern})(?![\d])", self.left)
        assert found is not None, f"no {pattern!r} in what is left:\n{self.left}"
        self.left = f"{self.left[: found.start()]}·{self.left[found.end() :]}"
        return found

    def number(self, pattern: str) -> int:
        """Cross out what a pattern fits and return the number in its group."""
        return int(self.matches(pattern)[1])

    def instant(self, before: str, after: str = "") -> Instant:
        """Cross out an instant between two phrases and return it."""
        return instant_of(self.matches(f"{re.escape(before)}({INSTANT}){re.escape(after)}")[1])

    def is_read(self) -> None:
        """Check that no digit is left, and that no line is wider than a mail allows."""
        assert not re.search(r"\d", self.left), f"not accounted for:\n{self.left}"
        wide = [line for line in self.body.split("\n") if len(line) > 72 and "://" not in line]
        assert wide == []


@dataclass
class Hand:
    """What people did on one ballot so far, counted on paper.

    Attributes:
        roll: how many are on it.
        says: who last said what, in the words of the mails' tables.
        strangers: acts of people who are not on the roll.
    """

    roll: int
    says: dict[str, str] = field(default_factory=dict)
    strangers: int = 0

    @property
    def counted(self) -> Counter[str]:
        """How many say what."""
        return Counter(self.says.values())

    @property
    def base(self) -> int:
        """How many count: all but the recused."""
        return self.roll - self.counted[RECUSED]

    @property
    def yes(self) -> int:
        """How many say yes, with a reservation or without."""
        return self.counted["endorse"] + self.counted["endorse with reservation"]

    @property
    def answered(self) -> int:
        """How many answered; who asks for time has not."""
        return sum(self.counted[row] for row in ROWS)

    @property
    def waiting(self) -> list[str]:
        """What a mail says of those who ask for time, if there are any."""
        number = self.counted[HOLD]
        asked = _so_many(number, "member", " asks", " ask")
        return [f"{asked} for more time."] if number else []

    def table(self, paper: Paper) -> None:
        """Check the table of a count: each row, the sum, and what it adds up to."""
        counted = self.counted
        rows = [(row, counted[row]) for row in ROWS]
        if counted[HOLD]:
            rows.insert(-1, (HOLD, counted[HOLD]))
        rows.append(("not heard from", self.base - self.answered - counted[HOLD]))
        assert sum(number for _, number in rows) == self.base
        lines = " ".join(rf"{row} \.{{3,}} {number}" for row, number in rows)
        head = f"Roll {self.roll}, recused {counted[RECUSED]}, counting {self.base}"
        paper.matches(rf"{head} {lines} -+ {self.base}")
        _is_a_column(paper.body)

    def objections(self, paper: Paper) -> None:
        """Check what the subject of a notice says of how many object."""
        number = self.counted["object"]
        said = "no objection is open" if not number else _so_many(number, "objection", " open")
        paper.says(f"-- {said}")
        if number:
            paper.says(_so_many(number, "objection", " is open", " are open"))

    def books(self, paper: Paper, wanted: Mapping[str, int]) -> None:
        """Check WHAT CAME IN line by line, and its sum; lines of none are left out."""
        lines = " ".join(
            rf"{re.escape(label)} \.{{2,}} {number}(?: \(.*?\))?"
            for label, number in wanted.items()
            if number
        )
        standing = wanted["counted, standing"]
        assert standing == len(self.says)
        assert wanted["not on the roll"] == self.strangers
        found = paper.matches(rf"WHAT CAME IN \({sum(wanted.values())}\) {lines}")
        recused = self.counted[RECUSED]
        if recused:
            positions = _so_many(standing - recused, "position")
            assert f"({positions}, {_so_many(recused, 'recusal')})" in found[0]


def _so_many(number: int, noun: str, one: str = "", many: str | None = None) -> str:
    return f"{number} {noun}{one}" if number == 1 else f"{number} {noun}s{many or one}"


def _is_a_column(body: str) -> None:
    """Check that the numbers of a table end in one column, as whoever reads it expects."""
    table = body.partition("  Roll ")[2].partition("--\n")
    rows = [line for line in table[0].split("\n") if "..." in line]
    total = table[2].split("\n")[0]
    assert len({len(line) for line in (*rows, total)}) == 1, body


def local_times(paper: Paper, instant: int, zones: Sequence[str]) -> None:
    """Check the lines below a deadline: one for each zone, and none of another."""
    for zone in zones:
        paper.says(shown_in(instant, zone))
