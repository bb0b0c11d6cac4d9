"""Whether what a plan says of coming days comes true: the same days are lived through for real."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from provisioner import operations
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
_NOTHING: Any = ((), ())


def comes_true(world: World, folder: Path) -> int:
    """Applies the plan in a twin of ``world`` and lives through all its days; how many there were.

    0 too where the plan cannot be applied as a whole.
    """
    twin = world.twin(folder / "ahead")
    try:
        opened = twin.opened()
        plan = operations.plan(opened, today=twin.today, everyone=True).plan
        if plan.braked or any(c.status is not Status.READY for c in plan.customers):
            return 0
        if faults(twin.apply(plan)):
            return 0
        return _lived_through(twin, plan)
    finally:
        twin.close()


def _lived_through(world: World, plan: Plan) -> int:
    parts = {c.customer: c for c in plan.customers}
    held = {c.customer: {(h.step.id, h.code) for h in c.held} for c in plan.customers}
    days = {name: {day.on: day for day in part.days} for name, part in parts.items()}
    every = sorted({on for found in days.values() for on in found})
    for at, on in enumerate(every):
        for between in _between(every[at - 1] if at else plan.at, on):
            world.today = between
            _nothing_comes(world, held, f"{between} before {on}")
        world.today = on
        _one_day(world, {name: found.get(on) for name, found in days.items()}, held)
    for later in (1, 40, 400):
        world.today = (every[-1] if every else plan.at) + timedelta(days=later)
        _nothing_comes(world, held, f"{later} days after the last")
    for name, part in parts.items():
        _is_billed(world, name, part)
    return len(every)


def _between(last: date, on: date) -> Iterable[date]:
    return {last + timedelta(days=1), on - timedelta(days=1)} - {last, on} if on > last else ()


def _one_day(
    world: World, days: dict[str, Day | None], held: dict[str, set[tuple[str, str]]]
) -> None:
    got: dict[str, list[Step]] = {}
    waits: dict[str, set[tuple[str, str]]] = {}
    todo = {name: list(day.assumed) for name, day in days.items() if day}
    for _ in range(9):
        plan, results = world.reconcile()
        assert not faults(results), (world.today, faults(results))
        for part in plan.customers:
            got.setdefault(part.customer, []).extend(part.steps)
            waits.setdefault(part.customer, set()).update((h.step.id, h.code) for h in part.held)
        if not _others_do(world, todo):
            break
    assert not any(todo.values()), (world.today, todo)
    for name in {*days, *got}:
        day = days.get(name)
        where = f"{name} on {world.today}"
        wanted = sorted(map(_step, day.steps if day else ()))
        assert sorted(map(_step, got.get(name, []))) == wanted, where
        new = waits.get(name, set()) - held.setdefault(name, set())
        assert new == {(h.step.id, h.code) for h in (day.held if day else ())}, where
        held[name] |= new


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
    for part in plan.customers:
        steps = [s.id for s in part.steps]
        assert not steps, (where, part.customer, steps)
        new = {(h.step.id, h.code) for h in part.held} - held.get(part.customer, set())
        assert not new, (where, part.customer, new)


def _is_billed(world: World, name: str, part: CustomerPlan) -> None:
    """Every month up to a year after the last one that is told: by the ledger."""
    config = world.workspace().config
    total = 0
    told = {Month.parse(b.month): b.total for b in part.cost.bills}
    if not told:
        return
    month = min(told)
    while month <= max(told) or month.month != 1:
        rows = world.desk.intervals(month.first, month.first + timedelta(days=month.days))
        mine = [r for r in rows if str(r.customer) == name]
        total = told.get(month, total)
        real = sum(each.total.rappen for each in bill(mine, config, month))
        assert real == total, (name, str(month), real, total, part.cost)
        after = month.first + timedelta(days=month.days)
        month = Month(after.year, after.month)
    assert total == part.cost.after, (name, part.cost)


def _step(step: Step) -> tuple[Any, ...]:
    """What is the same whichever number the desk has chosen meanwhile."""
    after = dict(step.after or {})
    return step.id, str(step.effect), str(step.cause), step.changed, str(sorted(after.items()))
