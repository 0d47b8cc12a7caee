"""Score: are the author's own words, and only they, found in 64 replies of 13 languages?"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import samples

from bridge.mail.blocks import segment
from bridge.mail.quotes import own_text

AIM = 0.85


@dataclass(frozen=True, slots=True)
class Score:
    """Which files came out exactly right, and what was found in the others."""

    right: tuple[str, ...]
    wrong: tuple[tuple[str, str, str], ...]

    @property
    def share(self) -> float:
        return len(self.right) / max(1, len(self.right) + len(self.wrong))


def score() -> Score:
    """Compare own_text with the trimmed files."""
    folder = samples.CORPORA / "reply-trimming"
    right, wrong = [], []
    for path in sorted((folder / "emails").glob("*.txt")):
        body = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        wanted = (folder / "trimmed" / path.name).read_text(encoding="utf-8", errors="replace")
        found = own_text(body, segment(body))
        if samples.collapsed(found) == samples.collapsed(wanted):
            right.append(path.name)
        else:
            wrong.append((path.name, samples.collapsed(wanted), samples.collapsed(found)))
    return Score(tuple(right), tuple(wrong))


def report() -> str:
    """Return the score as a table."""
    found = score()
    rows = [("exactly right", len(found.right), f"{found.share:.1%}", f"aim {AIM:.0%}")]
    rows += [("wrong", name, "", "") for name, _, _ in found.wrong]
    return samples.table("own words in replies (reply-trimming)", rows)


if __name__ == "__main__":
    print(report() if samples.are_there() else samples.ABSENT)
    if "-v" in sys.argv:
        for name, wanted, got in score().wrong:
            print(f"=== {name}\n--- wanted\n{wanted}\n--- found\n{got}")
