from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import ListId
from bridge.mail.blocks import segment
from bridge.mail.parse import parse_mail
from bridge.mail.quotes import PieceKind, own_text, reply_text, room_view

DATA = Path(__file__).parent.parent / "data"
FORWARD = "---------- Forwarded message ---------\n"


def view(body):
    return [(piece.kind.value, piece.text) for piece in room_view(body, segment(body))]


def post_view(name):
    raw = (DATA / name).read_bytes()
    post = parse_mail(raw, list_id=ListId("pc.lists.example.org"), posting_address="pc@x.example")
    return room_view(post.body, post.blocks)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        ("own\n\n\n\nwords\n-- \nJane\n", [("own", "own\n\nwords")]),
        ("own\n\n> a\n>\n", [("own", "own"), ("folded", "a")]),
        ("> a\n>\n> b\n> c\n\nown", [("folded", "a"), ("quoted", "b\nc"), ("own", "own")]),
        ("> a\nyes\n> b\nno", [("quoted", "a"), ("own", "yes"), ("quoted", "b"), ("own", "no")]),
        (
            "On 3 Nov 2025 Jane wrote:\n\nown",
            [("folded", "On 3 Nov 2025 Jane wrote:"), ("own", "own")],
        ),
        (
            "On 3 Nov 2025 Jane wrote:\n>> a\n> b\n\nown",
            [("folded", "On 3 Nov 2025 Jane wrote:\n>> a"), ("quoted", "b"), ("own", "own")],
        ),
        (
            f"see\n\n{FORWARD}\n> old\nnew\n-- \nJ\n",
            [("own", "see"), ("forward", "> old\nnew\n--\nJ")],
        ),
    ],
)
def test_a_room_shows_own_words_and_folds_the_rest(body, expected):
    assert view(body) == expected


def test_a_line_that_says_who_wrote_goes_with_the_paragraph_below_it():
    body = "On 3 Nov 2025 Jane\nwrote:\n\n> a\n> b\n\nown\n"
    quoted, own = room_view(body, segment(body))
    assert (quoted.kind, quoted.text) == (PieceKind.QUOTED, "a\nb")
    assert quoted.meta == {"said": "On 3 Nov 2025 Jane wrote:"}
    assert own.kind is PieceKind.OWN


def test_folded_lines_are_counted_without_blank_ones():
    body = "own\n> a\n>\n>\n>> b\n"
    assert [piece.lines for piece in room_view(body, segment(body))] == [1, 2]


def test_an_interleaved_reply_keeps_the_paragraph_it_answers():
    folded, quoted, own, rest = post_view("interleaved.eml")
    assert folded.text.startswith("On Wednesday 13 November 2013")
    assert quoted.text == (
        "I do not want the dialogue to stand between us and the summit.\n"
        "We have named our own people."
    )
    assert own.text.startswith("Fatou and the others")
    assert own.text.endswith("Thanks, Dimitri")
    assert "the dialogue, with a committee" in rest.text


def test_a_forward_inside_quotes_is_readable():
    own, _, forward = post_view("forward_in_quote.eml")
    assert own.text.startswith("Thank you Bela.")
    assert forward.kind is PieceKind.FORWARD
    assert forward.depth == 3
    assert forward.text.startswith("Dear Amina,\n\nThe alliance has written")
    assert forward.text.endswith("Chiara")


def test_reply_text_adds_forwards_and_the_quotes_that_are_answered():
    body = f"> older\n>\n> old\n\nsee\n> rest\n\n{FORWARD}Subject: x\n\nhello\n"
    assert own_text(body, segment(body)) == "see"
    assert reply_text(body, segment(body)) == "> old\n\nsee\n\nSubject: x\n\nhello"


@given(st.text(alphabet="> ab\n"))
def test_own_words_are_never_folded(body):
    shown = " ".join(p.text for p in room_view(body, segment(body)) if p.kind is PieceKind.OWN)
    assert shown.split() == own_text(body, segment(body)).split()


@given(st.text(alphabet="> -ab\n"))
def test_no_piece_is_empty(body):
    assert all(piece.text.strip() for piece in room_view(body, segment(body)))
