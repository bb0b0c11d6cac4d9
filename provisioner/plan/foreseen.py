"""One customer's live systems in memory, so that a plan can be carried out without them.  Pure.

What a step does here is what the contract says that it does there: declared fields are written, the
desk chooses numbers, intervals open and close by the day, orders move by their state machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, assert_never

from provisioner.contract.desk import BilledInterval, DeskState
from provisioner.contract.pbx import PbxState
from provisioner.contract.reading import CustomerLive, allocations, field_hashes, resolve
from provisioner.contract.resources import (
    BillingInterval,
    DeskResource,
    Json,
    Kind,
    NumberRef,
    PbxResource,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Resource,
    Route,
    StockAllocation,
    Tenant,
)
from provisioner.plan.digest import with_digest
from provisioner.plan.model import Step
from provisioner.plan.notes import vanished
from provisioner.plan.operation import (
    Adopt,
    AnyResource,
    Create,
    Delete,
    Give,
    Move,
    Rename,
    Take,
    Update,
)
from provisioner.plan.planner import Planned
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.porting import (
    ENDED,
    SUBMITTABLE,
    Event,
    PortingError,
    PortPolicy,
    Progress,
    State,
    move,
)
from provisioner.telephony.sources import Literal, Source

Identity = tuple[Kind, str]

_NOBODYS = "099"
"""An area that no Swiss number has: of numbers that only the desk can choose."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided about orders."""

    policy: PortPolicy
    require_poa: bool


class Foreseen:
    """What a customer has, day after day.

    ``rows`` are all intervals of the ledger that are known, closed ones too.  ``invented`` tells
    the sources of numbers that nobody has chosen yet.
    """

    def __init__(self, live: CustomerLive, rules: Rules) -> None:
        self.rules = rules
        self.invented: dict[str, Source] = {}
        self._closed: list[BilledInterval] = []
        self._ended: dict[str, date] = {}
        self._foreign = live.pbx.foreign
        self._pbx: dict[Identity, PbxResource] = {(o.kind, o.live_key): o for o in live.pbx.objects}
        self._desk: dict[Identity, DeskResource] = {(o.kind, o.key): o for o in live.desk.objects}
        self._applied = dict(live.desk.applied)
        self._known = allocations(live.desk.objects)

    @property
    def live(self) -> CustomerLive:
        """As the two systems would tell it."""
        pbx = PbxState(tuple(self._pbx.values()), self._foreign)
        return CustomerLive(pbx, DeskState(tuple(self._desk.values()), dict(self._applied)))

    @property
    def rows(self) -> list[BilledInterval]:
        """The ledger, as far as it can be known."""
        return [*self._closed, *(_row(o) for o in self._intervals())]

    @property
    def orders(self) -> list[PortingOrder]:
        return [o for o in self._desk.values() if isinstance(o, PortingOrder)]

    def carry_out(self, planned: Planned, today: date) -> None:
        """All steps of a plan, in its order, and what is noted of all that it found."""
        for task in planned.tasks:
            operation = task.with_numbers(lambda source: resolve(self._known, source)).operation
            written: Resource
            match operation:
                case Create(wanted) | Update(wanted) | Take(wanted):
                    written = self._put(wanted, today)
                case Adopt(strange):
                    key = (strange.kind, strange.key)
                    self._foreign = tuple(f for f in self._foreign if (f.kind, f.key) != key)
                    written = self._put(strange, today)
                case Delete(gone):
                    self._applied.pop((gone.kind, gone.key), None)
                    self._delete(gone, today)
                    continue
                case Move(order, event):
                    written = self._moved(order.key, event, today)
                case Give(given, _):
                    self._give(given)
                    continue
                case Rename(renamed, _):
                    # what is live is looked at under its new name already
                    if isinstance(renamed, BillingInterval | Tenant):
                        continue
                    written = self._put(renamed, today)
                case _:
                    assert_never(operation)
            self._note(written)
        self._note_found(planned)

    def named(self, step: Step) -> Step:
        """``step`` without digits that nobody has chosen yet: by their source."""
        if not self.invented:
            return step
        told = {
            side: {name: self._source(value) for name, value in (getattr(step, side) or {}).items()}
            for side in ("before", "after")
            if getattr(step, side) is not None
        }
        known = {s: d for s, d in step.resolved.items() if not d.startswith(_NOBODYS)}
        return with_digest(step.model_copy(update={**told, "resolved": known}))

    def _source(self, value: Json) -> Json:
        if not isinstance(value, str) or not value.startswith(_NOBODYS):
            return value
        for length in range(len(_NOBODYS) + 1, len(value) + 1):
            source = self.invented.get(value[:length])
            if source is None:
                continue
            if length == len(value):
                return str(source)
            if not isinstance(source, Literal):
                return str(source.at(int(value[length:])))
        return value

    def assume(self, today: date) -> list[tuple[str, Event]]:
        """What donors are taken to do by ``today``: orders by their key, and what happened."""
        found = []
        for order in self.orders:
            event = _ASSUMED.get(order.progress.state)
            on = order.progress.port_date
            if event is Event.ACCEPT and on is not None:
                on = self.rules.policy.synchronises_on(on)
            if event is None or on is None or (event in _DATED and on > today):
                continue
            try:
                self._moved(order.key, event, today)
            except PortingError:  # its day has passed without an answer: nobody can tell
                continue
            found.append((order.key, event))
        return found

    # The two systems

    def _note_found(self, planned: Planned) -> None:
        for resource in planned.settled():
            self._note(resource)
        for identity in vanished(planned, done=True) if planned.tasks else ():
            self._applied.pop(identity, None)

    def _note(self, written: Resource) -> None:
        self._applied[written.kind, written.key] = field_hashes(written.concrete())

    def _put(self, resource: AnyResource, today: date) -> AnyResource:
        if isinstance(resource, PbxResource):
            told = _as_read(resource)
            key = told.kind, told.live_key
            self._pbx[key] = _merged(self._pbx[key], told) if key in self._pbx else told
            return resource
        made = self._chosen(resource, today)
        self._desk[made.kind, made.key] = made
        self._known.update(allocations([made]))
        return made

    def _chosen(self, resource: DeskResource, today: date) -> DeskResource:
        """With what the desk chooses: numbers, days, states."""
        match resource:
            case StockAllocation() | ProvisionalAllocation():
                named = resource.number if isinstance(resource, StockAllocation) else None
                return replace(resource, digits=named or self._digits(resource))
            case BillingInterval():
                return self._opened(resource, today)
            case PortingOrder():
                return self._ordered(resource, today)
            case _:
                return resource

    def _digits(self, wanted: StockAllocation | ProvisionalAllocation) -> str:
        held = self._desk.get((wanted.kind, wanted.key))
        if isinstance(held, StockAllocation | ProvisionalAllocation) and held.digits:
            return held.digits
        left_off = len(str(wanted.size)) - 1
        room = DIGITS - len(_NOBODYS) - 1 - left_off
        made = f"{_NOBODYS}{left_off}{len(self.invented):0{room}d}"
        self.invented[made] = wanted.source
        return made

    def _opened(self, wanted: BillingInterval, today: date) -> BillingInterval:
        row = self._desk.get((Kind.BILLING, wanted.key))
        if not isinstance(row, BillingInterval) or row.starts is None:
            return replace(wanted, starts=self._free_from(wanted, wanted.starts or today))
        begun = row.starts <= today
        if row.once and begun:
            return row
        same = row.product == wanted.product
        starts = wanted.starts or (row.starts if begun and same else today)
        if same:
            return replace(wanted, starts=row.starts if begun else self._free_from(wanted, starts))
        if begun:
            starts = max(starts, today)
        self._close(row, starts)
        return replace(wanted, starts=self._free_from(wanted, starts))

    def _free_from(self, wanted: BillingInterval, starts: date) -> date:
        """An item is billed once a day, whatever is changed on it."""
        return max(starts, self._ended.get(wanted.key, starts))

    def _close(self, row: BillingInterval, ends: date) -> None:
        if row.starts is not None and ends > row.starts:
            self._closed.append(_row(row)._replace(ends=ends))
            self._ended[row.key] = max(ends, self._ended.get(row.key, ends))

    def _ordered(self, wanted: PortingOrder, today: date) -> PortingOrder:
        found = self._desk.get((wanted.kind, wanted.key))
        stored = found if isinstance(found, PortingOrder) else None
        progress = stored.progress if stored else Progress()
        if stored and progress.state not in SUBMITTABLE:
            kept = replace(progress, asked=wanted.port_date or progress.asked)
            return replace(wanted, company=stored.company, uid=stored.uid, progress=kept)
        if wanted.port_date is not None and (wanted.poa or not self.rules.require_poa):
            policy = self.rules.policy
            after = move(progress, Event.SUBMIT, today=today, policy=policy, on=wanted.port_date)
            return replace(wanted, progress=after)
        if progress.state is not State.REJECTED:
            waits = State.DRAFT if wanted.port_date is None else State.AWAITING_POA
            progress = Progress(waits, attempt=progress.attempt)
        return replace(wanted, progress=progress)

    def _moved(self, key: str, event: Event, today: date) -> PortingOrder:
        order = self._desk[Kind.ORDER, key]
        assert isinstance(order, PortingOrder)  # noqa: S101 - by its kind
        after = move(order.progress, event, today=today, policy=self.rules.policy)
        made = replace(order, progress=after)
        self._desk[Kind.ORDER, key] = made
        if after.state is State.COMPLETED:
            for digits in made.items:
                number = PortedNumber(customer=made.customer, porting=made.porting, digits=digits)
                self._desk[number.kind, number.key] = number
        return made

    def _delete(self, resource: AnyResource, today: date) -> None:
        if isinstance(resource, PbxResource):
            self._pbx.pop((resource.kind, resource.live_key), None)
            return
        key = resource.kind, resource.key
        found = self._desk.get(key)
        match found:
            case PortingOrder():
                if found.progress.state not in ENDED | {State.CANCEL_PENDING}:
                    self._moved(found.key, Event.CANCEL, today)
            case BillingInterval(once=True, starts=date() as day) if day <= today:
                pass  # paid once, for ever
            case BillingInterval():
                ends = resource.ends if isinstance(resource, BillingInterval) else None
                self._close(found, ends or today)
                del self._desk[key]
            case _:
                self._desk.pop(key, None)
                if isinstance(found, StockAllocation | ProvisionalAllocation):
                    self._known.pop(found.source, None)

    def _give(self, given: StockAllocation | PortedNumber | Route) -> None:
        """It is another customer's now: nothing of it rests."""
        self._pbx.pop((given.kind, given.live_key), None)
        self._desk.pop((given.kind, given.key), None)
        if isinstance(given, StockAllocation):
            self._known.pop(given.source, None)

    def _intervals(self) -> list[BillingInterval]:
        return [o for o in self._desk.values() if isinstance(o, BillingInterval) and o.starts]


_ASSUMED = {
    State.SUBMITTED: Event.ACCEPT,
    State.ACTIVATING: Event.COMPLETE,
    State.CANCEL_PENDING: Event.CONFIRM_CANCEL,
}

_DATED = frozenset({Event.ACCEPT, Event.COMPLETE})
"""An answer is awaited until the day on which the order would go on with it."""


def _row(found: BillingInterval) -> BilledInterval:
    assert found.starts is not None  # noqa: S101 - the desk fills it in
    return BilledInterval(found.customer, found.item, found.product, found.once, found.starts)


def _as_read(resource: PbxResource) -> PbxResource:
    """A PBX knows numbers by their digits alone."""
    told = {
        f.name: replace(value, source=Literal(value.digits))
        for f in fields(resource)
        if isinstance(value := getattr(resource, f.name), NumberRef) and value.digits is not None
    }
    return replace(resource, **told)  # type: ignore[arg-type]  # numbers for numbers


def _merged(found: PbxResource, wanted: PbxResource) -> PbxResource:
    """Only declared fields are written (R16)."""
    told: Mapping[str, Any] = {
        f.name: value for f in fields(wanted) if (value := getattr(wanted, f.name)) is not None
    }
    return replace(found, **told)
