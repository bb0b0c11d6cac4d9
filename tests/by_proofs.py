"""What a case or a run has brought about, with proofs: the same plan, to the byte."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from written import plan_json

from provisioner import operations
from provisioner.apply.proving import Prover
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.contract.proofs import Proof, ProvingDesk
from provisioner.manifest.repository import load_workspace
from provisioner.operations.opening import Opened
from provisioner.operations.planning import planner, selected
from provisioner.operations.proving import plan_beside_proofs
from provisioner.plan.scope import Scope

FAR = timedelta(days=800)


def in_full(root: Path, pbx: Pbx, desk: Desk, today: date) -> bytes:
    """Raises ProvisionError."""
    workspace = load_workspace(root)
    opened = Opened(workspace, pbx, desk, Scope.of(workspace.config))
    return plan_json(operations.plan(opened, today=today).plan)


def same_plan(root: Path, pbx: Pbx, desk: Desk, today: date, whole: bytes | None = None) -> int:
    """How many customers were left out of the plan with proofs; it is the one without them:
    ``whole``, if somebody has made that already."""
    short = plan_beside_proofs(root, pbx, desk, today=today)
    if short is None:
        return 0
    assert plan_json(short.plan) == (whole or in_full(root, pbx, desk, today))
    loud = {customer.customer for customer in short.plan.customers}
    assert loud <= {str(customer) for customer in short.parts}
    return short.plan.unchanged + len(loud) - len(short.parts)


def prove(root: Path, pbx: Pbx, desk: Desk, today: date) -> None:
    """As a run does that finds nothing to do, without doing anything."""
    workspace = load_workspace(root)
    opened = Opened(workspace, pbx, desk, Scope.of(workspace.config))
    planning = planner(opened, today)
    prover = Prover.of(
        workspace,
        pbx,
        desk,
        planning.context,
        holder="tester",
        clock=lambda: datetime.combine(today, time(12), UTC),
    )
    assert prover
    before = prover.seen()
    found = selected(opened, ())
    fleet = planning.plan_fleet(found.subjects, found.notes)
    prover.keep(prover.proofs(fleet.parts.values(), before))


def proofs(desk: Desk) -> list[Proof]:
    assert isinstance(desk, ProvingDesk)
    return [*desk.proofs()]


def days(found: Iterable[Proof], today: date) -> list[date]:
    """The last day of each proof and the one on which it no longer counts; or one far ahead."""
    last = {p.until or today + FAR for p in found}
    return sorted(last | {day - timedelta(days=1) for day in last if day > today})


def same_plans(opened: Opened, today: date, whole: bytes) -> int:
    """Today, where it is ``whole``, and around the days on which proofs run out; how many were
    left out today."""
    root, pbx, desk = opened.workspace.root, opened.pbx, opened.desk
    same_plan(root, pbx, desk, today, whole)
    prove(root, pbx, desk, today)
    for day in days(proofs(desk), today):
        same_plan(root, pbx, desk, day)
    return same_plan(root, pbx, desk, today, whole)
