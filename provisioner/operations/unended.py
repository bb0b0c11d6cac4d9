"""Who is to end and is billed on: what a bill cannot know before the end is carried out."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from provisioner.contract.desk import BilledInterval, DeskReader
from provisioner.contract.resources import Release
from provisioner.desired.importing import released_manifest
from provisioner.errors import PolicyError
from provisioner.plan.ranges import AT_ONCE
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.money import Month

_WRITTEN = b'"ends_on"'
"""In the text of a manifest that ends; none of the others has to be understood."""


def unended(
    desk: DeskReader, rows: Iterable[BilledInterval], month: Month
) -> Mapping[CustomerId, date]:
    """The last day of each customer who, as released, ends before the month does, and of whom rows
    are billed without an end.  Raises SystemFault."""
    last = month.first + timedelta(days=month.days - 1)
    names = sorted({r.customer for r in rows if r.ends is None and not (r.once or r.former)})
    found: dict[CustomerId, date] = {}
    for start in range(0, len(names), AT_ONCE):
        for customer, state in desk.read(names[start : start + AT_ONCE]).items():
            release = next((o for o in state.objects if isinstance(o, Release)), None)
            day = _end(release) if release and _WRITTEN in release.content else None
            if day is not None and day < last:
                found[customer] = day
    return found


def _end(release: Release) -> date | None:
    try:
        return released_manifest(release).subscription.ends_on
    except PolicyError:  # who cannot be read is told by the next plan
        return None
