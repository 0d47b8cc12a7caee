from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import ListId
from bridge.mail.blocks import MOST_LINES, Block, Kind, kinds, segment
from bridge.mail.parse import parse_mail

DATA = Path(__file__).parent.parent / "data"
FORWARD = "---------- Forwarded message ---------\n"
RULE = "_" * 47

FRAGMENTS = [
    "words\n", "\n", "> quoted\n", ">> deeper\n", ">\n", FORWARD, f"> {FORWARD}", f"{RULE}\n",
    "PC mailing list\n", "-- \n", "On 3 Nov 2025 Jane wrote:\n", "From: a\nDate: b\nSubject: c\n",
    "-------------- next part --------------\n", "URL: <http://a/b>\n",
    "-----Original Message-----\n",
    "confidential intended recipient prohibited " * 4 + "\n", "This email is\n", "no line end",
]  # fmt: skip


def shape(blocks):
    return [(block.kind.value, block.depth) for block in blocks]


def gaps(blocks: tuple[Block, ...], start: int, end: int):
    for block in blocks:
        yield block.start - start
        start = block.end
        if block.blocks:
            yield from gaps(block.blocks, block.blocks[0].start, block.end)
    yield end - start


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.booleans())
def test_blocks_tile_the_body_without_gap_or_overlap(body, forwarded):
    assert set(gaps(segment(body, forwarded=forwarded), 0, len(body))) <= {0}


@given(st.text(alphabet="> -_:\naF2025@"))
def test_any_text_has_blocks(body):
    assert set(gaps(segment(body), 0, len(body))) <= {0}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        ("own\n", [("text", 0)]),
        ("own\n> q\nown\n", [("text", 0), ("quote", 1), ("text", 0)]),
        ("On 3 Nov 2025 Jane wrote:\n> q\n", [("attribution", 0), ("quote", 1)]),
        ("own\n-- \nJane\n", [("text", 0), ("signature", 0)]),
        (f"own\n{RULE}\nPC mailing list\n", [("text", 0), ("footer", 0)]),
        (f"see\n\n{FORWARD}\nhello\n", [("text", 0), ("forward", 0)]),
        (
            f"own\n\n-----Original Message-----\nFrom: J\n\nold\n\n{RULE}\nPC mailing list\n",
            [("text", 0), ("attribution", 0), ("quote", 1), ("footer", 0)],
        ),
        ("-----Original Message-----\nFrom: Jane\n\nold\n", [("forward", 0)]),
    ],
)
def test_each_line_lands_in_one_block(body, expected):
    assert shape(segment(body)) == expected


def test_outlooks_head_is_a_forward_when_the_subject_says_so():
    body = "please read\n\nFrom: Jane\nSent: 3 Nov 2025\nSubject: x\n\nold\n"
    assert shape(segment(body)) == [("text", 0), ("attribution", 0), ("quote", 1)]
    assert shape(segment(body, forwarded=True)) == [("text", 0), ("forward", 0)]


def test_a_forward_leaves_the_lists_own_footer_outside():
    outer, inner = f"{RULE}\nPC mailing list\n", f"{RULE}\nother mailing list\n\nmore\n"
    body = f"see\n\n{FORWARD}\nhello\n{inner}{outer}"
    _, forward, footer = segment(body)
    assert shape(forward.blocks) == [("text", 0), ("footer", 0), ("text", 0)]
    assert body[footer.start :] == outer


def test_a_forward_inside_a_quote_ends_with_its_depth():
    body = f">> {FORWARD}>> Subject: x\n>>\n>> hello\n> after\n"
    forward, after = segment(body)
    assert (forward.kind, forward.depth, forward.meta) == (Kind.FORWARD, 2, {"subject": "x"})
    assert shape([after]) == [("quote", 1)]


def test_forwards_nest_no_deeper_than_the_walk_allows():
    assert list(kinds(segment(FORWARD * 2000))).count(Kind.FORWARD) == 8


def test_the_request_inside_three_quotes_is_found():
    raw = (DATA / "forward_in_quote.eml").read_bytes()
    post = parse_mail(raw, list_id=ListId("pc.lists.example.org"), posting_address="pc@x.example")
    (forward,) = [block for block in post.blocks if block.kind is Kind.FORWARD]
    assert forward.depth == 3
    assert forward.meta["from"] == "Chiara Rossi <chiara@alliance.example.org>"
    assert "We publish on Monday." in post.body[forward.start : forward.end]


def test_below_the_lines_of_any_real_mail_all_is_one_block():
    body = "a\n> b\n" * MOST_LINES
    found = segment(body)
    assert len(found) == MOST_LINES + 1
    assert (found[-1].kind, found[-1].end) == (Kind.TEXT, len(body))
    assert found[-2].end == found[-1].start
    assert len(segment("a\n> b\n" * (MOST_LINES // 2))) == MOST_LINES
