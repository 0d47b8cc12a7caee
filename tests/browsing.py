"""Debian's chromium, led by Playwright. Where either is missing, a test skips and says what to do.

Nothing leaves the machine: no name but this machine's leads anywhere, and every request is seen.
"""

from __future__ import annotations

import importlib.util
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_NEEDED = ("playwright", "axe_playwright_python")
_IS_HERE = CHROMIUM is not None and all(importlib.util.find_spec(each) for each in _NEEDED)

needs_browser = pytest.mark.skipif(
    not _IS_HERE,
    reason="no browser to look with: install chromium (Debian: apt install chromium), "
    "then `make .venv/bin/browser.ready`",
)

_FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_HOOK = """
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = () => window.whatRan(location.href);
"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser; Playwright's synchronous interface, for tests that await nothing."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may be missing

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield browser
        browser.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server would; yields its address, without a slash at the end."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Seen:
    """What a page did that it must not.

    Attributes:
        ran: the address of each frame in which a script of somebody's ran.
        asked: requests to anywhere but the page's own server.
        went: frames that went elsewhere.
        said: what the browser wrote to its console.
    """

    ran: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not (self.ran or self.asked or self.went)


@contextmanager
def watched(browser: Any, home: str, **options: Any) -> Iterator[tuple[Any, Seen]]:
    """Open a page of its own that is watched, in every frame.

    Args:
        browser: from ``chromium``.
        home: the address of its own server.
        options: of the browser's context, such as ``color_scheme``.
    """
    seen, ours = Seen(), (f"{home}/", "about:")
    context = browser.new_context(**options)
    context.expose_binding("whatRan", lambda _, where: seen.ran.append(where))
    context.add_init_script(_HOOK)
    page = context.new_page()

    def asked(request: Any) -> None:
        if not request.url.startswith(ours):
            seen.asked.append(request.url)

    def went(frame: Any) -> None:
        if not frame.url.startswith(ours):
            seen.went.append(frame.url)

    def dialog(shown: Any) -> None:
        seen.ran.append(shown.message)
        shown.dismiss()

    page.on("request", asked)
    page.on("framenavigated", went)
    page.on("dialog", dialog)
    page.on("popup", lambda other: seen.went.append(other.url))
    page.on("console", lambda line: seen.said.append(line.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    yield page, seen
    context.close()
