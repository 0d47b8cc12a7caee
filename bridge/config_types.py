"""The kinds of values an option may have, as types that pydantic checks.

A validator that needs to know where the configuration lies finds a ``SecretSource`` as context;
without one (models made in tests) paths stay as they are and secrets must be ``Secret`` values.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Sized
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo

from bridge.config_durations import RIGHT_FORM as DURATION_FORM
from bridge.config_durations import parse_duration
from bridge.config_listen import RIGHT_FORM as LISTEN_FORM
from bridge.config_listen import Listen, parse_listen
from bridge.config_secrets import RIGHT_FORM as SECRET_FORM
from bridge.config_secrets import Secret, SecretSource

_DOMAIN = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
_SQLITE = "sqlite:///"


def _form(sentence: str) -> str:
    """Return a right form as a field's description: without its leading "write "."""
    return sentence.removeprefix("write ")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        form = near[0] if near else "Africa/Tunis"
        raise ValueError(
            f"{name!r} is no zone we know; write an IANA zone such as {form}"
        ) from None
    return name


def _read_secret(written: object, info: ValidationInfo) -> Secret:
    source = info.context if isinstance(info.context, SecretSource) else SecretSource(Path(), {})
    return source.read(written)


def anchored(path: Path, info: ValidationInfo) -> Path:
    """Return the path, a relative one counted from the configuration's directory."""
    return info.context.directory / path if isinstance(info.context, SecretSource) else path


def _directory(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"{path} is no directory; make it, or leave the option out")
    return path


def _time_of_day(written: object) -> dt.time:
    # YAML reads 18:00 without quotes as the number 1080.
    if isinstance(written, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", written, re.ASCII):
        return dt.time.fromisoformat(written)
    raise ValueError(f'{written!r} is no time of day; write one in quotes, such as "18:00"')


def _database_url(written: str, info: ValidationInfo) -> str:
    scheme, _, path = written.partition(_SQLITE)
    if path and not scheme:
        return f"{_SQLITE}{anchored(Path(path), info)}"
    # The address is not repeated in the sentence: somebody may have put a password into it.
    parts = urlsplit(written)
    if parts.scheme != "postgresql":
        raise ValueError(
            f"{written.partition('://')[0]!r} is no database we know; "
            "write sqlite:////ABSOLUTE/PATH, sqlite:///PATH or postgresql://USER@HOST/NAME"
        )
    if parts.password is not None:
        raise ValueError("holds a password; write it as database_password: {file: PATH}")
    if not parts.path.strip("/"):
        raise ValueError("names no database; write postgresql://USER@HOST/NAME")
    return written


def _http_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError(f"{written!r} is no web address; write https://HOST or http://HOST:PORT")
    if parts.username is not None:
        raise ValueError("holds a user name; an address with credentials would end up in logs")
    return written.rstrip("/")


def _not_empty(written: Sized) -> Sized:
    if not written:
        raise ValueError("is empty; write at least one")
    return written


def _one_or_many(written: object) -> object:
    return (written,) if isinstance(written, str) else written


NOT_EMPTY = AfterValidator(_not_empty)
"""Pydantic's own ``min_length`` also complains when each item has a mistake of its own."""
Seconds = Annotated[int, BeforeValidator(parse_duration), Field(description=_form(DURATION_FORM))]
ListenAddress = Annotated[
    Listen, PlainValidator(parse_listen), Field(description=_form(LISTEN_FORM))
]
SecretOption = Annotated[
    Secret, PlainValidator(_read_secret), Field(description=_form(SECRET_FORM))
]
AnchoredPath = Annotated[Path, AfterValidator(anchored), Field(description="the path of a file")]
Directory = Annotated[
    Path,
    AfterValidator(anchored),
    AfterValidator(_directory),
    Field(description="the path of a directory"),
]
TimeOfDay = Annotated[
    dt.time, PlainValidator(_time_of_day), Field(description='a time in quotes, such as "18:00"')
]
Zone = Annotated[
    str, AfterValidator(_known_zone), Field(description="an IANA zone such as Africa/Tunis")
]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]{1,200}$")]
"""Text on one line; it may end up in a header or a topic."""
Address = Annotated[
    str,
    Field(
        pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}$",
        description="a mail address alone, such as pc@lists.example.org",
    ),
]
Domain = Annotated[
    str, Field(pattern=rf"^{_DOMAIN}$", description="a domain, such as lists.example.org")
]
ServerName = Annotated[
    str,
    Field(
        pattern=rf"^(?:{_DOMAIN}|\[[0-9a-fA-F:.]+\])(?::\d{{1,5}})?$",
        description="what stands after the colon in Matrix ids, such as example.org",
    ),
]
Localpart = Annotated[str, Field(pattern=r"^[a-z0-9._=/+-]{1,100}$")]
Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="lower case letters, digits, - and _, such as jane-doe",
    ),
]
MatrixId = Annotated[
    str,
    Field(
        pattern=r"^@[^\s:@]+:[^\s:]+(?::\d{1,5})?$", description="a Matrix id: @jane:example.org"
    ),
]


def is_domain(text: str) -> bool:
    """Say whether the text could be a host or domain name (RFC 1123 section 2.1)."""
    return re.fullmatch(_DOMAIN, text) is not None
