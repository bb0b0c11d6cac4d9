"""The work list as iCalendar (RFC 5545): what has a day is an event, what has none a task.  Pure.

What is overdue stands on the day on which the calendar is made.  No personal data.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Event, Todo

from provisioner.plan.matters import Matter
from provisioner.report.calendar_ics import begun, identified
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.report.work.words import command_of, owner_of, text_of


def render_work_calendar(
    matters: Iterable[Matter], words: Catalogue, *, today: date, now: datetime
) -> bytes:
    """The calendar.  A matter keeps its UID for as long as it is open."""
    calendar = begun("work list", words.ui("due.calendar"))
    for matter in matters:
        calendar.add_component(_component(matter, words, today, now))
    made: bytes = calendar.to_ical()
    return made


def _component(matter: Matter, words: Catalogue, today: date, now: datetime) -> Event | Todo:
    name = f"due:{matter.sort}:{matter.text}:{matter.about}"
    title = f"{words.ui(f'due.sort.{matter.sort}')} {visible(matter.about)}"
    component = Todo() if matter.due_on is None else Event()
    identified(component, name, now)
    component.add("summary", f"{title} ({owner_of(matter, words)})")
    lines = [text_of(matter, words), visible(command_of(matter, words))]
    if matter.due_on is None:
        component.add("status", "NEEDS-ACTION")
    else:
        day = max(matter.due_on, today)
        component.add("dtstart", day)
        component.add("dtend", day + timedelta(days=1))
        component.add("transp", "TRANSPARENT")
        lines.insert(0, f"{words.ui('due.by')} {words.day(matter.due_on)}")
    component.add("description", "\n".join(lines))
    return component
