"""What is billed since when (R13), and who changed what and why.

Intervals of one item never overlap: a day is billed once, whatever is changed and how often.  A row
of a customer who has left has its own id, negated, as its slot: whoever gets the id next is charged
anew.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)

from provisioner.codes.systems import BillingHasBegun
from provisioner.contract.desk import AuditEntry, BilledInterval
from provisioner.contract.quick import Billed
from provisioner.contract.resources import BillingInterval, DeskResource
from provisioner.drivers.sql.rows import ByCustomer, Names, read_as
from provisioner.drivers.sql.schema import accounts, audit, intervals
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item

_ROWS = (
    select(intervals)
    .where(
        intervals.c.customer == bindparam("whose"),
        intervals.c.item == bindparam("of"),
        intervals.c.slot >= 0,
    )
    .order_by(intervals.c.ends)
)
_KNOWN = select(intervals.c.customer, intervals.c.item).where(
    intervals.c.customer.in_(bindparam("whose", expanding=True)),
    intervals.c.item.in_(bindparam("items", expanding=True)),
    intervals.c.slot >= 0,
)
_Which = tuple[str, str]
"""A customer and an item."""
_OPENED = intervals.insert()
_IN_FORCE = ByCustomer(
    select(intervals).where(intervals.c.slot == 0).order_by(intervals.c.item), intervals.c.customer
)
_NOTED = audit.insert()
_BILLED = (
    intervals.c.item,
    intervals.c.product,
    intervals.c.once,
    intervals.c.starts,
    intervals.c.ends,
    intervals.c.slot,
)
_COMPANY = (
    select(accounts.c.company)
    .where(accounts.c.customer == intervals.c.customer)
    .correlate(intervals)
    .scalar_subquery()
)
_AT_ONCE = 50
"""Customers that are asked of the database together."""
_FEW = 500
"""Customers whose rows are asked for by name; of more all rows are looked at."""


class Opening:
    """Rows of items that had none, left to the end of a transaction and written together.

    Who is set up has dozens of them.  ``about``: what the transaction is going to put.  Nothing
    else in it may look at the ledger, or change it, before they are written.
    """

    def __init__(self, about: Iterable[DeskResource] = ()) -> None:
        self._about = [each for each in about if isinstance(each, BillingInterval)]
        self._without: set[_Which] | None = None
        self._rows: list[dict[str, Any]] = []

    def is_new(self, db: Connection, wanted: BillingInterval) -> bool:
        """Whether it is known that the item has no row."""
        if self._without is None:
            self._without = {*map(_which, self._about)} - self._known(db)
        return _which(wanted) in self._without

    def _known(self, db: Connection) -> set[_Which]:
        found: set[_Which] = set()
        for start in range(0, len(self._about), _FEW):
            some = [*map(_which, self._about[start : start + _FEW])]
            whose, items = {who for who, _ in some}, [item for _, item in some]
            rows = db.execute(_KNOWN, {"whose": [*whose], "items": items})
            found |= {(row.customer, row.item) for row in rows}
        return found

    def add(self, wanted: BillingInterval, starts: date) -> None:
        if self._without is not None:
            self._without.discard(_which(wanted))
        self._rows.append(_opened(wanted, starts))

    def write(self, db: Connection) -> None:
        """What others do next may change which items have a row."""
        if self._rows:
            db.execute(_OPENED, self._rows)
        self._without, self._rows = None, []


def _which(wanted: BillingInterval) -> _Which:
    return str(wanted.customer), str(wanted.item)


def put(
    db: Connection, wanted: BillingInterval, today: date, opening: Opening | None = None
) -> date:
    """Open, change or move the item's interval; answers with the day on which it starts.

    Another product closes the old interval where the new one begins. One that lies ahead can be
    moved, to today if ``wanted`` has no start. What is paid once is entered once for ever, as soon
    as its day has come. Refused PV526 if the start of what is being billed already would move.
    """
    if opening is not None:
        if opening.is_new(db, wanted):
            starts = wanted.starts or today
            opening.add(wanted, starts)
            return starts
        opening.write(db)
    rows = _rows(db, wanted)
    row = next((each for each in rows if each.slot == 0), None)
    if row is None:
        return _open(db, wanted, wanted.starts or today, rows)
    begun = row.starts <= today
    if row.once and begun:
        return _day(row.starts)
    kept = begun and row.product == wanted.product
    starts = wanted.starts or (_day(row.starts) if kept else today)
    if row.product == wanted.product:
        if starts == row.starts:
            return starts
        if begun:
            raise Refused(
                BillingHasBegun(item=str(wanted.item), starts=str(row.starts), asked=str(starts))
            )
        db.execute(intervals.delete().where(intervals.c.id == row.id))
        return _open(db, wanted, starts, _rows(db, wanted))
    if begun:
        starts = max(starts, today)  # the days until now were the old product
    _close(db, row, starts)
    return _open(db, wanted, starts, _rows(db, wanted))


def _rows(db: Connection, wanted: BillingInterval) -> Sequence[Row[Any]]:
    """The item's, in force and history, the one that ends first at the beginning."""
    return db.execute(_ROWS, {"whose": str(wanted.customer), "of": str(wanted.item)}).all()


def _open(db: Connection, wanted: BillingInterval, starts: date, rows: Sequence[Row[Any]]) -> date:
    """A row from ``starts`` on, or from where the last interval of ``rows``, the item's, ends, if
    that is later.

    An end that lies ahead is taken back.
    """
    last = next((each for each in reversed(rows) if each.slot > 0), None)
    if last is not None and not wanted.once and last.ends > starts:
        if last.starts < starts:
            db.execute(intervals.update().where(intervals.c.id == last.id).values(ends=starts))
        else:
            starts = last.ends
    db.execute(_OPENED, _opened(wanted, starts))
    return starts


def _opened(wanted: BillingInterval, starts: date) -> dict[str, Any]:
    return {
        "customer": str(wanted.customer),
        "item": str(wanted.item),
        "slot": 0,
        "product": wanted.product,
        "once": wanted.once,
        "starts": starts,
    }


def close(db: Connection, gone: BillingInterval, today: date) -> None:
    """Bill it no longer from ``gone.ends``, or today, on.

    What is paid once goes as long as its day lies ahead, and stays for ever afterwards.
    """
    row = db.execute(select(intervals).where(*_in_force(gone))).one_or_none()
    if row is None:
        return
    if not row.once:
        _close(db, row, gone.ends or today)
    elif row.starts > today:
        _close(db, row, today)


def leave(db: Connection, customer: CustomerId, today: date) -> None:
    """What the customer was billed is history; what is charged only on a later day stays."""
    over = or_(intervals.c.slot > 0, and_(intervals.c.once, intervals.c.starts <= today))
    mine = and_(intervals.c.customer == str(customer), intervals.c.slot >= 0, over)
    db.execute(intervals.update().where(mine).values(slot=-intervals.c.id))


def _close(db: Connection, row: Row[Any], ends: date) -> None:
    mine = intervals.c.id == row.id
    if ends <= row.starts:
        db.execute(intervals.delete().where(mine))
    else:
        db.execute(intervals.update().where(mine).values(ends=ends, slot=intervals.c.id))


def _in_force(wanted: BillingInterval) -> tuple[Any, ...]:
    return (
        intervals.c.customer == str(wanted.customer),
        intervals.c.item == str(wanted.item),
        intervals.c.slot == 0,
    )


def _day(found: date) -> date:
    return found


def read(db: Connection, names: Names) -> Iterator[BillingInterval]:
    """Open intervals of customers, and what was paid once."""
    return read_as(BillingInterval, _IN_FORCE.ask(db, names))


def billed(db: Connection, starts: date, ends: date) -> list[BilledInterval]:
    """Rows that touch the half-open interval, by customer, item and start."""
    return [
        row
        for _, _, rows in by_customer(db, starts, ends)
        for row in sorted(rows, key=lambda row: (str(row.item), row.starts))
    ]


def customers(db: Connection, starts: date, ends: date) -> list[CustomerId]:
    """Of whom a row touches the half-open interval."""
    query = select(intervals.c.customer).distinct().where(_touch(starts, ends))
    return [CustomerId(name) for name in db.execute(query).scalars()]


def by_customer(
    db: Connection, starts: date, ends: date, some: Collection[str] | None = None
) -> Iterator[Billed]:
    """Rows that touch the half-open interval, with the company of each customer's account."""
    whose = intervals.c.customer
    # a server may sort texts in another way than Python does
    name = whose if db.dialect.name == "sqlite" else whose.collate("C")
    query = select(whose, _COMPANY, _in_one_text(db)).where(_touch(starts, ends))
    query = query.group_by(whose).order_by(name)
    if some is not None and len(some) <= _FEW:
        query = query.where(whose.in_(some))
    # customers have the same ids, and many rows the same days
    parsed, day = lru_cache(1024)(Item.parse), lru_cache(1024)(date.fromisoformat)
    found = db.execute(query, execution_options={"stream_results": True}).partitions(_AT_ONCE)
    for mine, company, rows in chain.from_iterable(found):
        if some is not None and mine not in some:
            continue
        customer = CustomerId(mine)
        made = [
            BilledInterval(
                customer,
                parsed(item),
                product,
                bool(once),
                day(begins),
                None if over is None else day(over),
                slot < 0,
            )
            for item, product, once, begins, over, slot in orjson.loads(rows)
        ]
        yield customer, company or "", made


def _in_one_text(db: Connection) -> ColumnElement[str]:
    """All rows of a customer as JSON: a row for each costs more than all else."""
    if db.dialect.name == "sqlite":
        rows = func.json_group_array(func.json_array(*_BILLED))
    else:
        rows = func.json_agg(func.json_build_array(*_BILLED))
    return cast(rows, Text)


def _touch(starts: date, ends: date) -> ColumnElement[bool]:
    recurring = and_(
        ~intervals.c.once,
        intervals.c.starts < ends,
        or_(intervals.c.ends.is_(None), intervals.c.ends > starts),
    )
    return or_(
        recurring, and_(intervals.c.once, intervals.c.starts >= starts, intervals.c.starts < ends)
    )


def note(
    db: Connection, *, at: datetime, who: str, what: str, why: str, customer: CustomerId | None
) -> None:
    """Write an audit entry."""
    whose = None if customer is None else str(customer)
    db.execute(_NOTED, {"customer": whose, "at": at, "who": who, "what": what, "why": why})


def entries(
    db: Connection,
    customer: CustomerId | None,
    limit: int,
    since: datetime | None,
    until: datetime | None,
) -> list[AuditEntry]:
    """The newest first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if customer is not None:
        query = query.where(audit.c.customer == str(customer))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    return [
        AuditEntry(
            row.at, row.who, row.what, row.why, CustomerId(row.customer) if row.customer else None
        )
        for row in db.execute(query)
    ]
