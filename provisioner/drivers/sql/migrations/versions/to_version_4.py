"""A table for proofs."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("customer", sa.String(40), primary_key=True),
        sa.Column("reseller", sa.String(40), nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("live", sa.LargeBinary, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("numbers", sa.Text, nullable=False),
        sa.Column("logins", sa.LargeBinary, nullable=False),
        sa.Column("support", sa.LargeBinary, nullable=False),
    )
