"""What has to be true of the desk's database: each check with its remedy."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, func, select

from provisioner.codes.desk import DeskIsNotSetUp
from provisioner.codes.systems import (
    ClockOfTheDeskDiffers,
    DatabaseHasOtherTables,
    EntriesOfTheFuture,
    NotAReadableDatabase,
    RowNotUnderstood,
)
from provisioner.contract.checking import Check
from provisioner.contract.desk import DeskState
from provisioner.drivers import private_file, sqlite_file
from provisioner.drivers.sql import schema
from provisioner.drivers.sql.store import Store
from provisioner.errors import ProvisionError, SystemFault, Unavailable
from provisioner.telephony.identity import CustomerId

MAX_SKEW = 5
"""Seconds between two clocks, as for the PBX."""


class _Reader(Protocol):
    def customers(self) -> Collection[CustomerId]: ...

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, DeskState]: ...


def check(store: Store, desk: _Reader, now: datetime) -> Iterator[Check]:
    """Each check as it is done; a database that gives no answer ends them. Writes nothing."""
    file = store.file
    try:
        version, damage, clock, future = store.read(
            lambda db: (
                _version(db),
                _damage(db, store),
                _clock(db, store, now),
                _future(db, store, now),
            )
        )
        customers = list(desk.customers())
        known = desk.read(customers)
    except SystemFault as fault:
        tables = fault.says(DatabaseHasOtherTables, DeskIsNotSetUp)
        name = "doctor.schema" if tables else "doctor.reachable"
        yield Check(name, fault, {"version": schema.VERSION})
        return
    yield Check("doctor.reachable")
    yield Check("doctor.database", None, {"version": version})
    yield Check("doctor.schema", None, {"version": schema.VERSION})
    yield Check("doctor.clock", clock or future)
    yield Check("doctor.rows", damage or _unknown(customers, known, store))
    if file is not None and sqlite_file.exists(file):
        yield Check("doctor.permissions", private_file.fault(file))


def _version(db: Connection) -> str:
    """``SQLite 3.45.1``, ``PostgreSQL 16.2``."""
    if db.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    found = db.dialect.server_version_info or ()
    name = {"postgresql": "PostgreSQL"}.get(db.dialect.name, db.dialect.name)
    return f"{name} {'.'.join(str(part) for part in found)}".rstrip()


def _damage(db: Connection, store: Store) -> ProvisionError | None:
    if db.dialect.name != "sqlite":
        return None
    first = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    return None if first == "ok" else Unavailable(NotAReadableDatabase(target=store.target))


def _clock(db: Connection, store: Store, now: datetime) -> ProvisionError | None:
    """A server has a clock of its own; a file has not."""
    if store.file is not None:
        return None
    theirs = db.execute(select(func.now())).scalar()
    if not isinstance(theirs, datetime):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    seconds = int(abs((theirs - now).total_seconds()))
    return (
        SystemFault(ClockOfTheDeskDiffers(target=store.target, seconds=seconds))
        if seconds > MAX_SKEW
        else None
    )


def _future(db: Connection, store: Store, now: datetime) -> ProvisionError | None:
    """A run that began later than now: this machine's clock, or another one's, is wrong."""
    latest = db.execute(select(func.max(schema.runs.c.started))).scalar()
    if latest is None or (latest - now).total_seconds() <= MAX_SKEW:
        return None
    return SystemFault(EntriesOfTheFuture(target=store.target, day=latest.date().isoformat()))


def _unknown(
    customers: Sequence[CustomerId], known: Mapping[CustomerId, DeskState], store: Store
) -> ProvisionError | None:
    """The first customer with a row that cannot be understood."""
    missing = next((c for c in customers if c not in known), None)
    if missing is None:
        return None
    return Unavailable(RowNotUnderstood(target=store.target, kind="", customer=str(missing)))
