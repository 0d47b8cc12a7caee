"""A Post as the JSON other programs read (``seconded mail show --json``); pure.

Instants are UTC in ISO 8601 with Z; what is unknown is null and never absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bridge.ids import Instant
from bridge.mail.blocks import Block, Kind
from bridge.mail.evidence import Evidence
from bridge.mail.parse import Post

_FORWARD_META = ("from", "date", "subject", "to")


def post_json(post: Post, evidence: Evidence) -> dict[str, Any]:
    """Return everything a mail says, and what it means, as JSON values."""
    return {
        "message_id": post.message_id,
        "list_id": post.list_id or None,
        "subject": post.subject,
        "thread_subject": post.thread_subject,
        "author": {
            "name": post.author.name,
            "address": post.author.address,
            "rung": post.author.rung.value,
        },
        "evidence": {
            "level": evidence.level.label,
            "method": evidence.method,
            "domain": evidence.domain,
        },
        "date": iso(post.date),
        "in_reply_to": post.in_reply_to[0] if post.in_reply_to else None,
        "references": list(post.references),
        "body": post.body,
        "own_text": post.own_text,
        "reply_text": post.reply_text,
        "blocks": blocks_json(post.blocks),
        "attachments": [
            {"name": a.name, "type": a.type, "size": a.size, "sha256": a.sha256, "url": a.url}
            for a in post.attachments
        ],
        "errors": [*post.errors, *([f"later: {evidence.reason}"] if evidence.later else [])],
    }


def blocks_json(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return blocks with their offsets; a forward's with the blocks inside it."""
    return [_block(block) for block in blocks]


def _block(block: Block) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": block.kind.value,
        "depth": block.depth,
        "start": block.start,
        "end": block.end,
        "meta": dict(block.meta),
    }
    if block.kind is Kind.FORWARD:
        shown["meta"] = {name: block.meta.get(name) for name in _FORWARD_META}
        shown["blocks"] = blocks_json(block.blocks)
    return shown


def iso(instant: Instant | None) -> str | None:
    """Return an instant (Unix ms) as UTC with seconds, or None."""
    if instant is None:
        return None
    return datetime.fromtimestamp(instant // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
