from __future__ import annotations

from bridge.mail.lines import split_lines
from bridge.mail.scrubs import scrubbed, scrubs


def test_a_scrub_marker_ends_with_its_link():
    text = "-------------- next part --------------\nA x was scrubbed...\nURL: <http://a/b>\n\nmore"
    assert list(scrubs(split_lines(text))) == [(0, 3)]


def test_a_scrub_marker_before_text_is_one_line():
    text = "-------------- nächster Teil --------------\nmore text\n"
    assert list(scrubs(split_lines(text))) == [(0, 1)]


def test_a_marker_says_what_was_cut_out():
    text = (
        "-------------- next part --------------\nA non-text attachment was scrubbed...\n"
        "Name: map.png\nType: image/png\nSize: 12345 bytes\nDesc: not available\n"
        "URL: <https://lists.example.org/attachments/1/map.png>\n"
    )
    found = scrubbed(text)
    assert found is not None
    assert found == (
        "map.png",
        "image/png",
        12345,
        "https://lists.example.org/attachments/1/map.png",
    )


def test_a_marker_in_another_language_is_named_by_its_link():
    text = "-------- part suivante --------\nUne pièce jointe\nURL: <https://a.example.org/x/y.htm>"
    assert scrubbed(text) == ("y.htm", None, None, "https://a.example.org/x/y.htm")


def test_a_marker_without_a_link_names_nothing():
    assert scrubbed("-------------- next part --------------\n") is None
