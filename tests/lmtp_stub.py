"""A stub of the bridge's listener: an LMTP server that answers what it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"


class LmtpStub:
    """Answers each mail with the next of ``answers``, then with 250; queues what it took."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.taken: SimpleQueue[Envelope] = SimpleQueue()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.pop(0) if self.answers else TAKEN
        if answer == TAKEN:
            self.taken.put(envelope)
        return answer

    def take(self) -> Envelope:
        """Return the next mail, waiting for it; ``queue.Empty`` after 20 s."""
        return self.taken.get(timeout=20)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return LMTP(self.handler)


@contextmanager
def listening(stub: LmtpStub, port: int) -> Iterator[LmtpStub]:
    """Listen with the stub on this port of 127.0.0.1."""
    controller = _Controller(stub, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield stub
    finally:
        controller.stop()
