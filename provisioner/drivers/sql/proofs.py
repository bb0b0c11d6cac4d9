"""What tells whether something has changed at the desk since it was read, and proofs of customers.

The rows of a customer are put together and hashed by the database: a fleet has a million of them.
"""

import hashlib
from abc import ABC
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Table,
    TextClause,
    bindparam,
    select,
    text,
)

from provisioner.contract.proofs import Fingerprints, Proof
from provisioner.drivers.sql import applied, held
from provisioner.drivers.sql.journal import leased_elsewhere
from provisioner.drivers.sql.renames import OWN
from provisioner.drivers.sql.schema import desk, noted, proofs, runs
from provisioner.drivers.sql.store import Store
from provisioner.drivers.sqlite_rows import as_bytes
from provisioner.telephony.identity import CustomerId

SCOPE = "proofs"
"""Whoever keeps some waits for who does: they are many in one transaction."""
_FIRST = 4
"""The version of the tables that can keep proofs."""
_FEW = 500


class ProvingSql(ABC):
    """Beside a desk's own methods; it gives the database."""

    _store: Store

    def fingerprints(self, customers: Sequence[CustomerId] | None = None) -> Fingerprints:
        """Of all that the tables have of a customer, also of what rests or has ended.

        Raises Unavailable.
        """
        names = None if customers is None else [str(c) for c in customers]
        return self._store.read(lambda db: _fingerprints(db, names))

    def held(self) -> Iterator[tuple[str, str]]:
        """Raises Unavailable."""
        with self._store.stream(held.every) as found:
            yield from found

    def proofs(self) -> Sequence[Proof]:
        """None from tables of an earlier version.  Raises Unavailable."""
        return self._store.read(_kept)

    def prove(self, proofs: Sequence[Proof], *, holder: str, at: datetime) -> None:
        """Raises Unavailable, or OutcomeUnknown; both cost a full plan and nothing else."""
        self._store.write(lambda db: _keep(db, proofs, holder, at), {SCOPE})


def _fingerprints(db: Connection, names: Sequence[str] | None) -> dict[str, bytes]:
    found: dict[str, Any] = {}
    for table in (applied.there(db) if each is noted else each for each in OWN):
        for customer, rows in _rows(db, table, names):
            known = found.get(customer)
            if known is None:
                known = found[customer] = hashlib.sha256()
            known.update(b"%s %d " % (table.name.encode(), len(rows)))
            known.update(rows)
    return {customer: known.digest() for customer, known in found.items()}


def _rows(db: Connection, table: Table, names: Sequence[str] | None) -> Iterator[Any]:
    """The customers of a table, and all rows of each, as bytes."""
    query = _query(table, db.dialect.name, some=names is not None)
    return iter(db.execute(query, {} if names is None else {"names": names}))


@cache
def _query(table: Table, database: str, *, some: bool) -> TextClause:
    where = "WHERE customer IN :names" if some else ""
    if database == "sqlite":
        values = [_value(c) for c in table.columns if c.name != "customer"]
        several = "customer" not in table.primary_key.columns
        index = f"ix_{table.name}_customer" if several else ""
        query = as_bytes(table.name, ["customer", *values], where, index)
    else:
        each = ", ".join(f"t.{c.name}" for c in table.primary_key)
        query = (
            f"SELECT customer, sha256(convert_to(string_agg(row_to_json(t)::text, chr(10)"  # noqa: S608 - no values
            f" ORDER BY {each}), 'UTF8')) FROM {table.name} t {where} GROUP BY customer"
        )
    return text(query).bindparams(bindparam("names", expanding=True)) if some else text(query)


def _value(column: Column[Any]) -> str:
    return f"quote({column.name})" if isinstance(column.type, LargeBinary) else column.name


def _kept(db: Connection) -> list[Proof]:
    if db.execute(select(desk.c.version)).scalar_one() < _FIRST:
        return []
    return [
        Proof(
            CustomerId(row.customer),
            row.reseller,
            row.manifest,
            row.live,
            row.settings,
            row.since,
            row.until,
            tuple(row.numbers.split()),
            row.logins,
            row.support,
        )
        for row in db.execute(select(proofs))
    ]


def _keep(db: Connection, made: Sequence[Proof], holder: str, at: datetime) -> None:
    busy = {*db.execute(select(runs.c.customer).where(runs.c.ended.is_(None))).scalars()}
    busy |= leased_elsewhere(db, at, but=holder)
    for start in range(0, len(made), _FEW):
        some = [p for p in made[start : start + _FEW] if str(p.customer) not in busy]
        names = [str(p.customer) for p in some]
        db.execute(proofs.delete().where(proofs.c.customer.in_(names)))
        if some:
            db.execute(proofs.insert(), [_row(each) for each in some])


def _row(proof: Proof) -> dict[str, object]:
    return {
        "customer": str(proof.customer),
        "reseller": proof.reseller,
        "manifest": proof.manifest,
        "live": proof.live,
        "settings": proof.settings,
        "since": proof.since,
        "until": proof.until,
        "numbers": " ".join(proof.numbers),
        "logins": proof.logins,
        "support": proof.support,
    }
