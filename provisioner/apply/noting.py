"""What counts as applied is kept true: what is as it should be counts, what is gone does not."""

from dataclasses import replace
from datetime import datetime

from provisioner.contract.desk import Desk
from provisioner.contract.reading import PBX_EMPTY, field_hashes
from provisioner.plan.live import LivePlanner
from provisioner.plan.notes import empties, is_renamed, vanished
from provisioner.plan.planner import Planned


def remember(desk: Desk, run: str, now: Planned, at: datetime) -> None:
    """What is as desired counts as applied, and no more of it, even where a crash lost the note."""
    if is_renamed(now):
        return
    pending = {(s.kind, s.key) for s in now.plan.steps}
    for resource in now.settled():
        identity = (resource.kind, resource.key)
        hashes = field_hashes(resource.concrete())
        if identity not in pending and now.applied.get(identity) != hashes:
            step = f"{resource.kind}/{resource.key}:remember"
            desk.settle(run, step, at=at, outcome="done", applied=(*identity, hashes))


def forget(desk: Desk, run: str, planned: Planned, at: datetime) -> None:
    """What is neither there nor wanted counts as applied no longer.

    Before the first step: once all the rest is taken down, nothing on the PBX beside something that
    counts as applied looks like a PBX that was lost.  After the last one too: then it is known of
    each route.
    """
    for kind, key in vanished(planned):
        step = f"{kind}/{key}:forget"
        desk.settle(run, step, at=at, outcome="done", applied=(kind, key, None))


def after(planned: Planned, planner: LivePlanner) -> LivePlanner:
    """Who reads back, once all steps are done.

    Where they have taken away all that there was on the PBX, nothing is there, also if more counts
    as applied: somebody had deleted it by hand.
    """
    if not empties(planned):
        return planner
    acknowledged = planner.context.acknowledged | {PBX_EMPTY}
    return replace(planner, context=replace(planner.context, acknowledged=acknowledged))
