"""What the desk may forget: the journal's old runs, former customers, lines of bills long paid.

Everything goes in small transactions, so nobody waits for it, and whatever stops it, the next one
goes on.  A customer is former once nothing of it is left but what is told here, and nothing was
written about it since.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union,
)

from provisioner.contract.upkeep import Retained, Swept
from provisioner.drivers.sql import applied, outcomes
from provisioner.drivers.sql.schema import (
    accounts,
    audit,
    calls,
    intents,
    intervals,
    noted,
    numbers,
    orders,
    releases,
    runs,
)
from provisioner.drivers.sql.scopes import of_customer
from provisioner.drivers.sql.store import Store
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import ENDED

_Row = Any
"""The columns of a table, or of another name of it."""
_AT_ONCE = 500
"""So many rows, or customers, are looked at in one transaction."""
_CARRIED_OUT = "applied %"
"""What was done, of what an approval covered: who answers for a bill.  Why is in people's words
elsewhere, and they may begin with any."""


def sweep(store: Store, until: Retained, *, carry_out: bool) -> Swept:
    """What was deleted, or would be."""
    # whoever writes brings the tables to this version first
    notes = noted if carry_out else store.read(applied.there)
    found = Swept()
    for name, table, old in (
        ("runs", runs, runs.c.ended < until.journal),
        ("calls", calls, calls.c.day < until.journal.date()),
        ("lines", intervals, _paid(until)),
        ("entries", audit, and_(audit.c.at < until.bills, _gone(audit, until, notes))),
    ):
        found += Swept(**{name: _all(store, table, old, carry_out=carry_out)})
    for some in _former(store, until, notes):
        within = of_customer(*(CustomerId(name) for name in some))
        forget = _forgotten(until, notes, some, carry_out=carry_out)
        found += store.write(forget, within) if carry_out else store.read(forget)
    if carry_out:  # as the next batch would
        store.write(lambda db: outcomes.forget(db, outcomes.now(db)))
    return found


def _all(store: Store, table: Table, old: ColumnElement[bool], *, carry_out: bool) -> int:
    if not carry_out:
        return store.read(lambda db: _count(db, table, old))
    count = 0
    while some := store.write(lambda db: _some(db, table, old)):
        count += some
    return count


def _some(db: Connection, table: Table, old: ColumnElement[bool]) -> int:
    """Deletes a few; another one who does the same is not waited for."""
    (key,) = table.primary_key
    few = select(key).where(old).limit(_AT_ONCE).with_for_update(skip_locked=True, of=table)
    found = list(db.execute(few).scalars())
    if table is runs:
        db.execute(intents.delete().where(intents.c.run.in_(found)))
    db.execute(table.delete().where(key.in_(found)))
    return len(found)


def _count(db: Connection, table: Table, old: ColumnElement[bool]) -> int:
    return int(db.execute(select(func.count()).select_from(table).where(old)).scalar_one())


def _paid(until: Retained) -> ColumnElement[bool]:
    """Lines of bills that nobody has to keep; what a customer who is still there pays once is known
    for ever, since it is charged once."""
    once = and_(intervals.c.once, intervals.c.slot < 0, intervals.c.starts < until.bills.date())
    return or_(once, and_(~intervals.c.once, intervals.c.ends < until.bills.date()))


def _former(store: Store, until: Retained, notes: Table) -> Iterator[list[str]]:
    """Former customers of whom something is left, some at a time."""
    last = ""
    while some := store.read(partial(_next, until=until, notes=notes, last=last)):
        yield some
        last = some[-1]


def _next(db: Connection, *, until: Retained, notes: Table, last: str) -> list[str]:
    left = union(
        *(
            select(table.c.customer.label("customer")).where(
                table.c.customer > last, _gone(table, until, notes), *more
            )
            for table, more in (
                (orders, ()),
                (numbers, ()),
                (audit, (audit.c.what.not_like(_CARRIED_OUT),)),
            )
        )
    ).subquery()
    few = select(left.c.customer).order_by(left.c.customer).limit(_AT_ONCE)
    return list(db.execute(few).scalars())


def _gone(table: Table, until: Retained, notes: Table) -> ColumnElement[bool]:
    """Nothing of the row's customer is live, runs, is billed or was written since.

    ``notes``: where it stands what is applied.
    """
    ended = [str(state) for state in ENDED]
    day = until.former.date()

    def billed(row: _Row) -> ColumnElement[bool]:
        lasts = or_(row.ends.is_(None), row.ends >= day)
        return or_(and_(row.once, row.starts >= day), and_(~row.once, lasts))

    since: tuple[tuple[Table, Callable[[_Row], ColumnElement[bool]]], ...] = (
        (releases, lambda _: true()),
        (accounts, lambda _: true()),
        (notes, lambda _: true()),
        (numbers, lambda row: or_(row.until.is_(None), row.until >= day)),
        (orders, lambda row: or_(row.state.not_in(ended), row.completed_on >= day)),
        (runs, lambda row: or_(row.ended.is_(None), row.ended >= until.former)),
        (intervals, billed),
        (audit, lambda row: row.at >= until.former),
    )
    theirs = [(each.alias(), which) for each, which in since]
    found = (
        exists().where(other.c.customer == table.c.customer, which(other.c))
        for other, which in theirs
    )
    return and_(table.c.customer.is_not(None), *map(not_, found))


def _forgotten(
    until: Retained, notes: Table, some: list[str], *, carry_out: bool
) -> Callable[[Connection], Swept]:
    """What is left of these: asked for anew, since one of them may have come back."""

    def forget(db: Connection) -> Swept:
        found = Swept()
        trifles = audit.c.what.not_like(_CARRIED_OUT)
        for name, table, more in (
            ("orders", orders, ()),
            ("numbers", numbers, ()),
            ("entries", audit, (trifles,)),
        ):
            mine = and_(table.c.customer.in_(some), _gone(table, until, notes), *more)
            found += Swept(**{name: _count(db, table, mine)})
            if carry_out:
                db.execute(table.delete().where(mine))
        return found

    return forget
