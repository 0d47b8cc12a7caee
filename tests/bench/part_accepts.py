"""(d) Mails taken durably in a second, beside Postfix."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator

from bench_figures import Aim, Figure, Skipped, Spread, compared
from bench_lmtp import hand_over_all
from bench_mails import conversations
from bench_postfix import offered, postfix, why_not
from bench_stage import ONE_ROOM, Place, Running, stub_and_bridge

_NOTE = (
    "mails answered 250, each synced to the disk before; the bridge goes on mirroring what it took,"
    " and Postfix goes on discarding. Beside: the same smtp-source against Postfix's smtpd."
)


async def accepts(
    place: Place, *, rounds: int, mails: int, sessions: int, is_slow: bool = False
) -> AsyncIterator[Figure | Skipped]:
    """Measure with smtp-source where Postfix is installed, with our own client elsewhere."""
    missing = why_not()
    disk = ", slow disk" if is_slow else ""
    what = f"mails taken durably over {sessions} connections{disk}"
    with stub_and_bridge(place, ONE_ROOM, is_slow=is_slow) as running:
        await running.open_rooms(ONE_ROOM)
        if missing is not None:
            speeds = [await _by_us(running, mails, sessions) for _ in range(rounds)]
            yield Figure("d", what, "mails/s", Spread(tuple(speeds)), note=_NOTE)
            yield Skipped("d", missing)
            return
        with postfix(place, is_slow=is_slow) as port:
            ours, theirs = list[float](), list[float]()
            for number in range(rounds):
                ours.append(await _by_source(running, mails, sessions))
                theirs.append(await _at_postfix(port, mails, sessions))
                place.say(
                    f"d: {what}: round {number + 1}: {ours[-1]:.0f}/s beside {theirs[-1]:.0f}/s"
                )
    both = Spread(tuple(ours)), Spread(tuple(theirs))
    yield Figure("d", what, "mails/s", *both, compared(ours, theirs), Aim(least=1.0), _NOTE)


async def _by_source(running: Running, mails: int, sessions: int) -> float:
    mirrored = ONE_ROOM[0]
    speed = await offered(
        running.mail_port,
        sender=f"{mirrored.name}-bounces@lists.demo",
        recipient=mirrored.bridge_address,
        mails=mails,
        sessions=sessions,
        is_lmtp=True,
    )
    await running.settled()
    return speed


async def _at_postfix(port: int, mails: int, sessions: int) -> float:
    return await offered(
        port,
        sender="one-bounces@lists.demo",
        recipient="one@bridge.demo",
        mails=mails,
        sessions=sessions,
        is_lmtp=False,
    )


async def _by_us(running: Running, mails: int, sessions: int) -> float:
    offers = conversations(ONE_ROOM, f"run{secrets.token_hex(4)}", mails)
    began = time.perf_counter()
    await hand_over_all(running.mail_port, offers, connections=sessions)
    speed = mails / (time.perf_counter() - began)
    await running.settled()
    return speed
