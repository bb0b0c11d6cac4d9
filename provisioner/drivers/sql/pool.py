"""The operator's numbers as a whole: what is out, what rests, what is free."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioner.contract.desk import PoolEntry
from provisioner.drivers.sql.numbers import HELD, PROVISIONAL, STOCK, out
from provisioner.drivers.sql.schema import numbers, order_numbers
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.pools import HEAD, NumberPools, left


def entries(db: Connection, pools: NumberPools, today: date) -> list[PoolEntry]:
    """What is out, what rests, and what is free as the largest ranges, sorted."""
    found = []
    busy: dict[str, list[str]] = {}
    for row in db.execute(select(numbers).where(out(today))):
        busy.setdefault(row.head, []).append(row.digits)
        lent = row.pool == HELD and any(row.digits.startswith(b.prefix) for b in pools.stock)
        if row.pool in {STOCK, PROVISIONAL} or lent:
            found.append(_entry(row))
    for digits in db.execute(select(order_numbers.c.digits)).scalars():
        busy.setdefault(digits[:HEAD], []).append(digits)
    for pool, blocks in {STOCK: pools.stock, PROVISIONAL: pools.provisional}.items():
        for block in blocks:
            inside = busy.get(block.prefix[:HEAD], [])
            found += [
                PoolEntry(pool, digits, 10 ** (DIGITS - len(digits)), "free")
                for digits in left(block.prefix, inside)
            ]
    return sorted(found, key=lambda e: (e.pool, e.digits))


def _entry(row: Row[Any]) -> PoolEntry:
    return PoolEntry(
        STOCK if row.pool == HELD else row.pool,
        row.digits,
        row.size,
        "allocated" if row.until is None else "quarantine",
        CustomerId(row.customer),
        row.key,
        row.until,
        named=row.pool == HELD,
    )
