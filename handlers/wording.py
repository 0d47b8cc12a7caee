"""In whose words a mail is written: a group's own templates, and ours when they fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

from bridge.config import ListConfig
from bridge.mail.texts import BROKEN
from bridge.store.database import Tx
from bridge.store.told import TEMPLATE, Told, record_told
from handlers.context import Context

T = TypeVar("T")
log = structlog.get_logger()


def worded(
    tx: Tx | None, context: Context, listed: ListConfig, text: Callable[[Path | None], T]
) -> T:
    """Return what the group's templates make; a mistake in one must not lose the mail.

    Args:
        tx: where operators' attention is asked for; None while a mail is only shown.
        context: the configuration.
        listed: whose list.
        text: writes the mail with the templates of a directory, or with ours alone.
    """
    own = listed.templates or context.config.mail.templates
    if own is None:
        return text(None)
    try:
        return text(own)
    except BROKEN as error:
        # No more of it: its sentence may repeat what stands in the mail.
        reason = type(error).__name__
    log.error("template_failed", list=listed.id, directory=str(own), reason=reason)
    if tx is not None:
        record_told(tx, listed.id, TEMPLATE, Told(0, tx.now))
    return text(None)
