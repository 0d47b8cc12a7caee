"""A file as a room shows it, and what is said where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.bodies import Attachment
from bridge.mail.filenames import clean_name
from bridge.matrix.canonical import encode_content
from bridge.matrix.files import TOO_LARGE, attached_lines, file_content, size_words, with_address

SOURCE = {"list": "pc.lists.example.org", "message_id": "a@example.org", "part": 1}


def test_a_file_has_its_name_its_type_its_source_and_calls_nobody():
    content = with_address(
        file_content("minutes.pdf", "application/pdf", 12_345, source=SOURCE), "mxc://hs.test/a"
    )
    assert content == {
        "msgtype": "m.file",
        "body": "minutes.pdf",
        "filename": "minutes.pdf",
        "info": {"mimetype": "application/pdf", "size": 12_345},
        "m.mentions": {},
        "org.seconded.source": [SOURCE],
        "url": "mxc://hs.test/a",
    }


def test_an_image_is_shown_as_one():
    assert file_content("a.png", "image/png", 1)["msgtype"] == "m.image"


def test_an_answer_calls_whom_it_answers():
    content = file_content("a.txt", "text/plain", None, to=("@jane:hs.test",))
    assert content["m.mentions"] == {"user_ids": ["@jane:hs.test"]}
    assert content["info"] == {"mimetype": "text/plain"}


@pytest.mark.parametrize(
    ("became", "words"),
    [
        (f"{TOO_LARGE}: 10485760", "no files over 10.5 MB"),
        (TOO_LARGE, "no files of this size"),
    ],
)
def test_a_file_too_large_is_a_sentence_with_the_same_source(became, words):
    content = with_address(file_content("film.mp4", "video/mp4", 31_000_000, source=SOURCE), became)
    assert content["body"] == (
        f"film.mp4 (31.0 MB) does not stand here: the homeserver takes {words}."
    )
    assert content["msgtype"] == "m.notice"
    assert content["org.seconded.source"] == [SOURCE]
    assert "url" not in content


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "empty"), (1, "1 kB"), (12_345, "12 kB"), (1_500_000, "1.5 MB")],
)
def test_a_size_is_readable(size, words):
    assert size_words(size) == words


def attached(name, kind="application/pdf", size=12_345, sha="0" * 64, url=None):
    return Attachment(name, kind, size, None if url else sha, url)


def test_one_line_names_what_stands_below_and_one_what_does_not():
    below, others, elsewhere = attached_lines(
        [
            attached("minutes.pdf"),
            attached("photo.png", "image/png", 2_000_000),
            attached("minutes.pdf"),
            attached("smime.p7s", "application/pkcs7-signature", 4_000),
            attached("nothing.txt", "text/plain", 0),
            attached("map.png", "image/png", None, url="https://lists.example.org/map.png"),
        ]
    )
    assert below == "Attached: minutes.pdf (12 kB), photo.png (2.0 MB)"
    assert others == (
        "In the mail only: smime.p7s (application/pkcs7-signature, 4 kB), "
        "nothing.txt (text/plain, empty)"
    )
    assert elsewhere == "Attached: map.png (image/png) https://lists.example.org/map.png"


def test_two_hundred_attachments_are_two_short_lines():
    below, others = attached_lines([attached(f"{n}", sha=f"{n}") for n in range(200)])
    assert below.count(",") == 19
    assert others.endswith("and 160 more")


@given(st.text(st.characters(), max_size=300), st.sampled_from(["", SOURCE]))
def test_any_name_makes_an_event_a_homeserver_takes(name, source):
    content = file_content(clean_name(name), "text/plain", 1, source=source or None)
    for became in ("mxc://hs.test/a", TOO_LARGE):
        assert encode_content(with_address(content, became))
        assert "@room" not in with_address(content, became)["body"]
