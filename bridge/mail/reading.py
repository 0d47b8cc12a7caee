"""The reading process: one big mail on its standard input, its post on its standard output.

``python -m bridge.mail.reading`` reads one mail and ends: it needs no protocol, leaks nothing,
and a mail that takes it over has nobody else's mail to lie about. It knows no configuration, no
database and no secret; ``bridge.mail.reader`` starts it, waits for it, and kills it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import BinaryIO

from bridge.ids import ListId
from bridge.mail.limits import over_limit
from bridge.mail.parse import Post, parse_mail
from bridge.mail.values import plain, restored

MEMORY = 512 * 1024 * 1024
OUT_OF_MEMORY = 3
"""Its exit status when a mail needs more than that."""

SECONDS = 5
"""Of the processor: a machine that is busy with something else sets no good mail aside."""

# Kept by the kernel, so that an orphan, whose bridge was killed, ends as well. When the soft limit
# is reached a signal says why; what was being read reaches no file.
_LIMITS: Mapping[int, tuple[int, int]] = {
    resource.RLIMIT_AS: (MEMORY, MEMORY),
    resource.RLIMIT_CPU: (SECONDS, SECONDS + 1),
    resource.RLIMIT_CORE: (0, 0),
    resource.RLIMIT_FSIZE: (0, 0),
    resource.RLIMIT_NPROC: (0, 0),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What ``parse_mail`` wants to know of the list whose copy a mail is."""

    list_id: ListId
    posting_address: str
    subject_tag: str | None


def question(raw: bytes, terms: Terms) -> bytes:
    """Return what the process is asked: a line about the list, then the mail."""
    return json.dumps(asdict(terms)).encode() + b"\n" + raw


def answered(asked: bytes) -> bytes:
    """Return the answer to a question; never raises but for want of memory."""
    about, _, raw = asked.partition(b"\n")
    over = over_limit(raw)
    if over is not None:
        return json.dumps({"over": over}).encode()
    return json.dumps({"post": plain(parse_mail(raw, **json.loads(about)))}).encode()


def post_of(answer: bytes, terms: Terms) -> Post | str:
    """Return the post an answer holds, or which limit the mail is over.

    Raises:
        ValueError: this is no answer; whoever wrote it is not to be believed.
    """
    try:
        found = json.loads(answer)
        if isinstance(found, dict) and isinstance(found.get("over"), str):
            return str(found["over"])[:200]
        post = restored(Post, found["post"])
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"no answer of a reading process: {type(error).__name__}") from error
    if post.list_id != terms.list_id:
        raise ValueError("the answer is about another list")
    return post


def run(source: BinaryIO, target: BinaryIO) -> int:
    """Answer one question within the limits and return the exit status."""
    for name, (soft, hard) in _LIMITS.items():
        allowed = resource.getrlimit(name)[1]
        if allowed == resource.RLIM_INFINITY or allowed >= hard:
            resource.setrlimit(name, (soft, hard))
    try:
        target.write(answered(source.read()))
        target.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.stdin.buffer, sys.stdout.buffer))
