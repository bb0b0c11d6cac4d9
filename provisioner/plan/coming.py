"""What comes by itself on a later day, with what only the operator's configuration knows.  Pure."""

from collections.abc import Iterator
from datetime import timedelta

from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortedNumber, Release, StockAllocation
from provisioner.desired import Desired
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.model import Upcoming
from provisioner.plan.policy import CUSTOMER


def coming(
    subject: CustomerInput, live: CustomerLive, wanted: Desired, situation: PlanContext
) -> tuple[Upcoming, ...]:
    """Coming events of a customer by day; shown to people, never part of a digest."""
    rest = timedelta(days=situation.config.numbers.quarantine_days)
    found = [
        Upcoming(on=u.on, code=u.code, params={**u.params, "until": str(u.on + rest)})
        if u.code == "PV280"
        else Upcoming(on=u.on, code=u.code, params=u.params)
        for u in wanted.upcoming
    ]
    found += _deadlines(subject, live, wanted, situation)
    return tuple(sorted(found, key=lambda u: (u.on, u.code, str(u.params))))


def _deadlines(
    subject: CustomerInput, live: CustomerLive, wanted: Desired, situation: PlanContext
) -> Iterator[Upcoming]:
    """Last days of permissions for what is still here and may go."""
    customer = str(subject.customer)
    for removal in situation.removals.removals:
        owner, _, what = removal.what.partition("/")
        if owner != customer or removal.until <= situation.today:
            continue
        if _leaves(subject, live, wanted) if what == CUSTOMER else what in _removable(live):
            yield Upcoming(on=removal.until, code="PV281", params={"what": removal.what})


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
