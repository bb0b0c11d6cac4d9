"""What counts as applied and is there no longer.  Pure."""

from collections.abc import Iterator

from provisioner.contract.reading import lives_on_pbx
from provisioner.contract.resources import Kind, System
from provisioner.plan.model import Action
from provisioner.plan.planner import Planned
from provisioner.plan.policy import gives, staying
from provisioner.telephony.sources import number_of


def is_left_with_notes(planned: Planned) -> bool:
    """Nothing of it is on the PBX, and something that nobody wants counts as applied to it."""
    return planned.told is not None and not planned.told.pbx.objects and any(vanished(planned))


def vanished(planned: Planned, *, done: bool = False) -> Iterator[tuple[Kind, str]]:
    """What counts as applied to the PBX, is not there, not wanted, and in no step: somebody has
    deleted it by hand.

    Of routes it is told only where each that is there is wanted, or goes.  That of a number which
    waits is kept while anything is there: by it the phone waits at which the number rings.  What is
    noted of a phone that has its new name on the PBX alone goes along with it.  Of a customer that
    has to wait for its end nothing is told: what was released still asks for it.  ``done``: once
    the steps are.
    """
    plan, told, seen = planned.plan, planned.told, planned.seen
    if told is None or seen is None or is_renamed(planned):
        return
    pending = {(s.kind, s.key) for s in (*plan.steps, *(h.step for h in plan.held))}
    wanted = {(r.kind, r.key) for r in planned.wanted}
    there = {(o.kind, o.live_key) for o in told.pbx.objects}
    known = {(r.kind, r.live_key) for r in planned.wanted}
    if done:
        known |= {(r.kind, r.live_key) for r in (t.operation.resource for t in planned.tasks)}
    routes_are_known = empties(planned) or all(kind is not Kind.ROUTE for kind, _ in there - known)
    leaves = not there or empties(planned)
    if not leaves and any(h.step.kind is Kind.RELEASE for h in plan.held):
        return
    stay = {} if leaves else staying(plan.held)
    noted = planned.applied.keys() & seen.desk.applied.keys()
    for kind, key in sorted(noted - pending - wanted - there):
        if kind is Kind.ROUTE and (not routes_are_known or number_of(key, stay)):
            continue
        if lives_on_pbx(kind):
            yield kind, key


def empties(planned: Planned) -> bool:
    """Whether the steps take away all that there is on the PBX, and bring nothing."""
    there = len(planned.told.pbx.objects) if planned.told else 0
    steps = [step for step in planned.plan.steps if step.system is System.PBX]
    return 0 < there == len(steps) and all(
        step.action is Action.DELETE or gives(step, planned.plan.customer) for step in steps
    )


def is_renamed(planned: Planned) -> bool:
    """The desk still has all of it under the former id."""
    steps = planned.plan.steps
    return any(s.action is Action.RENAME and s.kind is Kind.RELEASE for s in steps)
