"""The room each configured list should have; pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.config import Config, ListConfig
from bridge.ids import ListId, UserId
from bridge.ports import RoomSpec

TOPIC = "Mirror of {address}. What you write here stays here."
ARCHIVE = " Archive: {url}"


def room_specs(config: Config) -> Mapping[ListId, RoomSpec]:
    """Return the room of every list, by the list's id."""
    return {one.id: _spec(config, one) for one in config.lists}


def _spec(config: Config, listed: ListConfig) -> RoomSpec:
    people = config.people
    facilitators = [user for name in listed.facilitators for user in people.people[name].matrix]
    members = [user for person in people.people.values() for user in person.matrix]
    server = f":{config.matrix.server_name}"
    # An invitation to another server needs federation, which the list's owner has not asked for.
    invited = [user for user in members if user.endswith(server)] if listed.invite_roster else []
    archive = ARCHIVE.format(url=listed.archive_url) if listed.archive_url else ""
    return RoomSpec(
        alias_localpart=f"{config.matrix.prefix}{listed.name}",
        name=listed.title,
        topic=TOPIC.format(address=listed.posting_address) + archive,
        private=listed.visibility == "private",
        invite=tuple(dict.fromkeys(UserId(user) for user in invited)),
        moderators=tuple(dict.fromkeys(UserId(user) for user in facilitators)),
    )
