"""The date of a port (R6)."""

from datetime import date

from provisioner.manifest.models import Schedule
from provisioner.telephony.calendar import WorkCalendar


def port_date(schedule: Schedule, days: WorkCalendar) -> date | None:
    """The day on which the numbers move; None as long as ``asap`` has no agreed date.

    A date agreed with staff comes first.  At a contract's end it is the last working day on or
    before it, so that the line never dies before its numbers have moved.
    """
    if schedule.agreed_date is not None:
        return schedule.agreed_date
    if schedule.contract_ends_on is not None:
        return days.on_or_before(schedule.contract_ends_on)
    return schedule.date
