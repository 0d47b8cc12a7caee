"""Read the mails of the coalition's story: every number of each kind, against a count by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from coalition_cast import ROLL, ROLL_TITLE, ZONES
from hand_count import Hand, Paper, local_times, shown

WEEK = 7 * 24 * 3_600_000
HASH = "([0-9a-f]{64})"
SILENT = sum(not one.has_chat for one in ROLL)
SILENCE_RULE = "at least 1 member other than the proposer says yes"


@dataclass
class Asked:
    """One ballot as whoever plays it knows it, and what its mails must say.

    Attributes:
        number: of the ballot, as in ``b/1``.
        closes: the deadline that holds now (Unix ms).
        texts: every version of the text, the first first.
        stop: the hard stop; nothing moves it.
        given: the deadlines the chair gave more time to.
        unconfirmed: how many answered an earlier text and have not confirmed it.
        moments: instants that a mail must name to the second, by what they are.
        between: an instant a mail names lies after the first and before the second (Unix ms).
        hashes: of roll, rule, terms and log, as the mails printed them.
        came_in: WHAT CAME IN, line by line.
    """

    number: int
    title: str
    closes: int
    texts: list[str]
    supersedes: int | None = None
    is_sense: bool = False
    hand: Hand = field(default_factory=lambda: Hand(len(ROLL)))
    stop: int = 0
    given: list[tuple[int, int]] = field(default_factory=list)
    unconfirmed: int = 0
    moments: dict[str, int] = field(default_factory=dict)
    between: tuple[int, int] = (0, 0)
    hashes: dict[str, str] = field(default_factory=dict)
    came_in: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stop = self.closes + WEEK

    @property
    def version(self) -> int:
        return len(self.texts)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.texts[-1].encode()).hexdigest()

    @property
    def code(self) -> str:
        return self.sha256[:8]

    @property
    def text(self) -> str:
        """How the mails name the text."""
        return f"text v{self.version} (code {self.code})"

    def read(self, paper: Paper) -> None:
        """Check a mail: what it says, and that it says no number that was not checked."""
        assert self.title in paper.subject
        _READERS[paper.kind](self, paper)
        paper.is_read()

    def call(self, paper: Paper) -> None:
        paper.says(f"v1 -- answer by {shown(self.closes)}")
        paper.says(f"v1, locked, code {self.code} (full text at the end of this mail)")
        if not self.is_sense:
            paper.says(SILENCE_RULE)
        paper.says(f"{len(ROLL)} members on the roll {ROLL_TITLE}")
        if self.supersedes:
            paper.says(f"Instead of ballot b/{self.supersedes}, in whose place this one comes")
        self._closes(paper)
        paper.says(f"never beyond {shown(self.stop)}.", "an answer may travel: 1 second")
        paper.says('neither is "+1" in a message')
        self._hashes(paper, "roll", "rule")
        self._whole_text(paper)
        paper.says(f"without a way to answer yet ({SILENT}): ")
        for one in ROLL:
            assert one.name in " ".join(paper.body.split())

    def extension(self, paper: Paper) -> None:
        paper.says(f"v{self.version} -- answer by {shown(self.closes)}")
        paper.says(f"v{self.version}, code {self.code}", f"Instead of {shown(self.given[-1][0])}")
        paper.says(f"It will not be later than {shown(self.stop)}.")
        self._asks(paper)

    def amendment(self, paper: Paper) -> None:
        hand = self.hand
        paper.says(f"v{self.version} -- answer by {shown(self.closes)}")
        paper.says(f"It is v{self.version} now (code {self.code})")
        paper.says(f"{self.unconfirmed} of {hand.base} answered an earlier text")
        self._asks(paper)
        self._hashes(paper)
        self._whole_text(paper)

    def notice(self, paper: Paper) -> None:
        self.hand.objections(paper)
        paper.says(f"{self.title} v{self.version}", self.text)
        paper.says(f"objects, {shown(self.moments['raised'])}:", SILENCE_RULE)
        self._stands(paper)
        self._closes(paper)

    def final_call(self, paper: Paper) -> None:
        paper.says(f"v{self.version} -- answer by {shown(self.closes)}", self.text, SILENCE_RULE)
        paper.says(*self.hand.waiting)
        at = self._stands(paper)
        left = paper.matches(r"over in (\d+) (second|minute)")
        seconds = int(left[1]) * {"second": 1, "minute": 60}[left[2]]
        # The mail's instant is cut to the second, and minutes are rounded.
        assert abs(seconds - (self.closes - at) / 1000) <= {"second": 1, "minute": 31}[left[2]]
        self._closes(paper)

    def withdrawn(self, paper: Paper) -> None:
        paper.says(f"v{self.version} -- do not answer any more", f"ballot b/{self.number} on")
        self._ended(paper)

    def superseded(self, paper: Paper) -> None:
        paper.says(f"v{self.version} -- do not answer any more", f"ballot b/{self.number} on")
        paper.says(f"ballot b/{self.number + 1} (Statement for the summit) has come in the place")
        paper.says(f"no result of b/{self.number}.", f"answered b/{self.number}.")
        self._ended(paper)

    def result(self, paper: Paper) -> None:
        hand, name = self.hand, self.title
        paper.says(f"{name} v{self.version}", f"Closed {shown(self.closes)}.")
        for until in self.given:
            paper.says(f"Extended by the chair to {shown(until[1])}.")
        hand.table(paper)
        paper.says(f"{SILENT} of those not heard from had no Matrix id")
        if self.is_sense:
            answered = f"{hand.answered} of {hand.base} answered"
            paper.says(f"-- {answered}", f"{ROLL_TITLE}: {answered}.")
            paper.says(f"Silence is reported as silence. {answered}.")
            paper.says(f"on the text v{self.version} (code {self.code})")
        else:
            paper.says(SILENCE_RULE)
            paper.says(self.text, f"Silence is reported as silence. {hand.yes} of {hand.base} said")
        self._objections(paper)
        if self.version > 1:
            self._within(paper.instant(f"v{self.version}, substantive, "), self.moments["amended"])
        hand.books(paper, self.came_in)
        self._hashes(paper, "roll", "rule", "terms", "head of the log")
        paper.says("python3 recount.py . --terms HASH --head HASH")

    def _objections(self, paper: Paper) -> None:
        """One was raised in each of the two ballots; in the statement's it was lifted."""
        is_open = self.hand.counted["object"]
        paper.says(f"OBJECTIONS (1 raised, {is_open} open)")
        paper.says(f"Raised on {shown(self.moments['raised'])}.")
        if not is_open:
            paper.says(f"on {shown(self.moments['lifted'])}, by another answer in writing.")

    def _ended(self, paper: Paper) -> None:
        paper.says(self.text, f"{self.hand.answered} of {self.hand.base} had answered")
        paper.says(f"It was to close {shown(self.closes)}.")
        self._hashes(paper, "terms", "head of the log", has_text=False)

    def _asks(self, paper: Paper) -> None:
        """Check what a mail that changes the call tells those who have deleted it."""
        hand = self.hand
        if self.is_sense:
            paper.says(f"{hand.answered} of {hand.base} who count have answered.")
        else:
            paper.says(SILENCE_RULE, *self._missing())
        self._stands(paper)
        self._closes(paper)

    def _missing(self) -> list[str]:
        if self.hand.counted["object"]:
            return ["1 objection is open."]
        if self.hand.waiting or self.hand.yes:
            return self.hand.waiting or ["Nothing is missing."]
        return ["A yes from someone other than the proposer: have 0, need 1."]

    def _stands(self, paper: Paper) -> int:
        at = paper.instant("WHERE IT STANDS (", ")")
        self._within(at, self.between[0])
        self.hand.table(paper)
        return at

    def _within(self, at: int, since: int) -> None:
        assert since // 1000 <= at // 1000 <= self.between[1] // 1000, (since, at, self.between)

    def _closes(self, paper: Paper) -> None:
        paper.says(f"Closes {shown(self.closes)}")
        local_times(paper, self.closes, ZONES)

    def _whole_text(self, paper: Paper) -> None:
        assert f"{'-' * 70}\n{self.texts[-1]}{'-' * 70}\n" in paper.body
        paper.says(f"THE TEXT (v{self.version}, {self.code})")

    def _hashes(self, paper: Paper, *names: str, has_text: bool = True) -> None:
        """Check the text's hash; what only the log knows is the same in every mail, or new."""
        paper.says("(SHA-256, the whole hash on a line of its own)")
        if has_text:
            paper.says(f"text {self.sha256}")
        for name in names:
            found = paper.matches(f"{name} {HASH}")[1]
            assert self.hashes.setdefault(name, found) == found


_READERS: Mapping[str, Callable[[Asked, Paper], None]] = {
    "[CALL]": Asked.call,
    "[CALL] EXTENDED": Asked.extension,
    "[CALL] AMENDED": Asked.amendment,
    "[CALL] WITHDRAWN": Asked.withdrawn,
    "[CALL] SUPERSEDED": Asked.superseded,
    "[OBJECTION]": Asked.notice,
    "[FINAL CALL]": Asked.final_call,
    "[RESULT]": Asked.result,
}
"""Every kind that the story brings; a mail of another kind is a mistake."""
