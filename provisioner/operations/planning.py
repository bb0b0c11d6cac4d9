"""What has to change on the live systems."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from provisioner.codes import Severity
from provisioner.codes.policy import UnfinishedRun
from provisioner.contract.abilities import Abilities, abilities_of
from provisioner.contract.desk import DeskReader, OpenRun
from provisioner.contract.pbx import PbxReader
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import Workspace
from provisioner.operations.observing import BRAKED, Doing, What, during
from provisioner.operations.opening import Readable
from provisioner.operations.selecting import Moved, Selection, met, named, partners, select
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.drift import without_drift
from provisioner.plan.live import LivePlanner, PlannedFleet, released
from provisioner.plan.model import Targets
from provisioner.plan.moves import claims_of
from provisioner.plan.scope import EVERYBODY
from provisioner.telephony.identity import CustomerId


def plan(
    opened: Readable,
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
    selection = selected(opened, names)
    planning = planner(opened, today, acknowledged, whole=not names)
    planning = replace(planning, everyone=everyone, spread=opened.processes)
    return planned(planning, selection)


def plan_released(
    opened: Readable,
    names: Sequence[str] = (),
    *,
    today: date,
    acknowledged: Iterable[str] = (),
    everyone: bool = False,
) -> PlannedFleet:
    """What ``reconcile`` would carry out: by the manifests that were released."""
    planning, selection = of_released(opened, names, today, acknowledged)
    return planned(replace(planning, everyone=everyone), selection)


def planned(planning: LivePlanner, selection: Selection) -> PlannedFleet:
    """The plan for all that was selected; whoever looks on is told."""
    with during(Doing(What.PLAN)) as doing:
        fleet = planning.plan_fleet(selection.subjects, selection.notes)
        doing.count = len(fleet.plan.steps)
        if fleet.plan.braked:
            doing.outcome = BRAKED
            found = (d for d in fleet.plan.diagnostics if d.severity is Severity.ERROR)
            doing.codes = tuple(d.code for d in found)
    return fleet


def of_released(
    opened: Readable, names: Sequence[str], today: date, acknowledged: Iterable[str]
) -> tuple[LivePlanner, Selection]:
    """Customers as they were released, and a planner that leaves alone what was done by hand."""
    opened = replace(opened, scope=EVERYBODY)  # it needs no manifest, so it goes over all
    customers = sorted(opened.customers())
    if names:
        chosen = named(names, customers, opened.workspace)
        customers = sorted(chosen | _begun_with(chosen, opened.desk) & {*customers})
    planning = planner(opened, today, acknowledged, whole=not names)
    planning = replace(planning, narrow=without_drift(planning.context.targets))
    leaving = {run.customer: run for run in opened.desk.open_runs() if not run.manifest}
    subjects = released(opened.desk, customers)
    return planning, Selection(tuple(_left_alone(s, leaving.get(s.customer)) for s in subjects))


def _left_alone(subject: CustomerInput, run: OpenRun | None) -> CustomerInput:
    """A customer of which a run that died has taken a part away for good: by what was released
    last, all of it would be set up again."""
    if run is None or subject.packed is None:
        return subject
    started = run.started.isoformat(timespec="minutes")
    about = UnfinishedRun(customer=str(subject.customer), started=started)
    found = replace(Diagnostic.of(about, subject.customer), severity=Severity.ERROR)
    return replace(subject, broken=True, diagnostics=(*subject.diagnostics, found))


def selected(opened: Readable, names: Sequence[str]) -> Selection:
    """All customers, or those that are named, with those between which numbers are to move.

    Raises PolicyError PV447 for a name that is nowhere.
    """
    workspace = opened.workspace
    live = opened.known(met(workspace, names)) if names else opened.customers()
    return select(workspace, live, names, partial(_settled, opened.desk))


def _settled(desk: DeskReader, customers: Collection[CustomerId]) -> set[Moved]:
    """Moves that were carried out: no run is open that may have left the half of one.

    None where the desk cannot tell: then both come along, and the plan says why they are unknown.
    """
    try:
        open_runs = {run.customer for run in desk.open_runs()}
        subjects = released(desk, sorted(customers))
    except SystemFault:
        return set()
    return {
        (giver, subject.customer, digits)
        for subject in subjects
        for giver, digits in (subject.packed.moved if subject.packed else ())
        if open_runs.isdisjoint((giver, subject.customer))
    }


def _begun_with(chosen: Collection[CustomerId], desk: DeskReader) -> set[CustomerId]:
    """With whom numbers of the ``chosen`` may have moved by half: its run is open."""
    begun = {run.customer for run in desk.open_runs()}
    known = released(desk, sorted({*chosen, *begun}))
    written = {s.customer: s.packed for s in known if s.packed}
    return partners(chosen, written, _settled(desk, written))


def findings(opened: Readable, names: Sequence[str], *, today: date) -> list[Diagnostic]:
    """All that the plans of the named customers say; foreign objects are looked for everywhere,
    whatever that costs.  Raises PolicyError PV447 for a name that is nowhere."""
    selection = selected(opened, names)
    thorough = replace(planner(opened, today), thorough=True)
    parts = thorough.together(selection.subjects)
    return [d for part in parts.values() for d in part.plan.diagnostics]


def planner(
    opened: Readable, today: date, acknowledged: Iterable[str] = (), *, whole: bool = False
) -> LivePlanner:
    """Plans for customers of a workspace against its live systems.

    ``whole``: for all of them, of whom those that are proven count as unchanged.
    """
    state = context(opened.workspace, opened.pbx, opened.desk, today, acknowledged)
    state = replace(state, scope=opened.scope)
    proven = opened.proven if whole else frozenset()
    return LivePlanner(opened.pbx, opened.desk, state, proven=proven)


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
        targets=Targets(pbx=pbx.target, desk=desk.identity()),
        removals=workspace.removals,
        adoptions=workspace.adoptions,
        acknowledged=frozenset(acknowledged),
        claims=claims_of((c, e.packed) for c, e in workspace.entries.items()),
        void=dict(workspace.void),
        abilities=Abilities(abilities_of(pbx), abilities_of(desk)),
    )
