"""Some 900 ways to run a script or to fetch something, as hostile mail tries them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape

from bridge.ids import ListId
from bridge.mail.parse import Post, parse_mail

RUN = "alert(1)"
FAR = "http://far.example/{}"
"""Where remote content would come from; the number tells which it was."""

_TAGS = (
    *("img", "svg", "body", "iframe", "video", "audio", "input", "details open", "marquee"),
    *("object", "embed", "link", "style", "math", "a", "div", "table", "select", "textarea"),
    *("button", "form", "isindex", "source", "track", "picture", "frameset", "keygen", "bgsound"),
)
_EVENTS = ("onload", "onerror", "onfocus autofocus", "onmouseover", "onpageshow", "ontoggle")
_SHAPES = (
    "<{tag} src=x {event}={run}>",
    "<{tag}/src/{event}='{run}'>",
    '<{TAG}\t{event}\n=\n"{run}" src={far}>',
    '<{tag} {event}="&#97;lert(1)" href={far} data={far} poster={far} background={far}>',
)
_LINKS = (
    "javascript:{run}",
    "JaVaScRiPt:{run}",
    " javascript:{run}",
    "java\tscript:{run}",
    "java\nscript:{run}",
    "&#106;avascript&colon;{run}",
    "\x01javascript:{run}",
    "data:text/html,<script>{run}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:{run}",
    "blob:null/1",
    "filesystem:http://a/b",
    "file:///etc/passwd",
    "//far.example/x",
    "https://matrix.to/#/@nadia:hs.test",
    "matrix:u/nadia:hs.test",
    'http://a/"{event}="{run}',
    "http://a/' {event}='{run}",
    "http://a/><img src=x {event}={run}>",
    "http://a/%22%3E%3Cscript%3E{run}%3C/script%3E",
)
_HOLDERS = (
    '<a href="{link}">x</a>',
    "<a href='{link}'>x</a>",
    "<a href={link}>x</a>",
    '<iframe src="{link}">',
    '<form action="{link}"><button>x</button></form>',
    '<img src="{link}">',
    '<base href="{link}"><a href="x">y</a>',
    '<svg><a xlink:href="{link}"><text>x</text></a></svg>',
    '<object data="{link}"></object>',
    '<meta http-equiv="refresh" content="0;url={link}">',
    "{link}",
    "<{link}>",
)
_WHOLE = (
    "<script>{run}</script>",
    "<scr<script>ipt>{run}</script>",
    "<script src={far}></script>",
    "<script>{run}//",
    "<<script>{run}//<</script>",
    "<script\x00>{run}</script>",
    "<ſcript>{run}</ſcript>",
    "＜script＞{run}＜/script＞",
    "<style>@import '{far}';*{{background:url({far})}}</style>",
    "<link rel=stylesheet href={far}>",
    '<div style="background:url({far})">x</div>',
    "<div style='width:expression({run})'>x</div>",
    "<p style=behavior:url({far})>x</p>",
    '<noscript><p title="</noscript><img src=x onerror={run}>">',
    (
        "<math><mtext><table><mglyph><style><!--</style>"
        '<img title="--&gt;&lt;img src=x onerror={run}&gt;">'
    ),
    "<svg><style><img src=x onerror={run}></style></svg>",
    "<svg><script>{run}</script></svg>",
    "<svg><animate onbegin={run} attributeName=x></svg>",
    "<svg><set attributeName=href to=javascript:{run}>",
    "<svg><foreignObject><iframe srcdoc='<script>{run}</script>'></svg>",
    "<!--><img src=x onerror={run}>-->",
    '<!--<img src="--><img src=x onerror={run}//">',
    "<![CDATA[<img src=x onerror={run}>]]>",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM '{far}'>]><a>&b;</a>",
    "<title><img src=x onerror={run}></title>",
    "<textarea></textarea><img src=x onerror={run}>",
    '<xmp><p title="</xmp><img src=x onerror={run}>"></xmp>',
    "<template><img src=x onerror={run}></template>",
    "<plaintext><img src=x onerror={run}>",
    "</p></div></blockquote></details><img src=x onerror={run}>",
    '"><img src=x onerror={run}>',
    "'-{run}-'",
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "&amp;lt;img src=x onerror={run}&amp;gt;",
    "&#60;img src=x onerror={run}&#62;",
    "\\u003cimg src=x onerror={run}\\u003e",
    "=?utf-8?q?=3Cimg_src=3Dx_onerror=3D{run}=3E?=",
    "+ADw-script+AD4-{run}+ADw-/script+AD4-",
    "<img srcset='{far} 1x'>",
    "<video><source src={far} onerror={run}></video>",
    "<input type=image src={far} onerror={run}>",
    "<table background={far}><tr><td background={far}>",
    "<body background={far}>",
    "<bgsound src={far}><embed src={far}><applet codebase={far}>",
    "<portal src={far}><frame src={far}>",
    "<a href=x ping={far}>y</a><link rel=prefetch href={far}><link rel=dns-prefetch href={far}>",
    "<details open ontoggle={run}><summary>x</summary></details>",
    "<ol start='1\" onclick=\"{run}'><li>x</ol>",
    "*<img src=x onerror={run}>* *a*<b>*",
    "    <img src=x onerror={run}>\n    <script>{run}</script>",
    "| <img src=x onerror={run}> | <script>{run}</script> |\n| a | b |",
    "- <img src=x onerror={run}>\n- <script>{run}</script>",
    "@room <img src=x onerror={run}>",
)


def payloads() -> Iterator[str]:
    """Yield every payload once."""
    numbers = itertools.count()
    for tag, event, shape in itertools.product(_TAGS, _EVENTS, _SHAPES[:3]):
        yield _filled(shape, next(numbers), tag=tag, TAG=tag.upper(), event=event)
    for tag, shape in itertools.product(_TAGS, _SHAPES[3:]):
        yield _filled(shape, next(numbers), tag=tag, event="onerror")
    for link, holder in itertools.product(_LINKS, _HOLDERS):
        filled = _filled(link, next(numbers), event="onclick")
        yield holder.replace("{link}", filled)
    for whole in _WHOLE:
        yield _filled(whole, next(numbers))


def _filled(shape: str, number: int, **words: str) -> str:
    return shape.format(run=RUN, far=FAR.format(number), **words)


def mails(payload: str) -> Iterator[tuple[str, bytes]]:
    """Yield mails that carry a payload, each in another place, and the place's name."""
    line = " ".join(payload.split()).replace("\x00", "").replace("\x01", "")
    quoted = line.replace("\\", "\\\\").replace('"', '\\"')
    head = (
        "Message-ID: <a@people.example>\nDate: Thu, 30 Oct 2025 08:00:00 +0000\nMIME-Version: 1.0\n"
    )
    plain = "Content-Type: text/plain; charset=utf-8\n\n"
    named = "From: Mallory <mallory@evil.example>\nSubject: Hello\n" + head
    yield "plain", (named + plain + payload).encode()
    yield "html", (named + "Content-Type: text/html; charset=utf-8\n\n" + payload).encode()
    yield (
        "html in words",
        (
            named
            + "Content-Type: text/html; charset=utf-8\n\n"
            + f"<p>a {payload} b</p><p>{escape(payload)}</p>"
        ).encode(),
    )
    yield (
        "name and subject",
        (
            f'From: "{quoted}" <mallory@evil.example>\nSubject: {line}\n'
            + head
            + plain
            + "Hello.\n"
        ).encode(),
    )
    yield (
        "quoted",
        (
            named
            + plain
            + f"On 3 Nov 2025 Jane <j@x.org> wrote:\n> {line}\n> more\n\nYes.\n> {line}\n"
        ).encode(),
    )
    yield (
        "forward",
        (
            named + plain + "---------- Forwarded message ---------\n"
            f"From: {line} <a@b.example>\nDate: {line}\nSubject: {line}\nTo: c@d.example\n\n"
            f"{payload}\n"
        ).encode(),
    )
    yield (
        "attachment",
        (
            named + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + plain + "See.\n--b\n"
            f'Content-Type: application/x-a; name="{quoted}"\n'
            f'Content-Disposition: attachment; filename="{quoted}"\n\nx\n--b--\n'
        ).encode(),
    )


def post_of(raw: bytes) -> Post:
    return parse_mail(
        raw, list_id=ListId("pc.lists.example.org"), posting_address="pc@lists.example.org"
    )
