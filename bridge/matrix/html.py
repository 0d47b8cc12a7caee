"""Mail text as the HTML of ``formatted_body``; pure.

Only what Matrix lets a client draw leaves this module (specification 1.16, 11.2.1.7,
without images): text is escaped first, links are made by us, and everything goes through
nh3 once more, so that a mistake here cannot become a script in somebody's client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from itertools import groupby, pairwise
from typing import Final
from urllib.parse import quote, unquote, urlsplit

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
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*?(?=[^\n\S]*\S|$)")
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)\s*\S|^[+|].*[+|]\s*$|^(?:@@ |diff --git )")
_ITEM = re.compile(r"\s{0,3}[-*\u2022] +(\S.*)$")
_NARROWEST: Final = 60
_WIDEST: Final = 80
"""Columns at which mail programs break lines; what is wider or narrower was not broken by one."""

_ENDS: Final = (".", "!", "?", ":", ";", "\u2026", "\u3002", "\u061f", "\u06d4")
_APART = re.compile(r"[\s>|+]|-- ?$")
_BEGINS = re.compile(r"[\s>|+*\u2022-]|\d{1,3}[.)]\s|[\w-]{1,30}:\s")
_STRONG = re.compile(r"(?<![\w*/])\*([^\s*<>](?:[^*<>\n]{0,200}[^\s*<>])?)\*(?![\w*/])")
_MATRIX_TO_WORD = re.compile(r"matrix\.to\b", re.IGNORECASE)
_TAGS_APART = re.compile(r"(<[^<>]*>)")
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
    return _OURS.clean(html)


def sanitised_mail(html: str) -> str:
    """Return the HTML a mail brought along, sanitised; nothing in it calls or names anybody.

    Links to matrix.to lose their target, and its name in the text is parted, so that no client
    makes a mention of it.
    """
    parts = _TAGS_APART.split(_MAILS.clean(html))
    return "".join(
        part if k % 2 else unpinging(_MATRIX_TO_WORD.sub("matrix\u2060.to", part))
        for k, part in enumerate(parts)
    )


def _without_mentions(tag: str, attribute: str, value: str) -> str | None:
    return None if tag == "a" and attribute == "href" and _names_matrix_to(value) else value


def _cleaner(attribute_filter: Callable[[str, str, str], str | None] | None = None) -> nh3.Cleaner:
    """Return what keeps Matrix's tags; made once, for making one costs more than cleaning."""
    return nh3.Cleaner(
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute_filter,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


_OURS: Final = _cleaner()
_MAILS: Final = _cleaner(_without_mentions)


def inline(text: str) -> str:
    """Return one or more lines of text as HTML: escaped, line breaks kept, links live."""
    return "".join(_pieces(unpinging(text))).replace("\n", "<br>")


def paragraphs(text: str) -> str:
    """Return text as HTML: paragraphs, lists, and code or tables with their columns kept."""
    runs = _BLANK_LINES.split(text.strip("\n"))
    return "".join(_run(run) for run in runs if run.strip())


def rich_paragraphs(lines: Iterable[tuple[str, str]]) -> str:
    """Return lines of an HTML mail, (block, inline HTML), as block elements; not yet sanitised."""
    groups: list[tuple[str, list[str]]] = []
    for block, line in lines:
        if not line:
            groups.append(("", []))
        elif groups and groups[-1][0] == block:
            groups[-1][1].append(line)
        else:
            groups.append((block, [line]))
    # A blank line between two items parts no list.
    joined: list[tuple[str, list[str]]] = []
    for block, group in (each for each in groups if each[0]):
        if joined and joined[-1][0] == block and block in ("li", "ol"):
            joined[-1][1].extend(group)
        else:
            joined.append((block, group))
    return "".join(_numbered(joined))


def _numbered(groups: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """Yield block elements; numbers go on where only a list inside a point came in between."""
    count = 0
    for block, group in groups:
        if block == "ol":
            made = _RICH[block](group)
            yield made.replace("<ol>", f'<ol start="{count + 1}">', 1) if count else made
            count += len(group)
        elif block in _RICH:
            yield _RICH[block](group)
            count = count if block == "li" else 0


def unwrapped(text: str) -> str:
    """Return text whose paragraphs were broken into lines by a mail program, as long lines.

    A break is undone only where the next word did not fit any more and no sentence ends; so
    addresses, verses and points keep theirs.
    """
    return "\n\n".join(map(_unwrapped, text.split("\n\n")))


def _unwrapped(run: str) -> str:
    lines = run.split("\n")
    width = max(map(len, lines))
    if not _NARROWEST <= width <= _WIDEST or _has_columns(lines):
        return run
    joined = lines[:1]
    for above, line in pairwise(lines):
        word = line.partition(" ")[0]
        is_broken = len(above) + 1 + len(word) > width and not above.rstrip().endswith(_ENDS)
        if is_broken and word and not (_APART.match(above) or _BEGINS.match(line)):
            joined[-1] = f"{joined[-1].rstrip()} {line}"
        else:
            joined.append(line)
    return "\n".join(joined)


def _run(run: str) -> str:
    """Return the lines between two blank ones as a list, as code, or as a paragraph."""
    lines = run.split("\n")
    if all(_INDENTED.match(line) for line in lines) or _has_columns(lines):
        return preformatted(run)
    items = list(_items(lines))
    if len(items) > 1:
        return listing(_emphasised(inline(item)) for item in items)
    return f"<p>{_emphasised(inline(run))}</p>"


def _items(lines: list[str]) -> Iterator[str]:
    """Yield the points when every line begins one, or is indented and goes on with it."""
    matches = [_ITEM.match(line) for line in lines]
    if not matches[0] or not all(
        match or line.startswith("  ") for match, line in zip(matches, lines, strict=True)
    ):
        return
    item = ""
    for match, line in zip(matches, lines, strict=True):
        if match and item:
            yield item
        item = match.group(1) if match else f"{item} {line.strip()}"
    yield item


def _has_columns(lines: list[str]) -> bool:
    return len(lines) > 1 and any(_COLUMNS.search(line) for line in lines)


def _emphasised(html: str) -> str:
    """Return HTML with ``*words*`` strong; only outside of tags, and never across lines."""
    parts = _TAGS_APART.split(html)
    return "".join(
        part if k % 2 else _STRONG.sub(r"<strong>\1</strong>", part) for k, part in enumerate(parts)
    )


def quotation(inner: str) -> str:
    """Return HTML inside a block quotation."""
    return f"<blockquote>{inner}</blockquote>"


def nested(text: str) -> str:
    """Return text as HTML in which what stands behind quote signs is a quotation in it."""
    made: list[str] = []
    for is_quoted, lines in groupby(text.split("\n"), lambda line: line.startswith(">")):
        if is_quoted:
            made.append(quotation(paragraphs("\n".join(_unquoted(line) for line in lines))))
        else:
            made.append(paragraphs("\n".join(lines)))
    return "".join(made)


def nesting_size(line: str) -> int:
    """Return how many bytes a quoted line may add to ``nested``, beyond its words."""
    return len("<blockquote></blockquote>") if line.startswith(">") else 0


def _unquoted(line: str) -> str:
    return line.removeprefix(">").removeprefix(" ")


def preformatted(text: str) -> str:
    """Return text whose columns and line breaks a client keeps; nothing in it is a link."""
    return f"<pre><code>{escape(unpinging(text), quote=False)}</code></pre>"


def listing(items: Iterable[str]) -> str:
    """Return HTML fragments as the points of a list."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


_RICH: Final[Mapping[str, Callable[[Iterable[str]], str]]] = {
    "p": lambda lines: f"<p>{'<br>'.join(lines)}</p>",
    "h": lambda lines: f"<p><strong>{'<br>'.join(lines)}</strong></p>",
    "li": listing,
    "ol": lambda lines: f"<ol>{''.join(f'<li>{line}</li>' for line in lines)}</ol>",
    "pre": lambda lines: "<pre><code>" + "\n".join(lines) + "</code></pre>",
}


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
    if _names_matrix_to(url):
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


def _names_matrix_to(url: str) -> bool:
    """Say whether a link leads there; one that cannot be read is treated as if it did.

    One that only looks so, with the name before an @, is no link to follow either.
    """
    try:
        named = re.split("[@:]", unquote(urlsplit(url).netloc).lower())
    except ValueError:
        return True
    hosts = [each.rstrip(".") for each in named]
    return any(host == _MATRIX_TO or host.endswith("." + _MATRIX_TO) for host in hosts)
