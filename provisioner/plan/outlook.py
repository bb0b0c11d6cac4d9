"""What an approval releases for coming days.  Pure.

Planning is pure, so a plan's own steps are carried out in memory, and ``reconcile`` is played on
each coming day on which something may change, until nothing comes any more.  The same is done with
the manifest that was released last: what only the new one brings about is the edit's.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta

from provisioner.codes import Code
from provisioner.codes.policy import ApprovalRunsOut, NewPrices
from provisioner.contract.reading import CustomerLive
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.days import coming_days, too_late_days
from provisioner.plan.drift import narrowed, without_drift
from provisioner.plan.edits import defaults_given, edits, means_the_same
from provisioner.plan.model import (
    Action,
    Cost,
    CustomerPlan,
    Day,
    Event,
    Held,
    Step,
    Upcoming,
)
from provisioner.plan.planner import Planned, plan_customer
from provisioner.plan.walk import Walk, walk
from provisioner.telephony.calendar import DAY


def with_outlook(planned: Planned, subject: CustomerInput, context: PlanContext) -> Planned:
    """The same with the days that follow, what it will cost, and until when it can be approved."""
    if planned.told is None:
        return planned
    plan, today = planned.plan, context.today
    before = CustomerInput.released(subject.customer, planned.told.desk)
    mine = walk(subject.customer, planned, context)
    same = means_the_same(before.manifest, subject.manifest)
    theirs, due = mine, plan
    if not same:
        released = _as_released(before, planned.told, context)
        theirs, due = walk(subject.customer, released, context), released.plan
    known = {what for day in theirs.days for what in _all(day)}
    known |= {_what(today, step, held) for step, held in _steps(due)}
    until, why = _until(planned, subject, context)
    plan = plan.model_copy(
        update={
            "days": tuple(_told(day, known) for day in mine.days),
            "dropped": tuple(_dropped(theirs, mine)),
            "edits": edits(before.manifest, subject.manifest),
            "defaults": defaults_given(subject.packed),
            "cost": Cost(
                before=theirs.account.monthly(theirs.last),
                after=mine.account.monthly(mine.last),
                once=mine.account.once(today) - theirs.account.once(today),
                now=mine.now,
                bills=mine.account.bills(today, (day.on for day in mine.days)),
            ),
            "until": until if plan.steps else None,
            "until_why": Event.of(why) if plan.steps else None,
        }
    )
    return replace(planned, plan=plan)


def _as_released(before: CustomerInput, told: CustomerLive, context: PlanContext) -> Planned:
    """What would be done today without the edit."""
    return narrowed(plan_customer(before, told, context), without_drift(context.targets))


def _until(planned: Planned, subject: CustomerInput, context: PlanContext) -> tuple[date, Code]:
    """The last day on which the same would be planned as today, and what changes it then."""
    assert planned.told is not None  # noqa: S101 - asked for those that are ready alone
    days = context.config.approvals.holds_days
    last = context.today + timedelta(days=days)
    candidates = coming_days(subject.manifest, planned.told, context)
    for day, about in too_late_days(planned.plan, context):
        candidates[day] = about
    for day in sorted(candidates):
        if day > last:
            break
        later = replace(context, today=day)
        then = plan_customer(subject, planned.told, later, planned.moves).plan
        if (then.status, then.digest) != (planned.plan.status, planned.plan.digest):
            return day - DAY, candidates[day]
    return last, ApprovalRunsOut(days=days)


def _told(day: Day, known: Collection[object]) -> Day:
    """With those of its steps marked that were released already."""
    released = [step.id for step, held in _steps(day) if _what(day.on, step, held) in known]
    return day.model_copy(update={"released": tuple(released)})


def _steps(day: Day | CustomerPlan) -> Iterator[tuple[Step, Held | None]]:
    yield from ((step, None) for step in day.steps)
    yield from ((held.step, held) for held in day.held)


def _all(day: Day) -> Iterator[object]:
    return (_what(day.on, step, held) for step, held in _steps(day))


def _what(on: date, step: Step, held: Held | None) -> object:
    """What is the same about a step whatever else was edited of its object."""
    after = step.after or {}
    names = step.changed if step.action is Action.UPDATE else sorted(after)
    values = tuple((name, str(after.get(name))) for name in names)
    return on, step.id, step.effect, held and held.code, values


def _dropped(before: Walk, after: Walk) -> Iterator[Upcoming]:
    """What was going to happen, and will not on that day any more."""
    coming = {(day.on, e.code, str(e.params)) for day in after.days for e in day.events}
    for day in before.days:
        for event in day.events:
            told = event.code == NewPrices.code  # nothing that was released
            if not told and (day.on, event.code, str(event.params)) not in coming:
                yield Upcoming(on=day.on, code=event.code, params=event.params)
