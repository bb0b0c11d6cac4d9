"""What a plan changes on the bill: per full month and once, by the price list in force."""

from collections.abc import Iterable, Mapping

from provisioner.contract.resources import Json, Kind
from provisioner.manifest.config import PriceList
from provisioner.plan.model import Cost, Step


def cost_change(steps: Iterable[Step], prices: PriceList) -> Cost:
    """In Rappen, without VAT; what ends counts negative."""
    monthly = once = 0
    for step in steps:
        if step.kind is not Kind.BILLING:
            continue
        for fields, sign in ((step.after, 1), (step.before, -1)):
            if fields is None or "product" not in fields:
                continue
            if fields.get("once"):
                once += sign * price_once(fields, prices)
            else:
                monthly += sign * prices.monthly_price(str(fields["product"])).rappen
    return Cost(monthly=monthly, once=once)


def price_once(fields: Mapping[str, Json], prices: PriceList) -> int:
    """Price in Rappen of a one-off product: ``setup``, ``port_order``."""
    found = {"setup": prices.once.setup, "port_order": prices.once.port_order}
    return found[str(fields["product"])].rappen
