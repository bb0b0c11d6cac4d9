"""Port days that are with the donor and are days off all the same.  Pure."""

from dataclasses import replace

from provisioner.codes.porting import NotAWorkingDay
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortingOrder
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.context import CustomerInput
from provisioner.telephony.porting import SUBMITTABLE


def without_settled_days(subject: CustomerInput, live: CustomerLive | SystemFault) -> CustomerInput:
    """Without what the file alone says of a day that all orders it is written for have already.

    The operator's days off, and holidays, change; what the donor has does not change with them.
    """
    manifest = subject.manifest
    found = [d for d in subject.diagnostics if d.says(NotAWorkingDay)]
    if not found or manifest is None or isinstance(live, SystemFault):
        return subject
    orders = [o for o in live.desk.objects if isinstance(o, PortingOrder)]

    def is_settled(about: Diagnostic) -> bool:
        at = about.path[1]
        assert isinstance(at, int)  # noqa: S101 - the place of an entry in ``porting``
        entry = manifest.porting[at]
        mine = [o for o in orders if o.porting == entry.id]
        match about.path[-1]:
            case "date":
                mine = [o for o in mine if entry.schedule.agreed_for(o.part) is None]
            case str(part) if part.isdigit():
                mine = [o for o in mine if str(o.part) == part]
        days = {str(day) for o in mine for day in (o.port_date, o.progress.port_date)}
        open_ = any(o.progress.state in SUBMITTABLE for o in mine)
        return str(about.params["date"]) in days and not open_

    left = tuple(d for d in subject.diagnostics if d not in found or not is_settled(d))
    return replace(subject, diagnostics=left)
