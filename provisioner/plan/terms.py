"""What dates that have passed do to bills: the start and the end of a subscription, and late runs.

A bill that was sent is never made smaller, or larger, without a word.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from provisioner.codes.telephony import (
    BillingStartHasPassed,
    BillsOfEarlierMonthsChange,
    EndHasPassed,
)
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import BillingInterval, Resource
from provisioner.desired import Desired
from provisioner.manifest.config import PriceList
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput
from provisioner.plan.cost import price_once
from provisioner.plan.model import Action, Step


def end_has_passed(
    subject: CustomerInput, released: Manifest | None, today: date
) -> Iterator[Diagnostic]:
    """An edit can end a subscription today at the earliest: what was billed until then stays."""
    ends = subject.manifest.subscription.ends_on if subject.manifest else None
    if ends is None or ends >= today:
        return
    if released is None or released.subscription.ends_on != ends:
        about = EndHasPassed(ends_on=str(ends), today=str(today))
        yield Diagnostic.of(about, subject.customer, path=("subscription", "ends_on"))


def start_has_passed(
    subject: CustomerInput, live: CustomerLive, wanted: Desired, prices: PriceList, today: date
) -> Iterator[Diagnostic]:
    """A new customer whose billing start lies behind is billed from the day of the apply on."""
    start = subject.manifest.subscription.billing_from if subject.manifest else today
    billed = any(isinstance(o, BillingInterval) for o in live.desk.objects)
    if start >= today or billed or wanted.ended:
        return
    monthly = once = 0
    for each in wanted.resources:
        if isinstance(each, BillingInterval) and (each.starts is None or each.starts <= today):
            if each.once:
                once += price_once(each.product, prices)
            else:
                monthly += prices.monthly_price(each.product).rappen
    about = BillingStartHasPassed(
        billing_from=str(start), today=str(today), monthly=monthly, once=once
    )
    yield Diagnostic.of(about, subject.customer, path=("subscription", "billing_from"))


def late_bills(
    subject: CustomerInput, steps: Iterable[Step], resources: Mapping[str, Resource], today: date
) -> Iterator[Diagnostic]:
    """Billing that begins or ends in a month that is over, since the run comes late.

    ``resources``: what the steps are about, by their ids.
    """
    month = today.replace(day=1)
    changed = []
    for step in steps:
        interval = resources[step.id]
        if not isinstance(interval, BillingInterval):
            continue
        day = interval.ends if step.action is Action.DELETE else interval.starts
        if step.action in {Action.CREATE, Action.DELETE} and day is not None and day < month:
            changed.append(day)
    if changed:
        about = BillsOfEarlierMonthsChange(month=f"{min(changed):%Y-%m}")
        yield Diagnostic.of(about, subject.customer)
