"""A desk in a file moves to a server: every row, in one transaction there, then the file is closed.

While it lasts nobody writes to either.  Whatever stops it, the server has nothing or all; where it
has all and the file is not closed yet, the next call closes it.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, select

from provisioner.codes.desk import DeskThereIsNotEmpty
from provisioner.codes.policy import UnfinishedRun
from provisioner.codes.systems import NoAnswerWhetherItWasWritten, RowNotUnderstood
from provisioner.drivers.sql import schema
from provisioner.drivers.sql.embedded import EmbeddedStore
from provisioner.drivers.sql.server import ServerStore
from provisioner.drivers.sql.store import ROW_FAULTS
from provisioner.errors import Refused, Unavailable

_AT_ONCE = 1000
"""So many rows are in memory."""
_Sums = dict[str, tuple[int, int]]
"""Of each table: rows, and a sum over the digests of them, whatever their order."""


def move(source: EmbeddedStore, target: ServerStore) -> int:
    """How many rows there are.

    Raises Refused PV442 where a run is open, Unavailable PV648 if the server has a desk of its own,
    OutcomeUnknown PV511 (the next call tells).
    """

    def closed(old: Connection) -> int:
        _refuse_while_it_runs(old)
        count = target.alone(lambda new: _copied(source, old, new, target.target))
        old.execute(schema.desk.update().values(version=schema.MOVED))
        return count

    return source.write(closed)


def _refuse_while_it_runs(db: Connection) -> None:
    asked = select(schema.runs.c.customer, schema.runs.c.started)
    found = db.execute(asked.where(schema.runs.c.ended.is_(None)).limit(1)).one_or_none()
    if found is not None:
        since = found.started.isoformat(timespec="minutes")
        raise Refused(UnfinishedRun(customer=found.customer, started=since))


def _copied(source: EmbeddedStore, old: Connection, new: Connection, target: str) -> int:
    here = _sums(source.target, old)
    there = _sums(target, new)
    if any(there[table.name][0] for table in schema.metadata.sorted_tables if _counts(table)):
        if here != there:
            raise Unavailable(DeskThereIsNotEmpty(target=target))
        return sum(count for count, _ in here.values())
    for table in schema.metadata.sorted_tables:
        new.execute(table.delete())
        for rows in _pieces(source.target, old, table):
            new.execute(table.insert(), rows)
        if table.primary_key.columns.keys() == ["id"] and _counts(table):
            last = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            new.execute(select(func.setval(f"{table.name}_id_seq", last, False)))
    if _sums(target, new) != here:
        raise Unavailable(NoAnswerWhetherItWasWritten(target=target))
    return sum(count for count, _ in here.values())


def _counts(table: Table) -> bool:
    """But for the row that an empty desk has, too."""
    return table is not schema.desk


def _pieces(target: str, db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    try:
        found = db.execute(select(table), execution_options={"yield_per": _AT_ONCE})
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]
    except ROW_FAULTS:
        fault = RowNotUnderstood(target=target, kind=table.name, customer="")
        raise Unavailable(fault) from None


def _sums(target: str, db: Connection) -> _Sums:
    found: _Sums = {}
    for table in schema.metadata.sorted_tables:
        count = total = 0
        for rows in _pieces(target, db, table):
            count += len(rows)
            total += sum(map(_digest, rows))
        found[table.name] = count, total
    return found


def _digest(row: dict[str, Any]) -> int:
    text = orjson.dumps([*row.values()], default=bytes.hex, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.sha256(text).digest(), "big")
