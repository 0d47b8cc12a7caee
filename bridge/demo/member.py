"""A person with a Matrix client: what the players of the story do in the room."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from bridge.errors import SecondedError

Event = Mapping[str, Any]
_LOOK_EVERY = 0.2
_FILTER = '{"room":{"timeline":{"limit":500}},"presence":{"types":[]}}'


class MemberError(SecondedError):
    """The homeserver refused what a player did; the story cannot go on."""


class Member:
    """One logged-in user, who sees a room's events by syncing."""

    def __init__(self, base_url: str, user_id: str, access_token: str) -> None:
        self.user_id = user_id
        self.events: list[Event] = []
        self._base = base_url
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {access_token}"})
        self._since = ""
        self._txn = itertools.count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def join(self, alias: str) -> str:
        """Join a room by alias (or by invitation) and return its id."""
        answer = await self._ask("POST", f"join/{quote(alias, safe='')}", {})
        return str(answer["room_id"])

    async def join_when_there(self, alias: str, *, seconds: float = 60) -> str:
        """Join a room as soon as the bridge has made it; see ``join``.

        Raises:
            MemberError: it was not made in time.
        """
        try:
            async with asyncio.timeout(seconds):
                while True:
                    with suppress(MemberError, aiohttp.ClientConnectionError):
                        return await self.join(alias)
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise MemberError(f"{alias} was not there within {seconds:g} s") from None

    async def say(self, room: str, body: str, **relation: Any) -> str:
        """Write a message; ``relation`` is the content of ``m.relates_to``."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": body}
        if relation:
            content["m.relates_to"] = relation
        return await self._send(room, "m.room.message", content)

    async def reply(self, room: str, answered: str, body: str) -> str:
        """Write a message as a reply to another one."""
        return await self.say(room, body, **{"m.in_reply_to": {"event_id": answered}})

    async def say_in_thread(self, room: str, root: str, body: str) -> str:
        """Write a message in a thread."""
        return await self.say(
            room,
            body,
            rel_type="m.thread",
            event_id=root,
            is_falling_back=True,
            **{"m.in_reply_to": {"event_id": root}},
        )

    async def react(self, room: str, target: str, key: str) -> str:
        """Tap a reaction and return its event id."""
        relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
        return await self._send(room, "m.reaction", {"m.relates_to": relation})

    async def take_back(self, room: str, event_id: str) -> str:
        """Remove something of one's own."""
        path = f"rooms/{quote(room, safe='')}/redact/{quote(event_id, safe='')}/{next(self._txn)}"
        return str((await self._ask("PUT", path, {}))["event_id"])

    async def state(self, room: str, event_type: str) -> Event:
        """Return a piece of the room's state."""
        content: Event = await self._ask("GET", f"rooms/{quote(room, safe='')}/state/{event_type}")
        return content

    async def history(self, room: str) -> list[Event]:
        """Return every event of a room this user may see, newest first, over all pages."""
        path = f"rooms/{quote(room, safe='')}/messages"
        events: list[Event] = []
        position: dict[str, str] = {}
        while True:
            query = {"dir": "b", "limit": "500", **position}
            page = await self._ask("GET", path, parameters=query)
            events += page["chunk"]
            # A page may be empty before the end; only a missing token ends it.
            if "end" not in page:
                return events
            position = {"from": page["end"]}

    async def wait_for(
        self, is_wanted: Callable[[Event], bool], what: str, *, seconds: float = 60
    ) -> Event:
        """Return the first event that is wanted; it may have come already.

        Raises:
            MemberError: it did not come in time; says what was waited for.
        """
        try:
            async with asyncio.timeout(seconds):
                while (found := next(filter(is_wanted, self.events), None)) is None:
                    await self._sync()
                return found
        except TimeoutError:
            raise MemberError(f"{what} did not come within {seconds:g} s") from None

    async def catch_up(self) -> None:
        """Read what is there now, without waiting."""
        await self._sync(wait_ms=0)

    async def _sync(self, *, wait_ms: int = 1000) -> None:
        parameters = {"timeout": str(wait_ms), "filter": _FILTER}
        if self._since:
            parameters["since"] = self._since
        answer = await self._ask("GET", "sync", parameters=parameters)
        self._since = answer["next_batch"]
        for room in answer.get("rooms", {}).get("join", {}).values():
            self.events += room.get("timeline", {}).get("events", [])

    async def _send(self, room: str, kind: str, content: Mapping[str, Any]) -> str:
        path = f"rooms/{quote(room, safe='')}/send/{kind}/demo{next(self._txn)}"
        return str((await self._ask("PUT", path, content))["event_id"])

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        parameters: Mapping[str, str] | None = None,
    ) -> Any:
        url = f"{self._base}/_matrix/client/v3/{path}"
        async with self._http.request(method, url, json=body, params=parameters) as response:
            answer = await response.json()
            if response.status != 200:
                raise MemberError(f"{method} {path} was answered {response.status}: {answer}")
            return answer
