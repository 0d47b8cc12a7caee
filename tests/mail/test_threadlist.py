from __future__ import annotations

import random

from bridge.mail.parse import parse_archived
from bridge.mail.threadlist import thread_rows, topic_of


def post(name, *, date=1, subject="The annual budget", references=()):
    refs = " ".join(f"<{each}>" for each in references)
    raw = f"Message-ID: <{name}>\nDate: Mon, {date} Nov 2025 12:00:00 +0000\nSubject: {subject}\n"
    return parse_archived((raw + (f"References: {refs}\n" if refs else "") + "\nx\n").encode())


def rows(*posts):
    found = thread_rows((topic_of(each), each.references) for each in posts)
    return {row["message_id"]: (row["parent"], row["root"], row["position"]) for row in found}


def test_a_thread_is_listed_depth_first():
    posts = [
        post("a@x"),
        post("b@x", date=2, references=["a@x"]),
        post("c@x", date=3, references=["a@x"]),
        post("d@x", date=4, references=["a@x", "b@x"]),
    ]
    random.Random(7).shuffle(posts)
    assert rows(*posts) == {
        "a@x": (None, "a@x", 0),
        "b@x": ("a@x", "a@x", 1),
        "d@x": ("b@x", "a@x", 2),
        "c@x": ("a@x", "a@x", 3),
    }


def test_a_missing_message_holds_its_branches_together():
    found = rows(post("b@x", references=["a@x"]), post("c@x", date=2, references=["a@x"]))
    assert found == {"b@x": ("a@x", "a@x", 0), "c@x": ("a@x", "a@x", 1)}


def test_a_reply_without_references_is_placed_by_its_subject():
    found = rows(post("a@x"), post("b@x", date=3, subject="AW: [pc] The annual budget"))
    assert found["b@x"] == ("a@x", "a@x", 1)


def test_copies_are_counted_once():
    assert len(rows(post("a@x"), post("a@x"))) == 1
