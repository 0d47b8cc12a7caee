"""The way to the homeserver: matrix-nio as the transport, requests as our own users.

``HomeserverClient`` implements ``MatrixWriter`` and ``MatrixReader`` of ``bridge.ports``.
It never retries for time's sake, never sleeps and remembers nothing but which ghost it saw in
which room, and under which name: the loops own the retries, the database the state. Each error
becomes an exception in ``bridge.matrix.answers``.

nio knows no appservices, so its ``send`` is called with paths that say as whom (``user_id``,
``device_id``) and from when (``ts``); its own methods, which return error objects and retry
by themselves, are not used. The device matters: without one, Synapse forgets a transaction
id at its restart, and a resend becomes a second event (measured).
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import structlog
from aiohttp import ClientConnectorError, ClientError
from nio.client.async_client import AsyncClient, AsyncClientConfig

from bridge.errors import Permanent, TooLarge, Transient
from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.matrix.answers import Answer, parse_answer
from bridge.matrix.canonical import TXN_KEY, encode_content
from bridge.matrix.history import is_older, is_sent_as
from bridge.matrix.rooms import creation_body, invited
from bridge.ports import Content, RoomSpec, Send
from bridge.redaction import SECRET

log = structlog.get_logger()
DEVICE_ID: Final = "SECONDED"
"""The device each of our users has; its name is part of what makes a resend recognisable."""

_CLIENT: Final = "/_matrix/client/v3"
_CLIENT_V1: Final = "/_matrix/client/v1"
_UPLOAD: Final = "/_matrix/media/v3/upload"
_UPLOAD_SECONDS: Final = 300.0
"""25 MiB within a minute is more than many lines carry."""


@dataclass(frozen=True, slots=True)
class _File:
    """What is uploaded."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Request:
    """One request: what, and as whom (None: as the bot, without a device).

    Attributes:
        file: bytes to send instead of a JSON body, with the name and type they are kept under.
    """

    method: str
    path: str
    body: Content | None = None
    sender: UserId | None = None
    ts: Instant | None = None
    file: _File | None = None

    @property
    def url(self) -> str:
        """The path with the query that says as whom and from when (appservices only)."""
        if self.sender is None:
            return self.path
        ts = {} if self.ts is None else {"ts": str(self.ts)}
        name = {} if self.file is None else {"filename": self.file.name}
        masquerade = {"user_id": self.sender, "device_id": DEVICE_ID, **ts, **name}
        return f"{self.path}?{urlencode(masquerade)}"

    @property
    def data(self) -> str | io.BytesIO | None:
        """What is sent.

        Raises:
            Permanent: the content cannot be an event.
        """
        if self.file is not None:
            # A stream of its bytes, not a copy of them.
            return io.BytesIO(self.file.data)
        return None if self.body is None else encode_content(self.body)


class HomeserverClient:
    """Writes to and reads from one homeserver as its appservice.

    Args:
        homeserver: base URL of the client-server API.
        as_token: the registration's ``as_token``.
        bot: the appservice's own user (``sender_localpart``).
        appservice_id: the registration's ``id``, for the ping.
        timeout: seconds one request may take.
        page_size: events a page when something is read in pages.
    """

    def __init__(  # noqa: PLR0913  (the six things only configuration knows)
        self,
        homeserver: str,
        *,
        as_token: str,
        bot: UserId,
        appservice_id: str = "seconded",
        timeout: float = 60,
        page_size: int = 500,
    ) -> None:
        config = AsyncClientConfig(
            max_timeouts=0,
            max_limit_exceeded=0,
            request_timeout=timeout,
            encryption_enabled=False,
        )
        self._nio = AsyncClient(homeserver.rstrip("/"), bot, config=config)
        self._headers = {
            "Authorization": f"Bearer {as_token}",
            "Content-Type": "application/json",
        }
        # A homeserver, or a proxy before it, may repeat what it was sent, and errors are kept.
        self._unsaid = as_token.encode()
        self._bot = bot
        self._server_name = bot.partition(":")[2]
        self._appservice_id = appservice_id
        self._page_size = page_size
        self._standing: dict[tuple[UserId, RoomId], str] = {}
        self._named: dict[UserId, str] = {}
        self._upload_limit: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the client may not be used afterwards."""
        await self._nio.close()  # type: ignore[no-untyped-call]  # nio leaves it untyped

    # -- MatrixWriter

    async def ensure_room(self, spec: RoomSpec) -> RoomId:
        """Create the room, or find the one that has the alias; invite whom it does not know."""
        room_id = await self._room_of(spec.alias_localpart) or await self._create_room(spec)
        await self._invite(room_id, spec)
        return room_id

    async def _create_room(self, spec: RoomSpec) -> RoomId:
        body = creation_body(spec, bot=self._bot, room_version=await self._room_version())
        answer = await self._write("POST", _path("createRoom"), body)
        if answer.errcode == "M_ROOM_IN_USE" and (
            found := await self._room_of(spec.alias_localpart)
        ):
            return found
        return RoomId(answer.accepted().field("room_id"))

    async def _invite(self, room_id: RoomId, spec: RoomSpec) -> None:
        """Invite whoever has no membership yet; who was here and left is left in peace."""
        wanted = invited(spec, bot=self._bot)
        if not wanted:
            return
        try:
            state = await self.state(room_id)
        except Permanent as error:
            # Synapse gives the alias before the maker is in; see ``delivery.matrix.RoomErrand``.
            raise Transient(f"the room cannot be read yet: {error}") from error
        known = {one.get("state_key") for one in state if one.get("type") == "m.room.member"}
        for user in wanted:
            if user not in known:
                await self._invite_one(room_id, user)

    async def _invite_one(self, room_id: RoomId, user: UserId) -> None:
        """Invite a person; a refusal (joined by the alias meanwhile, no such server) is noted."""
        answer = await self._write("POST", _path("rooms", room_id, "invite"), {"user_id": user})
        try:
            answer.accepted()
        except Permanent:
            log.warning("invitation_refused", room=room_id, why=answer.errcode)

    async def ensure_ghost(self, user_id: UserId, display_name: str, room_id: RoomId) -> None:
        """Register the ghost, give it its device and name, and join it to the room.

        Joining comes last, so a ghost that stands in the room under its name needs one request,
        and none after that until a send as the ghost is refused.
        """
        if self._standing.get((user_id, room_id)) == display_name:
            return
        await self._ensure_standing(user_id, display_name, room_id)
        self._standing[user_id, room_id] = display_name

    async def _ensure_standing(self, user_id: UserId, display_name: str, room_id: RoomId) -> None:
        member = _path("rooms", room_id, "state", "m.room.member", user_id)
        standing = await self._ask("GET", member)
        shown = standing.body if standing.is_ok and isinstance(standing.body, dict) else {}
        has_joined = shown.get("membership") == "join"
        if has_joined and shown.get("displayname") == display_name:
            return
        await self._ensure_named(user_id, display_name)
        if has_joined:
            name = {"displayname": display_name}
            # Synapse carries a new name into rooms some time later; here it is needed now.
            await self._demand("PUT", member, {"membership": "join", **name}, user_id)
        else:
            await self._join(user_id, room_id)

    async def _ensure_named(self, user_id: UserId, display_name: str) -> None:
        """Register the ghost and name it, unless it was called so when we last looked.

        Each time a name is set, Synapse goes through all rooms of the user in the background, also
        when it is the same name (measured: a newcomer to 21 lists kept it busy for seconds).
        """
        if self._named.get(user_id) == display_name:
            return
        await self._ensure_user(user_id)
        profile = _path("profile", user_id, "displayname")
        shown = await self._ask("GET", profile)
        known = shown.body.get("displayname") if isinstance(shown.body, dict) else None
        if not shown.is_ok or known != display_name:
            await self._demand("PUT", profile, {"displayname": display_name}, user_id)
        self._named[user_id] = display_name

    async def send(self, request: Send) -> EventId:
        """Send an event; a duplicate annotation counts as success."""
        content = {**request.content, TXN_KEY: request.txn_id}
        path = _path("rooms", request.room_id, "send", request.event_type, request.txn_id)
        answer = await self._write("PUT", path, content, request.sender, request.ts)
        if answer.errcode == "M_DUPLICATE_ANNOTATION":
            return await self._standing_annotation(request)
        stood = self._standing.pop((request.sender, request.room_id), None)
        if answer.errcode == "M_FORBIDDEN" and stood is not None:
            raise Transient(f"{answer.what}: the ghost was put out of the room since we saw it")
        if stood is not None and answer.is_ok:
            self._standing[request.sender, request.room_id] = stood
        return EventId(answer.accepted().field("event_id"))

    async def upload(self, name: str, content_type: str, data: bytes, sender: UserId) -> str:
        """Put a file into the content repository and return its ``mxc://`` address.

        The limit is asked for before the first file, and again after one was refused for its
        size; a proxy before the homeserver may have a smaller one of its own. Synapse refuses
        without reading, so that instead of its 413 we may see a connection that breaks (measured).
        """
        limit = await self._largest_upload()
        if limit is not None and len(data) > limit:
            raise TooLarge(f"{len(data)} bytes, and the homeserver takes {limit}", limit=limit)
        request = _Request("POST", _UPLOAD, None, sender, file=_File(name, content_type, data))
        try:
            answer = await self._with_device(request)
        except Transient:
            self._upload_limit = None
            raise
        if answer.status == 413:
            self._upload_limit = None
            now = await self._largest_upload()
            is_said = now is not None and now < len(data)
            raise TooLarge(f"{answer.what} answered 413", limit=now if is_said else None)
        return answer.accepted().field("content_uri")

    async def put_state(
        self, room_id: RoomId, event_type: str, state_key: str, content: Content
    ) -> EventId:
        """Set room state as the bot; the same content again is the same event."""
        path = _path("rooms", room_id, "state", event_type, state_key)
        return EventId((await self._demand("PUT", path, content, self._bot)).field("event_id"))

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> EventId:
        """Redact an event as the bot."""
        path = _path("rooms", room_id, "redact", event_id, txn_id)
        answer = await self._demand("PUT", path, {TXN_KEY: txn_id}, self._bot)
        return EventId(answer.field("event_id"))

    async def join(self, room: str) -> RoomId:
        """Join a room by id or alias as the bot; being there already is success."""
        answer = await self._demand("POST", _path("join", room), {}, self._bot)
        return RoomId(answer.field("room_id"))

    async def find_sent(self, room_id: RoomId, txn_id: str, since: Instant) -> EventId | None:
        """Look an unknown outcome up in the room, back to ``since``."""
        path = _path("rooms", room_id, "messages")
        async for page in self._pages(path, {"dir": "b"}, next_field="end"):
            events, now = _events(page), page.date
            found = next((e for e in events if is_sent_as(e, txn_id)), None)
            if found is not None:
                return EventId(found["event_id"])
            if any(is_older(event, since, now) for event in events):
                return None
        return None

    # -- MatrixReader

    async def annotations(self, room_id: RoomId, event_id: EventId) -> Sequence[Content]:
        """Return every m.annotation of the event, all pages, as raw Matrix events."""
        return await self._related(room_id, event_id, "m.annotation")

    async def thread(self, room_id: RoomId, root: EventId) -> Sequence[Content]:
        """Return every event of the Matrix thread below a root, all pages, as raw events."""
        return await self._related(room_id, root, "m.thread")

    async def event(self, room_id: RoomId, event_id: EventId) -> Content | None:
        """Return one raw event (redacted ones with ``unsigned.redacted_because``), None for 404."""
        answer = await self._ask("GET", _path("rooms", room_id, "event", event_id))
        if answer.errcode == "M_NOT_FOUND":
            return None
        return _object(answer)

    async def state(self, room_id: RoomId) -> Sequence[Content]:
        """Return the room's whole current state as raw events."""
        answer = (await self._ask("GET", _path("rooms", room_id, "state"))).accepted()
        if not isinstance(answer.body, list):
            raise Transient(f"{answer.what} answered no list of events")
        return [event for event in answer.body if isinstance(event, dict)]

    async def ping(self, txn_id: str) -> None:
        """Ask the homeserver to reach us; wakes its retries (appservice API, MSC2659)."""
        path = _path("appservice", self._appservice_id, "ping", base=_CLIENT_V1)
        (await self._ask("POST", path, {"transaction_id": txn_id})).accepted()

    async def whoami(self) -> UserId:
        """Return whom the token belongs to."""
        answer = (await self._ask("GET", _path("account", "whoami"))).accepted()
        return UserId(answer.field("user_id"))

    async def server_time(self) -> Instant:
        """Return the homeserver's clock (its Date header, whole seconds)."""
        answer = (await self._ask("GET", "/_matrix/client/versions")).accepted()
        if answer.date is None:
            raise Permanent("The homeserver's answer has no Date header")
        return answer.date

    # -- users and rooms

    async def _ensure_user(self, user_id: UserId) -> None:
        """Register one of our users and give it its device; both may exist already."""
        localpart = user_id.removeprefix("@").partition(":")[0]
        registration = {
            "type": "m.login.application_service",
            "username": localpart,
            "inhibit_login": True,
        }
        answer = await self._ask("POST", _path("register"), registration)
        if answer.errcode != "M_USER_IN_USE":
            answer.accepted()
        device = _path("devices", DEVICE_ID) + "?" + urlencode({"user_id": user_id})
        (await self._ask("PUT", device, {"display_name": "Seconded"})).accepted()

    async def _join(self, user_id: UserId, room_id: RoomId) -> None:
        """Join; where the room asks for an invitation, the bot gives one first."""
        join = _path("rooms", room_id, "join")
        answer = await self._write("POST", join, {}, user_id)
        if answer.errcode == "M_FORBIDDEN":
            invitation = _path("rooms", room_id, "invite")
            await self._demand("POST", invitation, {"user_id": user_id})
            answer = await self._write("POST", join, {}, user_id)
        answer.accepted()

    async def _room_of(self, alias_localpart: str) -> RoomId | None:
        alias = f"#{alias_localpart}:{self._server_name}"
        answer = await self._ask("GET", _path("directory", "room", alias))
        if answer.errcode == "M_NOT_FOUND":
            return None
        return RoomId(answer.accepted().field("room_id"))

    async def _largest_upload(self) -> int | None:
        """Return the homeserver's ``m.upload.size`` in bytes, None when it names none."""
        if self._upload_limit is None:
            answer = await self._ask("GET", f"{_CLIENT_V1}/media/config")
            if answer.status == 404:  # a homeserver before Matrix 1.11
                answer = await self._ask("GET", "/_matrix/media/v3/config")
            size = _object(answer).get("m.upload.size")
            self._upload_limit = size if isinstance(size, int) and size > 0 else None
        return self._upload_limit

    async def _room_version(self) -> str:
        """Return the homeserver's default room version."""
        body = _object(await self._ask("GET", _path("capabilities")))
        versions = body.get("capabilities", {}).get("m.room_versions", {})
        return str(versions.get("default", "1"))

    async def _standing_annotation(self, request: Send) -> EventId:
        """Return the annotation that made ours a duplicate."""
        relation = request.content["m.relates_to"]
        for event in await self.annotations(request.room_id, relation["event_id"]):
            key = event.get("content", {}).get("m.relates_to", {}).get("key")
            if event.get("sender") == request.sender and key == relation["key"]:
                return EventId(event["event_id"])
        raise Transient("The homeserver has this annotation, but does not show it yet")

    async def _related(self, room_id: RoomId, event_id: EventId, rel_type: str) -> list[Content]:
        path = _path("rooms", room_id, "relations", event_id, rel_type, base=_CLIENT_V1)
        pages = self._pages(path, {}, next_field="next_batch")
        return [event async for page in pages for event in _events(page)]

    # -- requests

    async def _write(
        self,
        method: str,
        path: str,
        body: Content,
        sender: UserId | None = None,
        ts: Instant | None = None,
    ) -> Answer:
        """Ask as one of our users; one that has no device yet (or lost it) gets it first."""
        return await self._with_device(_Request(method, path, body, sender or self._bot, ts))

    async def _with_device(self, request: _Request) -> Answer:
        answer = await self._exchange(request)
        if answer.errcode.endswith("M_UNKNOWN_DEVICE"):
            self._named.pop(request.sender or self._bot, None)
            await self._ensure_user(request.sender or self._bot)
            answer = await self._exchange(request)
        return answer

    async def _demand(
        self, method: str, path: str, body: Content, sender: UserId | None = None
    ) -> Answer:
        """Write, and accept nothing but success."""
        return (await self._write(method, path, body, sender)).accepted()

    async def _ask(self, method: str, path: str, body: Content | None = None) -> Answer:
        """Ask as the appservice itself, without a device."""
        return await self._exchange(_Request(method, path, body))

    async def _pages(
        self, path: str, query: Mapping[str, str], *, next_field: str
    ) -> AsyncIterator[Answer]:
        """Read page after page; an empty page with a token is not yet the end."""
        position: dict[str, str] = {}
        while True:
            asked = urlencode({**query, "limit": str(self._page_size), **position})
            page = (await self._ask("GET", f"{path}?{asked}")).accepted()
            yield page
            following = _object(page).get(next_field)
            if not isinstance(following, str) or following == position.get("from"):
                return
            position = {"from": following}

    async def _exchange(self, request: _Request) -> Answer:
        """Send one request and read its answer; the only place that touches the network.

        Raises:
            Transient: no connection; ``outcome_unknown`` when it was lost after the request left.
            Permanent: the content cannot be an event.
        """
        what = f"{request.method} {request.path.partition('?')[0]}"
        data, file = request.data, request.file
        headers = self._headers if file is None else {**self._headers, "Content-Type": file.type}
        seconds = None if file is None else _UPLOAD_SECONDS
        try:
            response = await self._nio.send(
                request.method, request.url, data, headers, timeout=seconds
            )
            raw = await response.read()
        except ClientConnectorError as error:
            raise Transient(f"{what}: no connection to the homeserver ({error})") from error
        except (ClientError, TimeoutError, OSError) as error:
            sentence = f"{what}: no answer from the homeserver ({error!r})"
            raise Transient(sentence, outcome_unknown=True) from error
        raw = raw.replace(self._unsaid, SECRET.encode())
        return parse_answer(what, response.status, response.headers, raw)


def _path(*segments: str, base: str = _CLIENT) -> str:
    """Return a path with every segment percent-encoded; ids hold ``/``, ``:``, ``!`` and ``$``."""
    return "/".join([base, *(quote(segment, safe="") for segment in segments)])


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.accepted().body
    if not isinstance(body, dict):
        raise Transient(f"{answer.what} answered no JSON object")
    return body


def _events(page: Answer) -> list[dict[str, Any]]:
    chunk = _object(page).get("chunk")
    return [event for event in chunk if isinstance(event, dict)] if isinstance(chunk, list) else []
