"""What tells whether something has changed in a fleet's database since it was read.

The rows of a customer are put together and hashed by the database: a fleet has a million of them.
A row counts as a whole, with columns that nobody here looks at.
"""

import hashlib
from abc import ABC
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TableClause,
    Text,
    and_,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from provisioner.contract.proofs import Fingerprints
from provisioner.drivers.asterisk import ids, rows
from provisioner.drivers.asterisk.realtime.store import ROUTES, ROWS, TABLES, FleetStore
from provisioner.drivers.asterisk.realtime.tables import begins, pieces
from provisioner.telephony.identity import CustomerId

_ROUTED = or_(*(begins(ROUTES.c.key, f"{family}/") for family in (rows.DID, rows.BLK)))
_OWNER = func.coalesce(func.substring(ROUTES.c.value, r"^([a-z0-9]+(?:-[a-z0-9]+)*)--[^\n]*$"), "")
"""As ``ids.owner_of`` reads a route's value."""


class FingerprintingFleet(ABC):
    """Beside a driver's own methods; it gives the database."""

    store: FleetStore

    def fingerprints(self, customers: Sequence[CustomerId] | None = None) -> Fingerprints:
        """Of all SIP objects, rows and routes that are a customer's by their name, marked or not.

        Raises Unavailable.
        """
        names = None if customers is None else sorted(map(str, customers))
        return self.store.read(lambda db: _fingerprints(db, names))

    def held(self) -> Iterator[tuple[str, str]]:
        """Raises Unavailable."""
        yield from self.store.read(_held)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of one table; ``owner``: whose each is."""

    table: TableClause
    key: ColumnElement[str]
    owner: ColumnElement[str]
    which: ColumnElement[bool] = field(default_factory=true)


def _parts(names: Sequence[str] | None) -> Iterator[_Part]:
    """All rows that are a customer's, or those of ``names``."""
    for sort in TABLES.values():
        where = table(sort, column("id", Text))
        found = where.c.id.collate("C")
        owner = func.split_part(where.c.id, ids.GAP, 1)
        yield _Part(where, found, owner, _one_of(found, "", names, ids.GAP))
    for where, family in ((ROWS, rows.ALL), (ROUTES, rows.EXT)):
        owner = func.split_part(where.c.key, "/", 2)
        yield _Part(where, where.c.key, owner, _one_of(where.c.key, f"{family}/", names, "/"))
    mine = and_(_ROUTED, _one_of(ROUTES.c.value, "", names, ids.GAP))
    yield _Part(ROUTES, ROUTES.c.key, _OWNER, mine)


def _one_of(
    found: ColumnElement[str], start: str, names: Sequence[str] | None, end: str
) -> ColumnElement[bool]:
    if names is None:
        return begins(found, start) if start else true()
    return or_(*(begins(found, f"{start}{name}{end}") for name in names))


def _fingerprints(db: Connection, names: Sequence[str] | None) -> dict[str, bytes]:
    found: dict[str, Any] = {}
    for some in [None] if names is None else pieces(names):
        for part in _parts(some):
            owner = part.owner.label("owner")
            asked = select(owner, _hashed(part)).where(part.which).group_by(owner)
            for customer, rest in db.execute(asked):
                known = found.get(customer)
                if known is None:
                    known = found[customer] = hashlib.sha256()
                known.update(b"%s %s " % (part.table.name.encode(), rest))
    return {customer: known.digest() for customer, known in found.items()}


def _hashed(part: _Part) -> ColumnElement[bytes]:
    whole = cast(literal_column(f"{part.table.name}.*"), Text)
    together = func.string_agg(whole, aggregate_order_by(literal_column("chr(10)"), part.key))
    return func.sha256(func.convert_to(together, "UTF8"))


def _held(db: Connection) -> Iterator[tuple[str, str]]:
    """As ``holders`` counts: what leads to a customer of ours is that customer's."""
    metas = select(ROWS).where(begins(ROWS.c.key, f"{rows.ALL}/"))
    metas = metas.where(ROWS.c.key.like(f"%/{rows.META}"))
    tenants = {
        key.split("/")[1] for key, text in db.execute(metas) if rows.is_ours(rows.read(text))
    }
    owner = _OWNER.label("owner")
    keys = func.string_agg(ROUTES.c.key, literal_column("chr(10)"))
    found = db.execute(select(owner, keys).where(_ROUTED).group_by(owner)).all()
    return _digits(found, tenants)


def _digits(found: Sequence[Any], tenants: set[str]) -> Iterator[tuple[str, str]]:
    for owner, keys in found:
        for each in keys.split("\n"):
            digits = ids.digits_from(*each.split("/", 1))
            if digits is not None:
                yield digits, owner if owner in tenants else ""
