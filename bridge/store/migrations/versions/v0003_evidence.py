"""Posts say what speaks for their author; of older ones nothing was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "posts",
        sa.Column("evidence", sa.Text(), server_default=sa.text("'none'"), nullable=False),
    )
    for name in ("evidence_method", "evidence_domain", "evidence_reason"):
        op.add_column("posts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("evidence_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE posts SET evidence_at = arrived_at")
