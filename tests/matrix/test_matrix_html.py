"""Mail text as HTML that no client needs to fear."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix import html
from bridge.matrix.html import (
    TAGS,
    folded,
    inline,
    listing,
    paragraphs,
    pill,
    preformatted,
    quotation,
    sanitised,
    unpinging,
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("two\nlines", "two<br>lines"),
        ("see https://example.org/a.", 'see <a href="https://example.org/a">'),
        ("(https://example.org/a_(b))", '(<a href="https://example.org/a_(b)">'),
        ("<https://example.org/?a=1&b=2>", '<a href="https://example.org/?a=1&amp;b=2">'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://example.org/\u202egpj", '<a href="https://example.org/">'),
        ("https://[::1", "https://[::1"),
        ("https://", "https://"),
    ],
)
def test_text_is_escaped_and_links_are_live(text, html):
    assert html in inline(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://matrix.to/#/@jane:hs.test",
        "https://MATRIX.TO/#/!room:hs.test",
        "http://www.matrix.to/#/#pc:hs.test",
        "https://matrix.to./#/@jane:hs.test",
        "https://user@matrix.to/#/@jane:hs.test",
        "https://matrix.to:443/#/@jane:hs.test",
        "https://matrix.to@mail.example.org/#/@jane:hs.test",
        "https://m%61trix.to/#/@jane:hs.test",
    ],
)
def test_a_mail_cannot_place_a_pill(url):
    assert "<a" not in inline(url)
    assert inline(url).startswith("<code>")


@pytest.mark.parametrize("text", ["@room", "Hello @Room!", "(@room)"])
def test_a_mail_cannot_call_everybody(text):
    assert "@room" not in unpinging(text).casefold()
    assert "@room" not in inline(text).casefold()


def test_other_words_with_an_at_sign_stay():
    assert unpinging("jane@roomy.example.org @jane") == "jane@roomy.example.org @jane"


def test_paragraphs_are_parted_by_blank_lines():
    assert paragraphs("\na\nb\n \n\nc\n") == "<p>a<br>b</p><p>c</p>"


def test_quotations_and_folds_survive_the_cleaning():
    html = quotation("<p>a</p>") + folded("… 2 quoted lines", "<p>b</p>")
    assert sanitised(html) == html


@pytest.mark.parametrize(
    "evil",
    [
        "<script>x</script>",
        "<img src=https://example.org/a.png>",
        '<a href="javascript:x">y</a>',
        "<p onclick=x>y</p>",
        "<style>p{}</style>",
    ],
)
def test_what_matrix_does_not_allow_is_gone(evil):
    cleaned = sanitised(evil)
    assert not any(word in cleaned for word in ("script", "img", "onclick", "style"))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@given(st.text() | st.text(alphabet="<>&\"'=/ahref:ps@rom.\n ").map(lambda t: f"<a {t}"))
def test_text_never_becomes_markup_of_its_own(text):
    tags = Tags()
    tags.feed(sanitised(paragraphs(text)))
    made = {"p", "br", "a", "code", "pre", "strong", "ul", "li"}
    assert {tag for tag, _ in tags.seen} <= made
    assert all(a["href"].startswith(("http://", "https://")) for t, a in tags.seen if t == "a")


def test_images_are_not_among_the_allowed_tags():
    assert "img" not in TAGS


def test_columns_keep_their_blanks_and_hold_no_markup():
    html = preformatted("Rule    <b>\n        @room & all")
    assert html == "<pre><code>Rule    &lt;b&gt;\n        @\u2060room &amp; all</code></pre>"
    assert sanitised(html) == html


def test_points_of_a_list_stand_each_for_itself():
    assert listing(["one", "<code>two</code>"]) == "<ul><li>one</li><li><code>two</code></li></ul>"


def test_a_pill_is_a_link_whatever_the_users_name_holds():
    html = pill('@jane/"><b>:hs.test')
    assert html.count("<") == 2
    assert html.startswith('<a href="https://matrix.to/#/@jane%2F%22%3E%3Cb%3E:hs.test">')
    assert sanitised(html).count("<") == 2


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("- one\n  goes on\n- two", "<ul><li>one goes on</li><li>two</li></ul>"),
        ("- one\ntwo\n- three", "<p>- one<br>two<br>- three</p>"),
        ("    x = 1\n    y = 2", "<pre><code>    x = 1\n    y = 2</code></pre>"),
        ("name    votes\nJane    3", "<pre><code>name    votes\nJane    3</code></pre>"),
        ("this is *very* good", "<p>this is <strong>very</strong> good</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
    ],
)
def test_lists_code_and_emphasis_of_plain_mails_are_kept(text, made):
    assert html.paragraphs(text) == made


def test_quote_signs_in_a_fold_become_a_quotation():
    assert html.nested("Jane wrote:\n> a\n>\n> @room b\nc") == (
        "<p>Jane wrote:</p><blockquote><p>a</p><p>@\u2060room b</p></blockquote><p>c</p>"
    )


WRAPPED = "I read it twice. It is fine with me, though I would have liked a word on\n"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (f"{WRAPPED}small organisations.", f"{WRAPPED[:-1]} small organisations."),
        (f"Hi,\n{WRAPPED}it.\n\nDalia\nX", f"Hi,\n{WRAPPED[:-1]} it.\n\nDalia\nX"),
        (f"{WRAPPED}- small organisations", None),
        (f"{WRAPPED}2. small organisations", None),
        (f"{WRAPPED}Cc: small organisations", None),
        (f"{WRAPPED}> small organisations", None),
        (f"> {WRAPPED}small organisations", None),
        ("Consultations on Internet policy are announced thirty days ahead.\nComments too.", None),
        ("Dalia Haddad\nObservatory of Examples", None),
        ("roses are red\nviolets are blue", None),
        (f"| Region {'-' * 60}|\n| Africa {'-' * 60}|", None),
    ],
)
def test_lines_that_a_mail_program_broke_are_whole_again(text, made):
    assert html.unwrapped(text) == (made or text)


@given(st.text(alphabet="ab .\n>-|", max_size=300))
def test_unwrapping_changes_white_space_only(text):
    assert html.unwrapped(text).split() == text.split()


def test_lines_of_html_mails_become_blocks():
    lines = [("p", "a"), ("p", "b"), ("", ""), ("li", "x"), ("p", ""), ("li", "y"), ("h", "t")]
    assert html.rich_paragraphs(lines) == (
        "<p>a<br>b</p><ul><li>x</li><li>y</li></ul><p><strong>t</strong></p>"
    )


def test_numbers_go_on_behind_a_list_inside_a_point():
    lines = [("ol", "a"), ("ol", "b"), ("li", "x"), ("ol", "c"), ("p", "d"), ("ol", "e")]
    assert html.rich_paragraphs(lines) == (
        '<ol><li>a</li><li>b</li></ol><ul><li>x</li></ul><ol start="3"><li>c</li></ol>'
        "<p>d</p><ol><li>e</li></ol>"
    )


def test_html_of_a_mail_names_and_calls_nobody():
    made = html.sanitised_mail(
        '<p>@room <a href="https://matrix.to/#/@a:x.org">https://matrix.to/#/@a:x.org</a>'
        '<img src="https://t.example.org/p.gif"><script>x</script></p>'
    )
    assert made == "<p>@\u2060room <a>https://matrix\u2060.to/#/@a:x.org</a></p>"
