"""One row for each customer in which is what was applied of it, instead of one for each object."""

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"

_AT_ONCE = 200
"""Customers whose rows are held together: a desk may have millions of rows."""
_APPLIED = sa.table("applied", *(sa.column(name) for name in ("customer", "kind", "key", "hashes")))


def upgrade() -> None:
    table = op.create_table(
        "noted",
        sa.Column("customer", sa.String(40), primary_key=True),
        sa.Column("hashes", sa.Text, nullable=False),
    )
    db = op.get_bind()
    for some in _customers(db):
        op.bulk_insert(table, _joined(db, some))
    op.drop_table("applied")
    op.execute(sa.table("proofs").delete())  # none holds: they rest on the rows as they were


def _customers(db: sa.Connection) -> Iterator[list[str]]:
    whose = _APPLIED.c.customer
    last = ""
    while True:
        query = sa.select(whose).distinct().where(whose > last).order_by(whose).limit(_AT_ONCE)
        some = list(db.execute(query).scalars())
        if not some:
            return
        yield some
        last = some[-1]


def _joined(db: sa.Connection, customers: list[str]) -> list[dict[str, str]]:
    mine = _APPLIED.c
    columns = mine.customer, mine.kind, mine.key, sa.cast(mine.hashes, sa.Text)
    query = sa.select(*columns).where(mine.customer.in_(customers))
    found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in customers}
    for customer, kind, key, hashes in db.execute(query):
        # unread: what is damaged stays so, and keeps nobody else from the upgrade
        found[customer].setdefault(kind, {})[key] = orjson.Fragment(hashes)
    return [
        {"customer": name, "hashes": orjson.dumps(every, option=orjson.OPT_SORT_KEYS).decode()}
        for name, every in found.items()
    ]
