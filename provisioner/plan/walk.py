"""Plays ``reconcile`` in memory, day after day, from the state that a plan leaves behind.  Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from provisioner.codes import Code, Severity
from provisioner.codes.policy import NewPrices
from provisioner.codes.porting import PortDate, ProvisionalNumbersGoOff, Synchronisation
from provisioner.codes.telephony import Activation, EndOfTheSubscription, StartOfBilling
from provisioner.contract.reading import CustomerLive, Holders
from provisioner.contract.resources import Kind, PortedNumber, PortingOrder, StockAllocation
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.cost import Account
from provisioner.plan.days import coming_days, deadlines
from provisioner.plan.drift import narrowed, without_drift
from provisioner.plan.foreseen import Foreseen, Rules
from provisioner.plan.model import Action, Assumed, Change, Day, Event, Held, Status, Step
from provisioner.plan.planner import Planned, plan_customer
from provisioner.telephony import porting
from provisioner.telephony.calendar import DAY
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import ItemKind
from provisioner.telephony.numbers import Numbers, digits_of
from provisioner.telephony.porting import ENDED

_ROUNDS = 8
"""So often something new may follow on one day: a port that completes lets others go on."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The days to come, and all that is billed until the ``last`` of them.

    ``now``: what the plan of today itself changes.
    """

    days: tuple[Day, ...]
    account: Account
    last: date
    now: Change = Change()


def walk(customer: CustomerId, planned: Planned, context: PlanContext) -> Walk:
    """All that follows once ``planned`` was carried out, if nothing else happens."""
    if planned.seen is None:
        return Walk((), Account((), context.config), context.today)
    walker = _Walker(customer, planned, planned.seen, context)
    days = tuple(walker.days())
    return Walk(days, Account(walker.systems.rows, context.config), walker.today, walker.now)


class _Walker:
    def __init__(
        self, customer: CustomerId, planned: Planned, seen: CustomerLive, context: PlanContext
    ) -> None:
        self.customer, self.context = customer, context
        orders = context.config.porting
        self.systems = Foreseen(seen, Rules(orders.days(), orders.require_poa))
        self.narrow = without_drift(context.targets)
        self.waiting = {(h.step.id, h.code) for h in planned.plan.held}
        waits = [h.step for h in planned.plan.held]
        self.stays = any(s.kind is Kind.RELEASE or s.action is Action.MOVE for s in waits)
        self.blocked: set[tuple[str, str]] = set()
        before, paid = self._account, self._account.once(context.today)
        self.systems.carry_out(planned, context.today)
        self.monthly = self._account.monthly(context.today)
        once = self._account.once(context.today) - self._account.once(context.today + DAY)
        paid -= before.once(context.today + DAY)
        self.now = Change(monthly=self.monthly - before.monthly(context.today), once=once - paid)

    @property
    def today(self) -> date:
        return self.context.today

    @property
    def _account(self) -> Account:
        return Account(self.systems.rows, self.context.config)

    def days(self) -> Iterator[Day]:
        if (first := self._day(begun=True)) is not None:
            yield first
        while True:
            coming = coming_days(self._subject().manifest, self.systems.live, self.context)
            if not coming:
                return
            self.context = replace(self.context, today=min(coming))
            if (day := self._day(begun=False)) is not None:
                yield day

    def _subject(self) -> CustomerInput:
        return CustomerInput.released(self.customer, self.systems.live.desk)

    def _day(self, *, begun: bool) -> Day | None:
        """Today; None if nothing is to be told of it.  ``begun``: today's own plan is done."""
        steps: list[Step] = []
        held: list[Held] = []
        blocked: tuple[Diagnostic, ...] = ()
        assumed: list[Assumed] = []
        first = begun
        events = [] if begun else list(self._announced())
        for _ in range(_ROUNDS):
            # whose manifest is gone is kept as it was released: a run that is late is told today
            if not begun or assumed or self.stays:
                planned = self._planned()
                blocked = self._newly_blocked(planned)
                new = [h for h in planned.plan.held if (h.step.id, h.code) not in self.waiting]
                self.waiting |= {(h.step.id, h.code) for h in new}
                events += self._events(planned, new)
                held += [h.model_copy(update={"step": self.systems.named(h.step)}) for h in new]
                steps += [self.systems.named(s) for s in planned.plan.steps]
                self.systems.carry_out(planned, self.today)
            taken = self.systems.assume(self.today)
            if not taken:
                break
            begun = False
            assumed += [Assumed(order=key, event=_SAID[event]) for key, event in taken]
        cost = self._cost(begun=first)
        if not (steps or held or blocked or events or assumed or cost != Change()):
            return None
        return Day(
            on=self.today,
            events=tuple(sorted(_once_each(events), key=lambda e: (e.code, str(e.params)))),
            steps=tuple(steps),
            held=tuple(held),
            assumed=tuple(assumed),
            blocked=blocked,
            cost=cost,
        )

    def _planned(self) -> Planned:
        live = self.systems.live
        context = replace(self.context, holders=_own(self.context.holders, live))
        return narrowed(plan_customer(self._subject(), live, context), self.narrow)

    def _newly_blocked(self, planned: Planned) -> tuple[Diagnostic, ...]:
        if planned.plan.status is Status.READY:
            return ()
        errors = [d for d in planned.plan.diagnostics if d.severity is Severity.ERROR]
        new = [d for d in errors if (d.code, str(d.params)) not in self.blocked]
        self.blocked |= {(d.code, str(d.params)) for d in new}
        return tuple(new)

    def _cost(self, *, begun: bool) -> Change:
        """What is paid once on the first day is of today's own plan."""
        account, before = self._account, self.monthly
        self.monthly = account.monthly(self.today)
        once = 0 if begun else account.once(self.today) - account.once(self.today + DAY)
        return Change(monthly=self.monthly - before, once=once)

    # What the day is about

    def _announced(self) -> Iterator[Event]:
        """What needs no step: billing begins, prices change, a permission runs out."""
        for row in self.systems.rows:
            if row.item.kind is ItemKind.SUBSCRIPTION and row.starts == self.today:
                yield Event.of(StartOfBilling())
        account, before = self._account, self.today - DAY
        if account.monthly(before) != account.monthly(before, self.today):
            yield Event.of(NewPrices(day=str(self.today)))
        manifest = self._subject().manifest
        for about in deadlines(manifest, self.systems.live, self.context):
            yield Event.of(about)

    def _events(self, planned: Planned, held: list[Held]) -> Iterator[Event]:
        orders = {o.key: o for o in self.systems.orders}
        carried = {(o.porting, d): o.key for o in orders.values() for d in o.items}
        over = planned.ended and any(
            s.kind is Kind.BILLING or s.action is Action.DELETE
            for s in (*planned.plan.steps, *(h.step for h in held))
        )
        if over:
            yield Event.of(EndOfTheSubscription())
        for step in planned.plan.steps:
            about = self._about(step, orders, carried)
            if about is not None:
                yield Event.of(about)

    def _about(
        self,
        step: Step,
        orders: dict[str, PortingOrder],
        carried: dict[tuple[str, str], str],
    ) -> Code | None:
        match step.kind, step.action:
            case Kind.TENANT, Action.CREATE:
                return Activation()
            case Kind.ORDER, Action.SYNCHRONISE:
                return Synchronisation(order=step.key, time=orders[step.key].time)
            case Kind.ORDER, Action.ACTIVATE:
                return PortDate(order=step.key, time=orders[step.key].time)
            case Kind.PROVISIONAL, Action.DELETE:
                entry, _, digits = step.key.partition("/")
                rest = timedelta(days=self.context.config.numbers.quarantine_days)
                order = carried.get((entry, digits))
                if order is not None:
                    return ProvisionalNumbersGoOff(order=order, until=str(self.today + rest))
        return None


_SAID = {
    porting.Event.ACCEPT: "accept",
    porting.Event.COMPLETE: "complete",
    porting.Event.CONFIRM_CANCEL: "confirm_cancel",
}


def _once_each(events: list[Event]) -> list[Event]:
    return list({(e.code, str(e.params)): e for e in events}.values())


def _own(holders: Holders, live: CustomerLive) -> Holders:
    """What the customer got meanwhile is its own."""
    mine: set[str] = set()
    for each in live.desk.objects:
        match each:
            case StockAllocation(digits=str(digits)):
                mine.add(digits)
            case PortedNumber():
                mine.add(each.digits)
            case PortingOrder() if each.progress.state not in ENDED:
                mine.update(each.items)
    routed = {o.live_key for o in live.pbx.objects if o.kind is Kind.ROUTE}
    customer = next((o.customer for o in live.desk.objects), None)
    if customer is None:
        return holders

    def on(numbers: Numbers, found: set[str]) -> bool:
        digits = digits_of(numbers)
        return any(d.startswith(digits) or digits.startswith(d) for d in found)

    pbx = {n: str(customer) if on(n, routed) else who for n, who in holders.pbx.items()}
    return Holders(pbx, {n: customer if on(n, mine) else who for n, who in holders.desk.items()})
