"""When the card of a ballot that is over is read again; those that are over now, at once."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ballots", sa.Column("look_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_ballots_look", "ballots", ["look_at"])
    op.execute("UPDATE ballots SET look_at = 0 WHERE state IN ('closed', 'announced')")
