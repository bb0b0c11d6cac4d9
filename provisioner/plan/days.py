"""The coming days on which something may change for a customer, and what each is about.  Pure.

A day too many costs a little time and shows nothing; a day too few would hide what happens.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from provisioner.codes import Code
from provisioner.codes.policy import (
    LastDayOfAPermissionToTakeOver,
    NewPrices,
    TooLateToSubmit,
)
from provisioner.codes.porting import PortDate, Synchronisation
from provisioner.codes.telephony import (
    Activation,
    EndOfTheSubscription,
    LastDayOfAPermissionToRemove,
    StartOfBilling,
)
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import (
    BillingInterval,
    Kind,
    PortedNumber,
    PortingOrder,
    StockAllocation,
)
from provisioner.manifest.models import Manifest
from provisioner.plan.context import PlanContext
from provisioner.plan.model import CustomerPlan
from provisioner.plan.policy import CUSTOMER
from provisioner.telephony.calendar import DAY
from provisioner.telephony.porting import State

MOVING = frozenset({State.SUBMITTED, State.ACCEPTED, State.SYNCHRONISED, State.ACTIVATING})
"""States of an order that has a day before it."""


def coming_days(
    manifest: Manifest | None, live: CustomerLive, context: PlanContext
) -> dict[date, Code]:
    """Days after today, and the first thing that each is about."""
    found: dict[date, Code] = {}
    every: Iterator[tuple[date, Code]] = chain(
        _of_the_manifest(manifest),
        _of_orders(live, context),
        _of_the_ledger(live),
        ((price, NewPrices(day=str(price))) for price in price_days(context)),
        _of_permissions(live, context),
    )
    for day, about in every:
        if day > context.today:
            found.setdefault(day, about)
    return found


def price_days(context: PlanContext) -> Iterator[date]:
    """Firsts of the months from which new prices hold."""
    for each in context.config.prices:
        day = each.valid_from
        if day.day != 1:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield day


def too_late_days(plan: CustomerPlan, context: PlanContext) -> Iterator[tuple[date, Code]]:
    """The first day on which an order that ``plan`` submits would be too late for its date."""
    policy = context.config.porting.days()
    for step in plan.steps:
        asked = (step.after or {}).get("port_date") if step.kind is Kind.ORDER else None
        if not isinstance(asked, str):
            continue
        port = date.fromisoformat(asked)
        day = max(context.today, policy.calendar.plus(port, -policy.lead) - 7 * DAY)
        while policy.earliest(day) <= port:
            day += DAY
        yield day, TooLateToSubmit(order=step.key, date=asked)


def _of_the_manifest(manifest: Manifest | None) -> Iterator[tuple[date, Code]]:
    if manifest is None:
        return
    term = manifest.subscription
    if term.activate_from:
        yield term.activate_from, Activation()
    yield term.billing_from, StartOfBilling()
    if term.ends_on:
        yield term.ends_on + DAY, EndOfTheSubscription()


def _of_orders(live: CustomerLive, context: PlanContext) -> Iterator[tuple[date, Code]]:
    policy = context.config.porting.days()
    for order in live.desk.objects:
        if not isinstance(order, PortingOrder) or order.progress.state not in MOVING:
            continue
        day = order.progress.port_date
        if day is not None:
            locked = Synchronisation(order=order.key, time=order.time)
            yield policy.synchronises_on(day), locked
            yield day, PortDate(order=order.key, time=order.time)


def _of_the_ledger(live: CustomerLive) -> Iterator[tuple[date, Code]]:
    for each in live.desk.objects:
        if isinstance(each, BillingInterval) and each.starts:
            yield each.starts, StartOfBilling()


def _of_permissions(live: CustomerLive, context: PlanContext) -> Iterator[tuple[date, Code]]:
    customers = {str(o.customer) for o in live.objects}
    for removal in context.removals.removals:
        if removal.what.partition("/")[0] in customers:
            yield removal.until, LastDayOfAPermissionToRemove(what=removal.what)
            yield removal.until + DAY, LastDayOfAPermissionToRemove(what=removal.what)
    for adoption in context.adoptions.adoptions:
        if adoption.customer in customers:
            yield adoption.until + DAY, LastDayOfAPermissionToTakeOver(what=adoption.what)


def deadlines(
    manifest: Manifest | None, live: CustomerLive, context: PlanContext
) -> Iterator[LastDayOfAPermissionToRemove]:
    """Permissions that run out today, of what is still here and may go."""
    customers = {str(o.customer) for o in live.objects}
    leaves = manifest is None or manifest.subscription.ends_on is not None
    for removal in context.removals.removals:
        owner, _, what = removal.what.partition("/")
        if owner not in customers or removal.until != context.today:
            continue
        if leaves if what == CUSTOMER else what in _removable(live):
            yield LastDayOfAPermissionToRemove(what=removal.what)


def _removable(live: CustomerLive) -> set[str]:
    """Numbers as ``removals.yaml`` names them."""
    stock = {f"stock/{o.id}" for o in live.desk.objects if isinstance(o, StockAllocation)}
    ported = {f"number/{o.digits}" for o in live.desk.objects if isinstance(o, PortedNumber)}
    return stock | ported
