"""What customers have at the desk, as resources."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from provisioner.contract.desk import DeskState
from provisioner.contract.fields import from_plain
from provisioner.contract.resources import (
    Account,
    DeskResource,
    PortedNumber,
    ProvisionalAllocation,
    Release,
    StockAllocation,
)
from provisioner.drivers.sql import applied, ledger, numbers, orders
from provisioner.drivers.sql.rows import ByCustomer, plain_rows, read_as
from provisioner.drivers.sql.schema import accounts, releases
from provisioner.drivers.sql.store import ROW_FAULTS
from provisioner.telephony.identity import CustomerId

_FEW = 500
"""Up to so many customers are asked for by name; beyond, whole tables are read at once."""

_RELEASES = ByCustomer(select(releases), releases.c.customer)
_ACCOUNTS = ByCustomer(select(accounts), accounts.c.customer)
_COMPANIES = select(accounts.c.customer, accounts.c.company)


def known(db: Connection, customers: Sequence[CustomerId]) -> dict[CustomerId, DeskState]:
    """The states of all, or, where a row is damaged, of those who have none: found by halving."""
    try:
        return _states(db, customers)
    except ROW_FAULTS:
        half = len(customers) // 2
        if not half:
            return {}
        return {**known(db, customers[:half]), **known(db, customers[half:])}


def _states(db: Connection, customers: Sequence[CustomerId]) -> dict[CustomerId, DeskState]:
    """Raises one of ROW_FAULTS for a row that cannot be understood."""
    names = [str(c) for c in customers]
    some = names if len(names) <= _FEW else None
    found: dict[str, list[DeskResource]] = {name: [] for name in names}
    for each in (
        *read_as(Release, _RELEASES.ask(db, some)),
        *read_as(Account, _ACCOUNTS.ask(db, some)),
        *map(_typed, numbers.read(db, some)),
        *ledger.read(db, some),
        *orders.read(db, some),
    ):
        if (mine := found.get(str(each.customer))) is not None:
            mine.append(each)
    hashes = applied.read(db, some)
    return {c: DeskState(tuple(found[str(c)]), hashes.get(str(c), {})) for c in customers}


def companies(db: Connection) -> dict[CustomerId, str]:
    """Of every account."""
    return {CustomerId(name): str(company) for name, company in db.execute(_COMPANIES)}


def released(db: Connection, text: bytes) -> list[Release]:
    """Those with ``text`` in their manifest."""
    rows = plain_rows(_RELEASES.ask(db, None))
    return [from_plain(Release, row) for row in rows if text in row["content"]]


def _typed(each: DeskResource) -> DeskResource:
    """A number whose columns hold what they should.  Raises TypeError."""
    match each:
        case StockAllocation(id=str(), area=str(), size=int(), digits=str()):
            return each
        case ProvisionalAllocation(replaces=str(), size=int(), digits=str()):
            return each
        case PortedNumber(porting=str(), digits=str()):
            return each
    raise TypeError
