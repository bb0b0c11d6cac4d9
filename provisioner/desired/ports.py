"""Port orders: which numbers travel in which order, and how far each has come.

Numbers that are in an order stay in it, so a split (R10) never moves under an order in flight.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from provisioner.codes import Code, Fault
from provisioner.codes.porting import (
    LockedWhileCancelling,
    OrderAlreadySubmitted,
    PortCannotBeStoppedAnyMore,
    PortOrderIsLocked,
    PortOrderIsLockedForGood,
)
from provisioner.contract.resources import PortingOrder
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Contact, Porting
from provisioner.manifest.schedule import Schedule, port_date
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.porting import (
    EDITABLE,
    IN_FLIGHT,
    LIVE_HERE,
    MAX_SINGLE_NUMBERS,
    NO_RETURN,
    SUBMITTABLE,
    PortPolicy,
    Progress,
    State,
    caught_up,
)
from provisioner.telephony.prefixes import Prefixes
from provisioner.telephony.sources import Provisional

_LONGEST_BREAK = timedelta(days=14)
"""No run of days without a working day is longer."""


@dataclass(frozen=True, slots=True)
class Port:
    """One item of a porting entry, and the state of the order that carries it."""

    entry: str
    item: Numbers
    progress: Progress

    @property
    def digits(self) -> str:
        return digits_of(self.item)

    @property
    def source(self) -> Provisional:
        """The provisional number that stands in for it."""
        return Provisional(self.entry, self.digits)

    @property
    def live(self) -> bool:
        """Its own route is on our PBX."""
        return self.progress.state in LIVE_HERE

    @property
    def completed(self) -> bool:
        return self.progress.state is State.COMPLETED


@dataclass(frozen=True, slots=True)
class Ports:
    """All port orders of a customer as they should be, and each item with its progress."""

    orders: tuple[PortingOrder, ...] = ()
    items: tuple[Port, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def carrying(self, digits: str) -> Port | None:
        """The item that is, or contains, the number with ``digits``."""
        return next(
            (
                p
                for p in self.items
                if p.digits == digits
                or (isinstance(p.item, DdiBlock) and digits.startswith(p.digits))
            ),
            None,
        )


def arrange(
    customer: CustomerId,
    entries: Sequence[Porting],
    live: Sequence[PortingOrder],
    today: date,
    policy: PortPolicy,
    arrived: Collection[str] = (),
    *,
    contact: Contact,
    released: Callable[[], Sequence[Porting]] = tuple,
) -> Ports:
    """The orders for ``entries`` of ``contact``'s company, keeping what is under way as it is.

    The items' progress is what it will be once the calendar's own moves are carried out.
    ``arrived`` are the digits that a port has brought and that are still here: they are never
    ordered again, whatever the entry is called, and one that was given up is not here any more.
    ``released`` tells the entries that were released last.
    """
    calendar = policy.arrivals
    orders: list[PortingOrder] = []
    items: list[Port] = []
    found: list[Diagnostic] = []
    for position, entry in enumerate(entries):
        mine = [o for o in live if o.porting == entry.id]
        wanted = {digits_of(n) for n in entry.items}
        fixed = [o for o in mine if o.progress.state not in SUBMITTABLE]
        reopened = [o for o in mine if o.progress.state in SUBMITTABLE]
        amended = any(
            o.progress.state in EDITABLE or wanted.intersection(o.items) for o in reopened
        )
        for order in fixed:
            now = caught_up(order.progress, today=today, policy=policy)[1]
            found += _locked(customer, replace(order, progress=now), wanted, ("porting", position))
            kept = _as_kept(customer, entry, order, wanted, calendar, released)
            # what is corrected is meant for those; a date can be given to each part alone
            same = replace(_numbers_of(order, wanted), port_date=kept.port_date)
            orders.append(same if amended else kept)
        found += _ordered_elsewhere(customer, entries, position, live, today, policy)
        travelling = {*arrived, *(d for o in fixed if _travels(o) for d in o.items)}
        # sorted, so that the same numbers written in another order are the same orders
        rest = sorted((n for n in entry.items if digits_of(n) not in travelling), key=digits_of)
        missing = _not_begun(entry, mine, fixed) if fixed else {}
        rest = [n for n in rest if all(n not in numbers for numbers in missing.values())]
        parts, added = _refilled(rest, reopened) if fixed else (_split(rest), [])
        parts |= missing
        if added:
            about = OrderAlreadySubmitted(
                porting=entry.id, number=str(added[0]), state=_state(fixed[0])
            )
            found.append(Diagnostic.of(about, customer, path=("porting", position)))
        known = {o.part: o.progress for o in mine}
        orders += [
            _order(customer, entry, part, numbers, known.get(part, Progress()), calendar)
            for part, numbers in parts.items()
        ]
        carried = {
            d: caught_up(o.progress, today=today, policy=policy)[1]
            for o in orders
            if o.porting == entry.id
            for d in o.items
        }
        carried |= {d: _completed(d, live) for d in arrived}
        items += [Port(entry.id, n, carried.get(digits_of(n), Progress())) for n in entry.items]
    asked = {o.key: o for o in live}
    named = tuple(_named(o, asked.get(o.key), contact) for o in orders)
    return Ports(named, tuple(items), tuple(found))


def _ordered_elsewhere(
    customer: CustomerId,
    entries: Sequence[Porting],
    position: int,
    live: Sequence[PortingOrder],
    today: date,
    policy: PortPolicy,
) -> Iterator[Diagnostic]:
    """An entry that was renamed asks for numbers that the donor has under its old id.

    Where that entry still stands, its own order shows that a number was taken out of it.
    """
    wanted = Prefixes((digits_of(n), n) for n in entries[position].items)
    ids = {entry.id for entry in entries}
    for order in live:
        if order.porting not in ids and order.progress.state in IN_FLIGHT:
            now = caught_up(order.progress, today=today, policy=policy)[1]
            others = {d for d in order.items if not any(wanted.overlapping(d))}
            path = ("porting", position)
            yield from _locked(customer, replace(order, progress=now), others, path)


def _travels(order: PortingOrder) -> bool:
    """A completed order carries nothing any more: what it brought is here, or was given up."""
    return order.progress.state is not State.COMPLETED


def _completed(digits: str, live: Sequence[PortingOrder]) -> Progress:
    """The progress of the order that brought a number: the last, if it was given up in between."""
    brought = (
        o.progress for o in live if o.progress.state is State.COMPLETED and digits in o.items
    )
    return max(brought, key=lambda p: p.completed_on or date.min, default=Progress(State.COMPLETED))


def _state(order: PortingOrder) -> str:
    return str(order.progress.state)


def _split(rest: Sequence[Numbers]) -> dict[int, list[Numbers]]:
    """Numbers by part, ten single ones each (R10); blocks travel with the first."""
    blocks = [n for n in rest if isinstance(n, DdiBlock)]
    singles = [n for n in rest if not isinstance(n, DdiBlock)]
    parts: dict[int, list[Numbers]] = {1: list(blocks)} if blocks else {}
    for at, number in enumerate(singles):
        parts.setdefault(1 + at // MAX_SINGLE_NUMBERS, []).append(number)
    return parts


def _refilled(
    rest: Sequence[Numbers], reopened: Sequence[PortingOrder]
) -> tuple[dict[int, list[Numbers]], list[Numbers]]:
    """Numbers by part beside orders that are under way, and those that fit nowhere.

    What a rejected or cancelled order carries stays in it; a new number fills up such an order.
    """
    home = {digits: order.part for order in reopened for digits in order.items}
    parts: dict[int, list[Numbers]] = {order.part: [] for order in reopened}
    for number in rest:
        if digits_of(number) in home:
            parts[home[digits_of(number)]].append(number)
    added = [n for n in rest if digits_of(n) not in home]
    left = []
    for number in added:
        room = next((p for p, held in parts.items() if _has_room(held, number)), None)
        if room is None:
            left.append(number)
        else:
            parts[room].append(number)
    # in the order in which they are found once they are stored
    return {part: sorted(held, key=digits_of) for part, held in parts.items() if held}, left


def _not_begun(
    entry: Porting, mine: Sequence[PortingOrder], fixed: Sequence[PortingOrder]
) -> dict[int, list[Numbers]]:
    """Numbers by part, of parts of a split that were never ordered.

    A run that ended between two parts leaves the first under way and no second one.  That is to be
    finished; it is known by the parts under way, which are exactly those of the split.
    """
    whole = _split(sorted(entry.items, key=digits_of))
    for order in fixed:
        if {digits_of(n) for n in whole.get(order.part, ())} != set(order.items):
            return {}
    there = {order.part for order in mine}
    return {part: numbers for part, numbers in whole.items() if part not in there}


def _has_room(held: Sequence[Numbers], number: Numbers) -> bool:
    singles = sum(not isinstance(n, DdiBlock) for n in held)
    return isinstance(number, DdiBlock) or singles < MAX_SINGLE_NUMBERS


def _order(
    customer: CustomerId,
    entry: Porting,
    part: int,
    numbers: Sequence[Numbers],
    progress: Progress,
    calendar: WorkCalendar,
) -> PortingOrder:
    return PortingOrder(
        customer=customer,
        porting=entry.id,
        part=part,
        provider=entry.provider,
        scope=str(entry.scope),
        port_date=port_date(entry.schedule, calendar, part),
        time=entry.schedule.time.strftime("%H:%M"),
        authority=str(entry.signature.authority),
        signatories=entry.signature.signatories,
        numbers=tuple(digits_of(n) for n in numbers if not isinstance(n, DdiBlock)),
        blocks=tuple(digits_of(n) for n in numbers if isinstance(n, DdiBlock)),
        poa=entry.poa.sha256 if entry.poa else None,
        progress=progress,
    )


def _named(order: PortingOrder, asked: PortingOrder | None, contact: Contact) -> PortingOrder:
    """With the company's name and UID, which the donor compares with its contract.

    What the donor has, or had, keeps those it was given: a contact may be corrected at any time.
    A letter of authority that comes while the donor has the order changes nothing for the donor.
    """
    if asked is not None and order.progress.state not in EDITABLE:
        kept = replace(order, company=asked.company, uid=asked.uid)
        if order.progress.state not in SUBMITTABLE:
            return replace(kept, poa=order.poa if asked.poa else None)
        if kept == asked:
            return kept
    uid = str(contact.uid) if contact.uid else None
    return replace(order, company=contact.company, uid=uid)


def _as_kept(
    customer: CustomerId,
    entry: Porting,
    order: PortingOrder,
    wanted: set[str],
    calendar: WorkCalendar,
    released: Callable[[], Sequence[Porting]],
) -> PortingOrder:
    """The order under way, with what the manifest says of everything but its numbers.

    A completed order is history: nothing of it is compared any more.
    """
    if order.progress.state not in IN_FLIGHT:
        return order
    asked = _order(customer, entry, order.part, (), order.progress, calendar)
    settled = asked.port_date in {order.port_date, order.progress.port_date}
    if (
        not settled
        and _still_fits(entry.schedule, order)
        and not _another_day(entry, order.part, released())
    ):
        asked = replace(asked, port_date=order.port_date)
    return replace(
        asked, numbers=_numbers_of(order, wanted).numbers, blocks=_numbers_of(order, wanted).blocks
    )


def _numbers_of(order: PortingOrder, wanted: set[str]) -> PortingOrder:
    """The order with those of its numbers that are still wanted.

    Its other fields stay as they were asked: this is also what an order keeps while a sibling that
    the donor rejected is being corrected.
    """
    return replace(
        order,
        numbers=tuple(n for n in order.numbers if n in wanted),
        blocks=tuple(b for b in order.blocks if b in wanted),
    )


def _still_fits(schedule: Schedule, order: PortingOrder) -> bool:
    """Whether a date that was set from the contract's end once still is one.

    Holidays are revised, and a submitted order must not change its date with them.
    """
    ends, asked = schedule.contract_ends_on, order.port_date
    if schedule.agreed_for(order.part) or asked is None or ends is None:
        return False
    return ends - _LONGEST_BREAK <= asked <= ends


def _another_day(entry: Porting, part: int, released: Sequence[Porting]) -> bool:
    """Whether the contract ends on another day than it was released, or none is agreed any more."""

    def said(schedule: Schedule) -> tuple[date | None, date | None]:
        return schedule.contract_ends_on, schedule.agreed_for(part)

    before = (said(e.schedule) for e in released if e.id == entry.id)
    return any(each != said(entry.schedule) for each in before)


def _locked(
    customer: CustomerId, order: PortingOrder, wanted: set[str], path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    gone = [d for d in order.items if d not in wanted]
    if gone and order.progress.state in IN_FLIGHT:
        late = order.progress.state in NO_RETURN
        about: Code = locked(order, gone[0])
        if late:
            about = PortCannotBeStoppedAnyMore(
                customer=str(customer), order=order.key, state=_state(order), fields=gone[0]
            )
        yield Diagnostic.of(about, customer, path=path)


def locked(order: PortingOrder, fields: str) -> Fault:
    """Why nothing can be changed of what the donor has, with what can be done instead."""
    customer, state = str(order.customer), _state(order)
    if order.progress.state is State.CANCEL_PENDING:
        return LockedWhileCancelling(customer=customer, order=order.key, fields=fields)
    late = order.progress.state in NO_RETURN
    kind = PortOrderIsLockedForGood if late else PortOrderIsLocked
    return kind(customer=customer, order=order.key, state=state, fields=fields)
