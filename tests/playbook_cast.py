"""Who plays in the stories, the configuration they live in, and the mails they write."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from config_samples import ENVIRON, OPTIONS, changed

from bridge.config import Config, load_config
from bridge.ids import Instant, ListId, MessageId, UserId

START = Instant(1_761_811_200_000)
"""Thu 30 Oct 2025 08:00 UTC."""
CLOSES = "2025-11-03 08:00 UTC"
"""96 hours later: longer than the usual minimum of 72, with a final call of 24."""
CLOSES_AT = Instant(START + 96 * 3_600_000)
SILENCE = f'!ballot open rule=silence roster=pc closes="{CLOSES}"'

LIST_ID = ListId("pc.lists.example.org")
LIST_ADDRESS = "pc@lists.example.org"
BRIDGE_ADDRESS = "pc-bridge@bridge.example.org"
INTAKE_ADDRESS = "pc-q7v2m9x4tk@bridge.example.org"

ROLL = ("nadia", "oskar", "priya", "quentin", "rosa", "sami", "tomoko")
CHAIR, OSKAR, PRIYA, QUENTIN, ROSA, SAMI, TOMOKO = (UserId(f"@{name}:hs.test") for name in ROLL)
MEMBERS = (CHAIR, OSKAR, PRIYA, QUENTIN, ROSA, SAMI, TOMOKO)
STRANGER = UserId("@zoe:hs.test")
MODERATOR = UserId("@warden:hs.test")

ROSTER: Mapping[str, Any] = {
    "people": {
        name: {
            "name": f"{name.capitalize()} Example",
            "addresses": [f"{name}@people.example"],
            "matrix": [f"@{name}:hs.test"],
        }
        for name in ROLL
    },
    "rosters": {"pc": {"title": "Policy Committee", "members": list(ROLL), "chair": "nadia"}},
}
STORY: Mapping[tuple[Any, ...], Any] = {
    ("matrix", "server_name"): "hs.test",
    ("matrix", "homeserver"): "http://127.0.0.1:8008",
    ("lists", 0, "facilitators"): ["nadia", "oskar"],
}


def story_config(directory: Path, changes: Mapping[tuple[Any, ...], Any] | None = None) -> Config:
    """Return the configuration of the stories, with some options changed."""
    (directory / "roster.yaml").write_text(yaml.safe_dump(dict(ROSTER)), encoding="utf-8")
    (directory / "roster.yaml").chmod(0o600)
    path = directory / "seconded.yaml"
    path.write_text(yaml.safe_dump(changed(OPTIONS, {**STORY, **(changes or {})})))
    return load_config(path, ENVIRON)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail somebody writes to the list.

    Attributes:
        answers: its References, oldest first.
        files: its attachments: name, type and bytes.
    """

    name: str
    body: str = "We support this.\n"
    subject: str = "Joint statement on open consultations"
    author: str = "nadia"
    answers: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    date: str = "Thu, 30 Oct 2025 07:59:00 +0000"
    files: tuple[tuple[str, str, bytes], ...] = ()

    @property
    def message_id(self) -> MessageId:
        return MessageId(f"{self.name}@people.example")

    @property
    def raw(self) -> bytes:
        references = " ".join(f"<{one}@people.example>" for one in self.answers)
        lines = [
            f"From: {self.author.capitalize()} Example <{self.author}@people.example>",
            f"To: {LIST_ADDRESS}",
            f"Subject: {self.subject}",
            f"Date: {self.date}",
            f"Message-ID: <{self.message_id}>",
            *([f"References: {references}"] if references else []),
            *self.headers,
            "MIME-Version: 1.0",
        ]
        text = [
            'Content-Type: text/plain; charset="utf-8"',
            "Content-Transfer-Encoding: 8bit",
            "",
            self.body.replace("\n", "\r\n"),
        ]
        if not self.files:
            return "\r\n".join([*lines, *text]).encode()
        kind = 'Content-Type: multipart/mixed; boundary="=a boundary="'
        parts = [text, *(_part(*file) for file in self.files)]
        inside = [line for part in parts for line in ("--=a boundary=", *part)]
        return "\r\n".join([*lines, kind, "", *inside, "--=a boundary=--", ""]).encode()


def _part(name: str, kind: str, content: bytes) -> list[str]:
    encoded = base64.encodebytes(content).decode().replace("\n", "\r\n")
    return [
        f"Content-Type: {kind}",
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        "",
        encoded,
    ]


def list_copy(raw: bytes, copy: int = 1) -> bytes:
    """Return what the list hands to a subscriber; each copy travels another way."""
    trace = f"Received: from mail{copy}.example.org by lists.example.org; 30 Oct 2025\r\n"
    footer = b"_______________________________________________\r\nPC mailing list\r\n"
    return trace.encode() + f"List-Id: <{LIST_ID}>\r\n".encode() + raw + footer


REQUEST = Mail("Request.1", "Consultations must be announced thirty days ahead.\n")
