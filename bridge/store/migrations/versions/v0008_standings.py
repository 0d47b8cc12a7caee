"""What each person's acts amount to is kept, so that an act costs the same in any ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("kept_upto", "objected_upto"):
        # Nothing is kept yet: the next act of each ballot reads its whole ledger, once.
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column("ballots", column)
    op.create_index("ix_acts_person", "acts", ["ballot", "capacity", "person_ref", "seq"])
    op.create_table(
        "standings",
        sa.Column("ballot", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=True),
        sa.Column("raised", sa.Text(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ballot"], ["ballots.id"], name="fk_standings_ballot_ballots"),
        sa.PrimaryKeyConstraint("ballot", "person_ref", name="pk_standings"),
    )
