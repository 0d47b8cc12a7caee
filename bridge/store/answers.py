"""Answers to commands that came from the command line."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import command_answers


def record_answer(tx: Tx, key: str, *, is_done: bool, text: str) -> None:
    """Leave the answer to a command where its process waits for it."""
    values = {"key": key, "is_done": is_done, "answer": text, "at": tx.now}
    insert_once(tx.conn, command_answers, values)


def answer_to(conn: Connection, key: str) -> tuple[bool, str] | None:
    """Return whether a command was done, and its answer; None while there is none."""
    row = conn.execute(select(command_answers).where(command_answers.c.key == key)).first()
    return (bool(row.is_done), row.answer) if row else None
