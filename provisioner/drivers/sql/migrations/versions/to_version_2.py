"""A name for the desk, tokens for leases and runs, an index for runs that are open."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = None

_UNBOUNDED = {"orders": ("scope", "time", "authority", "poa"), "intervals": ("product",)}


def upgrade() -> None:
    op.add_column("desk", sa.Column("identity", sa.String(32)))
    desk = sa.table("desk", sa.column("identity"))
    op.execute(desk.update().values(identity=secrets.token_hex(16)))
    op.add_column("runs", sa.Column("token", sa.String(16)))
    op.add_column("leases", sa.Column("token", sa.String(16)))
    is_open = sa.text("ended IS NULL")
    op.create_index(
        "ix_runs_open",
        "runs",
        ["customer", "started"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    if op.get_context().dialect.name == "sqlite":
        return  # which looks at no length
    for table, columns in _UNBOUNDED.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.Text())
