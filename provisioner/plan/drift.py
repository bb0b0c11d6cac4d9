"""What ``reconcile`` leaves for people: it undoes, or takes over, what somebody did by hand."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from provisioner.codes import Hold
from provisioner.codes.policy import ChangedByHand, SettingsOfTheOperator
from provisioner.plan.digest import digested
from provisioner.plan.model import Action, Cause, CustomerPlan, Held, Step, Targets
from provisioner.plan.planner import Planned
from provisioner.plan.policy import hold_dependents

Filter = Callable[[CustomerPlan], CustomerPlan]


def narrowed(planned: Planned, narrow: Filter | None) -> Planned:
    """With those steps alone that ``narrow`` lets through."""
    if narrow is None:
        return planned
    plan = narrow(planned.plan)
    ids = {s.id for s in plan.steps}
    tasks = tuple(t for t in planned.tasks if t.step.id in ids)
    return replace(planned, plan=plan, tasks=tasks)


def without_drift(targets: Targets) -> Filter:
    """Leaves out what needs a plan that somebody has seen.

    Not those on which a port or a day depends: a number must not fall silent on its port date
    because someone deleted the phone that it rings at.
    """

    def narrow(plan: CustomerPlan) -> CustomerPlan:
        wanted = _needed([s for s in plan.steps if not _waits(s)], plan.steps)
        waiting = [s for s in plan.steps if _waits(s) and s.id not in wanted]
        if not waiting:
            return plan
        rest = [s for s in plan.steps if s not in waiting]
        held = [Held.of(s, why) for s in waiting if (why := _waits(s))]
        free, held = hold_dependents(rest, held, {})  # what was done by hand was read
        kept = plan.model_copy(update={"steps": tuple(free), "held": (*plan.held, *held)})
        return digested(kept, targets)

    return narrow


def _waits(step: Step) -> Hold | None:
    """Why it needs a person: it undoes, or takes over, what people did on the live system, or it
    follows from an edit of ``provision.yaml``; None for what goes on by itself."""
    if step.cause is Cause.DRIFT or step.action is Action.ADOPT:
        return ChangedByHand()
    return SettingsOfTheOperator() if step.cause is Cause.SETTINGS else None


def _needed(steps: Iterable[Step], among: Iterable[Step]) -> set[str]:
    """Ids of ``steps`` and of all that they need, directly or not."""
    by_id = {s.id: s for s in among}
    found: set[str] = set()
    todo = [s.id for s in steps]
    while todo:
        step = todo.pop()
        if step in by_id and step not in found:
            found.add(step)
            todo += by_id[step].needs
    return found
