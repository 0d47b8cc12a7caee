"""P12: broken mail never stops the bridge: thousands of mutated mails are read and shown.

Whatever the bytes, a mail is over a limit or becomes a post: its blocks tile the body, and what
would stand in the room can be an event that mentions nobody, links to no Matrix address and loads
nothing from anywhere.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.ids import ListId
from bridge.mail.blocks import Block
from bridge.mail.limits import over_limit
from bridge.mail.parse import parse_mail
from bridge.matrix.canonical import encode_content
from bridge.matrix.content import Placing, shown_post

DATA = Path(__file__).parent.parent / "data"
SEEDS = tuple(path.read_bytes() for path in sorted(DATA.glob("*.eml")))
LIST, POSTING = ListId("pc.lists.example.org"), "pc@lists.example.org"
PLACING = Placing("A heading", is_public=True)
DRAWN = 12
"""How many changes one mail gets at most."""

PIECES = (
    *(b"=?utf-8?q?=0D=0ABcc:_x?=", b"=?utf-8?b?////?=", b"\r\n", b"\n\n", b"\0", b"\xff\xfe"),
    *(b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n", b"--x--", b"> " * 40),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Message-ID: <<<\r\n", b"From: a@b, c@d\r\n"),
    *(
        b"<blockquote>" * 30,
        b"<img src=https://x.example/a>",
        b"<a href='https://matrix.to/#/@a:b'>",
    ),
    *(b"<script>alert(1)</script>", b"@room", "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"-- \n"),
    *(b"---------- Forwarded message ---------\nFrom: x\nSubject: y\n\n", b"On a, b wrote:\n> "),
    *(b"References: <a@b>\r\n", b"Content-Type: text/html; charset=utf-7\r\n", b"_" * 60 + b"\n"),
)
Mutation = Callable[[bytearray, random.Random], None]


def flip(raw: bytearray, chance: random.Random) -> None:
    raw[chance.randrange(len(raw))] = chance.randrange(256)


def insert(raw: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(raw))
    raw[place:place] = chance.choice(PIECES)


def drop(raw: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(raw))
    del raw[place : place + chance.randrange(1, 80)]


def repeat(raw: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(raw))
    raw[place:place] = raw[place : place + chance.randrange(1, 200)] * chance.randrange(1, 9)


def splice(raw: bytearray, chance: random.Random) -> None:
    other = chance.choice(SEEDS)
    place = chance.randrange(len(other))
    raw[chance.randrange(len(raw)) :] = other[place:]


MUTATIONS: tuple[Mutation, ...] = (flip, insert, drop, repeat, splice)


def mutated(count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(count):
        raw = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randrange(1, DRAWN)):
            chance.choice(MUTATIONS)(raw, chance)
            raw = raw or bytearray(b"x")
        yield bytes(raw)


@pytest.mark.parametrize(
    ("count", "seed"), [(5_000, 12), pytest.param(100_000, 13, marks=pytest.mark.long)]
)
def test_whatever_the_bytes_a_mail_is_read_and_can_be_shown(count: int, seed: int) -> None:
    over = 0
    for raw in mutated(count, seed):
        if over_limit(raw) is not None:
            over += 1
            continue
        post = parse_mail(raw, list_id=LIST, posting_address=POSTING)
        assert tiles(post.blocks, len(post.body)), raw
        for content in shown_post(post, PLACING).contents:
            is_harmless(json.loads(encode_content(content)), raw)
    # Few of them may be passed over, or nothing would have been tried.
    assert over < count // 10


def tiles(blocks: tuple[Block, ...], end: int) -> bool:
    places = [0, *(place for block in blocks for place in (block.start, block.end)), end]
    return places == sorted(places) and places[::2] == places[1::2]


_REMOTE = re.compile(r"<(?:img|script|iframe|object|link|style)\b|\bon\w+\s*=", re.IGNORECASE)
_TO_MATRIX = re.compile(
    r"href=\"\s*(?:(?:https?:)?//(?:[^/\"]*[.@])?matrix\.to\b|matrix:)", re.IGNORECASE
)


def is_harmless(content: dict[str, object], raw: bytes) -> None:
    shown = str(content.get("formatted_body", ""))
    tags = re.findall(r"<[^<>]*>", shown)
    assert content["m.mentions"] == {}, raw
    assert not [tag for tag in tags if _REMOTE.search(tag) or _TO_MATRIX.search(tag)], raw
