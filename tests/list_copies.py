"""Copies of posts as a list hands them to the bridge, for tests that speak to its listener."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.demo.bridge_config import Mirrored


@dataclass(frozen=True, slots=True)
class Copy:
    """One post, as a list distributes it.

    Attributes:
        number: makes it unique.
        answers: the Message-ID of the post it answers.
        list_id: other than the list's own.
        padding: bytes it is longer than it need be.
    """

    mirrored: Mirrored
    number: int
    author: str = "Ana Demo"
    answers: str | None = None
    list_id: str | None = None
    padding: int = 0

    @property
    def message_id(self) -> str:
        return f"copy-{self.number}@people.demo"

    @property
    def envelope_sender(self) -> str:
        local, _, domain = self.mirrored.posting_address.partition("@")
        return f"{local}-bounces@{domain}"

    @property
    def raw(self) -> bytes:
        local = self.author.casefold().replace(" ", ".")
        headers = [
            f"From: {self.author} <{local}@people.demo>",
            f"To: {self.mirrored.posting_address}",
            f"Subject: Agenda item {self.number}",
            f"Message-ID: <{self.message_id}>",
            "Date: Mon, 02 Nov 2026 08:00:00 +0000",
            f"List-Id: <{self.list_id or self.mirrored.list_id}>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
        ]
        if self.answers:
            headers += [f"In-Reply-To: <{self.answers}>", f"References: <{self.answers}>"]
        body = f"This is what I have to say about item {self.number}."
        filler = ["x" * 70] * (self.padding // 72)
        return "\r\n".join([*headers, "", body, *filler, ""]).encode()
