"""What is kept of each person is made anew: it says when an objection was raised, too."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM standings")
    # The next act or count of each ballot reads its whole ledger, once.
    op.execute("UPDATE ballots SET kept_upto = 0, objected_upto = 0")
