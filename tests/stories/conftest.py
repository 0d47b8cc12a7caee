"""A playbook for each story; its database is a copy of one that was migrated once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playbook import Bookmark, Playbook
from playbook_cast import REQUEST, story_config
from playbook_fixtures import config, logged, migrated

from bridge.config import Config

__all__ = ["config", "logged", "migrated"]

Begin = Callable[..., Awaitable[Playbook]]


@pytest.fixture(scope="session")
def bookmarks() -> dict[str, Bookmark]:
    """Keep the moments from which many stories go on."""
    return {}


@pytest.fixture
async def begin(migrated: Path, config: Config, tmp_path: Path) -> AsyncIterator[Begin]:
    """Return a function that begins a story: a bridge whose room stands and is quiet."""
    async with AsyncExitStack() as stack:
        names = itertools.count(1)

        async def beginning(mark: Bookmark | None = None, **how: Any) -> Playbook:
            path = tmp_path / f"{next(names)}.sqlite3"
            changes = how.pop("changes", None)
            given = how.pop("config", story_config(tmp_path, changes) if changes else config)
            book = Playbook(path, given, **how)
            if mark is None:
                shutil.copy(migrated, path)
                await book.start()
            else:
                await book.go_on(mark)
            stack.push_async_callback(_ending, book)
            await book.quiet()
            return book

        yield beginning


async def _ending(book: Playbook) -> None:
    """End a story as every one must end: with balanced books."""
    books = await book.books()
    await book.store.close()
    assert books.balanced, books


@pytest.fixture
async def book(begin: Begin) -> Playbook:
    """Return a story that begins in the usual way."""
    return await begin()


@pytest.fixture
async def requested(begin: Begin, bookmarks: dict[str, Bookmark]) -> Playbook:
    """Return a story that begins with the request in the room."""
    if "requested" not in bookmarks:
        first = await begin()
        await first.post(REQUEST)
        bookmarks["requested"] = await first.bookmark()
        await first.start()
    return await begin(bookmarks["requested"])


@pytest.fixture
async def opened(begin: Begin, bookmarks: dict[str, Bookmark]) -> Playbook:
    """Return a story that begins with an open ballot under the silence rule."""
    if "opened" not in bookmarks:
        first = await begin()
        await first.opens()
        bookmarks["opened"] = await first.bookmark()
        await first.start()
    return await begin(bookmarks["opened"])
