"""All who have or had a number, a few hundred at a time, for directories and who helps."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from provisioner.contract.desk import BilledInterval
from provisioner.contract.fields import from_plain
from provisioner.contract.quick import GivenBack, Subscribed
from provisioner.contract.resources import DeskResource, Kind, Release
from provisioner.drivers.sql import numbers as held_numbers
from provisioner.drivers.sql.rows import ByCustomer, plain_rows
from provisioner.drivers.sql.schema import accounts, intervals, numbers, orders, releases
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item, ItemKind

_AT_ONCE = 250
_OF_NUMBERS = or_(
    *(intervals.c.item.startswith(f"{kind}/") for kind in (ItemKind.NUMBER, ItemKind.STOCK))
)


def _of_each(table: Any, *more: Any) -> ByCustomer:
    return ByCustomer(select(table).where(*more), table.c.customer)


_RELEASES = _of_each(releases)
_ACCOUNTS = _of_each(accounts)
_GIVEN_BACK = _of_each(numbers, numbers.c.until.is_not(None))
_BILLED = _of_each(intervals, _OF_NUMBERS)
_CAME = _of_each(orders, orders.c.completed_on.is_not(None))


def by_customer(db: Connection) -> Iterator[Subscribed]:
    """Raises one of ROW_FAULTS for a row that cannot be understood."""
    names: set[str] = set()
    for column, which in (
        (releases.c.customer, None),
        (numbers.c.customer, None),
        (intervals.c.customer, _OF_NUMBERS),
    ):
        query = select(column).distinct()
        names.update(db.execute(query if which is None else query.where(which)).scalars())
    every = sorted(names)
    for start in range(0, len(every), _AT_ONCE):
        yield from _some(db, every[start : start + _AT_ONCE])


def _some(db: Connection, names: Sequence[str]) -> Iterator[Subscribed]:
    def rows(query: ByCustomer) -> Iterator[dict[str, Any]]:
        return plain_rows(query.ask(db, names))

    released = {row["customer"]: from_plain(Release, row) for row in rows(_RELEASES)}
    companies = {row["customer"]: str(row["company"]) for row in rows(_ACCOUNTS)}
    held: dict[str, list[DeskResource]] = {name: [] for name in names}
    for each in held_numbers.read(db, names):
        held[str(each.customer)].append(each)
    resting: dict[str, list[GivenBack]] = {name: [] for name in names}
    for row in rows(_GIVEN_BACK):
        back = GivenBack(Kind(row["kind"]), str(row["digits"]), row["until"])
        resting[row["customer"]].append(back)
    ledger: dict[str, list[BilledInterval]] = {name: [] for name in names}
    for row in rows(_BILLED):
        ledger[row["customer"]].append(_billed(row))
    came: dict[str, dict[str, date]] = {name: {} for name in names}
    for row in rows(_CAME):
        for digits in (*row["numbers"], *row["blocks"]):
            came[row["customer"]][str(digits)] = row["completed_on"]
    for name in names:
        yield Subscribed(
            CustomerId(name),
            companies.get(name, ""),
            released.get(name),
            held[name],
            resting[name],
            ledger[name],
            came[name],
        )


def _billed(row: dict[str, Any]) -> BilledInterval:
    return BilledInterval(
        CustomerId(row["customer"]),
        Item.parse(row["item"]),
        row["product"],
        row["once"],
        row["starts"],
        row["ends"],
        row["slot"] < 0,
    )
