"""What became of the customers of a batch, for whoever has handed it out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from provisioner.drivers.sql.schema import outcomes

KEPT = timedelta(days=7)


def now(db: Connection) -> datetime:
    found = db.execute(select(func.current_timestamp())).scalar_one()
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def tell(db: Connection, batch: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    """A repeated job tells nothing of whom the first one has told."""
    at = now(db)
    forget(db, at)
    known = told(db, batch)
    rows = [
        {"batch": batch, "customer": name, "at": at, "result": dict(result)}
        for name, result in sorted(results.items())
        if name not in known
    ]
    if rows:
        db.execute(outcomes.insert(), rows)


def forget(db: Connection, at: datetime) -> None:
    """Of batches for which nobody can wait any more."""
    db.execute(outcomes.delete().where(outcomes.c.at < at - KEPT))


def told(db: Connection, batch: str) -> dict[str, Mapping[str, Any]]:
    columns = select(outcomes.c.customer, outcomes.c.result)
    return {
        row.customer: row.result for row in db.execute(columns.where(outcomes.c.batch == batch))
    }
