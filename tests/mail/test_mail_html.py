from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.html import html_text


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
