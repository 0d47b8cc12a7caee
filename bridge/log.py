"""How log lines look: JSON for machines, columns for a terminal, redacted in both.

One line per thing done: the event is a constant (``post_mirrored``), the rest is keys. Our lines
and those of the libraries go through the same processors, so nothing leaves around the redaction;
ours do without the standard library's records, which cost as much as all the rest. The loops
bind ``list`` and ``message_id`` with ``structlog.contextvars.bound_contextvars``.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.redaction import redaction

KEY_ORDER = (
    "timestamp",
    "level",
    "event",
    "list",
    "message_id",
    "room",
    "event_id",
    "ballot",
    "voter",
    "attempt",
    "reason",
    "took_ms",
)
"""Keys that stand first, in this order; the others follow by name."""

_QUIET = {
    **dict.fromkeys(("aiohttp", "nio", "sqlalchemy", "alembic", "asyncio"), logging.WARNING),
    # aiosmtpd's, which logs each command, hence addresses, and what strangers type as a warning.
    "mail.log": logging.ERROR,
}
"""Loggers of libraries, and from which level on they may speak."""


def set_up_logging(
    stream: TextIO,
    *,
    level: str = "info",
    as_json: bool | None = None,
    secrets: Iterable[str] = (),
) -> None:
    """Send every log line of this process to the stream.

    Args:
        stream: usually standard error.
        level: debug, info, warning or error.
        as_json: JSON lines or columns; by default columns when the stream is a terminal.
        secrets: tokens and passwords in use, taken out wherever they stand.

    Raises:
        ValueError: no such level.
    """
    wants_json = not stream.isatty() if as_json is None else as_json
    ending = _ending(redaction(secrets), as_json=wants_json)
    handler = _handler(stream, ending)
    _send_libraries_to(handler, level)
    lines = _Lines(handler)
    structlog.configure(
        processors=[*_beginning(), _all_or_nothing(ending)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )


class _Lines:
    """Writes our lines, between those of the libraries; a stream that is gone stops nobody."""

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        self._handler = handler

    def write(self, line: str) -> None:
        self._handler.acquire()
        try:
            with contextlib.suppress(OSError, ValueError):
                self._handler.stream.write(line + "\n")
                self._handler.flush()
        finally:
            self._handler.release()

    debug = info = warning = error = critical = write


def _all_or_nothing(processors: Sequence[Processor]) -> Processor:
    """Make one processor of several; a line that cannot be made is dropped, not what it tells."""

    def process(logger: WrappedLogger, method: str, entry: EventDict) -> str:
        line: Any = entry
        try:
            for processor in processors:
                line = processor(logger, method, line)
        except Exception as error:
            raise structlog.DropEvent from error
        return str(line)

    return process


def _handler(stream: TextIO, ending: Sequence[Processor]) -> logging.StreamHandler[TextIO]:
    handler = logging.StreamHandler(stream)
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[meta, *ending], foreign_pre_chain=_beginning()
        )
    )
    return handler


def _send_libraries_to(handler: logging.Handler, level: str) -> None:
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)
    # Python would print the arguments of a line that cannot be formatted, unredacted.
    logging.raiseExceptions = False


def _beginning() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _ending(redact: Processor, *, as_json: bool) -> list[Processor]:
    """Return what happens last: tracebacks become text before the text is redacted."""
    show: list[Processor] = [
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
        order_keys,
    ]
    if as_json:
        return [*show, structlog.processors.JSONRenderer()]
    columns = structlog.dev.ConsoleRenderer(
        sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )
    return [*show, escape_controls, columns]


def order_keys(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Put the keys of ``KEY_ORDER`` first, the others after them by name."""
    first = [key for key in KEY_ORDER if key in entry]
    return {key: entry[key] for key in [*first, *sorted(entry.keys() - set(first))]}


def escape_controls(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Make control characters visible: a subject must not write on the operator's terminal."""
    return {
        key: _printable(value, keep="\n" if key in {"exception", "stack"} else "")
        for key, value in entry.items()
    }


def _printable(value: object, *, keep: str) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in value)
