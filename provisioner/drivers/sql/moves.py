"""A number that another customer gets: the row changes whose it is, and what it is called by."""

from datetime import datetime

from sqlalchemy import Connection, select

from provisioner.codes.systems import AllocatedNumberCannotChangeItsAreaOrSize, NumberHeldAlready
from provisioner.contract.resources import Kind, StockAllocation
from provisioner.drivers.sql import applied, ledger
from provisioner.drivers.sql.numbers import HELD
from provisioner.drivers.sql.schema import numbers
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.sources import Literal, Stock, number_of


def number(
    db: Connection, wanted: StockAllocation, was: CustomerId, *, at: datetime, who: str
) -> None:
    """Refused PV522 unless ``was`` holds exactly these digits, PV527 if the new id is in use."""
    mine = numbers.c.customer == str(wanted.customer), numbers.c.kind == str(Kind.STOCK)
    there = select(numbers).where(*mine, numbers.c.key == wanted.key, numbers.c.until.is_(None))
    held = db.execute(there).one_or_none()
    if held is not None:
        if held.digits != wanted.number:
            raise Refused(
                AllocatedNumberCannotChangeItsAreaOrSize(kind=str(wanted.kind), key=wanted.key)
            )
        return  # done already
    row = db.execute(
        select(numbers).where(
            numbers.c.customer == str(was),
            numbers.c.kind.in_([str(Kind.STOCK), str(Kind.PORTED)]),
            numbers.c.digits == wanted.number,
            numbers.c.until.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise Refused(NumberHeldAlready(number=str(wanted.number)))
    _forget(db, was, Kind(row.kind), str(row.key))
    db.execute(
        numbers.update()
        .where(numbers.c.id == row.id)
        .values(
            customer=str(wanted.customer),
            kind=str(Kind.STOCK),
            key=wanted.key,
            pool=HELD,  # by its digits: the desk has chosen nothing
            porting=None,
        )
    )
    what = f"number {wanted.number} moved from {was} to {wanted.customer}"
    for customer in (was, wanted.customer):
        ledger.note(db, at=at, who=who, what=what, why="manifest", customer=customer)


def _forget(db: Connection, was: CustomerId, kind: Kind, key: str) -> None:
    """What is noted as applied of the number and of its routes."""
    whole = Stock(key) if kind is Kind.STOCK else Literal(key)
    routes = (at for at in applied.of(db, str(was)) if at[0] == Kind.ROUTE)
    gone = [(str(kind), key), *(at for at in routes if number_of(at[1], (whole,)))]
    applied.change(db, str(was), dict.fromkeys(gone))
