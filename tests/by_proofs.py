"""What a case or a run has brought about, with proofs: the same plan, to the byte."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from written import plan_json

from provisioner import operations
from provisioner.apply.proving import Prover
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.contract.proofs import Proof, ProvingDesk
from provisioner.errors import ProvisionError
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


def same_plan(root: Path, pbx: Pbx, desk: Desk, today: date) -> int:
    """How many customers were left out of the plan with proofs; it is the one without them."""
    short = plan_beside_proofs(root, pbx, desk, today=today)
    if short is None:
        return 0
    assert plan_json(short.plan) == in_full(root, pbx, desk, today)
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


def same_plans(open_: Callable[[], Opened], today: date) -> int:
    """Today, and around the days on which proofs run out; how many were left out today."""
    try:
        opened = open_()
        root, pbx, desk = opened.workspace.root, opened.pbx, opened.desk
        same_plan(root, pbx, desk, today)
        prove(root, pbx, desk, today)
    except ProvisionError:
        return 0  # a file or a system is lost, and nobody could plan
    for day in days(proofs(desk), today):
        same_plan(root, pbx, desk, day)
    return same_plan(root, pbx, desk, today)
