"""HTML mails -> text whose quotes carry ``>``, and the same lines as HTML, from one tree.

The tree is a browser's (selectolax). Quote containers are found in it: what is inside gets quote
signs, so that one segmenter serves both kinds of mail. Nothing remote is fetched or kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SPACED = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"}
)
_BLOCKS = _SPACED | {
    *("div", "tr", "li", "hr", "dl", "dt", "dd", "section", "article", "header", "footer", "main"),
    *("center", "address", "fieldset", "form", "figure", "aside", "nav", "caption"),
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE: Mapping[str, str] = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "u": "u", "s": "del", "del": "del",
    "strike": "del", "code": "code", "tt": "code", "kbd": "code", "sub": "sub", "sup": "sup",
}  # fmt: skip
_DROPPED = frozenset(
    {"script", "style", "head", "title", "noscript", "template", "object", "svg", "math", "iframe"}
    | {"select", "textarea", "audio", "video", "canvas"}
)
_QUOTE_CLASSES = frozenset({"yahoo_quoted"})
_INDENTED = re.compile(r"border(?:-width)?:\s*(?:none|0)|border-left:\s*none", re.IGNORECASE)
_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all", re.IGNORECASE)
_SCHEMES = ("http:", "https:", "mailto:")
DEEPEST_QUOTE = 20
DEEPEST_TREE = 300
"""Building a tree is quadratic in its depth (measured: 0.8 s for 20,000 open divs)."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]{0,5000}>")
# Tags that need no end tag, so that their number says nothing about depth.
_UNCLOSED = frozenset(
    {"p", "li", "td", "th", "tr", "br", "img", "hr", "meta", "link", "input", "dd", "dt", "col"}
    | {"tbody", "thead", "tfoot", "option", "area", "base", "wbr", "html", "body"}
)
_SPACES = re.compile(" {2,}")


class RichLine(NamedTuple):
    """One line of a mail as HTML.

    Attributes:
        block: ``p``, ``li``, ``ol``, ``pre`` or ``h``: what it stands in.
        html: inline elements and escaped text; '' = a blank line.
    """

    block: str
    html: str


class RichText(NamedTuple):
    """A document as text, and its lines as HTML in the same order."""

    text: str
    lines: tuple[RichLine, ...]


def html_text(html: str) -> str:
    """Return an HTML document as plain text: quotes marked, links kept, nothing fetched."""
    return read_html(html).text


def read_html(html: str) -> RichText:
    """Return an HTML document as text and as HTML lines, both from the same tree."""
    if _is_too_deep(html):
        text = _TAG.sub(" ", html).strip()
        return RichText(text, tuple(RichLine("p", escape(line)) for line in text.split("\n")))
    writer = _Writer()
    root = LexborHTMLParser(html.replace("\x00", "\ufffd")).root
    if root is not None:
        for kind, node in _walk(root):
            writer.take(kind, node)
    return writer.result()


def _walk(root: LexborNode) -> Iterator[tuple[str, LexborNode]]:
    """Yield (start | text | end, node) in document order, without recursion."""
    waiting: list[tuple[str, LexborNode]] = [("start", root)]
    while waiting:
        kind, node = waiting.pop()
        tag = node.tag or ""
        if kind == "end":
            yield kind, node
        elif tag == "-text":
            yield "text", node
        elif tag not in _DROPPED and not tag.startswith(("-", "!")) and not _is_hidden(node):
            yield "start", node
            waiting.append(("end", node))
            waiting.extend(("start", child) for child in reversed(_children(node)))


def _children(node: LexborNode) -> list[LexborNode]:
    found = []
    child = node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _is_hidden(node: LexborNode) -> bool:
    return bool(_HIDDEN.search(node.attributes.get("style") or ""))


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


class _Writer:
    """Writes lines as the nodes of a tree come by."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._rich: list[RichLine] = []
        self._words: list[str] = []
        self._html: list[str] = []
        self._opened: list[str] = []
        self._quotes: list[bool] = []
        self._lists: list[int | None] = []
        self._depth = 0
        self._pre = 0
        self._block = "p"
        self._link: tuple[str, int] | None = None

    def take(self, kind: str, node: LexborNode) -> None:
        """Take the next node."""
        if kind == "text":
            self._text(node.text_content or "")
        elif kind == "start":
            self._start(node.tag or "", node)
        else:
            self._end(node.tag or "")

    def result(self) -> RichText:
        """Return everything written, blank lines at both ends left out."""
        self._break()
        first, end = 0, len(self._lines)
        while first < end and not self._lines[first]:
            first += 1
        while end > first and not self._lines[end - 1]:
            end -= 1
        return RichText("\n".join(self._lines[first:end]), tuple(self._rich[first:end]))

    def _start(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self._break(force=True)
        elif tag in _BLOCKS:
            self._open_block(tag, node)
        elif tag in ("td", "th") and self._words:
            self._words.append("\t")
            self._html.append(" | ")
        elif tag == "a":
            href = (node.attributes.get("href") or "").strip()
            allowed = href.lower().startswith(_SCHEMES)
            self._link = (href if allowed else "", len(self._words))
            self._html.append(f'<a href="{escape(href)}">' if allowed else "<a>")
        elif tag in _INLINE:
            self._opened.append(_INLINE[tag])
            self._html.append(f"<{_INLINE[tag]}>")

    def _end(self, tag: str) -> None:
        if tag == "a" and self._link:
            self._close_link(*self._link)
        elif tag in _INLINE and self._opened:
            self._html.append(f"</{self._opened.pop()}>")
        elif tag in _BLOCKS:
            self._close_block(tag)

    def _text(self, data: str) -> None:
        """Write text; outside ``pre`` white space is one space."""
        if self._pre > 0:
            first, *others = data.split("\n")
            self._write(first)
            for line in others:
                self._break(force=True)
                self._write(line)
            return
        words = " ".join(data.replace("\u00a0", " ").split())
        space_before = " " if data[:1].isspace() and self._words else ""
        space_after = " " if data[-1:].isspace() and words else ""
        if words or self._words:
            self._write(space_before + words + space_after)

    def _write(self, text: str) -> None:
        self._words.append(text)
        self._html.append(escape(text, quote=False))

    def _open_block(self, tag: str, node: LexborNode) -> None:
        self._break()
        if tag in _SPACED:
            self._blank()
        if tag in ("div", "blockquote"):
            is_quote = _is_quote(tag, node.attributes)
            self._quotes.append(is_quote)
            self._depth += is_quote
        self._pre += tag == "pre"
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._open_item()
        elif tag in _HEADINGS:
            self._block = "h"
        elif tag == "hr":
            self._words.append("-" * 20)
            self._break()

    def _open_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        self._block = "li"
        if number is not None:
            self._lists[-1] = number + 1
            self._block = "ol"
        self._words.append("- " if number is None else f"{number + 1}. ")

    def _close_block(self, tag: str) -> None:
        self._break()
        if tag in ("div", "blockquote") and self._quotes and self._quotes.pop():
            self._depth -= 1
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _HEADINGS or tag in ("li", "ul", "ol"):
            self._block = "p"
        if tag in _SPACED:
            self._blank()
        self._pre -= tag == "pre"

    def _break(self, *, force: bool = False) -> None:
        """End the line; an empty one is written only when forced."""
        line = "".join(self._words)
        line = line.rstrip() if self._pre > 0 else _SPACES.sub(" ", line).strip()
        html = "".join(self._html)
        self._words, self._html = [], [f"<{name}>" for name in self._opened]
        if line or force:
            closing = "".join(f"</{name}>" for name in reversed(self._opened))
            block = "pre" if self._pre > 0 else self._block
            self._lines.append(self._sign() + line)
            html = html.rstrip() if block == "pre" else html.strip()
            self._rich.append(RichLine(block, html + closing if line else ""))
            # An item's further lines are not items of their own.
            self._block = "p" if self._block in ("li", "ol") else self._block

    def _blank(self) -> None:
        """Leave one empty line, of the outermost depth where several elements end."""
        if not self._lines:
            return
        if not self._lines[-1].strip("> "):
            self._lines.pop()
            self._rich.pop()
        self._lines.append(self._sign().rstrip())
        self._rich.append(RichLine("p", ""))

    def _sign(self) -> str:
        depth = min(self._depth, DEEPEST_QUOTE)
        return ">" * depth + " " if depth else ""

    def _close_link(self, href: str, start: int) -> None:
        shown = "".join(self._words[start:]).strip()
        bare = href.partition(":")[2] if href.lower().startswith("mailto:") else href
        if href and bare.rstrip("/") != shown.rstrip("/"):
            self._words.append(f" <{bare}>" if shown else bare)
        if href and not shown:
            self._html.append(escape(bare, quote=False))
        self._html.append("</a>")
        self._link = None


def _is_quote(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Say whether an element holds what somebody else wrote, and no indented words."""
    classes = frozenset((attributes.get("class") or "").split())
    if tag == "div":
        return bool(classes & _QUOTE_CLASSES)
    is_cited = (attributes.get("type") or "").lower() == "cite" or bool(classes)
    style = attributes.get("style") or ""
    is_indented = "webkit-indent-blockquote" in classes or (
        not is_cited and bool(_INDENTED.search(style))
    )
    return not is_indented
