"""What happens when, as dated events and as a scale of days; drawn for terminals and as SVG.  Pure.

Dates come from the plan alone: what comes by itself, port dates of orders in it, and what a run of
the plan does on its own day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from provisioner.codes.porting import PortDate, ProvisionalNumbersGoOff, Synchronisation
from provisioner.codes.telephony import (
    Activation,
    EndOfTheSubscription,
    LastDayOfAPermissionToRemove,
    StartOfBilling,
)
from provisioner.contract.resources import Kind
from provisioner.plan.model import Action, CustomerPlan, Plan, Status, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import headline
from provisioner.report.sanitise import visible

FAR = 3
"""An event this many times further away than the one before it does not stretch the scale."""
LONG = timedelta(days=180)
"""A span that needs no cutting."""


class Mark(StrEnum):
    """Kinds of events, in the order in which those of one day are told."""

    ACTIVATION = "activation"
    BILLING = "billing"
    SYNCHRONISATION = "synchronisation"
    PORT = "port"
    PROVISIONAL = "provisional"
    QUARANTINE = "quarantine"
    END = "end"
    DEADLINE = "deadline"
    OTHER = "other"


MARKS = {
    Activation.code: Mark.ACTIVATION,
    StartOfBilling.code: Mark.BILLING,
    EndOfTheSubscription.code: Mark.END,
    Synchronisation.code: Mark.SYNCHRONISATION,
    PortDate.code: Mark.PORT,
    ProvisionalNumbersGoOff.code: Mark.PROVISIONAL,
    LastDayOfAPermissionToRemove.code: Mark.DEADLINE,
}
"""Code of a coming event → its mark; codes that are not here are still drawn, as OTHER."""

_ORDER = tuple(Mark)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a customer on a day."""

    on: date
    customer: str
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A port order that waits for people, so that nothing of it can be announced."""

    customer: str
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All events from ``today`` on, by day, customer and mark. All texts have been made visible."""

    today: date
    events: tuple[Event, ...]
    waiting: tuple[Waiting, ...] = ()
    unknown: tuple[str, ...] = ()
    """Customers whose dates nobody knows, since they are blocked or could not be read."""

    @property
    def last(self) -> date:
        return max((e.on for e in self.events), default=self.today)

    @property
    def horizon(self) -> date:
        """The last day of the scale; what lies beyond is drawn at its end."""
        days = sorted({e.on for e in self.events if e.on > self.today})
        while len(days) > 1:
            last, before = days[-1] - self.today, days[-2] - self.today
            if last <= LONG or last < FAR * before:
                break
            days.pop()
        return days[-1] if days else self.today

    @property
    def customers(self) -> tuple[str, ...]:
        """Those with events, by their first one."""
        return tuple(dict.fromkeys(e.customer for e in self.events))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Those that occur."""
        seen = {e.mark for e in self.events}
        return tuple(mark for mark in Mark if mark in seen)

    def of(self, customer: str) -> tuple[Event, ...]:
        return tuple(e for e in self.events if e.customer == customer)


def timeline(plan: Plan, words: Catalogue) -> Timeline:
    """The events of all customers of ``plan``."""
    found = {event for customer in plan.customers for event in _events(customer, plan.at, words)}
    return Timeline(
        plan.at,
        tuple(sorted(found, key=lambda e: (e.on, e.customer, _ORDER.index(e.mark), e.text))),
        tuple(w for customer in plan.customers for w in _waiting(customer, words)),
        tuple(visible(c.customer) for c in plan.customers if c.status is not Status.READY),
    )


def _events(customer: CustomerPlan, today: date, words: Catalogue) -> Iterator[Event]:
    name = visible(customer.customer)
    for coming in customer.upcoming:
        mark = MARKS.get(coming.code, Mark.OTHER)
        yield Event(coming.on, name, mark, words.text(coming.code, coming.params))
        rests = _day(coming.params.get("until")) if mark is Mark.PROVISIONAL else None
        if rests:
            text = words.ui("timeline.returned", order=str(coming.params.get("order", "")))
            yield Event(rests, name, Mark.QUARANTINE, text)
    for step in customer.steps:
        if now := _now(step):
            said = headline(step, words) if now in _MOVES else words.ui(f"timeline.now_{now}")
            yield Event(today, name, now, said)


_MOVES = {Mark.SYNCHRONISATION, Mark.PORT}


def _now(step: Step) -> Mark | None:
    """What the plan itself brings about on its day, as far as it has a place in the drawing."""
    match step.kind, step.action:
        case Kind.TENANT, Action.CREATE:
            return Mark.ACTIVATION
        case Kind.TENANT, Action.DELETE:
            return Mark.END
        case Kind.BILLING, Action.CREATE if step.key == "subscription":
            return None if (step.after or {}).get("starts") else Mark.BILLING
        case Kind.ORDER, Action.SYNCHRONISE:
            return Mark.SYNCHRONISATION
        case Kind.ORDER, Action.ACTIVATE:
            return Mark.PORT
        case _:
            return None


def _waiting(customer: CustomerPlan, words: Catalogue) -> Iterator[Waiting]:
    for held in customer.held:
        if held.step.kind is Kind.ORDER and held.step.after:
            text = words.text(held.code, held.params)
            yield Waiting(visible(customer.customer), text)


def _day(found: object) -> date | None:
    try:
        return date.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale. ``at`` from 0 to 1; ``label`` short, empty for one that has no room."""

    on: date
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Days on a line: ``first`` is 0, ``last`` is 1."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """Where ``day`` lies, from 0 to 1."""
        span = (self.last - self.first).days
        return max(0.0, min(1.0, (day - self.first).days / span)) if span else 0.0

    def ticks(self, words: Catalogue, room: int) -> Sequence[Tick]:
        """At most ``room`` lines: Mondays, or firsts of months, quarters, years or decades."""
        days: list[date] = []
        for months in (0, 1, 3, 6, 12, 24, 60, 120, 600):
            days = list(_mondays(self) if months == 0 else _firsts(self, months))
            if len(days) <= room:
                break
        months_shown = words.ui("timeline.months").split()
        return [
            Tick(day, self.at(day), _label(day, at == 0, days, months_shown))
            for at, day in enumerate(days)
        ]


def scale_of(found: Timeline) -> Scale:
    """From today to the horizon, two weeks at least."""
    room = min(14 * _DAY, date.max - found.today)
    return Scale(found.today, max(found.horizon, found.today + room))


def _mondays(scale: Scale) -> Iterator[date]:
    wait = (7 - scale.first.weekday()) % 7 * _DAY
    if wait > date.max - scale.first:
        return
    day = scale.first + wait
    while day <= scale.last:
        yield day
        if date.max - day < 7 * _DAY:
            return
        day += 7 * _DAY


def _firsts(scale: Scale, months: int) -> Iterator[date]:
    number = scale.first.year * 12 + scale.first.month - 1
    number += -number % months
    while number < 12 * date.max.year:
        day = date(number // 12, number % 12 + 1, 1)
        if day > scale.last:
            return
        if day >= scale.first:
            yield day
        number += months


def _label(day: date, first: bool, days: Sequence[date], months: Sequence[str]) -> str:
    """``30.11.`` for weeks, ``Dec`` or ``Jan 2027`` for months, ``2027`` for years."""
    if any(d.day != 1 for d in days):
        return f"{day.day:02d}.{day.month:02d}."
    if all(d.month == 1 for d in days) and len(days) > 1:
        return str(day.year)
    name = months[day.month - 1]
    return f"{name} {day.year}" if first or day.month == 1 else name
