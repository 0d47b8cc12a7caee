"""What is posted: conversations as lists have them, with quotes, signatures and footers.

A thread is a question and four answers. Each answer quotes what it answers, says some sentences
of its own, and ends with a signature and the list's footer; that is some 1.5 kB, an ordinary
list mail. Threads run side by side, as many as one asks for, and answers come in the order in
which they refer to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.demo.bridge_config import Mirrored

POSTS_IN_A_THREAD = 5
AUTHORS = ("Ana Demo", "Bela Demo", "Ciro Demo", "Dina Demo", "Edda Demo")
_SENTENCES = (
    "The draft names thirty days, and thirty days is what the members asked for last year.",
    "I would rather see the second paragraph before the first, because it says what we want.",
    "Small organisations cannot travel to every meeting, so written comments have to count.",
    "Could somebody who was at the meeting say whether the date is fixed or only proposed?",
    "I can live with either wording, but not with both of them in the same text.",
    "The translation into French is ready; Spanish and Portuguese follow on Thursday.",
    "We promised an answer in writing to every comment, and the text does not say so yet.",
)


@dataclass(frozen=True, slots=True)
class ListMail:
    """One post as a list distributes it.

    Attributes:
        run: tells the mails of one run from those of all others.
        thread, place: which thread, and where in it; place 0 begins it.
    """

    mirrored: Mirrored
    run: str
    thread: int
    place: int

    @property
    def message_id(self) -> str:
        return _message_id(self.mirrored, self.run, self.thread, self.place)

    @property
    def author(self) -> str:
        return AUTHORS[(self.thread + self.place) % len(AUTHORS)]

    @property
    def envelope_sender(self) -> str:
        return f"{self.mirrored.name}-bounces@{self.mirrored.posting_address.partition('@')[2]}"

    @property
    def recipient(self) -> str:
        return self.mirrored.bridge_address

    @property
    def raw(self) -> bytes:
        return "\r\n".join([*self._headers(), "", *self._body(), ""]).encode()

    def _headers(self) -> Iterator[str]:
        local, title = self.author.casefold().replace(" ", "."), self.mirrored.name.capitalize()
        before = [
            _message_id(self.mirrored, self.run, self.thread, place) for place in range(self.place)
        ]
        yield f"Received: from lists.demo (localhost [127.0.0.1]) by lists.demo; {_DATE}"
        yield f"From: {self.author} <{local}@people.demo>"
        yield f"To: {self.mirrored.posting_address}"
        yield f"Subject: [{title}] {'Re: ' if before else ''}Item {self.thread} of the agenda"
        yield f"Message-ID: <{self.message_id}>"
        yield f"Date: {_DATE}"
        if before:
            yield f"In-Reply-To: <{before[-1]}>"
            yield "References: " + "\r\n\t".join(f"<{one}>" for one in before)
        yield f"List-Id: {self.mirrored.title} <{self.mirrored.list_id}>"
        yield "Precedence: list"
        yield "MIME-Version: 1.0"
        yield "Content-Type: text/plain; charset=utf-8"
        yield "Content-Transfer-Encoding: 8bit"

    def _body(self) -> Iterator[str]:
        if self.place:
            previous = AUTHORS[(self.thread + self.place - 1) % len(AUTHORS)]
            yield f"On Mon, 2 Nov 2026 at 08:00, {previous} wrote:"
            yield ""
            yield from (f"> {line}" for line in _words(self.thread + self.place - 1, 2))
            yield ""
        yield from _words(self.thread + self.place, 4)
        yield from ("", "-- ", self.author, "Observatory of Examples")
        yield "_______________________________________________"
        yield f"{self.mirrored.title} mailing list -- {self.mirrored.posting_address}"


_DATE = "Mon, 02 Nov 2026 08:00:00 +0000"


def conversations(
    lists: Sequence[Mirrored], run: str, count: int, *, side_by_side: int = 16
) -> tuple[ListMail, ...]:
    """Return so many posts over the lists, in an order in which each follows what it answers.

    Args:
        lists: they take turns.
        run: unlike that of every other run on the same bridge.
        count: of posts.
        side_by_side: threads that are going on at the same time, over all lists.
    """
    threads = -(-count // POSTS_IN_A_THREAD)
    groups = [range(n, min(n + side_by_side, threads)) for n in range(0, threads, side_by_side)]
    return tuple(
        ListMail(lists[thread % len(lists)], run, thread, place)
        for group in groups
        for place in range(POSTS_IN_A_THREAD)
        for thread in group
    )[:count]


def one_of_each_author(lists: Sequence[Mirrored], run: str) -> tuple[ListMail, ...]:
    """Return a post by each author in each list: afterwards every ghost stands in every room."""
    return tuple(
        ListMail(mirrored, run, thread, 0) for mirrored in lists for thread in range(len(AUTHORS))
    )


def _words(seed: int, count: int) -> list[str]:
    return [_SENTENCES[(seed * 3 + n) % len(_SENTENCES)] for n in range(count)]


def _message_id(mirrored: Mirrored, run: str, thread: int, place: int) -> str:
    return f"{run}.{thread}.{place}.{mirrored.name}@people.demo"
