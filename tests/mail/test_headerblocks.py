from __future__ import annotations

import pytest

from bridge.mail.headerblocks import header_name, inline_block, read_block
from bridge.mail.lines import split_lines


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("From: Jane", "from"), ("*Von:* Jane", "from"), ("De : Jane", "from"),
        ("件名：x", "subject"), ("Отправлено: 3", "date"), ("Kopie (CC): x", "cc"),
        ("Reporter: Jane", None), ("no colon", None), ("x" * 50 + ":", None),
    ],
)  # fmt: skip
def test_a_label_names_a_header(text, name):
    assert header_name(text) == name


def test_wrapped_values_are_joined():
    text = "From: J\nDate: 1\nSubject: words that\ngo on\nTo: a@b.org,\nc@d.org\n\nbody"
    block = read_block(split_lines(text), 0, marked=False)
    assert block.end == 6
    assert block.meta == {"from": "J", "date": "1", "subject": "words that go on",
                          "to": "a@b.org, c@d.org"}  # fmt: skip


def test_text_right_below_is_not_swallowed():
    block = read_block(
        split_lines("From: J\nDate: 1\nSubject: x\nThe text.\nMore."), 0, marked=False
    )
    assert (block.end, block.meta["subject"]) == (3, "x")


def test_a_blank_line_after_each_header_is_no_end():
    text = "From: J\n\nSent: 1\n\nTo: x\n\nSubject: y\n\nbody"
    assert read_block(split_lines(text), 0, marked=False).end == 7


def test_below_a_marker_unknown_labels_are_read_by_their_values():
    text = "Igorlea_x: Jane <jane@example.org>\nNoizkoa: 3 Nov 2025 12:10\nGaixo: Budget\n\nbody"
    block = read_block(split_lines(text), 0, marked=True)
    assert block.meta == {"from": "Jane <jane@example.org>", "date": "3 Nov 2025 12:10",
                          "subject": "Budget"}  # fmt: skip


def test_unknown_labels_without_a_marker_are_text():
    text = "Reporter: jane@example.org\nCreated: 3 Nov 2025\nSummary: x\n"
    assert read_block(split_lines(text), 0, marked=False).meta == {}


def test_outlooks_links_behind_addresses_are_dropped():
    text = "From: J D<mailto:j@x.org> <j@x.org<mailto:j@x.org>> on behalf of pc@x.org\nSent: 1\n"
    assert read_block(split_lines(text), 0, marked=True).meta["from"] == "J D <j@x.org>"


def test_a_header_in_one_line_is_parted_at_its_labels():
    text = "De: J <j@x.org>Para: a@x.orgEnviado: 3 nov 2025 09:26:50 CETAsunto: Hola: todo"
    block = inline_block(text, 1)
    assert block is not None
    assert block.meta == {"from": "J <j@x.org>", "date": "3 nov 2025 09:26:50 CET",
                          "subject": "Hola: todo", "to": "a@x.org"}  # fmt: skip


def test_a_line_without_labels_is_no_header():
    assert inline_block("just words: and more", 1) is None
