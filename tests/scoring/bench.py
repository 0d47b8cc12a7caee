"""Print how fast mail is read; figures are for people, no test asserts seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import samples
import threading_speed

from bridge.mail.archive import read_mails
from bridge.mail.blocks import segment
from bridge.mail.html import html_text
from bridge.mail.parse import parse_archived

SIZE = 100_000
HOSTILE: dict[str, str] = {
    "quote signs": "> " * (SIZE // 2),
    "quoted lines": ">>>> a\n" * (SIZE // 7),
    "depths": "".join(">" * (k % 40) + " a\n" for k in range(SIZE // 22)),
    "attributions": "On 3 Nov 2025 Jane <j@x.org> wrote:\n> a\n" * (SIZE // 40),
    "alone": "On 3 Nov 2025 Jane <j@x.org> wrote:\n\na\n\n" * (SIZE // 42),
    "colons": "a:\n" * (SIZE // 3),
    "one line": "a:" * (SIZE // 2),
    "headers": "From: a\nDate: 1\nSubject: c\nTo: d\n\n" * (SIZE // 34),
    "half headers": "From: a\n" * (SIZE // 8),
    "markers": "---------- Forwarded message ---------\n" * (SIZE // 39),
    "rules": "_" * 47 + "\n",
    "many rules": ("_" * 47 + "\n") * (SIZE // 48),
    "dash rules": ("-" * 70 + "\na\n") * (SIZE // 73),
    "signatures": "-- \na\n" * (SIZE // 6),
    "bare signatures": "--\n" * (SIZE // 3),
    "notices": "this email is confidential intended recipient " * (SIZE // 47),
    "notice paragraphs": "This email is\n\n" * (SIZE // 15),
    "scrubs": "-------------- next part --------------\nURL: <http://a/b>\n" * (SIZE // 58),
    "addresses": "a@" * (SIZE // 2),
    "dates": "1.1." * (SIZE // 4) + ":\n> a\n",
    "brackets": "<" * SIZE + ":\n> a\n",
    "initials": "JD> a\n" * (SIZE // 6),
    "bars": "| a\n" * (SIZE // 4),
    "phones": "Sent from my iPhone\n" * (SIZE // 20),
    "drawn": "~~~~\n" * (SIZE // 5) + "--\n",
    "pgp": "-----BEGIN PGP SIGNATURE-----\n" * (SIZE // 30),
    "spaces": " " * SIZE,
    "blank lines": "\n" * SIZE,
}
TAGS: dict[str, str] = {
    "open divs": "<div>" * (SIZE // 5),
    "open quotes": "<blockquote>a" * (SIZE // 13),
    "tables": "<table><tr><td>a" * (SIZE // 16),
    "unclosed": "<a href=" * (SIZE // 8),
    "entities": "&amp" * (SIZE // 4),
    "comments": "<!--" * (SIZE // 4),
}


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call, the best of two."""
    best = float("inf")
    for _ in range(2):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def report() -> str:
    """Return the tables."""
    parts = []
    if samples.are_there():
        paths = sorted((samples.CORPORA / "pipermail").glob("*.txt"))
        raws = [raw for path in paths for raw in read_mails(path)]
        took = seconds(lambda: [parse_archived(raw) for raw in raws])
        rows = [("messages/s, parsed and segmented", f"{len(raws) / took:,.0f}", "aim 1,000")]
        parts.append(samples.table("ordinary list mail (pipermail), one core", rows))
    rows = []
    for name, body in HOSTILE.items():
        once, twice = seconds(lambda b=body: segment(b)), seconds(lambda b=body: segment(b + b))
        rows.append((name, f"{once:.3f} s", f"x {twice / max(once, 1e-6):.1f}"))
    parts.append(samples.table("hostile bodies of 100 kB; doubled (aims 0.2 s, x 3)", rows))
    rows = []
    for name, body in TAGS.items():
        once, twice = seconds(lambda b=body: html_text(b)), seconds(lambda b=body: html_text(b + b))
        rows.append((name, f"{once:.3f} s", f"x {twice / max(once, 1e-6):.1f}"))
    parts.append(samples.table("hostile HTML of 100 kB; doubled", rows))
    parts.append(threading_speed.report())
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(report())
