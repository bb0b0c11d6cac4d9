"""What a customer pays for a month, from the ledger (R13).

Pro rata by calendar day: a workplace that was active 10 of 30 days costs 10/30 of its price.  Each
line is rounded half up to the Rappen; totals are sums of rounded lines, so an invoice adds up.
What follows on one another without a gap is one line: the days of a whole month cost its price.
Monthly prices are those in force on the first of the month, prices paid once those of their day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from provisioner.codes.systems import NoPriceListInForce, UnknownProductInTheLedger
from provisioner.contract.desk import BilledInterval
from provisioner.contract.quick import Billed
from provisioner.contract.resources import BillingInterval, Resource
from provisioner.errors import SystemFault
from provisioner.manifest.config import Config, Monthly, Once, PriceList
from provisioner.telephony.items import Item, ItemKind
from provisioner.telephony.money import Money, Month

MONTHLY = frozenset(field.alias or name for name, field in Monthly.model_fields.items())
"""Products that are billed by the month."""
ONCE = frozenset(Once.model_fields)
"""Products that are paid once."""
_PRODUCTS = {True: ONCE, False: MONTHLY}
"""What has a price, once or monthly."""
_SHOWN = 40
_RANKS = {kind: rank for rank, kind in enumerate(ItemKind)}


def unpriced(objects: Iterable[Resource]) -> UnknownProductInTheLedger | None:
    """The first interval of a customer whose product has no price: what ends with it is unknown."""
    for each in objects:
        if isinstance(each, BillingInterval) and each.product not in _PRODUCTS[each.once]:
            product = each.product[:_SHOWN]
            return UnknownProductInTheLedger(
                customer=str(each.customer), item=str(each.item), product=product
            )
    return None


@dataclass(frozen=True, slots=True)
class Charge:
    """What is billed for an item; many lines share one.  ``price`` is for the whole month, or what
    is paid once."""

    product: str
    once: bool
    starts: date
    ends: date | None
    """First day that is not billed any more; None: still billed."""
    days: int = field(hash=False)
    """Active days in the month; 1 of 1 for what is paid once."""
    of_days: int = field(hash=False)
    price: Money = field(hash=False)
    amount: Money = field(hash=False)


class BillLine(NamedTuple):
    """One item at one price."""

    item: Item
    charge: Charge


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines of one customer.

    ``former``: of whoever had the id before and left; the company's name went with them.
    """

    customer: str
    company: str
    lines: tuple[BillLine, ...]
    former: bool = False

    @property
    def total(self) -> Money:
        return Money(sum([line.charge.amount.rappen for line in self.lines]))


def bill(
    intervals: Sequence[BilledInterval],
    config: Config,
    month: Month,
    companies: Mapping[str, str] | None = None,
) -> tuple[Bill, ...]:
    """The bills of rows in any order.  ``companies`` are the company names by customer id."""
    return tuple(bills(by_customer(intervals, companies or {}), config, month))


def by_customer(
    intervals: Iterable[BilledInterval], companies: Mapping[str, str]
) -> Iterator[Billed]:
    """Rows that were read all at once, as a desk tells them one by one."""
    for customer, rows in groupby(sorted(intervals, key=_whose), key=lambda row: row.customer):
        yield customer, companies.get(str(customer), ""), list(rows)


def _whose(interval: BilledInterval) -> str:
    return interval.customer.value


def bills(ledger: Iterable[Billed], config: Config, month: Month) -> Iterator[Bill]:
    """The bills of ``month``, in the order of the customers; those without a line have none.

    Whoever had an id before has a bill of their own, before that of the customer who has it now.
    Raises SystemFault PV528 if the ledger has a product that no price list knows, PV529 if no price
    list is in force: nothing is billed for free by accident.
    """
    charges = _Charges(config, month)
    for customer, company, rows in ledger:
        former = [row for row in rows if row.former]
        present = [row for row in rows if not row.former] if former else rows
        for mine, named in ((former, ""), (present, company)):
            lines = [
                BillLine(row.item, charge) for row in _joined(mine) if (charge := charges.of(row))
            ]
            if lines:
                lines.sort(key=_order)
                yield Bill(customer.value, named, tuple(lines), mine is former)


def _joined(mine: Sequence[BilledInterval]) -> Sequence[BilledInterval]:
    """One customer's rows; those of one item and product that touch are one.

    A product that was changed and changed back on one day, or taken away and given back, leaves two
    of them: rounded each for itself, they would cost more than the month.
    """
    if all(row.ends is None for row in mine):  # as nearly always: nothing can touch
        return mine
    found: list[BilledInterval] = []
    for row in sorted(mine, key=lambda r: (str(r.item), r.product, r.once, r.starts)):
        if found and _goes_on(found[-1], row):
            found[-1] = found[-1]._replace(ends=row.ends)
        else:
            found.append(row)
    return found


def _goes_on(one: BilledInterval, other: BilledInterval) -> bool:
    same = (one.item, one.product) == (other.item, other.product)
    return same and not (one.once or other.once) and one.ends == other.starts


class _Charges:
    """What things cost in a month: many intervals are of one product and of the same days."""

    def __init__(self, config: Config, month: Month) -> None:
        self._config, self._month = config, month
        self._known: dict[tuple[str, bool, date, date | None], Charge | None] = {}

    def of(self, interval: BilledInterval) -> Charge | None:
        """None for one that has no day in the month.  Raises SystemFault as :func:`bill`."""
        what = interval.product, interval.once, interval.starts, interval.ends
        if what not in self._known:
            self._known[what] = self._charge(interval)
        return self._known[what]

    def _charge(self, interval: BilledInterval) -> Charge | None:
        month = self._month
        if interval.once:
            due = month.first <= interval.starts < month.first + timedelta(days=month.days)
            days, of_days = int(due), 1
        else:
            days, of_days = month.active_days(interval.starts, interval.ends), month.days
        if not days:
            return None
        price = _price(interval, self._config, month)
        return Charge(
            product=interval.product,
            once=interval.once,
            starts=interval.starts,
            ends=interval.ends,
            days=days,
            of_days=of_days,
            price=price,
            amount=price.share(days, of_days),
        )


def _price(interval: BilledInterval, config: Config, month: Month) -> Money:
    """For the whole month, or what is paid once; PV528, PV529."""
    on = interval.starts if interval.once else month.first
    if not any(each.valid_from <= on for each in config.prices):
        raise SystemFault(
            NoPriceListInForce(
                customer=str(interval.customer), item=str(interval.item), day=on.isoformat()
            )
        )
    prices = config.price_list(on)
    return _once_price(prices.once, interval) if interval.once else _monthly_price(prices, interval)


def _monthly_price(prices: PriceList, interval: BilledInterval) -> Money:
    if interval.product not in MONTHLY:
        raise _unknown(interval)
    return prices.monthly_price(interval.product)


def _once_price(prices: Once, interval: BilledInterval) -> Money:
    if interval.product not in ONCE:
        raise _unknown(interval)
    found = getattr(prices, interval.product)
    assert isinstance(found, Money)  # noqa: S101 - all fields of Once are
    return found


def _unknown(interval: BilledInterval) -> SystemFault:
    return SystemFault(
        UnknownProductInTheLedger(
            customer=str(interval.customer), item=str(interval.item), product=interval.product
        )
    )


def _order(line: BillLine) -> tuple[int, str, date]:
    return _RANKS[line.item.kind], line.item.name, line.charge.starts
