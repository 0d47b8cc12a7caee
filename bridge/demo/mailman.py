"""A real Mailman 3 core for the demo and the real tests: loopback only, throw-away, quick.

Mailman is GPL: it lives in an environment of its own, is spoken to over LMTP, SMTP and REST
only, and is never a dependency of this program. Its ``master`` is run directly, not through
``mailman start``: that one makes a daemon, which would slip the leash, and refuses root.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from bridge.demo.lmtp import hand_over
from bridge.demo.ports import LOOPBACK, free_ports, is_listening
from bridge.demo.processes import ServerProcess
from bridge.demo.rest import Rest, basic_authorization

RUNNERS = ("in", "pipeline", "out", "lmtp", "rest")
"""The runners a list needs to distribute posts. Each is a process that takes a second to start."""

OTHER_RUNNERS = ("archive", "bounces", "command", "digest", "retry", "task", "virgin")
"""The other runners Mailman would start; ``virgin`` writes to owners and moderators."""

ARCHIVERS = ("hyperkitty", "prototype", "mhonarc", "mail_archive")

_ADMIN = "restadmin"

LIST_CONFIG: Mapping[str, str] = {
    "dmarc_mitigate_action": "no_mitigation",
    "dmarc_mitigate_unconditionally": "False",
    "archive_policy": "never",
    "digests_enabled": "False",
    "send_welcome_message": "False",
    "send_goodbye_message": "False",
    "admin_immed_notify": "False",
    "administrivia": "False",
    "max_message_size": "0",
    "default_member_action": "accept",
    "default_nonmember_action": "hold",
    "advertised": "False",
}
"""How our lists differ from Mailman's defaults: nothing held that a member posts, no DNS asked."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who is subscribed to a list and may post to it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailmanSettings:
    """The ports of one throw-away Mailman, all on 127.0.0.1.

    Attributes:
        lmtp_port: where posts come in.
        rest_port: of its administration interface.
        smtp_port: of the mail server it hands its mails to.
        poll: seconds between two looks of a runner into its queue; Mailman's own default is 1.
        runners: what is started, of ``RUNNERS`` and ``OTHER_RUNNERS``.
    """

    lmtp_port: int
    rest_port: int
    smtp_port: int
    poll: float = 0.1
    runners: tuple[str, ...] = RUNNERS


def on_free_ports(smtp_port: int) -> MailmanSettings:
    """Return settings whose two listeners are on ports that are free now."""
    lmtp_port, rest_port = free_ports(2)
    return MailmanSettings(lmtp_port, rest_port, smtp_port)


def mailman_config(settings: MailmanSettings, directory: Path, password: str) -> str:
    """Return mailman.cfg: SQLite, loopback only, archivers off, only the needed runners."""
    started: dict[str, str | int] = {"start": "yes", "sleep_time": f"{settings.poll}s"}
    sections: dict[str, dict[str, str | int]] = {
        "mailman": {"layout": "here", "site_owner": "owner@lists.demo"},
        "paths.here": {"var_dir": str(directory / "var")},
        "database": {
            "class": "mailman.database.sqlite.SQLiteDatabase",
            "url": f"sqlite:///{directory / 'mailman.db'}",
        },
        "mta": {
            # The null MTA writes no maps for Postfix, whose postmap is not there.
            "incoming": "mailman.mta.null.NullMTA",
            "outgoing": "mailman.mta.deliver.deliver",
            "smtp_host": LOOPBACK,
            "smtp_port": settings.smtp_port,
            "lmtp_host": LOOPBACK,
            "lmtp_port": settings.lmtp_port,
            # Zero means all recipients in one transaction.
            "max_recipients": 0,
        },
        "webservice": {
            "hostname": LOOPBACK,
            "port": settings.rest_port,
            "admin_user": _ADMIN,
            "admin_pass": password,
            "workers": 1,
        },
        **{f"archiver.{name}": {"enable": "no"} for name in ARCHIVERS},
        **{f"runner.{name}": {"start": "no"} for name in (*RUNNERS, *OTHER_RUNNERS)},
        **{f"runner.{name}": started for name in settings.runners},
    }
    return "\n".join(line for name in sections for line in _section(name, sections[name]))


def _section(name: str, options: Mapping[str, str | int]) -> list[str]:
    return [f"[{name}]", *(f"{option}: {value}" for option, value in options.items()), ""]


class MailmanServer:
    """One Mailman core, its data in one directory.

    Attributes:
        lmtp_port: where it takes posts on 127.0.0.1.
    """

    def __init__(self, environment: Path, directory: Path, settings: MailmanSettings) -> None:
        """Describe the server; nothing is written or started yet.

        Args:
            environment: the virtual environment with Mailman.
            directory: its data; kept by ``stop`` and ``kill``.
            settings: its ports.
        """
        self.lmtp_port = settings.lmtp_port
        self._settings = settings
        self._directory = directory
        self._password = secrets.token_hex(16)
        self._rest = Rest(settings.rest_port, basic_authorization(_ADMIN, self._password))
        programs, configuration = environment / "bin", directory / "mailman.cfg"
        self.process = ServerProcess(
            "Mailman",
            # --force takes over the lock that a killed predecessor left.
            [programs / "python", programs / "master", "--force", "-C", configuration],
            directory=directory,
        )

    def launch(self) -> None:
        """Write the configuration and start the processes, without waiting for them."""
        self._directory.mkdir(parents=True, exist_ok=True)
        text = mailman_config(self._settings, self._directory, self._password)
        (self._directory / "mailman.cfg").write_text(text, "utf-8")
        self.process.start()

    def wait_ready(self, *, seconds: float = 90) -> None:
        """Wait until its administration interface and its LMTP listener answer.

        Raises:
            ServerFailedError: it ended or did not answer in time; shows the end of its log.
        """
        self.process.wait_until(self._is_ready, seconds=seconds)

    def start(self, *, seconds: float = 90) -> None:
        """Launch it and wait until it answers; see ``wait_ready``."""
        self.launch()
        self.wait_ready(seconds=seconds)

    def stop(self) -> None:
        """End all its processes gracefully; its data stays."""
        self.process.stop()

    def kill(self) -> None:
        """End all its processes with SIGKILL; its data stays as the disk has it."""
        self.process.kill()

    def create_list(
        self,
        posting_address: str,
        subscribers: Iterable[Subscriber],
        *,
        display_name: str = "",
        config: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Create a list and its domain, subscribe people who may post, and mail nobody about it.

        Args:
            posting_address: where posts are sent, e.g. ``pc@lists.demo``.
            subscribers: subscribed as confirmed and approved.
            display_name: the list's name in the footer and the subject tag.
            config: options of Mailman's REST list configuration, laid over ``LIST_CONFIG``.

        Raises:
            Permanent: Mailman refuses, e.g. because the list exists.
        """
        local, domain = posting_address.split("@")
        name = {"display_name": display_name} if display_name else {}
        self._ensure_domain(domain)
        self._rest.send_json("POST", "/3.1/lists", {"fqdn_listname": posting_address})
        self._rest.send_form(
            "PATCH",
            f"/3.1/lists/{quote(posting_address)}/config",
            {**LIST_CONFIG, **name, **config},
        )
        for subscriber in subscribers:
            self._rest.send_form(
                "POST", "/3.1/members", _membership(f"{local}.{domain}", subscriber)
            )

    def inject(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Hand a mail to Mailman's LMTP listener, as the mail server of the list's host would.

        Raises:
            Transient: 4xx, or Mailman is down.
            Permanent: 5xx, e.g. because there is no such list.
        """
        hand_over(self.lmtp_port, raw, sender=sender, recipient=recipient)

    def held(self, posting_address: str) -> tuple[str, ...]:
        """Return the Message-IDs (with brackets) that wait for the list's moderator."""
        answer = self._rest.get(f"/3.1/lists/{quote(posting_address)}/held")
        return tuple(entry["message_id"] for entry in answer.get("entries", ()))

    def _ensure_domain(self, domain: str) -> None:
        known = self._rest.get("/3.1/domains").get("entries", ())
        if domain not in {entry["mail_host"] for entry in known}:
            self._rest.send_form("POST", "/3.1/domains", {"mail_host": domain})

    def _is_ready(self) -> bool:
        return self._rest.answers("/3.1/system/versions") and is_listening(self._settings.lmtp_port)


def _membership(list_id: str, subscriber: Subscriber) -> dict[str, str]:
    """Return the fields of Mailman's subscription request; nobody is asked or greeted."""
    return {
        "list_id": list_id,
        "subscriber": subscriber.address,
        "display_name": subscriber.name,
        "pre_verified": "True",
        "pre_confirmed": "True",
        "pre_approved": "True",
        "send_welcome_message": "False",
    }
