"""What is noted as applied of a customer: a hash for each field of each object, all in one row.

A proven plan reads every row of the desk, and with a row for each object these were half of all.
Whoever changes a row has locked it, since a number may leave one customer while another run writes
about it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    cast,
    select,
)

from provisioner.contract.resources import Kind
from provisioner.drivers.sql.rows import ByCustomer, Names
from provisioner.drivers.sql.schema import desk, noted

Hashes = Mapping[str, str]
"""By field."""

_FIRST = 5
"""The version of the tables that has one row for each customer."""
_KINDS = {str(kind): kind for kind in Kind}
_TEXT = frozenset({str})
_VERSION = select(desk.c.version)
_EARLIER = Table(
    "applied",
    MetaData(),
    Column("customer", String(40), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("hashes", JSON, nullable=False),
)
_NOTED = ByCustomer(select(noted), noted.c.customer)
_NOTED_EARLIER = ByCustomer(
    select(_EARLIER.c.customer, _EARLIER.c.kind, _EARLIER.c.key, cast(_EARLIER.c.hashes, Text)),
    _EARLIER.c.customer,
)
_MINE = noted.c.customer == bindparam("of")
_LOCKED = select(noted.c.hashes).where(_MINE).with_for_update()
_CHANGED = noted.update().where(_MINE)
_NEW = noted.insert()


def there(db: Connection) -> Table:
    """In which it is, by the version of the tables."""
    version = db.execute(_VERSION).scalar_one()
    return _EARLIER if version < _FIRST else noted


def read(db: Connection, names: Names) -> dict[str, dict[tuple[Kind, str], Hashes]]:
    """By customer.  Raises one of ROW_FAULTS for a row that cannot be understood."""
    found: dict[str, dict[tuple[Kind, str], Hashes]] = {}
    for customer, kind, mine in _each(db, names):
        known = _KINDS.get(kind) or Kind(kind)
        found.setdefault(customer, {}).update({(known, key): mine[key] for key in mine})
    return found


def of(db: Connection, customer: str) -> dict[tuple[str, str], Hashes]:
    """By kind and key, of one customer; nobody else changes it until the transaction ends."""
    row = db.execute(_LOCKED, {"of": customer}).scalar_one_or_none()
    by_kind = _parsed(row) if row is not None else ()
    return {(kind, key): hashes for kind, mine in by_kind for key, hashes in mine.items()}


def change(db: Connection, customer: str, now: Mapping[tuple[str, str], Hashes | None]) -> None:
    """What is applied now, by kind and key; None: it is gone."""
    before = of(db, customer)
    after = {at: hashes for at, hashes in {**before, **now}.items() if hashes is not None}
    if after == before:
        return
    by_kind: dict[str, dict[str, Hashes]] = {}
    for (kind, key), hashes in after.items():
        by_kind.setdefault(kind, {})[key] = dict(hashes)
    text = orjson.dumps(by_kind, option=orjson.OPT_SORT_KEYS).decode()
    if not after:
        db.execute(noted.delete().where(noted.c.customer == customer))
    elif not db.execute(_CHANGED, {"of": customer, "hashes": text}).rowcount:
        db.execute(_NEW, {"customer": customer, "hashes": text})


def _each(db: Connection, names: Names) -> Iterator[tuple[str, str, Mapping[str, Hashes]]]:
    """Customer, kind, and hashes by key."""
    if there(db) is noted:
        for customer, text in _NOTED.ask(db, names):
            yield from ((customer, *each) for each in _parsed(text))
        return
    for customer, kind, key, text in _NOTED_EARLIER.ask(db, names):
        yield customer, kind, {key: _hashes(orjson.loads(text))}


def _parsed(text: Any) -> Iterator[tuple[str, Mapping[str, Hashes]]]:
    for kind, mine in _mapping(orjson.loads(text)).items():
        for hashes in _mapping(mine).values():
            _hashes(hashes)
        yield kind, mine


def _hashes(found: Any) -> Hashes:
    if {*map(type, _mapping(found).values())} <= _TEXT:
        return found  # type: ignore[no-any-return]  # it was just looked at
    raise ValueError


def _mapping(found: Any) -> Mapping[str, Any]:
    if isinstance(found, dict):
        return found
    raise ValueError
