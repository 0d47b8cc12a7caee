"""A playbook for each story; its database is a copy of one that was migrated once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from fault_book import ALERTED, ASKING, FaultyPlaybook
from list_threads import stand_in_their_threads
from playbook import Bookmark, Playbook
from playbook_cast import LIST_ADDRESS, REQUEST, story_config
from playbook_fixtures import config, logged, migrated, migrated_postgres
from shelves import Shelf

from bridge.config import Config

__all__ = ["config", "logged", "migrated", "migrated_postgres"]

Begin = Callable[..., Awaitable[Playbook]]
Marks = dict[tuple[str, str], Bookmark]


@pytest.fixture(scope="session")
def bookmarks() -> Marks:
    """Keep the moments from which many stories go on, of each engine."""
    return {}


@pytest.fixture
async def begin(shelf: Shelf, config: Config, tmp_path: Path) -> AsyncIterator[Begin]:
    """Return a function that begins a story: a bridge whose room stands and is quiet."""
    async with AsyncExitStack() as stack:

        async def beginning(mark: Bookmark | None = None, **how: Any) -> Playbook:
            changes = how.pop("changes", None)
            given = how.pop("config", story_config(tmp_path, changes) if changes else config)
            book = Playbook(shelf, given, **how)
            if mark is None:
                await book.start()
            else:
                await book.go_on(mark)
            stack.push_async_callback(_ending, book)
            await book.quiet()
            return book

        yield beginning


async def _ending(book: Playbook) -> None:
    """End a story as every one must end: with balanced books, and each mail in its thread."""
    books = await book.books()
    await book.store.close()
    assert books.balanced, books
    ours = [one.raw for one in book.smtp.delivered if LIST_ADDRESS in one.recipients]
    stand_in_their_threads(ours)


@pytest.fixture
async def book(begin: Begin) -> Playbook:
    """Return a story that begins in the usual way."""
    return await begin()


@pytest.fixture
async def requested(begin: Begin, engine_name: str, bookmarks: Marks) -> Playbook:
    """Return a story that begins with the request in the room."""
    if (engine_name, "requested") not in bookmarks:
        first = await begin()
        await first.post(REQUEST)
        bookmarks[engine_name, "requested"] = await first.bookmark()
        await first.start()
    return await begin(bookmarks[engine_name, "requested"])


@pytest.fixture
async def opened(begin: Begin, engine_name: str, bookmarks: Marks) -> Playbook:
    """Return a story that begins with an open ballot under the silence rule."""
    if (engine_name, "opened") not in bookmarks:
        first = await begin()
        await first.opens()
        bookmarks[engine_name, "opened"] = await first.bookmark()
        await first.start()
    return await begin(bookmarks[engine_name, "opened"])


@pytest.fixture
async def begin_faulty(
    shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[[], FaultyPlaybook]]:
    """Return a function that makes a bridge that may fail; it is not started."""
    config = story_config(tmp_path_factory.mktemp("config"), {**ALERTED, **ASKING})
    async with AsyncExitStack() as stack:

        def beginning() -> FaultyPlaybook:
            book = FaultyPlaybook(shelf, config)
            stack.push_async_callback(_ending, book)
            return book

        yield beginning
