"""Serves the folder of pages under ``/b/42``: these files, and nothing that is not one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from bridge.web.pages import DOWNLOADS
from bridge.web.pages_html import POLICY

_HEADERS: Final = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes(directory: Path) -> list[web.RouteDef]:
    """Return the routes of a folder that ``pages_folder`` writes."""

    async def show(request: web.Request) -> web.StreamResponse:
        return _file(directory / "b" / f"{request.match_info['number']}.html", "text/html")

    async def with_slash(request: web.Request) -> web.StreamResponse:
        # Links in the page are relative to the address without the slash.
        raise web.HTTPPermanentRedirect(f"../{request.match_info['number']}")

    async def part_of_log(request: web.Request) -> web.StreamResponse:
        number, part = request.match_info["number"], request.match_info["part"]
        return _file(directory / "b" / f"{number}-log" / f"{part}.html", "text/html")

    async def download(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in DOWNLOADS:
            raise web.HTTPNotFound
        return _file(directory / "b" / request.match_info["number"] / name, "text/plain")

    number = r"{number:[1-9][0-9]{0,8}}"
    return [
        web.get(f"/b/{number}", show),
        # A log links to its ballot by the file's name, which is right in a bare folder, too.
        web.get(f"/b/{number}.html", show),
        web.get(f"/b/{number}/", with_slash),
        web.get(f"/b/{number}-log/{{part:[1-9][0-9]{{0,8}}}}.html", part_of_log),
        web.get(f"/b/{number}/{{name}}", download),
    ]


def _file(path: Path, kind: str) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    headers = {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8"}
    return web.FileResponse(path, headers=headers)
