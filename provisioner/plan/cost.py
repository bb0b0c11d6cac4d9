"""What a customer pays, from the rows of the ledger that a plan makes, by the price lists.  Pure.

The same reckoning as of bills: monthly prices are those in force on the first of the month, prices
paid once those of their day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from provisioner.contract.desk import BilledInterval
from provisioner.desired.billing import PORT_ORDER, SETUP, SUBSCRIPTION, block_product
from provisioner.errors import SystemFault
from provisioner.manifest.config import Config, PriceList
from provisioner.manifest.models import Manifest
from provisioner.plan.billing import MONTHLY, ONCE, bill
from provisioner.plan.model import Bill
from provisioner.telephony.money import Month
from provisioner.telephony.numbers import DdiBlock


@dataclass(frozen=True, slots=True)
class Account:
    """What a customer has been, and will be, billed for."""

    rows: Sequence[BilledInterval]
    config: Config

    def monthly(self, day: date, priced: date | None = None) -> int:
        """Rappen per full month of what is billed on ``day``, at the prices of day ``priced``."""
        prices = self.config.price_list((priced or day).replace(day=1))
        return sum(
            prices.monthly_price(row.product).rappen
            for row in self.rows
            if not row.once and row.product in MONTHLY and _covers(row, day)
        )

    def once(self, since: date) -> int:
        """Rappen of what is paid once from ``since`` on."""
        return sum(
            price_once(row.product, self.config.price_list(row.starts))
            for row in self.rows
            if row.once and row.product in ONCE and row.starts >= since
        )

    def bills(self, today: date, changes: Iterable[date]) -> tuple[Bill, ...]:
        """From the next month on, each month whose total differs from the one before it.

        ``changes`` are all days on which something changes.  None where a bill could not be made,
        as for want of a price list.
        """
        now = Month(today.year, today.month)
        months = {_next(now)}
        for day in changes:
            month = Month(day.year, day.month)
            months |= {month, _next(month)}
        found: list[Bill] = []
        for month in sorted(m for m in months if m > now):
            try:
                total = sum(b.total.rappen for b in bill(self.rows, self.config, month))
            except SystemFault:
                return ()
            if not found or found[-1].total != total:
                found.append(Bill(month=str(month), total=total))
        return tuple(found)


def price_once(product: str, prices: PriceList) -> int:
    """Rappen of what is paid once: ``setup``, ``port_order``."""
    return {"setup": prices.once.setup, "port_order": prices.once.port_order}[product].rappen


def _covers(row: BilledInterval, day: date) -> bool:
    return row.starts <= day and (row.ends is None or day < row.ends)


def _next(month: Month) -> Month:
    after = month.first + timedelta(days=month.days)
    return Month(after.year, after.month)


def prices_used(manifest: Manifest | None, config: Config) -> dict[str, dict[str, int]]:
    """Prices in Rappen of all that ``manifest`` asks for, of all price lists, by product and first
    day: one who approves a plan approves them."""
    if manifest is None:
        return {}
    products = {SUBSCRIPTION, SETUP, *(PORT_ORDER for _ in manifest.porting)}
    products |= {str(w.license) for w in manifest.workplaces}
    products |= {block_product(n.size) for n in manifest.numbers if n.held is None}
    sizes = (i.size if isinstance(i, DdiBlock) else 1 for p in manifest.porting for i in p.items)
    products |= {block_product(size) for size in sizes}
    return {
        product: {
            each.valid_from.isoformat(): (
                price_once(product, each) if product in ONCE else each.monthly_price(product).rappen
            )
            for each in config.prices
        }
        for product in sorted(products)
    }
