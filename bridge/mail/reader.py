"""Has one big mail read by a process of its own, which is ended when it takes too long.

Handlers read mail inside a transaction, where nobody else can write: a mail that is large enough
to take long is read here instead. Nothing is inherited but three pipes: no environment, no file,
no terminal, so Ctrl-C reaches the bridge alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from signal import SIGXCPU, strsignal

from bridge.errors import Permanent, Transient
from bridge.mail.parse import Post
from bridge.mail.reading import MEMORY, OUT_OF_MEMORY, SECONDS, Terms, post_of, question

PROGRAM = (sys.executable, "-P", "-m", "bridge.mail.reading")
OURS = str(Path(__file__).parent.parent.parent)
"""Where the process finds this very program."""
MOST_ANSWERED = 64 * 1024 * 1024
MOST_COMPLAINED = 64 * 1024
_ERROR = re.compile(r"^([A-Za-z_.]{1,80})(?::|$)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Starts a process for each mail.

    Attributes:
        program: what it runs.
        seconds: how long it may take in all; of the processor it has ``reading.SECONDS``.
    """

    program: tuple[str, ...] = PROGRAM
    seconds: float = 30.0

    async def read(self, raw: bytes, terms: Terms) -> Post:
        """Return the post of a mail.

        Raises:
            Permanent: it is over a limit, or reading it took too long, too much memory, or
                failed; the sentence says which and holds nothing of the mail.
            Transient: no process can be started now.
        """
        process = await self._started()
        try:
            async with asyncio.timeout(self.seconds):
                answer = await _answer(process, question(raw, terms))
        except TimeoutError:
            sentence = f"the process that read it did not answer within {self.seconds:g} seconds"
            raise Permanent(sentence) from None
        finally:
            await _end(process)
        try:
            post = await asyncio.to_thread(post_of, answer, terms)
        except ValueError:
            raise Permanent("the process that read it gave no sensible answer") from None
        if isinstance(post, str):
            raise Permanent(f"over a limit: {post}")
        return post

    async def _started(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self.program,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                cwd="/",
                env={"PYTHONPATH": OURS},
                start_new_session=True,
            )
        except OSError as error:
            raise Transient(f"no process can be started to read a big mail: {error}") from error


async def _answer(process: Process, asked: bytes) -> bytes:
    """Ask, and return what it said before it ended well.

    Raises:
        Permanent: it said too much, or did not end well.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(asked)
    # It may end before it has read all; its exit status says why.
    with contextlib.suppress(ConnectionError):
        await process.stdin.drain()
    process.stdin.close()
    answer = await _at_most(MOST_ANSWERED, process.stdout)
    complaint = await _at_most(MOST_COMPLAINED, process.stderr)
    status = await process.wait()
    if status != 0:
        raise Permanent(_why_not(status, complaint.decode("utf-8", "replace")))
    return answer


async def _at_most(most: int, stream: asyncio.StreamReader) -> bytes:
    try:
        await stream.readexactly(most)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    raise Permanent("the process that read it said too much")


def _why_not(status: int, complaint: str) -> str:
    """Say why a process did not end well; of a traceback only the kind of error is kept."""
    if status == OUT_OF_MEMORY:
        return f"reading it needed more than {MEMORY // 1024**2} MiB of memory"
    if status == -SIGXCPU:
        return f"reading it took longer than {SECONDS} seconds"
    if status < 0:
        return f"the process that read it was ended by a signal: {strsignal(-status) or -status}"
    error = _ERROR.match(complaint.strip().rpartition("\n")[2])
    return f"reading it failed: {error[1] if error else f'exit status {status}'}"


async def _end(process: Process) -> None:
    """Kill it if it still runs, and let go of its pipes."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    for stream in (process.stdout, process.stderr):
        while stream is not None and await stream.read(MOST_COMPLAINED):
            pass
    await process.wait()
