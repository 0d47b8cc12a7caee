"""A reply without references looks for its subject among the list's posts of some days."""

from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_posts_date", "posts", ["list_id", "date"])
