"""What is billed, and since when (R2, R13)."""

from collections.abc import Iterator
from datetime import date

from provisioner.contract.resources import BillingInterval
from provisioner.desired.ports import Ports
from provisioner.manifest.models import Manifest
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item, ItemKind
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.porting import State

SUBSCRIPTION, SETUP, PORT_ORDER, NUMBER = "subscription", "setup", "port_order", "number"


def block_product(size: int) -> str:
    """Name of a number product in the price list: ``number``, ``block_10``, ``block_100``, …"""
    return NUMBER if size == 1 else f"block_{size}"


def intervals(
    customer: CustomerId,
    manifest: Manifest,
    ports: Ports,
    *,
    active: bool,
    today: date,
    subscribed: date | None,
) -> Iterator[BillingInterval]:
    """Open intervals as they should be on ``today``.

    Nothing is billed before ``billing_from``; once billing has begun, moving that changes nothing,
    neither for what is billed nor for what comes.  A workplace is billed once it is switched on, a
    new number once it is reserved, a ported number from the day on which its port completed,
    however late that is noticed.  A number that the customer had before is not billed here; one
    that it took over from another customer is.

    ``subscribed``: since when the subscription is billed now; None: it is not, or no longer.  What
    was ported in before that is billed from now on, like everything else: a subscription that ended
    and goes on after all costs nothing in between.
    """
    first = manifest.subscription.billing_from
    if subscribed is not None and subscribed <= today < first:
        first = subscribed
    start = first if first > today else None

    def recurring(item: Item, product: str, since: date | None = start) -> BillingInterval:
        return BillingInterval(customer=customer, item=item, product=product, starts=since)

    def once(item: Item, product: str, on: date | None) -> BillingInterval:
        return BillingInterval(customer=customer, item=item, product=product, once=True, starts=on)

    yield once(Item(ItemKind.SETUP), SETUP, start)
    yield recurring(Item(ItemKind.SUBSCRIPTION), SUBSCRIPTION)
    for new in (n for n in manifest.numbers if n.held is None or n.from_ is not None):
        yield recurring(Item(ItemKind.STOCK, new.id), block_product(new.size))
    if active:
        for workplace in manifest.workplaces:
            yield recurring(Item(ItemKind.WORKPLACE, str(workplace.login)), str(workplace.license))
    for item, product, due in _ported(ports, first):
        known = due > today or (subscribed is not None and subscribed <= due)
        yield recurring(item, product, due if known else None)
    for order in ports.orders:
        done = order.progress.completed_on
        if order.progress.state is State.COMPLETED and done:
            yield once(Item(ItemKind.PORT, order.key), PORT_ORDER, max(done, first))


def _ported(ports: Ports, first: date) -> Iterator[tuple[Item, str, date]]:
    """Numbers that a port has brought, their product, and from when they are billed."""
    for port in ports.items:
        done = port.progress.completed_on
        if port.completed and done:
            size = port.item.size if isinstance(port.item, DdiBlock) else 1
            yield Item(ItemKind.NUMBER, port.digits), block_product(size), max(done, first)
