"""A post as a room shows it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ids import Instant, ListId, MessageId, message_id_hash
from bridge.mail.blocks import Block, Kind
from bridge.mail.parse import Attachment, Author, Post, parse_mail
from bridge.mail.quotes import Piece, PieceKind
from bridge.matrix.canonical import encode_content
from bridge.matrix.content import (
    FOLD_SIZE,
    MAX_PARTS,
    Placing,
    addressed_notice,
    notice_content,
    notice_contents,
    shown_as,
    shown_post,
    source_of,
    split_text,
)

PRIVATE = Placing(heading=None, is_public=False)
POST = Post(
    list_id=ListId("pc.lists.example.org"),
    message_id=MessageId("First.Post@example.org"),
    message_id_derived=False,
    subject="Statement",
    thread_subject="Statement",
    author=Author("Jane Doe", "jane@example.org", "from"),
    date=Instant(1_700_000_000_000),
    in_reply_to=(),
    references=(),
    body="",
    rich=None,
    blocks=(),
    attachments=(),
    auto_submitted=None,
    precedence=None,
    content_type="text/plain",
    instances=(),
    received_count=3,
    list_ids=(),
    errors=(),
)


def piece(kind, text, **meta):
    return Piece(kind, text, len(text.splitlines()), meta)


def shown(*view, placing=PRIVATE, **fields):
    """Return the contents of a post that a room shows as these pieces."""
    return shown_as(replace(POST, **fields), view, placing).contents


def own(text):
    return piece(PieceKind.OWN, text)


def test_a_parsed_post_is_shown_by_its_room_view():
    post = replace(POST, body="Yes.\n", blocks=(Block(Kind.TEXT, 0, 0, 5),))
    (content,) = shown_post(post, PRIVATE).contents
    assert content["body"].startswith("Yes.\n\n")


def test_a_short_post_is_one_event_that_names_its_post_and_pings_nobody():
    (content,) = shown(own("Please answer."))
    assert content["body"] == "Please answer.\n\nA reply here stays here."
    assert content["formatted_body"].startswith("<p>Please answer.</p>")
    assert content["m.mentions"] == {}
    assert source_of(content) == (("pc.lists.example.org", "First.Post@example.org", 0),)


def test_a_public_room_never_sees_a_message_id():
    (content,) = shown(own("x"), placing=Placing(heading="y", is_public=True))
    assert source_of(content)[0][1] == message_id_hash(POST.message_id)
    assert "First.Post" not in json.dumps(content)


def test_the_first_post_of_a_thread_has_its_subject_in_bold():
    (content,) = shown(own("x"), placing=Placing(heading="A\u202e <b>\nB @room", is_public=False))
    assert content["body"].startswith("A <b> B @\u2060room\n\nx")
    assert "<strong>A &lt;b&gt; B @\u2060room</strong>" in content["formatted_body"]


def test_a_thread_without_subject_says_so():
    (content,) = shown(own("x"), placing=Placing(heading="", is_public=False))
    assert content["body"].startswith("(no subject)")


def test_a_quoted_paragraph_stands_before_its_answer():
    (content,) = shown(piece(PieceKind.QUOTED, "Shall we?\n\nSoon?"), own("Yes."))
    assert content["body"].startswith("> Shall we?\n>\n> Soon?\n\nYes.")
    assert "<blockquote><p>Shall we?</p><p>Soon?</p></blockquote>" in content["formatted_body"]


@pytest.mark.parametrize(
    "said",
    ["On Thu Jane <jane@example.org> wrote:", "On Thu Jane [mailto:jane@example.org] wrote:"],
)
def test_a_quoted_paragraph_says_whose_it_is_without_an_address(said):
    (content,) = shown(piece(PieceKind.QUOTED, "Shall we?", said=said), own("Yes."))
    assert content["body"].startswith("> On Thu Jane wrote:\n>\n> Shall we?\n\nYes.")
    assert (
        "<blockquote><p><em>On Thu Jane wrote:</em></p><p>Shall we?</p></blockquote>"
        in content["formatted_body"]
    )


def test_folded_quotes_stand_in_details_and_only_as_a_line_in_the_plain_body():
    (content,) = shown(own("Yes."), piece(PieceKind.FOLDED, "old words\nmore old words"))
    assert "… 2 quoted lines" in content["body"]
    assert "old words" not in content["body"]
    assert "<details><summary>… 2 quoted lines</summary><blockquote>" in content["formatted_body"]
    assert "old words<br>more old words" in content["formatted_body"]


def test_one_folded_line_is_singular():
    (content,) = shown(piece(PieceKind.FOLDED, "one"))
    assert "… 1 quoted line\n" in content["body"]


def test_folds_share_a_limit_and_are_cut_between_lines():
    long = "\n".join(f"line {n} of an old mail" for n in range(400))
    contents = shown(piece(PieceKind.FOLDED, long), piece(PieceKind.FOLDED, long))
    html = "".join(c["formatted_body"] for c in contents)
    assert len(html.encode()) < FOLD_SIZE + 1000
    assert "…</p></blockquote></details>" in html
    assert html.count("… 400 quoted lines") == 2


def test_a_quoted_line_too_long_to_fold_is_counted_only():
    (content,) = shown(piece(PieceKind.FOLDED, "x" * FOLD_SIZE), own("Yes."))
    assert content["formatted_body"].startswith("<p>… 1 quoted line</p><p>Yes.</p>")


def test_a_forward_is_a_quotation_with_a_header_line_and_no_address():
    forward = piece(
        PieceKind.FORWARD,
        "Dear all,\nplease join.",
        **{"from": "Ann Lee <ann@example.org>", "date": "Mon, 3 Nov 2025", "subject": "Join"},
    )
    (content,) = shown(forward)
    header = "Forwarded message — from: Ann Lee · date: Mon, 3 Nov 2025 · subject: Join"
    assert content["body"].startswith(f"> {header}\n>\n> Dear all,\n> please join.")
    assert f"<blockquote><p><em>{header}</em></p><p>Dear all," in content["formatted_body"]


@pytest.mark.parametrize(
    ("sender", "name"),
    [("ann@example.org", "ann@…"), ("<ann@example.org>", "ann@…"), ('"A. Lee" <a@b>', "A. Lee")],
)
def test_a_forwards_sender_without_name_shows_no_host(sender, name):
    (content,) = shown(piece(PieceKind.FORWARD, "x", **{"from": sender}))
    assert f"from: {name}\n" in content["body"]


def test_a_forward_without_header_is_still_called_one():
    (content,) = shown(piece(PieceKind.FORWARD, "x"))
    assert content["body"].startswith("> Forwarded message\n>\n> x")


def test_the_last_line_says_where_the_archive_is_and_what_sent_it():
    placing = Placing(heading=None, is_public=False, archive_url="https://example.org/a/1")
    (content,) = shown(own("x"), placing=placing, auto_submitted="auto-generated")
    line = "Sent automatically. · Archive: https://example.org/a/1 · A reply here stays here."
    assert content["body"].endswith(line)
    assert '<a href="https://example.org/a/1">' in content["formatted_body"]


def test_auto_submitted_no_means_a_person():
    (content,) = shown(own("x"), auto_submitted="no")
    assert "automatically" not in content["body"]


def test_attachments_are_listed():
    attached = (Attachment("minutes\u202e.pdf", "application/pdf", 12_345, "0" * 64),)
    (content,) = shown(own("x"), attachments=attached)
    assert "Attached: minutes.pdf (12 kB)" in content["body"]


def test_a_post_without_words_says_so():
    (content,) = shown()
    assert content["body"].startswith("(no text)")


def test_a_long_post_goes_on_in_numbered_parts_and_loses_nothing():
    text = "\n\n".join(f"Paragraph {n}: " + "word " * 60 for n in range(100))
    contents = shown(own(text))
    assert len(contents) > 1
    assert [source_of(c)[0][2] for c in contents] == list(range(len(contents)))
    assert contents[1]["body"].startswith(f"(2 of {len(contents)})")
    together = " ".join(c["body"] for c in contents)
    assert all(f"Paragraph {n}:" in together for n in range(100))
    assert [("stays here" in c["body"]) for c in contents] == [False] * (len(contents) - 1) + [True]


def test_an_endless_post_ends_with_a_line_that_says_where_the_rest_is():
    attached = (Attachment("minutes.pdf", "application/pdf", 12_345, "0" * 64),)
    whole = shown_as(replace(POST, attachments=attached), [own("&" * 1_000_000)], PRIVATE)
    assert whole.is_cut
    assert MAX_PARTS <= len(whole.contents) <= MAX_PARTS + 1
    together = " ".join(content["body"] for content in whole.contents)
    assert "the file below is the whole post" in together
    assert "Attached: minutes.pdf (12 kB)" in together


hostile = st.sampled_from(['"', "&", "<", "\n", "\n\n", "🙂", "\x00", "\ud800", "@room ", " "])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PieceKind),
            hostile.flatmap(lambda c: st.integers(1, 9000).map(lambda n: c * n)) | st.text(),
        ),
        max_size=4,
    ),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_post_becomes_events_a_homeserver_takes(pieces, is_public):
    view = [piece(kind, text) for kind, text in pieces]
    contents = shown_as(POST, view, Placing("\ud800@room", is_public=is_public)).contents
    assert all(encode_content(content) for content in contents)
    assert all("@room" not in content["body"] for content in contents)


def test_a_notice_mentions_exactly_whom_it_answers():
    content = notice_content("Not counted: see <here>.", to=("@jane:hs.test",))
    assert content["msgtype"] == "m.notice"
    assert content["m.mentions"] == {"user_ids": ["@jane:hs.test"]}
    assert content["formatted_body"] == "<p>Not counted: see &lt;here&gt;.</p>"


def test_a_hint_begins_with_the_name_of_the_one_it_is_for():
    content = addressed_notice("Please write why.", "@jane:hs.test")
    assert content["m.mentions"] == {"user_ids": ["@jane:hs.test"]}
    assert content["body"] == "@jane:hs.test: Please write why."
    assert content["formatted_body"] == (
        '<p><a href="https://matrix.to/#/@jane:hs.test">@jane:hs.test</a>: Please write why.</p>'
    )


def test_a_long_notice_is_cut_in_the_open_and_whole_in_parts():
    text = "\n\n".join(f"Paragraph {n}: " + "word " * 60 for n in range(200))
    assert notice_content(text)["body"].endswith("… the rest is too long for the room.")
    together = "".join(content["body"] for content in notice_contents(text))
    assert all(f"Paragraph {n}:" in together for n in range(200))


@pytest.mark.parametrize("text", ["", "\ud800", "x" * 500_000])
def test_any_notice_can_be_sent(text):
    assert encode_content(notice_content(text))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"org.seconded.source": 1},
        {"org.seconded.source": [1, {"list": 2}, {"list": "l", "message_id": "m"}]},
    ],
)
def test_foreign_content_has_no_source(content):
    assert source_of(content) == ()


@given(st.text(alphabet="ab \n", max_size=300), st.integers(1, 50))
def test_cut_text_is_short_enough_and_keeps_every_letter(text, limit):
    stretches = list(split_text(text, limit))
    assert all(len(stretch) <= limit for stretch in stretches)
    assert "".join("".join(stretches).split()) == "".join(text.split())


def test_an_html_mail_keeps_its_lists_and_emphasis_in_the_room():
    raw = (
        b"Message-ID: <a@x.org>\nContent-Type: text/html; charset=utf-8\n\n"
        b"<p>We <b>agree</b>:</p><ul><li>one</li></ul>"
        b'<blockquote type="cite">old</blockquote>'
    )
    post = parse_mail(raw, list_id=ListId("pc.x.org"), posting_address="pc@x.org")
    (content,) = shown_post(post, PRIVATE).contents
    assert "<p>We <strong>agree</strong>:</p><ul><li>one</li></ul>" in content["formatted_body"]
    assert content["body"].startswith("We agree:\n\n- one")
