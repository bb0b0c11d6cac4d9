"""What has to change on the live systems."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from provisioner.contract.abilities import Abilities, abilities_of
from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import PbxReader
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import Workspace
from provisioner.operations.opening import Opened
from provisioner.operations.selecting import Selection, named, select
from provisioner.plan.context import PlanContext
from provisioner.plan.drift import without_drift
from provisioner.plan.live import LivePlanner, PlannedFleet, released
from provisioner.plan.model import Targets
from provisioner.plan.moves import claims_of


def plan(
    opened: Opened,
    names: Sequence[str] = (),
    *,
    today: date,
    acknowledged: Iterable[str] = (),
    everyone: bool = False,
) -> PlannedFleet:
    """The plan for all customers, or for those that ``names`` (ids or paths) name.

    Changes nothing.  ``acknowledged``: names of the brakes and doubts that are accepted for this
    run.  ``everyone``: the coming days of customers too that have nothing to do.

    Raises PolicyError PV447 for a name that is nowhere, and SystemFault if the desk cannot tell its
    customers; a system that cannot be read makes customers *unknown* in the plan.
    """
    selection = select(opened.workspace, opened.desk.customers(), names)
    planning = replace(planner(opened, today, acknowledged), everyone=everyone)
    return planning.plan_fleet(selection.subjects, selection.notes)


def plan_released(
    opened: Opened,
    names: Sequence[str] = (),
    *,
    today: date,
    acknowledged: Iterable[str] = (),
    everyone: bool = False,
) -> PlannedFleet:
    """What ``reconcile`` would carry out: by the manifests that were released."""
    planning, selection = of_released(opened, names, today, acknowledged)
    return replace(planning, everyone=everyone).plan_fleet(selection.subjects)


def of_released(
    opened: Opened, names: Sequence[str], today: date, acknowledged: Iterable[str]
) -> tuple[LivePlanner, Selection]:
    """Customers as they were released, and a planner that leaves alone what was done by hand."""
    customers = sorted(opened.desk.customers())
    if names:
        customers = sorted(named(names, customers, opened.workspace))
    planning = planner(opened, today, acknowledged)
    planning = replace(planning, narrow=without_drift(planning.context.targets))
    return planning, Selection(tuple(released(opened.desk, customers)))


def findings(opened: Opened, names: Sequence[str], *, today: date) -> list[Diagnostic]:
    """All that the plans of the named customers say; foreign objects are looked for everywhere,
    whatever that costs.  Raises PolicyError PV447 for a name that is nowhere."""
    selection = select(opened.workspace, opened.desk.customers(), names)
    thorough = replace(planner(opened, today), thorough=True)
    return [d for s in selection.subjects for d in thorough.again(s).plan.diagnostics]


def planner(opened: Opened, today: date, acknowledged: Iterable[str] = ()) -> LivePlanner:
    """Plans for customers of a workspace against its live systems."""
    state = context(opened.workspace, opened.pbx, opened.desk, today, acknowledged)
    return LivePlanner(opened.pbx, opened.desk, state)


def context(
    workspace: Workspace,
    pbx: PbxReader,
    desk: DeskReader,
    today: date,
    acknowledged: Iterable[str] = (),
) -> PlanContext:
    """What holds for all customers of a run."""
    return PlanContext(
        config=workspace.config,
        today=today,
        targets=Targets(pbx=pbx.target, desk=desk.target),
        removals=workspace.removals,
        adoptions=workspace.adoptions,
        acknowledged=frozenset(acknowledged),
        claims=claims_of((c, e.manifest) for c, e in workspace.entries.items()),
        abilities=Abilities(abilities_of(pbx), abilities_of(desk)),
    )
