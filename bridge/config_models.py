"""The configuration as frozen models: one class a section, one field an option.

A field's description completes the sentence "write …" and stands in every mistake about it; what
an option is for stands in ``config/example.yaml``. Nothing here reads a file but the secrets.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    InstanceOf,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bridge.config_calendars import CalendarConfig
from bridge.config_listen import Listen
from bridge.config_section import Section
from bridge.config_types import (
    NOT_EMPTY,
    Address,
    AnchoredPath,
    DatabaseUrl,
    Directory,
    Domain,
    HttpUrl,
    Line,
    ListenAddress,
    Localpart,
    Seconds,
    SecretOption,
    ServerName,
    Slug,
    Texts,
    TimeOfDay,
    Zone,
    is_domain,
)
from bridge.domain.roster import Roster
from bridge.ids import ListId, PersonId
from bridge.mail.evidence import Trust

MINUTE, HOUR, DAY = 60, 3600, 86_400
MIB = 1024 * 1024
WINDOW_FLOOR = 48 * HOUR
"""No ballot may be shorter without ``allow_short_windows``; it is then marked TEST."""


class InstanceConfig(Section):
    """Who we are; ``mail_domain`` is the right side of our Message-IDs."""

    name: Line = Field(description="a name people recognise, such as Seconded at example.org")
    mail_domain: Domain


class MatrixConfig(Section):
    """The homeserver, and how we stand there."""

    homeserver: HttpUrl = Field(description="where we reach the homeserver: https://HOST")
    server_name: ServerName
    mode: Literal["appservice"] = Field(default="appservice", description="appservice")
    listen: ListenAddress = Listen("127.0.0.1", 9993)
    listen_url: HttpUrl | None = Field(
        default=None, description="where the homeserver reaches us, when that is not http://LISTEN"
    )
    registration: AnchoredPath | None = None
    as_token: SecretOption
    hs_token: SecretOption
    bot: Localpart = Field(
        default="seconded", description="the part of our bot's id before the colon"
    )
    prefix: Localpart = Field(
        default="list_", description="what ghosts' ids and room aliases begin with"
    )
    max_lanes: int = Field(default=16, ge=1, le=64, description="a number from 1 to 64")
    facilitator_power: int = Field(
        default=50, ge=1, le=100, description="a power level from 1 to 100"
    )

    @property
    def url(self) -> str:
        """Where the homeserver reaches us."""
        return self.listen_url or f"http://{self.listen}"

    @model_validator(mode="after")
    def _bot_is_no_ghost(self) -> Self:
        if self.bot.startswith(self.prefix):
            raise ValueError(f"bot {self.bot!r} begins with the prefix of ghosts; rename one")
        return self


class SubmissionConfig(Section):
    """The SMTP server that takes our mails."""

    host: Domain = Field(description="the submission server's name, such as mail.example.org")
    port: int = Field(
        default=587, ge=1, le=65_535, description="a TCP port; 587 is usual for starttls"
    )
    security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="starttls, tls or none"
    )
    username: str | None = Field(default=None, description="the login name")
    password: SecretOption | None = None

    @model_validator(mode="after")
    def _login_is_whole_and_safe(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together; write both or neither")
        is_local = Listen(self.host, self.port).is_loopback
        if self.password is not None and self.security == "none" and not is_local:
            raise ValueError("the password would travel in clear; write security: starttls or tls")
        return self


class MailConfig(Section):
    """Mail in (our listener) and out (submission)."""

    listen: ListenAddress = Listen("127.0.0.1", 8024)
    protocol: Literal["lmtp", "smtp"] = Field(default="lmtp", description="lmtp or smtp")
    submission: SubmissionConfig
    max_size: int = Field(
        default=25 * MIB, ge=65_536, description="a number of bytes, at least 65536"
    )
    fuse_per_hour: int = Field(
        default=30, ge=1, description="how many mails one list gets in an hour"
    )
    templates: Directory | None = None


class WebConfig(Section):
    """The pages people see."""

    listen: ListenAddress = Listen("127.0.0.1", 9994)
    base_url: HttpUrl | None = Field(
        default=None, description="the pages' public address: https://HOST"
    )
    pages: AnchoredPath | None = None


class MetricsConfig(Section):
    """Where Prometheus reads."""

    listen: ListenAddress = Listen("127.0.0.1", 9995)


class EvidenceConfig(Section):
    """What is taken as proof that an author wrote a mail."""

    authserv_ids: tuple[Domain, ...] = Field(
        default=(), description="a list of names, as in Authentication-Results"
    )
    arc_sealers: tuple[Domain, ...] = Field(
        default=(), description="a list of domains, such as [lists.example.org]"
    )
    dkim: bool = Field(default=False, description="true or false")
    nameservers: tuple[str, ...] = Field(
        default=(), description="a list of IP addresses; [] for the system's"
    )

    @field_validator("nameservers")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_address(text)
            except ValueError:
                raise ValueError(
                    f"{text!r} is no IP address; write one such as 192.0.2.53"
                ) from None
        return value

    @property
    def trust(self) -> Trust:
        """Whose word is taken."""
        return Trust(self.authserv_ids, self.arc_sealers, self.dkim)


class OperatorsConfig(Section):
    """Who is told when something needs a human."""

    room: str | None = Field(
        default=None,
        pattern=r"^[!#]\S+$",
        description="a room id or alias, such as #operators:example.org",
    )
    mail: Address | None = None


class DeliveredBy(Section):
    """How we know that a copy came from the list; any one value suffices."""

    rule: Literal["envelope_domain", "client_network", "received_from", "list_dkim"] = Field(
        description="envelope_domain, client_network, received_from or list_dkim"
    )
    value: Annotated[Texts, NOT_EMPTY] = Field(description="a value, or a list of values")

    @field_validator("value")
    @classmethod
    def _values_fit_the_rule(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for text in value:
            if info.data.get("rule") == "client_network":
                ipaddress.ip_network(text)
            elif not is_domain(text):
                raise ValueError(f"{text!r} is no domain; write one such as lists.example.org")
        return value


class OwnerConsent(Section):
    """Who, for the list, agreed to the mirror, and when."""

    name: Line = Field(description="the name of the list owner who agreed")
    date: dt.date = Field(description="the day of the consent, such as 2025-10-01")


class DigestConfig(Section):
    """When a list gets its digest: a local time of each day."""

    at: TimeOfDay
    zone: Zone


class ListConfig(Section):
    """One mirrored list."""

    id: ListId = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$",
        description="the List-Id in lower case without brackets, such as pc.lists.example.org",
    )
    name: Slug
    title: Line = Field(description="the list's name for people")
    posting_address: Address
    bridge_address: Address
    intake_address: Address
    delivered_by: DeliveredBy
    visibility: Literal["public", "private"] = Field(description="public or private")
    owner_consent: OwnerConsent = Field(description="who agreed to the mirror: {name: …, date: …}")
    facilitators: tuple[PersonId, ...] = Field(
        default=(), description="a list of people of the roster"
    )
    subject_tag: Line | None = Field(
        default=None, description='what the list puts first, such as "[PC]"'
    )
    invite_roster: bool = Field(default=True, description="true or false")
    archive_url: HttpUrl | None = Field(
        default=None, description="the archive's address: https://…"
    )
    digest: DigestConfig | None = None
    templates: Directory | None = None

    @model_validator(mode="before")
    @classmethod
    def _delivered_by_the_posting_domain(cls, written: object) -> object:
        # Mailman's copies come from ``pc-bounces@`` the posting address's own domain.
        if not isinstance(written, Mapping) or written.get("delivered_by") is not None:
            return written
        domain = str(written.get("posting_address")).rpartition("@")[2]
        default = {"rule": "envelope_domain", "value": domain if is_domain(domain) else "invalid"}
        return {**written, "delivered_by": default}


class BallotsConfig(Section):
    """Defaults of the rules (whole seconds; 0 = the step does not exist)."""

    allow_short_windows: bool = Field(default=False, description="true or false")
    minimum_window: Seconds = 72 * HOUR
    final_call: Seconds = 24 * HOUR
    after_lifting: Seconds = 24 * HOUR
    hold: Seconds = 24 * HOUR
    grace_chat: Seconds = 10 * MINUTE
    grace_mail: Seconds = 12 * HOUR
    confirm: Seconds = 12 * HOUR
    appeal: Seconds = 72 * HOUR
    extension: Seconds = 168 * HOUR
    sweep_every: Seconds = 3 * MINUTE
    status_every: Seconds = MINUTE

    @field_validator("sweep_every", "status_every")
    @classmethod
    def _at_least_a_second(cls, value: int) -> int:
        if value < 1:
            raise ValueError("would run without a pause; write at least 1s")
        return value

    @field_validator("hold")
    @classmethod
    def _at_most_a_day(cls, value: int) -> int:
        if value > 24 * HOUR:
            raise ValueError("is over 24h, the longest that a hold may last; write 24h or less")
        return value

    @model_validator(mode="after")
    def _window_keeps_the_floor(self) -> Self:
        if self.minimum_window < WINDOW_FLOOR and not self.allow_short_windows:
            raise ValueError(
                "minimum_window is under 48h; write 48h or more, "
                "or allow_short_windows: true for a demo or tests"
            )
        return self


class Config(Section):
    """Everything, as read from one YAML file and the roster beside it.

    ``people`` is the roster that ``roster`` names; ``warnings`` are sentences worth an
    operator's look that do not stop the start. Both (``exclude``) are filled in by loading.
    """

    instance: InstanceConfig
    database: DatabaseUrl = Field(
        description="sqlite:////ABSOLUTE/PATH, sqlite:///PATH or postgresql://USER@HOST/NAME"
    )
    database_password: SecretOption | None = None
    roster: AnchoredPath = Field(description="the path of the roster, such as roster.yaml")
    matrix: MatrixConfig
    mail: MailConfig
    web: WebConfig = WebConfig()
    metrics: MetricsConfig = MetricsConfig()
    operators: OperatorsConfig = OperatorsConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    lists: Annotated[tuple[ListConfig, ...], NOT_EMPTY] = Field(
        description="the lists, each with - id: …"
    )
    ballots: BallotsConfig = BallotsConfig()
    calendars: dict[Slug, CalendarConfig] = Field(
        default={}, description="names, each with {zone: …, weekend: …, holidays: …}"
    )
    keep_raw: Seconds = 400 * DAY
    people: InstanceOf[Roster] = Field(exclude=True)
    warnings: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token and password in use, for the log's redaction."""
        given = (
            self.matrix.as_token,
            self.matrix.hs_token,
            self.mail.submission.password,
            self.database_password,
        )
        return tuple(secret.reveal() for secret in given if secret is not None)
