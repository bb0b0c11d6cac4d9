"""The day on which a customer is due, all that there are at once; results of work handed out."""

import sqlalchemy as sa
from alembic import op

from provisioner.drivers.sql.due import AT_ONCE, turn_of

revision = "3"
down_revision = "2"


def upgrade() -> None:
    table = op.create_table(
        "due",
        sa.Column("customer", sa.String(40), primary_key=True),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("mark", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
    )
    for column in ("due_on", "basis", "turn"):
        op.create_index(f"ix_due_{column}", "due", [column])
    op.create_table(
        "outcomes",
        sa.Column("batch", sa.String(32), primary_key=True),
        sa.Column("customer", sa.String(40), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
    )
    op.create_index("ix_outcomes_at", "outcomes", ["at"])
    sources = [sa.table(name, sa.column("customer")) for name in ("releases", "orders", "numbers")]
    every = sa.union(*(sa.select(each.c.customer) for each in sources))
    rows = [
        {"customer": name, "due_on": AT_ONCE, "basis": "", "mark": 1, "turn": turn_of(name)}
        for name in op.get_bind().execute(every).scalars()
    ]
    if rows:
        op.bulk_insert(table, rows)
