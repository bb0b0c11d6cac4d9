"""What a desk has to bill in a month; one that is not quick is asked for all of it at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta

from provisioner.contract.desk import BilledInterval, DeskReader
from provisioner.contract.quick import Billed, QuickDesk
from provisioner.contract.resources import Release
from provisioner.desired.importing import released_manifest
from provisioner.errors import PolicyError
from provisioner.plan.billing import by_customer
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.money import Month


@contextmanager
def billed(
    desk: DeskReader, month: Month, customers: Collection[CustomerId] | None = None
) -> Iterator[Iterator[Billed]]:
    """As :meth:`QuickDesk.billed`.  Raises Unavailable, while it is read too."""
    if isinstance(desk, QuickDesk):
        with desk.billed(*_span(month), customers) as found:
            yield found
        return
    rows = desk.intervals(*_span(month))
    companies = {str(customer): name for customer, name in desk.companies().items()}
    yield by_customer([r for r in rows if customers is None or r.customer in customers], companies)


def billed_customers(desk: DeskReader, month: Month) -> Collection[CustomerId]:
    """Who has a row of the ledger in the month."""
    if isinstance(desk, QuickDesk):
        return desk.billed_customers(*_span(month))
    return {row.customer for row in desk.intervals(*_span(month))}


def unended(
    desk: DeskReader, month: Month, customers: Collection[CustomerId] | None = None
) -> Mapping[CustomerId, date]:
    """The last day of each customer who, as released, ends before the month does, and of whom rows
    are billed on: what a bill cannot know before the end is carried out.  Raises SystemFault."""
    last = month.first + timedelta(days=month.days - 1)
    ending = {
        release.customer: day
        for release in _ending(desk)
        if customers is None or release.customer in customers
        if (day := _end(release)) is not None and day < last
    }
    if not ending:
        return {}
    with billed(desk, month, ending.keys()) as found:
        on = {who for who, _, rows in found if any(_goes_on(row) for row in rows)}
    return {customer: day for customer, day in ending.items() if customer in on}


def _ending(desk: DeskReader) -> Iterable[Release]:
    """Releases with a last day, and perhaps others; few of a fleet have one."""
    if isinstance(desk, QuickDesk):
        return desk.released(b'"ends_on"')
    states = desk.read(sorted(desk.customers())).values()
    return [each for state in states for each in state.objects if isinstance(each, Release)]


def _end(release: Release) -> date | None:
    try:
        return released_manifest(release).subscription.ends_on
    except PolicyError:  # who cannot be read is told by the next plan
        return None


def _goes_on(row: BilledInterval) -> bool:
    return row.ends is None and not (row.once or row.former)


def _span(month: Month) -> tuple[date, date]:
    return month.first, month.first + timedelta(days=month.days)
