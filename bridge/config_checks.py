"""What has to agree between options, and what is allowed but deserves a word.

Options are compared as they were written, before anything else is known to be right, so that
one typo does not hide what else is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from urllib.parse import urlsplit

from bridge.config_listen import Listen, parse_listen
from bridge.config_mistakes import path_of
from bridge.config_models import ListConfig, MailConfig, MatrixConfig, MetricsConfig, WebConfig

_UNGUESSABLE = re.compile(r"(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{10,}")
"""A run of ten letters and digits, both present: 50 bits when drawn at random."""

_LISTENERS = {
    "matrix": MatrixConfig.model_fields["listen"].default,
    "mail": MailConfig.model_fields["listen"].default,
    "web": WebConfig.model_fields["listen"].default,
    "metrics": MetricsConfig.model_fields["listen"].default,
}


def disagreements(written: Mapping[str, object], people: Collection[str] | None) -> Iterator[str]:
    """Yield a mistake for each two options that cannot stand beside each other.

    Args:
        written: the file as YAML gave it.
        people: the slugs of the roster, or None when it could not be read.
    """
    items = written.get("lists")
    lists = [_mapping(item) for item in items] if isinstance(items, list) else []
    yield from _repeated_values(lists)
    if people is not None:
        yield from _unknown_facilitators(lists, people)
    yield from _colliding_listeners(written)


def _mapping(written: object) -> Mapping[str, object]:
    return written if isinstance(written, dict) else {}


def _repeated_values(lists: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for option in ("id", "name", "posting_address", "intake_address"):
        first: dict[str, int] = {}
        for index, one in enumerate(lists):
            value = str(one.get(option, index)).casefold()
            earlier = first.setdefault(value, index)
            if earlier != index:
                yield (
                    f"{path_of(('lists', index, option))}: {value!r} belongs to lists[{earlier}] "
                    "already; each list needs its own"
                )


def _unknown_facilitators(
    lists: Sequence[Mapping[str, object]], people: Collection[str]
) -> Iterator[str]:
    for index, one in enumerate(lists):
        names = one.get("facilitators")
        for place, person in enumerate(names if isinstance(names, list) else []):
            if person not in people:
                yield (
                    f"{path_of(('lists', index, 'facilitators', place))}: {person!r} is not "
                    "under people in the roster; add the person there or correct the name"
                )


def _colliding_listeners(written: Mapping[str, object]) -> Iterator[str]:
    listeners = {
        f"{section}.listen": address
        for section, default in _LISTENERS.items()
        if (address := _listener(_mapping(written.get(section)).get("listen", default)))
    }
    for (path, here), (other, there) in combinations(listeners.items(), 2):
        if here.collides_with(there):
            yield f"{other}: {there} is taken by {path} ({here}); give each its own port"


def _listener(written: object) -> Listen | None:
    try:
        return parse_listen(written)
    except ValueError:
        # Reading the section tells it.
        return None


def guessable_intakes(lists: Iterable[ListConfig]) -> Iterator[str]:
    """Yield a warning for each intake address that a stranger could guess."""
    for one in lists:
        local = one.intake_address.rpartition("@")[0].casefold()
        # The list's own name is known to everybody and adds nothing.
        if not _UNGUESSABLE.search(local.replace(one.name, "-")):
            yield (
                f"list {one.name}: the intake address can be guessed; strangers could write to "
                "it directly. Give it ten or more random letters and digits"
            )


def links_to_nothing(web: WebConfig) -> Iterator[str]:
    """Yield a warning when mails would name pages that nobody writes."""
    if web.base_url is not None and web.pages is None:
        yield (
            "web.base_url: calls and results will name pages there, but none are written; "
            "set web.pages to a folder, or leave base_url out"
        )


def clear_tokens(matrix: MatrixConfig) -> Iterator[str]:
    """Yield a warning when the appservice's tokens cross a network unencrypted."""
    for option, url in (("homeserver", matrix.homeserver), ("listen_url", matrix.url)):
        parts = urlsplit(url)
        if parts.scheme == "http" and not Listen(parts.hostname or "", 1).is_loopback:
            yield (
                f"matrix.{option}: the tokens travel in clear to {parts.hostname}; "
                "use https, or a network that only the two machines share"
            )
