from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.blocks import segment
from bridge.mail.html import html_text, read_html
from bridge.mail.quotes import own_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div>\n<div>two  words</div>", "one\ntwo words"),
        ("<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc"),
        ("a &amp; b&nbsp;c &lt;d&gt;", "a & b c <d>"),
        ('<a href="https://x.org/a">here</a>', "here <https://x.org/a>"),
        ('<a href="https://x.org/">https://x.org</a>', "https://x.org"),
        ('<a href="mailto:a@x.org">a@x.org</a>', "a@x.org"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ("<script>alert(1)</script><style>p{}</style>x<!-- no -->", "x"),
        ('x<img src="https://tracker.example.org/p.gif" alt="y">', "x"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n>> c\n\nd"),
        ('<div class="yahoo_quoted"><div>b</div></div>', "> b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("a<hr>b", "a\n--------------------\nb"),
        ("", ""),
    ],
)
def test_html_reads_as_text(html, text):
    assert html_text(html) == text


def test_a_tree_deeper_than_any_mails_is_still_text():
    assert html_text("<div>" * 20_000 + "x").strip() == "x"


@given(st.text(alphabet="<>/abpdivlockquote=\"'&; \n"))
def test_any_markup_is_text(html):
    assert isinstance(html_text(html), str)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            (
                '<div>Yes.</div><div class="gmail_quote"><div class="gmail_attr">On 3 Nov 2025 J '
                'wrote:</div><blockquote class="gmail_quote">why?</blockquote></div>'
            ),
            "Yes.\nOn 3 Nov 2025 J wrote:\n\n> why?",
        ),
        (
            (
                '<p>Yes.</p><div class="moz-cite-prefix">On 3 Nov 2025 Jane wrote:<br></div>'
                '<blockquote type="cite"><p>why?</p></blockquote>'
            ),
            "Yes.\n\nOn 3 Nov 2025 Jane wrote:\n>\n> why?",
        ),
        ('a<blockquote style="margin:0 0 0 40px;border:none">b</blockquote>', "a\n\nb"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ('<div style="display:none">preview</div>x', "x"),
    ],
)
def test_what_programs_write_around_quotes_is_understood(html, text):
    assert html_text(html) == text


def test_outlooks_border_stands_above_a_header_block():
    html = (
        '<p>Yes.</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Jane<br>'
        "<b>Sent:</b> 3 Nov 2025<br><b>To:</b> pc<br><b>Subject:</b> x</p></div><p>why?</p>"
    )
    body = html_text(html)
    assert own_text(body, segment(body)) == "Yes."


def test_each_line_has_its_html():
    read = read_html(
        "<p>a <b>bold</b> &lt;word&gt;</p><ul><li>one <i>x</i></li></ul><pre>p\nq</pre>"
    )
    assert len(read.lines) == read.text.count("\n") + 1
    assert [line for line in read.lines if line.html] == [
        ("p", "a <strong>bold</strong> &lt;word&gt;"),
        ("li", "one <em>x</em>"),
        ("pre", "p"),
        ("pre", "q"),
    ]


def test_emphasis_goes_on_in_the_next_line():
    read = read_html("<b>one<br>two</b>")
    assert [line.html for line in read.lines] == ["<strong>one</strong>", "<strong>two</strong>"]


@given(st.text(alphabet="<>/abpdivlockquote=\"'&; \n"))
def test_lines_and_their_html_are_as_many(html):
    read = read_html(html)
    assert len(read.lines) == (read.text.count("\n") + 1 if read.lines else 0)


def test_indented_code_and_the_cells_of_a_row_stay_apart_as_html():
    html = "<pre>a:\n  b: 1</pre><table><tr><td>Africa</td><td>30</td></tr></table>"
    assert [each.html for each in read_html(html).lines if each.html] == [
        "a:",
        "  b: 1",
        "Africa | 30",
    ]
