"""The tables: one schema for SQLite and PostgreSQL.

Every instant is a BIGINT of Unix milliseconds UTC. JSON is canonical text, so that the same
bytes are hashed on both engines. Migrations in ``migrations/`` lead here; a test compares them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as AnyText

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
# SQLite counts rows only in columns that are INTEGER to the letter.
Key = BigInteger().with_variant(Integer, "sqlite")

LONGEST_NAME = 512
"""Bytes. PostgreSQL refuses to index what is longer than some 2,700, and strangers send such."""


def stored_text(value: str | None) -> str | None:
    """Return text as a column of type ``Text`` keeps it."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    clean = value.replace("\0", "\ufffd").encode("utf-8", "surrogatepass")
    return clean.decode("utf-8", "replace")


def stored_name(value: str | None) -> str | None:
    """Return a name as a column of type ``Name`` keeps it."""
    name = stored_text(value)
    if name is None or len(name) <= LONGEST_NAME // 4:
        return name
    raw = name.encode("utf-8")
    return name if len(raw) <= LONGEST_NAME else f"sha256:{hashlib.sha256(raw).hexdigest()}"


class Text(TypeDecorator[str]):
    """Text that either database can hold, whatever a stranger has put into it.

    PostgreSQL refuses NUL, and no driver can encode a lone surrogate: both become U+FFFD.
    """

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Return the text as it is stored and compared."""
        del dialect
        return stored_text(value)


class Name(Text):
    """Text by which rows are found: an id or a key that came from outside, hence of any length.

    One that no index takes is stored, and looked for, as its SHA-256.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Return the name as it is stored and compared."""
        del dialect
        return stored_name(value)


instance = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", Text, nullable=False),
    # Ghosts and pseudonyms are HMACs under this key; it never leaves the database.
    Column("key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("alive_at", BigInteger, nullable=False, server_default=text("0")),
    # When this database was copied, and when a bridge first started on the copy; see ``restored``.
    Column("copied_at", BigInteger),
    Column("restored_at", BigInteger),
    # Numbers below it may have been given to ballots that the copy does not know.
    Column("ballots_from", BigInteger, nullable=False, server_default=text("1")),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("lane", Name, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Name, nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("meta", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due_at", BigInteger, nullable=False),
    Column("reason", Text),
    # The Message-ID or event id it turned out to be, once it is read.
    Column("about", Name, index=True),
)
Index(
    "ix_inbox_waiting",
    inbox.c.lane,
    inbox.c.id,
    sqlite_where=inbox.c.state == "new",
    postgresql_where=inbox.c.state == "new",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("lane", Name, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Name, nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    # The key of another row that must have left before this one is due.
    Column("needs", Name),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("first_try_at", BigInteger),
    # The process that is sending it; see ``presence``.
    Column("worker", BigInteger),
    Column("expires_at", BigInteger),
    Column("remote_id", Text),
    Column("reason", Text),
)
_UNSENT = outbox.c.state.in_(("pending", "sending", "unknown"))
Index(
    "ix_outbox_unsent",
    outbox.c.lane,
    outbox.c.id,
    sqlite_where=_UNSENT,
    postgresql_where=_UNSENT,
)

posts = Table(
    "posts",
    metadata,
    Column("list_id", Name, primary_key=True),
    Column("message_id", Name, primary_key=True),
    Column("inbox_id", Key, ForeignKey("inbox.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("author_address", Text),
    Column("ghost", Text),
    Column("date", BigInteger),
    Column("arrived_at", BigInteger, nullable=False),
    Column("own_digest", Text, nullable=False),
    # The post whose event heads the Matrix thread this one stands in; itself in the main timeline.
    Column("head", Name, nullable=False),
    # The Matrix event of part 0, once it is sent.
    Column("event_id", Name),
    # What speaks for the author: a level's label, whose word it is, and why it is no more.
    Column("evidence", Text, nullable=False, server_default=text("'none'")),
    Column("evidence_method", Text),
    Column("evidence_domain", Text),
    Column("evidence_reason", Text),
    # NULL while a name server still has to answer.
    Column("evidence_at", BigInteger),
)

Index("ix_posts_date", posts.c.list_id, posts.c.date)

thread_nodes = Table(
    "thread_nodes",
    metadata,
    Column("list_id", Name, primary_key=True),
    Column("message_id", Name, primary_key=True),
    Column("parent", Name),
    Column("root", Name, nullable=False),
    # NULL for a placeholder: a message that others name and nobody has seen.
    Column("arrived_at", BigInteger),
)
Index("ix_thread_nodes_root", thread_nodes.c.list_id, thread_nodes.c.root)

thread_claims = Table(
    "thread_claims",
    metadata,
    Column("list_id", Name, primary_key=True),
    Column("claimant", Name, primary_key=True),
    Column("child", Name, primary_key=True),
    Column("parent", Name, primary_key=True),
    Column("rank", Integer, nullable=False),
)
Index("ix_thread_claims_child", thread_claims.c.list_id, thread_claims.c.child)

rooms = Table(
    "rooms",
    metadata,
    Column("list_id", Name, primary_key=True),
    Column("room_id", Name, nullable=False, unique=True),
    # Raw state events, JSON list: power and privacy are computed from these alone.
    Column("state", Text, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    # Why nothing may be sent there now; NULL while the room is as its list demands.
    Column("closed_because", Text),
)

room_events = Table(
    "room_events",
    metadata,
    Column("event_id", Name, primary_key=True),
    Column("room_id", Name, nullable=False),
    Column("list_id", Name, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message_id", Name),
    Column("ballot", Integer),
)
Index("ix_room_events_ballot", room_events.c.ballot, room_events.c.kind)

reactions = Table(
    "reactions",
    metadata,
    Column("event_id", Name, primary_key=True),
    Column("room_id", Name, nullable=False),
    Column("target", Name, nullable=False),
    Column("key", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    # By our clock; a sender's may be any.
    Column("seen_at", BigInteger, nullable=False, server_default=text("0")),
    Column("removed_at", BigInteger),
)
Index("ix_reactions_target", reactions.c.target)

list_posts = Table(
    "list_posts",
    metadata,
    Column("message_id", Name, primary_key=True),
    Column("list_id", Name, nullable=False),
    Column("ballot", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger),
    Column("seen_at", BigInteger),
    Column("proof", Text),
)

ballots = Table(
    "ballots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Name, nullable=False, unique=True),
    Column("list_id", Name, nullable=False),
    Column("state", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("seq", Integer, nullable=False, server_default=text("0")),
    Column("head", Text, nullable=False),
    Column("command_event", Text),
    Column("swept_at", BigInteger),
    # When the card of one that is over is read again; NULL while it counts, and in the end.
    Column("look_at", BigInteger),
    # Up to which act ``standings`` holds the ledger, and the last one that moved an objection.
    Column("kept_upto", Integer, nullable=False, server_default=text("0")),
    Column("objected_upto", Integer, nullable=False, server_default=text("0")),
)
Index("ix_ballots_state", ballots.c.state, ballots.c.deadline)
Index("ix_ballots_look", ballots.c.look_at)

acts = Table(
    "acts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ballot", Integer, ForeignKey("ballots.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("effective_at", BigInteger, nullable=False),
    Column("claimed_at", BigInteger),
    Column("door", Text, nullable=False),
    Column("source_id", Name, nullable=False),
    Column("person_ref", Name, nullable=False),
    Column("capacity", Text, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("position", Text, nullable=False),
    Column("target", Name),
    Column("with_text", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text),
    Column("flags", Text, nullable=False),
    Column("personal_hash", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("door", "source_id"),
    UniqueConstraint("ballot", "seq"),
)
Index("ix_acts_person", acts.c.ballot, acts.c.capacity, acts.c.person_ref, acts.c.seq)

# What each person's acts amount to. A cache beside the ledger, see ``kept_upto``.
standings = Table(
    "standings",
    metadata,
    Column("ballot", Integer, ForeignKey("ballots.id"), primary_key=True),
    Column("person_ref", Name, primary_key=True),
    # What they count as when no hold lies over it; empty for silent.
    Column("row", Text, nullable=False),
    Column("hold_until", BigInteger),
    # JSON: each objection's act, when it was lifted and how.
    Column("raised", Text, nullable=False),
    Column("latest", BigInteger, nullable=False),
)

act_personal = Table(
    "act_personal",
    metadata,
    Column("act", Key, ForeignKey("acts.id", ondelete="CASCADE"), primary_key=True),
    Column("salt", Text, nullable=False),
    Column("personal", Text, nullable=False),
)

command_answers = Table(
    "command_answers",
    metadata,
    Column("key", Name, primary_key=True),
    Column("is_done", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What a facilitator was shown before it is done, and waits for a yes.
proposals = Table(
    "proposals",
    metadata,
    Column("id", Key, primary_key=True),
    # Id of the command that asked for it; what it does has it as its source.
    Column("key", Name, nullable=False, unique=True),
    Column("list_id", Name, nullable=False),
    Column("ballot", Integer, nullable=False),
    Column("verb", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("chair", Text, nullable=False),
    # The thread in which a plain "confirm" means it; NULL from the command line.
    Column("root", Name),
    Column("post", Name),
    Column("about", Name),
    # What was shown, as a hash, and how the ballot stood then.
    Column("shown", Text, nullable=False),
    Column("stood", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
)
Index("ix_proposals_root", proposals.c.root)

# That somebody was erased from the ballots, and how much of them there was; not who.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", Name, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("by_whom", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("rolls", Integer, nullable=False),
    Column("reactions", Integer, nullable=False),
    Column("events", Integer, nullable=False),
)

outages = Table(
    "outages",
    metadata,
    Column("id", Key, primary_key=True),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
)

told = Table(
    "told",
    metadata,
    # What was told of, ``b/42`` or a List-Id, and in which kind of mail.
    Column("about", Name, primary_key=True),
    Column("kind", Text, primary_key=True),
    # Up to which act of the ledger, or which chat message, and when.
    Column("upto", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# That something was said in a room; never what, and by whom only as a pseudonym.
chat_messages = Table(
    "chat_messages",
    metadata,
    Column("id", Key, primary_key=True),
    Column("event_id", Name, nullable=False, unique=True),
    Column("list_id", Name, nullable=False),
    # The post that heads the thread it stands in, or the ballot; neither elsewhere in the room.
    Column("head", Name),
    Column("ballot", Integer),
    Column("sender", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    # A mark names the last message that was told: no later one may have its number.
    sqlite_autoincrement=True,
)
Index("ix_chat_messages_list_id", chat_messages.c.list_id, chat_messages.c.id)
