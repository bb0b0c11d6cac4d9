"""A customer or a login under another name: rows change whose they are, and nothing else of them.

No number passes through the pool, so none rests in quarantine and none costs again.
"""

from datetime import date, datetime

from sqlalchemy import Connection, Table, func, select

from provisioner.codes.systems import NewNameIsInUseAtTheDesk
from provisioner.contract.resources import Kind
from provisioner.drivers.sql import applied, journal, ledger
from provisioner.drivers.sql.applied import Hashes
from provisioner.drivers.sql.schema import (
    accounts,
    audit,
    intervals,
    noted,
    numbers,
    orders,
    proofs,
    releases,
    runs,
)
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item, ItemKind

OWN = (releases, accounts, numbers, orders, intervals, noted)
"""What makes an id a customer's: where the new one has a row it is somebody's already, be it only
the history of someone who has left."""


def customer(db: Connection, was: CustomerId, now: CustomerId, *, at: datetime, who: str) -> None:
    """All rows of ``was`` are those of ``now``; nothing if there are none. Refused PV519."""
    old, new = str(was), str(now)
    if not any(_count(db, table, old) for table in OWN):
        return
    held = sum(_count(db, table, new) for table in OWN)
    if held:
        raise Refused(NewNameIsInUseAtTheDesk(name=new, count=held))
    journal.end_all(db, was, at=at)
    for table in (*OWN, runs, audit):
        db.execute(table.update().where(table.c.customer == old).values(customer=new))
    db.execute(proofs.delete().where(proofs.c.customer == old))
    ledger.note(db, at=at, who=who, what=f"renamed {old} to {new}", why="manifest", customer=now)


def _count(db: Connection, table: Table, name: str) -> int:
    query = select(func.count()).where(table.c.customer == name)
    return int(db.execute(query).scalar_one())


def login(db: Connection, whose: CustomerId, was: str, now: str, today: date) -> None:
    """The workplace's row in the ledger and its notes; nothing if there are none. Refused PV519."""
    old, new = (str(Item(ItemKind.WORKPLACE, name)) for name in (was, now))
    mine = intervals.c.customer == str(whose)
    in_force = intervals.c.slot == 0
    rows = {
        row.item: row
        for row in db.execute(
            select(intervals).where(mine, in_force, intervals.c.item.in_([old, new]))
        )
    }
    if old in rows and new in rows:
        raise Refused(NewNameIsInUseAtTheDesk(name=now, count=1))
    if old in rows:
        _go_on(db, rows[old].id, rows[old].starts, str(whose), new, today)
    known, changed = applied.of(db, str(whose)), dict[tuple[str, str], Hashes | None]()
    for kind, key, other in ((Kind.WORKPLACE, was, now), (Kind.BILLING, old, new)):
        hashes = known.get((str(kind), key))
        if hashes is not None:
            changed |= {(str(kind), key): None, (str(kind), other): hashes}
    applied.change(db, str(whose), changed)


def _go_on(db: Connection, row: int, starts: date, customer: str, item: str, today: date) -> None:
    """From the first of the month on under the new name: a month that was billed stays as it was,
    and no month has two lines that are rounded each for itself.

    Later if somebody else was billed by that name this month: a day of it is billed once.
    """
    theirs = select(func.max(intervals.c.ends)).where(
        intervals.c.customer == customer, intervals.c.item == item
    )
    first = max(today.replace(day=1), db.execute(theirs).scalar_one() or date.min)
    mine = intervals.c.id == row
    if starts >= first:
        db.execute(intervals.update().where(mine).values(item=item))
        return
    open_row = db.execute(select(intervals).where(mine)).mappings().one()
    db.execute(intervals.update().where(mine).values(ends=first, slot=intervals.c.id))
    values = {name: open_row[name] for name in ("customer", "slot", "product", "once")}
    db.execute(intervals.insert().values(**values, item=item, starts=first))
