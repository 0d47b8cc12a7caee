"""Mail text as the HTML of ``formatted_body``; pure.

Only what Matrix lets a client draw leaves this module (specification 1.16, 11.2.1.7,
without images): text is escaped first, links are made by us, and everything goes through
nh3 once more, so that a mistake here cannot become a script in somebody's client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

import nh3

# fmt: off
TAGS: Final = frozenset({
    "del", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "p", "a", "ul", "ol",
    "sup", "sub", "li", "b", "i", "u", "strong", "em", "s", "code", "hr", "br",
    "div", "table", "thead", "tbody", "tr", "th", "td", "caption", "pre", "span",
    "details", "summary",
})
# fmt: on
"""The tags of the specification's list; ``img`` is left out: nothing remote is loaded."""

_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https"}
_UNDRAWN: Final = "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_URL = re.compile(rf"https?://[^\s<>\"{_UNDRAWN}]{{1,2000}}", re.IGNORECASE)
_TRAILING: Final = ".,;:!?'*_…"
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_EVERYBODY = re.compile(r"@(?=room\b)", re.IGNORECASE)
_MATRIX_TO: Final = "matrix.to"
_AS_IT_IS: Final = "@:"
"""What a path segment may hold unencoded (RFC 3986, 3.3), and what readers know an id by."""


def unpinging(text: str) -> str:
    """Return the text so that no client takes its ``@room`` for a call to everybody.

    An invisible word joiner (U+2060) parts the sign from the word; ``m.mentions`` alone does
    not help with old homeservers, whose push rule reads the body.
    """
    return _EVERYBODY.sub("@\u2060", text)


def sanitised(html: str) -> str:
    """Return the HTML with nothing in it that Matrix does not allow."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def inline(text: str) -> str:
    """Return one or more lines of text as HTML: escaped, line breaks kept, links live."""
    return "".join(_pieces(unpinging(text))).replace("\n", "<br>")


def paragraphs(text: str) -> str:
    """Return text as ``<p>`` elements, one for each run of lines between blank lines."""
    runs = re.split(r"\n[ \t]*\n\s*", text.strip("\n"))
    return "".join(f"<p>{inline(run)}</p>" for run in runs if run.strip())


def quotation(inner: str) -> str:
    """Return HTML inside a block quotation."""
    return f"<blockquote>{inner}</blockquote>"


def preformatted(text: str) -> str:
    """Return text whose columns and line breaks a client keeps; nothing in it is a link."""
    return f"<pre><code>{escape(unpinging(text), quote=False)}</code></pre>"


def listing(items: Iterable[str]) -> str:
    """Return HTML fragments as the points of a list."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def pill(user: str) -> str:
    """Return a link to a Matrix user, which clients draw as the name.

    The only link to matrix.to that we make: what a mail says never becomes one.
    """
    return f'<a href="https://{_MATRIX_TO}/#/{quote(user, safe=_AS_IT_IS)}">{escape(user)}</a>'


def folded(summary: str, inner: str) -> str:
    """Return HTML that a client shows only when asked to."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def _pieces(text: str) -> Iterator[str]:
    position = 0
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        yield escape(text[position : match.start()], quote=False)
        yield _link(url)
        position = match.start() + len(url)
    yield escape(text[position:], quote=False)


def _link(url: str) -> str:
    """Return a live link; one to matrix.to becomes inert text.

    A mail must not be able to place a pill that looks like a mention; inside ``code`` clients
    neither link nor decorate.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return escape(url)
    if host == _MATRIX_TO or host.endswith("." + _MATRIX_TO):
        return f"<code>{escape(url)}</code>"
    return f'<a href="{escape(url)}">{escape(url)}</a>'


def _trimmed(url: str) -> str:
    """Return the URL without the punctuation of the sentence around it."""
    end = len(url)
    while _ends_outside(url, end):
        end -= 1
    return url[:end]


def _ends_outside(url: str, end: int) -> bool:
    """Tell whether the last character before ``end`` belongs to the sentence, not to the URL."""
    last = url[end - 1]
    opening = _PAIRS.get(last)
    if opening is None:
        return last in _TRAILING
    return url.count(last, 0, end) > url.count(opening, 0, end)
