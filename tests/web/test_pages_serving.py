"""The pages over HTTP: a strict policy, and nothing but our own files."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, web
from ballot_samples import ballot
from domain.ledgers import draft
from histories import record_of
from test_export import small

from bridge.domain.acts import Door
from bridge.web.pages_folder import write_page
from bridge.web.pages_html import POLICY
from bridge.web.pages_serving import page_routes
from bridge.web.serving import serving


@pytest.fixture
async def client(tmp_path):
    write_page(tmp_path, small(), "s")
    acts = [draft("ben", Door.CHAT, "endorse", at=n, source=f"${n}") for n in range(1, 502)]
    write_page(tmp_path, record_of(ballot(2), acts), "s")
    (tmp_path / "b" / "2-log" / "secret.html").write_text("secret")
    (tmp_path / "b" / "secret").write_text("secret")
    (tmp_path / "b" / "1" / "personal.jsonl").write_text("secret")
    app = web.Application()
    app.add_routes(page_routes(tmp_path))
    async with (
        serving(app, "127.0.0.1", 0, option="web.listen") as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield session


@pytest.mark.parametrize("path", ["/b/1", "/b/1/"])
async def test_a_page_is_served_with_a_strict_policy(client, path):
    async with client.get(path) as answer:
        assert (answer.status, answer.content_type, answer.url.path) == (200, "text/html", "/b/1")
        assert answer.headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/b/1.html", "/b/2.html", "/b/2-log/1.html"])
async def test_the_files_of_a_log_and_the_page_have_the_names_they_have_in_the_folder(client, path):
    async with client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors 'none'"


@pytest.mark.parametrize("name", ["acts.jsonl", "manifest.json", "recount.py", "README.txt"])
async def test_the_export_lies_beside_it(client, name):
    async with client.get(f"/b/1/{name}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain")


@pytest.mark.parametrize(
    "path",
    [
        *("/b/3", "/b/2-log/2.html", "/b/2-log/secret.html", "/b/2-log/", "/b/2-log/0.html"),
        *("/b/2-log/..%2f1.html", "/b/3.html"),
        *("/b/0", "/b/01", "/b/1/personal.jsonl", "/b/1/..%2fsecret", "/b/secret", "/b/%2e%2e"),
    ],
)
async def test_nothing_else_is_served(client, path):
    async with client.get(path) as answer:
        assert answer.status == 404
