"""``make bench``: measure the bridge beside real servers; a table, and ``build/bench.json``.

Quick by default, a few minutes; ``--full`` measures everything. Every figure is written down as
soon as it is there, so that Ctrl-C keeps what was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bench_disk import NoCompilerError, build_slow_sync
from bench_figures import Figure, Skipped, table
from bench_machine import describe, in_words
from bench_stage import Place
from part_accepts import accepts
from part_cpu import cpu, memory
from part_latency import latency
from part_ledger import appending, recounting
from part_reactions import reactions
from part_road import Plan, road

from bridge.errors import SecondedError

_BUILD = Path(__file__).parent.parent.parent / "build"
Found = Figure | Skipped
Part = Callable[[Place], AsyncIterator[Found]]

QUICK_ROADS = (
    Plan(lanes=(1, 4, 16), rooms=(1, 20), syncing=(0,), posts=200),
    Plan(lanes=(4,), rooms=(1,), syncing=(5,), posts=200),
)
QUICK_SLOW_ROAD = Plan(lanes=(1, 16), rooms=(1,), syncing=(0,), rounds=3, posts=100)
FULL_ROAD = Plan(posts=300)

QUICK: dict[str, tuple[Part, ...]] = {
    "a": tuple(lambda place, plan=plan: road(place, plan) for plan in QUICK_ROADS),
    "b": (lambda place: latency(place, rounds=5, posts=30),),
    "c": (lambda place: reactions(place, taps=40),),
    "d": (lambda place: accepts(place, rounds=5, mails=500, sessions=10),),
    "e": (
        lambda place: road(place, QUICK_SLOW_ROAD, is_slow=True),
        lambda place: latency(place, rounds=3, posts=20, is_slow=True),
        lambda place: accepts(place, rounds=3, mails=500, sessions=10, is_slow=True),
    ),
    "f": (lambda place: cpu(place, rounds=5, posts=300),),
    "g": (lambda place: memory(place, posts=2_000),),
    "h": (lambda place: recounting(place, rounds=3, acts=100_000, people=10_000),),
    "i": (lambda place: appending(place, rounds=3, lengths=(1_000, 10_000), appended=50),),
}
FULL: dict[str, tuple[Part, ...]] = {
    "a": (lambda place: road(place, FULL_ROAD),),
    "b": (lambda place: latency(place, rounds=5, posts=200),),
    "c": (lambda place: reactions(place, taps=300),),
    "d": tuple(
        lambda place, sessions=sessions: accepts(place, rounds=5, mails=3_000, sessions=sessions)
        for sessions in (1, 10, 50)
    ),
    "e": (
        lambda place: road(place, FULL_ROAD, is_slow=True),
        lambda place: latency(place, rounds=5, posts=100, is_slow=True),
        lambda place: accepts(place, rounds=5, mails=2_000, sessions=10, is_slow=True),
    ),
    "f": (lambda place: cpu(place, rounds=5, posts=2_000),),
    "g": (lambda place: memory(place, posts=100_000),),
    "h": (lambda place: recounting(place, rounds=5, acts=100_000, people=10_000),),
    "i": (
        lambda place: appending(place, rounds=5, lengths=(1_000, 10_000, 100_000), appended=100),
    ),
}
"""What each part measures; (e) is (a), (b) and (d) with every sync 5 ms slower."""


def main(arguments: list[str]) -> int:
    """Run what is asked for and return the exit status: 0, or 130 after Ctrl-C."""
    options = _options(arguments)
    parts = FULL if options.full else QUICK
    chosen = {name: parts[name] for name in options.only or parts}
    _BUILD.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=_BUILD))
    machine, found, status = describe(home), list[Found](), 0
    say = _teller()
    say(in_words(machine))
    if not options.full:
        say("this is the quick run; everything, 100,000 posts included: make bench FULL=1")
    try:
        asyncio.run(_measure(home, chosen, found, say))
    except KeyboardInterrupt:
        say("stopped; this is what was measured")
        status = 130
    except SecondedError as error:
        say(f"stopped: {error}")
        status = 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    _show(machine, found, options.output)
    return status


async def _measure(
    home: Path, chosen: dict[str, tuple[Part, ...]], found: list[Found], say: Callable[[str], None]
) -> None:
    slow_sync, why_not_slow = _slow_sync(home)
    place = Place(home, say, slow_sync)
    for name, parts in chosen.items():
        if name == "e" and why_not_slow is not None:
            found.append(Skipped("e", why_not_slow))
            continue
        for part in parts:
            async for one in part(place):
                # One by one: what was found before Ctrl-C is kept.
                found.append(one)  # noqa: PERF401


def _slow_sync(home: Path) -> tuple[Path | None, str | None]:
    try:
        return build_slow_sync(home), None
    except NoCompilerError as error:
        return None, str(error)


def _show(machine: dict[str, Any], found: list[Found], output: Path) -> None:
    figures = [one for one in found if isinstance(one, Figure)]
    skipped = [one for one in found if isinstance(one, Skipped)]
    report = {
        "machine": machine,
        "figures": [one.as_json() for one in figures],
        "skipped": [{"part": one.part, "why": one.why} for one in skipped],
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(f"\n{in_words(machine)}\n\n{table(figures, skipped)}\n\nJSON: {output}\n")


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.0f} s] {line}\n")
        sys.stderr.flush()

    return say


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the bridge beside real servers.")
    parser.add_argument("--full", action="store_true", help="everything, which takes hours")
    parser.add_argument("--only", type=_parts, help="letters of parts, such as bd")
    parser.add_argument("--output", type=Path, default=_BUILD / "bench.json")
    return parser.parse_args(arguments)


def _parts(text: str) -> tuple[str, ...]:
    unknown = set(text) - FULL.keys()
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(sorted(unknown))}")
    return tuple(sorted(set(text)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
