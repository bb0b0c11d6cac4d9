"""Port dates as iCalendar (RFC 5545), for the desk's own calendars.  Pure.

One event for each port at its time, and one for the day from which nothing can be cancelled.  No
personal data: customers by their id, numbers, provider, state.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import (
    Alarm,
    Calendar,
    Component,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vRecur,
)

from provisioner.report.messages import Catalogue
from provisioner.report.provider import provider_text
from provisioner.report.swiss import show_number
from provisioner.report.tables import next_text
from provisioner.report.views import OrderView
from provisioner.telephony.porting import NO_RETURN, PortPolicy, State

ZONE = "Europe/Zurich"
LENGTH = timedelta(hours=1)
"""How long a port keeps its people busy: test calls in and out."""
NAMED = 3
"""So many numbers stand in a title; all of them stand in the description."""

_EPOCH = date(2000, 1, 1)
_FIRM = NO_RETURN | {State.ACCEPTED}
_CALLED_OFF = frozenset({State.REJECTED, State.CANCELLED, State.FAILED})


def has_event(view: OrderView, on: date) -> bool:
    """Whether an order stands in the calendar that is made on day ``on``.

    Open ones with a date; and called-off ones whose date is still to come, so that a calendar that
    had them strikes them out.
    """
    if view.date is None:
        return False
    return view.date >= on if view.state in _CALLED_OFF else view.open


def render_calendar(
    orders: Iterable[OrderView], policy: PortPolicy, words: Catalogue, *, now: datetime
) -> bytes:
    """The calendar.  ``now`` (aware) is when it is made: the same orders give the same bytes.

    An event keeps its UID for the life of the order; a calendar of a later day has higher sequence
    numbers, so that a program that has both takes the newer one.
    """
    shown = [o for o in orders if has_event(o, now.date())]
    calendar = begun("port dates", words.ui("calendar.name"))
    calendar.add_component(_zone())
    for view in sorted(shown, key=lambda o: (o.date or now.date(), o.customer, o.order.key)):
        for event in _events(view, policy, words, now):
            calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def begun(product: str, name: str) -> Calendar:
    """A calendar with nothing in it; ``name`` is for people."""
    calendar = Calendar()
    calendar.add("prodid", f"-//provisioner//{product}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", ZONE)
    return calendar


def identified(component: Component, name: str, now: datetime) -> None:
    """A UID that ``name`` alone decides; of two calendars that have it the newer one counts."""
    component.add("uid", str(uuid5(NAMESPACE_URL, f"provisioner:{name}")))
    component.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    component.add("sequence", max(0, (now.date() - _EPOCH).days))


def _events(
    view: OrderView, policy: PortPolicy, words: Catalogue, now: datetime
) -> Iterator[Event]:
    day = view.date
    if day is None:
        return
    about = {"customer": view.customer, "order": view.order.key, "numbers": _numbers(view, words)}
    synchronised = policy.synchronises_on(day)
    sync = _event("sync", view, now, words.ui("calendar.sync", **about))
    sync.add("dtstart", synchronised)
    sync.add("dtend", synchronised + timedelta(days=1))
    sync.add("transp", "TRANSPARENT")
    sync.add("description", words.ui("calendar.sync_why"))
    yield sync

    port = _event("port", view, now, words.ui("calendar.port", **about))
    begins = _time(view.order.time)
    if begins is None:
        port.add("dtstart", day)
        port.add("dtend", day + timedelta(days=1))
    else:
        start = datetime.combine(day, begins)
        zone = {"TZID": ZONE}
        port.add("dtstart", start, parameters=zone)
        port.add("dtend", start + LENGTH, parameters=zone)
    port.add("description", _description(view, words))
    if view.open and view.state not in _CALLED_OFF:
        before = policy.calendar.plus(day, -1)
        port.add_component(_alarm(before, begins or time(9), words.ui("calendar.alarm", **about)))
    yield port


def _event(kind: str, view: OrderView, now: datetime, title: str) -> Event:
    event = Event()
    identified(event, f"{kind}:{view.customer}/{view.order.key}", now)
    event.add("summary", title)
    if view.state in _CALLED_OFF:
        event.add("status", "CANCELLED")
    else:
        event.add("status", "CONFIRMED" if view.state in _FIRM else "TENTATIVE")
    return event


def _alarm(day: date, at: time, text: str) -> Alarm:
    """At an absolute time, since a working day earlier is no fixed number of hours."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    moment = datetime.combine(day, at, ZoneInfo(ZONE)).astimezone(UTC)
    alarm.add("trigger", moment, parameters={"VALUE": "DATE-TIME"})
    return alarm


def _description(view: OrderView, words: Catalogue) -> str:
    order = view.order
    facts = [
        ("state", words.word(view.state)),
        ("next", next_text(view, words)),
        ("provider", provider_text(order.provider, words)),
        ("scope", words.word(order.scope)),
        ("numbers", ", ".join(show_number(digits) for digits in order.items)),
    ]
    lines = [f"{words.ui(f'porting.{key}')}: {value}" for key, value in facts if value]
    if order.progress.other_date:
        lines.append(words.ui("porting.donor_date"))
    return "\n".join(lines)


def _numbers(view: OrderView, words: Catalogue) -> str:
    items = [show_number(digits) for digits in view.order.items]
    shown = ", ".join(items[:NAMED])
    if len(items) <= NAMED:
        return shown
    return f"{shown} {words.ui('calendar.others', count=len(items) - NAMED)}"


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _zone() -> Timezone:
    """Switzerland's clock since 1996, by rule: short, and the same on every machine."""
    zone = Timezone()
    zone.add("tzid", ZONE)
    for kind, month, offset_from, offset_to, name, start in (
        (TimezoneDaylight, 3, 1, 2, "CEST", datetime(1996, 3, 31, 2)),  # noqa: DTZ001 - local time
        (TimezoneStandard, 10, 2, 1, "CET", datetime(1996, 10, 27, 3)),  # noqa: DTZ001 - the same
    ):
        part = kind()
        part.add("dtstart", start)
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        part.add("tzoffsetfrom", timedelta(hours=offset_from))
        part.add("tzoffsetto", timedelta(hours=offset_to))
        part.add("tzname", name)
        zone.add_component(part)
    return zone
