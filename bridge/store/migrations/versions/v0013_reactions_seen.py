"""A reaction is told of in the digest of the day on which it came, whatever its sender's clock."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reactions",
        sa.Column("seen_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.execute("UPDATE reactions SET seen_at = sent_at")
