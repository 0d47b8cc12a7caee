"""HTML-only mails -> text whose quotes carry ``>``, so that one segmenter serves both.

nh3 first reduces any bytes to a small well-formed tree with nothing remote in it; only that is
read with the standard library's parser, whose slow paths need malformed input.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import nh3

_SPACED = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"}
)
_BLOCKS = _SPACED | {"div", "tr", "li", "hr", "dl", "dt", "dd"}
_QUOTE_CLASSES = frozenset({"yahoo_quoted"})
_ALLOWED = set(_BLOCKS) | {"br", "a", "td", "th", "b", "i", "em", "strong"}
_ATTRIBUTES = {"a": {"href"}, "div": {"class"}, "blockquote": {"class"}}
_DROPPED_WITH_TEXT = {"script", "style", "head", "title", "noscript", "template"}
_SCHEMES = {"http", "https", "mailto"}
DEEPEST_QUOTE = 20
DEEPEST_TREE = 300
"""HTML's own tree building is quadratic in depth (measured: 2 s for 20,000 open divs)."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]{0,5000}>")
# Tags that need no end tag, so that their number says nothing about depth.
_UNCLOSED = frozenset(
    {"p", "li", "td", "th", "tr", "br", "img", "hr", "meta", "link", "input", "dd", "dt", "col"}
    | {"tbody", "thead", "tfoot", "option", "area", "base", "wbr", "html", "body"}
)

_SPACES = re.compile(" {2,}")


def html_text(html: str) -> str:
    """Return an HTML document as plain text: quotes marked, links kept, nothing fetched."""
    if _is_too_deep(html):
        return _TAG.sub(" ", html).strip()
    reduced = nh3.clean(
        html,
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED_WITH_TEXT,
        url_schemes=_SCHEMES,
        strip_comments=True,
        link_rel=None,
    )
    writer = _Writer()
    writer.feed(reduced)
    writer.close()
    return writer.text()


def _is_too_deep(html: str) -> bool:
    """Say whether more elements are open at once than any real mail has; counted by name."""
    still_open: Counter[str] = Counter()
    depth = 0
    for end, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _UNCLOSED:
            continue
        if not end:
            still_open[tag] += 1
            depth += 1
        elif still_open[tag] > 0:
            still_open[tag] -= 1
            depth -= 1
        if depth > DEEPEST_TREE:
            return True
    return False


class _Writer(HTMLParser):
    """Writes lines as the tags of a well-formed tree come by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quotes: list[bool] = []
        self._depth = 0
        self._pre = 0
        self._link: tuple[str, int] | None = None

    def text(self) -> str:
        """Return everything written."""
        self._break()
        return "\n".join(self._lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin lines, quotes and links."""
        given = dict(attrs)
        if tag == "br":
            self._break(force=True)
        elif tag in _BLOCKS:
            self._open_block(tag, frozenset((given.get("class") or "").split()))
        elif tag in ("td", "th") and self._words:
            self._words.append("\t")
        elif tag == "a":
            self._link = (given.get("href") or "", len(self._words))

    def handle_endtag(self, tag: str) -> None:
        """End lines, quotes and links."""
        if tag == "a" and self._link:
            self._close_link(*self._link)
        elif tag in _BLOCKS:
            self._break()
            if tag in ("div", "blockquote") and self._quotes and self._quotes.pop():
                self._depth -= 1
            if tag in _SPACED:
                self._blank()
            self._pre -= tag == "pre"

    def handle_data(self, data: str) -> None:
        """Write text; outside ``pre`` white space is one space."""
        if self._pre > 0:
            first, *others = data.split("\n")
            self._words.append(first)
            for line in others:
                self._break(force=True)
                self._words.append(line)
            return
        words = " ".join(data.replace("\u00a0", " ").split())
        space_before = " " if data[:1].isspace() and self._words else ""
        space_after = " " if data[-1:].isspace() and words else ""
        if words or self._words:
            self._words.append(space_before + words + space_after)

    def _open_block(self, tag: str, classes: frozenset[str]) -> None:
        self._break()
        if tag in _SPACED:
            self._blank()
        if tag in ("div", "blockquote"):
            is_quote = tag == "blockquote" or bool(classes & _QUOTE_CLASSES)
            self._quotes.append(is_quote)
            self._depth += is_quote
        self._pre += tag == "pre"
        if tag == "li":
            self._words.append("- ")
        elif tag == "hr":
            self._words.append("-" * 20)
            self._break()

    def _break(self, *, force: bool = False) -> None:
        """End the line; an empty one is written only when forced."""
        line = "".join(self._words)
        line = line.rstrip() if self._pre > 0 else _SPACES.sub(" ", line).strip()
        self._words = []
        if line or force:
            self._lines.append(self._sign() + line)

    def _blank(self) -> None:
        """Leave one empty line, of the outermost depth where several elements end."""
        if not self._lines:
            return
        if not self._lines[-1].strip("> "):
            self._lines.pop()
        self._lines.append(self._sign().rstrip())

    def _sign(self) -> str:
        depth = min(self._depth, DEEPEST_QUOTE)
        return ">" * depth + " " if depth else ""

    def _close_link(self, href: str, start: int) -> None:
        shown = "".join(self._words[start:]).strip()
        bare = href.removeprefix("mailto:")
        if href.startswith(("http:", "https:", "mailto:")) and bare.rstrip("/") != shown.rstrip(
            "/"
        ):
            self._words.append(f" <{bare}>" if shown else bare)
        self._link = None
