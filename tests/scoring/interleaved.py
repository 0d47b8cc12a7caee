"""Score: do own words hang below the quoted line they answer, as the expected trees have it?

A tree is compared as its joints: (the last line above, the first line of the reply). The expected
ones are read from the samples' trees, ours from the blocks of the replies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import samples

from bridge.mail.blocks import Block, Kind, segment
from bridge.mail.lines import split_lines
from bridge.mail.parse import parse_archived

Joint = tuple[str, str]
_REPLY = re.compile(r"\[(?:inline|standalone) thread by ")


def simple_blocks() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the simple sample's blocks as (kind, text): expected and found."""
    folder = samples.CORPORA / "interleaving" / "simple"
    reply = (folder / "reply.txt").read_text()
    found = []
    for block in segment(reply):
        lines = [line.text for line in split_lines(reply) if block.start <= line.start < block.end]
        found.append((block.kind.value, "\n".join(lines).strip("\n")))
    said = (folder / "blocks.txt").read_text()
    pattern = r"\[(text|quote)(?: at \d+-\d+)? (.*?)\](?=\n\[|\n*$)"
    return re.findall(pattern, said, re.DOTALL), found


def expected_joints(folder: str) -> set[Joint]:
    """Return the joints of a sample's tree, white space left out."""
    tree = next((samples.CORPORA / "interleaving" / folder).glob("output*.txt")).read_text()
    last: dict[int, str] = {}
    waiting: list[tuple[int, str]] = []
    joints: set[Joint] = set()
    for line in tree.splitlines():
        level, text = _level(line)
        if _REPLY.match(text):
            waiting.append((level + 1, last.get(level, "")))
            continue
        if not text.strip():
            continue
        for wanted, above in waiting:
            if wanted == level:
                joints.add((_bare(above), _bare(text)))
        waiting = [each for each in waiting if each[0] > level]
        last[level] = text
    return joints


def found_joints(folder: str) -> set[Joint]:
    """Return the joints that the blocks of the sample's replies make."""
    joints: set[Joint] = set()
    for path in sorted((samples.CORPORA / "interleaving" / folder).glob("reply*.eml")):
        post = parse_archived(path.read_bytes())
        joints.update(_joints(post.body, post.blocks))
    return joints


def _joints(body: str, blocks: Sequence[Block]) -> Iterator[Joint]:
    """Yield a joint for each run of own words below a quote."""
    lines = split_lines(body)
    above = ""
    for block in blocks:
        inside = [line.text for line in lines if block.start <= line.start < block.end]
        filled = [text for text in inside if text.strip()]
        if block.kind is Kind.QUOTE and filled:
            above = filled[-1]
        elif block.kind is Kind.TEXT and filled and above:
            yield _bare(above), _bare(filled[0])


def missing(folder: str) -> set[Joint]:
    """Return the expected joints that were not found; a wrapped line's end is enough of it."""
    found = found_joints(folder)
    return {
        (above, below)
        for above, below in expected_joints(folder)
        if not any(
            (above.endswith(a) or a.endswith(above))
            and (below.startswith(b) or b.startswith(below))
            for a, b in found
        )
    }


def _level(line: str) -> tuple[int, str]:
    level = 0
    while line.startswith("|"):
        line = line[2:]
        level += 1
    return level, line


def _bare(text: str) -> str:
    return "".join(text.split())


def report() -> str:
    """Return the score as a table."""
    wanted, found = simple_blocks()
    rows = [("simple", "right" if wanted == found else "wrong", f"{len(wanted)} blocks")]
    for folder in ("scissor", "multiple-replies"):
        expected, lost = expected_joints(folder), missing(folder)
        verdict = "wrong" if lost else "right"
        rows.append((folder, verdict, f"{len(expected) - len(lost)} of {len(expected)} joints"))
    return samples.table("interleaved replies: the tree", rows)


if __name__ == "__main__":
    print(report() if samples.are_there() else samples.ABSENT)
    for folder in ("scissor", "multiple-replies"):
        for above, below in missing(folder):
            print(f"missing in {folder}: {above[-70:]} -> {below[:50]}")
