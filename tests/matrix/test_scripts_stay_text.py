"""P11: whatever script a mail brings, the room's HTML holds none and fetches nothing.

By structure always, and run in a browser where one is installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from scripts_in_mail import mails, payloads, post_of

from bridge.matrix.content import Placing, notice_contents, shown_post
from bridge.matrix.html import TAGS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ITS_OWN = (".google.com", ".googleapis.com", ".gvt1.com")
"""What the browser itself asks, whatever it shows (the time, updates)."""
ATTRIBUTES = {("a", "href"), ("ol", "start")}
PLACES = ("plain", "html", "html in words", "name and subject", "quoted", "forward", "attachment")


class Strict(HTMLParser):
    """Collects what stands in a piece of HTML and must not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name) not in ATTRIBUTES:
                self.wrong.append(f"<{tag} {name}>")
            elif name == "href" and not is_harmless_link(value or ""):
                self.wrong.append(f"href={value}")

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data}")

    def handle_decl(self, decl):
        self.wrong.append(f"<!{decl}")

    unknown_decl = handle_decl

    def handle_pi(self, data):
        self.wrong.append(f"<?{data}")


def is_harmless_link(link: str) -> bool:
    return link.startswith(("http://", "https://")) and "matrix.to" not in link.partition("/#/")[0]


def wrong_in(html: str) -> list[str]:
    parser = Strict()
    parser.feed(html)
    parser.close()
    return parser.wrong


@cache
def shown() -> dict[str, list[str]]:
    """Every payload in every place, as the room would show it; and said by the bot."""
    found: dict[str, list[str]] = {place: [] for place in (*PLACES, "bot")}
    for payload in payloads():
        for place, raw in mails(payload):
            post = post_of(raw)
            contents = shown_post(post, Placing(post.subject, is_public=True)).contents
            found[place] += [content["formatted_body"] for content in contents]
        found["bot"] += [one["formatted_body"] for one in notice_contents(payload)]
    return found


def test_there_are_enough_payloads_and_they_differ():
    assert len(set(payloads())) > 500


@pytest.mark.parametrize("place", [*PLACES, "bot"])
def test_only_what_matrix_allows_leaves(place):
    wrong = [(html[:300], found) for html in shown()[place] if (found := wrong_in(html))]
    assert wrong == []


@pytest.mark.parametrize(
    "html",
    [
        "<img src=x>",
        "<a href=javascript:x>",
        "<p onclick=x>",
        "<!-- -->",
        "<a href='https://matrix.to/#/@a:b'>",
    ],
)
def test_what_is_not_allowed_is_found(html):
    assert wrong_in(html)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here, so nothing can be run in one")
def test_in_a_browser_nothing_runs_and_nothing_is_fetched(tmp_path):
    pieces = [piece for place in shown().values() for piece in place]
    assert browse(pieces, tmp_path) == (0, set())


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here, so nothing can be run in one")
def test_the_browser_would_run_and_fetch_what_is_not_sanitised(tmp_path):
    executed, fetched = browse(["<img src=http://far.example/1 onerror=alert(1)>"], tmp_path)
    assert executed > 0
    assert "far.example/1" in fetched


PAGE = """<!doctype html><meta charset=utf-8><title>0</title><script>
var executed = 0;
function ran() {{ executed++; document.title = executed; }}
["alert", "confirm", "prompt", "print", "open"].forEach(name => {{ window[name] = ran; }});
</script>
<div id=here></div>
<script>
const pieces = {pieces};
for (const piece of pieces) {{
  const at = document.createElement("div");
  document.getElementById("here").append(at);
  at.innerHTML = piece;
}}
for (const one of document.querySelectorAll("a, summary")) {{
  if (one.protocol && !/^https?:$/.test(one.protocol)) one.click();
  one.dispatchEvent(new MouseEvent("mouseover"));
}}
</script>
{written}"""


def browse(pieces: list[str], directory) -> tuple[int, set[str]]:
    """Show pieces of HTML in a browser, written into the page and set by script.

    Returns how many scripts ran, and the paths that were fetched from anywhere.
    """
    with answering() as (port, fetched):
        page = directory / "page.html"
        inside = json.dumps(pieces).replace("</", "<\\/").replace("<!--", "<\\!--")
        page.write_text(PAGE.format(pieces=inside, written="\n".join(pieces)), encoding="utf-8")
        command = [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
            *("--disable-sync", f"--user-data-dir={directory / 'profile'}"),
            f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
            *("--virtual-time-budget=3000", "--dump-dom", page.as_uri()),
        ]
        done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    title = done.stdout.decode().partition("<title>")[2].partition("</title>")[0]
    return int(title), set(fetched)


@contextmanager
def answering() -> Iterator[tuple[int, list[str]]]:
    """Answer every request on this machine and remember what was asked."""
    fetched: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            host = str(self.headers.get("Host"))
            if not host.endswith(ITS_OWN):
                fetched.append(host + self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, fetched
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
