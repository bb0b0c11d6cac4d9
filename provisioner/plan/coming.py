"""What comes by itself on a later day, with what only the operator's configuration knows.  Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from provisioner.codes import Code
from provisioner.codes.porting import ProvisionalNumbersGoOff
from provisioner.codes.telephony import LastDayOfAPermissionToRemove
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortedNumber, Release, StockAllocation
from provisioner.desired import Desired
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.model import Upcoming
from provisioner.plan.policy import CUSTOMER


def coming(
    subject: CustomerInput, live: CustomerLive, wanted: Desired, context: PlanContext
) -> tuple[Upcoming, ...]:
    """Coming events of a customer by day; shown to people, never part of a digest."""
    rest = timedelta(days=context.config.numbers.quarantine_days)
    found = [Upcoming.of(u.on, _with_rest(u.about, u.on + rest)) for u in wanted.upcoming]
    found += _deadlines(subject, live, wanted, context)
    return tuple(sorted(found, key=lambda u: (u.on, u.code, str(u.params))))


def _with_rest(about: Code, until: date) -> Code:
    """Provisional numbers rest for as long as the operator's configuration says."""
    if isinstance(about, ProvisionalNumbersGoOff):
        return ProvisionalNumbersGoOff(order=about.order, until=str(until))
    return about


def _deadlines(
    subject: CustomerInput, live: CustomerLive, wanted: Desired, context: PlanContext
) -> Iterator[Upcoming]:
    """Last days of permissions for what is still here and may go."""
    customer = str(subject.customer)
    for removal in context.removals.removals:
        owner, _, what = removal.what.partition("/")
        if owner != customer or removal.until <= context.today:
            continue
        if _leaves(subject, live, wanted) if what == CUSTOMER else what in _removable(live):
            yield Upcoming.of(removal.until, LastDayOfAPermissionToRemove(what=removal.what))


def _leaves(subject: CustomerInput, live: CustomerLive, wanted: Desired) -> bool:
    """Whether the customer is here and on its way out."""
    here = any(isinstance(o, Release) for o in live.desk.objects) or bool(live.pbx.objects)
    ends = subject.manifest.subscription.ends_on if subject.manifest else None
    return wanted.ended or ends is not None or (subject.manifest is None and here)


def _removable(live: CustomerLive) -> set[str]:
    """Numbers as ``removals.yaml`` names them."""
    stock = {f"stock/{o.id}" for o in live.desk.objects if isinstance(o, StockAllocation)}
    ported = {f"number/{o.digits}" for o in live.desk.objects if isinstance(o, PortedNumber)}
    return stock | ported
