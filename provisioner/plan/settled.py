"""What a file alone says of its ports, and their orders have settled already.  Pure."""

from collections.abc import Sequence
from dataclasses import replace

from provisioner.codes.porting import NoSuchPart, NotAWorkingDay
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortingOrder
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Porting
from provisioner.plan.context import CustomerInput
from provisioner.telephony.numbers import digits_of
from provisioner.telephony.porting import SUBMITTABLE


def without_settled(subject: CustomerInput, live: CustomerLive | SystemFault) -> CustomerInput:
    """Without findings about a day that all orders it is written for have already, and about a
    part that is under way.

    The operator's days off, and holidays, change, and numbers are taken out of a port; what the
    donor has does not change with them.
    """
    manifest = subject.manifest
    found = [d for d in subject.diagnostics if d.says(NotAWorkingDay, NoSuchPart)]
    if not found or manifest is None or isinstance(live, SystemFault):
        return subject
    orders = [o for o in live.desk.objects if isinstance(o, PortingOrder)]

    def is_settled(about: Diagnostic) -> bool:
        at = about.path[1]
        assert isinstance(at, int)  # noqa: S101 - the place of an entry in ``porting``
        entry = manifest.porting[at]
        mine = [o for o in orders if o.porting == entry.id]
        if about.says(NoSuchPart):
            return _is_a_part(str(about.params["found"]), entry, mine)
        return _has_its_day(about, entry, mine)

    left = tuple(d for d in subject.diagnostics if d not in found or not is_settled(d))
    return replace(subject, diagnostics=left)


def _has_its_day(about: Diagnostic, entry: Porting, mine: Sequence[PortingOrder]) -> bool:
    match about.path[-1]:
        case "date":
            mine = [o for o in mine if entry.schedule.agreed_for(o.part) is None]
        case str(part) if part.isdigit():
            mine = [o for o in mine if str(o.part) == part]
    days = {str(day) for o in mine for day in (o.port_date, o.progress.port_date)}
    open_ = any(o.progress.state in SUBMITTABLE for o in mine)
    return str(about.params["date"]) in days and not open_


def _is_a_part(part: str, entry: Porting, mine: Sequence[PortingOrder]) -> bool:
    """Numbers stay in the order that has them, as long as one of the port is under way."""
    wanted = {digits_of(n) for n in entry.items}
    under_way = any(o.progress.state not in SUBMITTABLE for o in mine)
    return under_way and any(str(o.part) == part and wanted.intersection(o.items) for o in mine)
