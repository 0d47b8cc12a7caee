"""The look at the servers beside us, once a minute, also when nothing is sent to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from bridge.delivering import Deliverer
from bridge.errors import SecondedError, Transient
from bridge.ids import Instant
from bridge.outside import MATRIX, SERVERS, Outside, ahead_ms, down_since
from bridge.ports import MatrixReader

ANSWERS_WITHIN_SECONDS = 10.0


async def look_outside(deliverers: Sequence[Deliverer[Any]], homeserver: MatrixReader) -> Outside:
    """Ask the homeserver for its time, and see which destinations take nothing.

    A mail server is not asked: it is down when it does not take what we have for it.
    """
    matrix = next(one for one in deliverers if one.destination == MATRIX)
    ahead = None
    if matrix.breaker.allows(matrix.clock(), 1):
        with contextlib.suppress(SecondedError):
            ahead = await _compare_clocks(matrix, homeserver)
    down = {
        one.destination: down_since(one.breaker, one.clock())
        for one in deliverers
        if one.destination in SERVERS
    }
    return Outside(down, ahead)


async def _compare_clocks(matrix: Deliverer[Any], homeserver: MatrixReader) -> int:
    """Return by how much our clock is ahead of the homeserver's; its breaker counts this, too.

    An answer forgives failures, but opens no way again: who tells the time may yet take nothing.

    Raises:
        Transient: it does not answer, or not soon.
        Permanent: its answers have no date.
    """
    before = matrix.clock()
    with matrix.asking():
        theirs = await _their_time(homeserver)
    if not matrix.breaker.is_open:
        matrix.breaker = matrix.breaker.succeeded()
    return ahead_ms(before, theirs, matrix.clock())


async def _their_time(homeserver: MatrixReader) -> Instant:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            return await homeserver.server_time()
    except TimeoutError as error:
        raise Transient(f"no answer within {ANSWERS_WITHIN_SECONDS:g} seconds") from error
