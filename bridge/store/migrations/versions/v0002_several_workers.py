"""Several processes on one database know who sends what; a restored copy knows that it is one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("worker", sa.BigInteger(), nullable=True))
    op.add_column("instance", sa.Column("copied_at", sa.BigInteger(), nullable=True))
    op.add_column("instance", sa.Column("restored_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "instance",
        sa.Column("ballots_from", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
    )
