"""Whether what a plan says of coming days comes true: the same days are lived through for real."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from provisioner import operations
from provisioner.apply.events import CustomerResult
from provisioner.plan.billing import bill
from provisioner.plan.model import CustomerPlan, Day, Plan, Status, Step
from provisioner.telephony.money import Month
from provisioner.telephony.porting import Event, PortingError
from tests.stateful import scenarios
from tests.stateful.world import World, faults

SAID = {
    "accept": Event.ACCEPT,
    "complete": Event.COMPLETE,
    "confirm_cancel": Event.CONFIRM_CANCEL,
}
Run = Callable[[], tuple[Plan, tuple[CustomerResult, ...]]]


def comes_true(world: World, folder: Path) -> int:
    """Applies the plan in a twin of ``world`` and lives through all its days; how many there were.

    0 too where the plan cannot be applied as a whole.
    """
    twin = world.twin(folder / "ahead")
    try:
        plan = announced(twin)
        if plan.braked or any(c.status is not Status.READY for c in plan.customers):
            return 0
        if faults(twin.apply(plan)):
            return 0
        return lived_through(twin, plan)
    finally:
        twin.close()


def announced(world: World) -> Plan:
    """The plan, with the coming days of everyone."""
    return operations.plan(world.opened(), today=world.today, everyone=True).plan


def lived_through(
    world: World, plan: Plan, *, most: int | None = None, reconcile: Run | None = None
) -> int:
    """Lives in ``world`` through the coming days of ``plan``, which was carried out just now.

    Of those customers only that were ready and are in ``plan`` still.  ``most``: no more days than
    these; what is announced for later is not looked at.  Returns how many there were.
    """
    parts = {c.customer: c for c in plan.customers if c.status is Status.READY}
    held = {c.customer: {(h.step.id, h.code) for h in c.held} for c in parts.values()}
    days = {name: {day.on: day for day in part.days} for name, part in parts.items()}
    every = sorted({on for found in days.values() for on in found})
    lived = every[:most]
    for at, on in enumerate(lived):
        for between in _between(every[at - 1] if at else plan.at, on):
            world.today = between
            _nothing_comes(world, held, f"{between} before {on}")
        world.today = on
        of_day = {name: found.get(on) for name, found in days.items()}
        for name in _one_day(world, of_day, held, reconcile or world.reconcile):
            del parts[name], held[name], days[name]
    last = world.today
    for later in (1, 40, 400) if lived == every else ():
        world.today = last + timedelta(days=later)
        _nothing_comes(world, held, f"{later} days after the last")
    world.today = last
    until = every[len(lived)] if lived != every else None
    for name, part in parts.items():
        _is_billed(world, name, part, until)
    return len(lived)


def _between(last: date, on: date) -> Iterable[date]:
    return {last + timedelta(days=1), on - timedelta(days=1)} - {last, on} if on > last else ()


def _one_day(
    world: World,
    days: dict[str, Day | None],
    held: dict[str, set[tuple[str, str]]],
    reconcile: Run,
) -> set[str]:
    """Of whom no more is known: somebody's object that no plan looks for keeps the tenant, or a
    number came from somebody who is unknown now."""
    kept: set[str] = set()
    got: dict[str, list[Step]] = {}
    waits: dict[str, set[tuple[str, str]]] = {}
    todo = {name: list(day.assumed) for name, day in days.items() if day}
    for _ in range(9):
        plan, results = reconcile()
        wrong = {r.customer: {*faults([r])} for r in results if r.customer in days}
        kept |= {name for name, codes in wrong.items() if codes == {"PV514"}}
        assert not any(codes for name, codes in wrong.items() if name not in kept), wrong
        unknown = {c.customer for c in plan.customers if c.status is Status.UNKNOWN}
        for part in plan.customers:
            if part.customer not in days:
                continue
            if any(d.code == "PV418" and d.params["customer"] in unknown for d in part.diagnostics):
                kept.add(part.customer)
            got.setdefault(part.customer, []).extend(part.steps)
            waits.setdefault(part.customer, set()).update((h.step.id, h.code) for h in part.held)
        if not _others_do(world, todo):
            break
    assert not any(todo.values()), (world.today, todo)
    for name, day in days.items():
        if name in kept:
            continue
        where = f"{name} on {world.today}"
        wanted = sorted(map(_step, day.steps if day else ()))
        assert sorted(map(_step, got.get(name, []))) == wanted, where
        new = waits.get(name, set()) - held.setdefault(name, set())
        assert new == {(h.step.id, h.code) for h in (day.held if day else ())}, where
        held[name] |= new
    return kept


def _others_do(world: World, todo: dict[str, list[Any]]) -> bool:
    """What the plan took donors to do, as far as it is possible by now."""
    moved = False
    for name, assumed in todo.items():
        orders = {o.key: o for o in scenarios.orders_of(world, name)} if assumed else {}
        for each in list(assumed):
            try:
                scenarios.move(world, orders[each.order], SAID[each.event])
            except (PortingError, KeyError):
                continue
            assumed.remove(each)
            moved = True
            break
    return moved


def _nothing_comes(world: World, held: dict[str, set[tuple[str, str]]], where: str) -> None:
    plan = operations.plan_released(world.opened(), today=world.today).plan
    for part in (c for c in plan.customers if c.customer in held):
        steps = [s.id for s in part.steps]
        assert not steps, (where, part.customer, steps)
        new = {(h.step.id, h.code) for h in part.held} - held[part.customer]
        assert not new, (where, part.customer, new)


def _is_billed(world: World, name: str, part: CustomerPlan, until: date | None) -> None:
    """Every month up to a year after the last one that is told, by the ledger; or every month that
    is over before ``until``."""
    config = world.workspace().config
    told = {Month.parse(b.month): b.total for b in part.cost.bills}
    if not told:
        return
    total, month = 0, min(told)
    while month <= max(told) or month.month != 1:
        after = month.first + timedelta(days=month.days)
        if until is not None and after > until:
            return
        rows = world.desk.intervals(month.first, after)
        mine = [r for r in rows if str(r.customer) == name]
        total = told.get(month, total)
        real = sum(each.total.rappen for each in bill(mine, config, month))
        assert real == total, (name, str(month), real, total, part.cost)
        month = Month(after.year, after.month)
    assert total == part.cost.after, (name, part.cost)


def _step(step: Step) -> tuple[Any, ...]:
    """What is the same whichever number the desk has chosen meanwhile."""
    after = dict(step.after or {})
    return step.id, str(step.effect), str(step.cause), step.changed, str(sorted(after.items()))
