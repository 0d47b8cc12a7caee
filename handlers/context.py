"""What a handler may know beside the event: who we are and what is configured. No adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config import Config, ListConfig
from bridge.domain.roster import Roster
from bridge.ids import ListId
from bridge.matrix.ghosts import Namespace
from bridge.store.instance import Instance


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every handler.

    Attributes:
        lists: the configured lists by id.
        namespace: which Matrix users and aliases are ours.
    """

    config: Config
    instance: Instance
    lists: Mapping[ListId, ListConfig]
    namespace: Namespace

    @property
    def roster(self) -> Roster:
        """Everybody the roster file names."""
        return self.config.people


def context_of(config: Config, instance: Instance) -> Context:
    """Return the context of one configuration."""
    namespace = Namespace(config.matrix.server_name, config.matrix.prefix, config.matrix.bot)
    return Context(config, instance, {one.id: one for one in config.lists}, namespace)
