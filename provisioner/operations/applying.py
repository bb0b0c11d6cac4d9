"""Carrying out what is approved: ``apply``, ``reconcile``, and finishing a run that died."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from provisioner.apply.credentials import Credentials
from provisioner.apply.events import CustomerResult, Event
from provisioner.apply.executor import Executor
from provisioner.apply.phones import PhoneHandOver
from provisioner.apply.proving import Prover
from provisioner.apply.run import apply_all, grouped
from provisioner.apply.run import resume as resume_runs
from provisioner.contract.process import this_holder
from provisioner.contract.proofs import Proof
from provisioner.operations import observing
from provisioner.operations.due import plan_due
from provisioner.operations.load import sip_user_of
from provisioner.operations.opening import Opened, handover
from provisioner.operations.planning import of_released, planned, planner, selected
from provisioner.operations.selecting import Selection, select
from provisioner.plan.approval import Approval
from provisioner.plan.live import LivePlanner, PlannedFleet, released
from provisioner.plan.model import CustomerPlan, Plan, Status
from provisioner.plan.notes import is_left_with_notes
from provisioner.plan.phones import bound_by_phones
from provisioner.plan.ranges import AT_ONCE
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class PlanMade:
    """The plan that the run would carry out, before anybody is asked."""

    plan: Plan
    approved: bool
    """An approval was given, so nobody will be asked."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The first customer is about to be carried out.

    ``approved``: the plan that was approved, None if only digests were; ``steps``: how many there
    are, None if nobody knows.
    """

    approved: Plan | None = None
    steps: int | None = None


RunEvent = PlanMade | Begun | Event
Agree = Callable[[Plan], bool]
"""Whether the plan that was made now is approved."""


def _ignore(_event: RunEvent) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Who carries something out, and with what.

    ``who``: the person or job, for the audit.  ``clock``: now, with its time zone.  ``identities``:
    texts of private keys that open sealed passwords.  ``stopped`` is asked between calls, so that a
    person can end a run without cutting one off.  ``holder`` names the process for leases.
    """

    who: str
    clock: Callable[[], datetime]
    identities: Sequence[str] = ()
    emit: Callable[[RunEvent], None] = _ignore
    stopped: Callable[[], bool] = lambda: False
    holder: str = ""

    def executor(
        self, opened: Opened, planner: LivePlanner, prover: Prover | None = None
    ) -> Executor:
        config = opened.workspace.config
        folder = handover(opened.workspace.root, config)
        phones = None
        if config.phones:
            phones = PhoneHandOver(config.phones.recipient, folder, partial(sip_user_of, config))
        return Executor(
            pbx=opened.pbx,
            desk=opened.desk,
            planner=planner,
            credentials=Credentials(
                self.identities,
                {name: r.recipients for name, r in config.resellers.items()},
                folder,
                phones,
            ),
            today=planner.context.today,
            clock=self.clock,
            who=self.who,
            holder=self.holder or this_holder(),
            emit=observing.heard(self.emit),
            stopped=self.stopped,
            prover=prover,
        )

    def prover(self, opened: Opened, planner: LivePlanner) -> Prover | None:
        return Prover.of(
            opened.workspace,
            opened.pbx,
            opened.desk,
            planner.context,
            holder=self.holder or this_holder(),
            clock=self.clock,
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """How a run ended.

    ``plan``: what was planned when it began; None where nothing was, to finish a run that died.
    ``results``: of each customer that was begun; none if there was nothing to do, a brake holds, or
    nobody agreed.
    """

    plan: Plan | None
    results: tuple[CustomerResult, ...] = ()


def apply(
    opened: Opened,
    names: Sequence[str] = (),
    *,
    today: date,
    runner: Runner,
    approval: Approval | None = None,
    agree: Agree = lambda _plan: False,
    acknowledged: Iterable[str] = (),
) -> Applied:
    """Carry out the plan, customer by customer, and read it back.

    With ``approval`` only what it covers; without one ``agree`` is asked, if there is anything to
    do.  A customer whose plan is neither the approved one nor a part of it is refused, and nothing
    of it is changed.  Raises PolicyError PV447 for a name that is nowhere, NotApproved PV449 if
    the approval is for other systems, PV471 if it has run out, PV474 if its day has not come.
    """
    selection = selected(opened, names)
    planning = planner(opened, today, acknowledged, whole=not names)
    fleet = _proving(opened, planning, selection, runner, whole=not names)
    return _carried_out(opened, planning, selection, fleet, approval, agree, runner)


def reconcile(
    opened: Opened,
    names: Sequence[str] = (),
    *,
    today: date,
    runner: Runner,
    approval: Approval | None = None,
    agree: Agree = lambda _plan: False,
    acknowledged: Iterable[str] = (),
) -> Applied:
    """Carry out what a day or a port brings, by the manifests that were released.

    An edit that waits for its approval neither stops a port nor slips in; what somebody changed by
    hand on the PBX is shown and left alone.
    """
    planning, selection = of_released(opened, names, today, acknowledged)
    fleet = _proving(opened, planning, selection, runner, whole=not names)
    return _carried_out(opened, planning, selection, fleet, approval, agree, runner)


def reconcile_due(
    opened: Opened,
    *,
    today: date,
    runner: Runner,
    agree: Agree = lambda _plan: False,
    acknowledged: Iterable[str] = (),
) -> Applied:
    """:func:`reconcile` for those on whom something may happen today, as the desk's days say.

    Raises Refused PV678 for a desk that keeps no days.
    """
    planning, selection, fleet = plan_due(opened, today, acknowledged)
    return _carried_out(opened, planning, selection, fleet, None, agree, runner)


def resume(
    opened: Opened,
    names: Sequence[str] = (),
    *,
    today: date,
    runner: Runner,
    acknowledged: Iterable[str] = (),
) -> Applied:
    """Finish what runs that died left open, under the approval that they had."""
    everyone = opened.customers()
    # a customer that was taken down may be nowhere any more but in the journal
    begun = opened.open_runs()
    selection = select(opened.workspace, {*everyone, *(r.customer for r in begun)}, names)
    written = {s.customer: s for s in selection.subjects}
    runs = [r for r in begun if r.customer in written]
    if not runs:
        return Applied(None)
    before = {s.customer: s for s in released(opened.desk, [c for c in written if c in everyone])}
    executor = runner.executor(opened, planner(opened, today, acknowledged))
    runner.emit(Begun())
    return Applied(None, tuple(resume_runs(executor, runs, written, before)))


def _proving(
    opened: Opened, planner: LivePlanner, selection: Selection, runner: Runner, *, whole: bool
) -> PlannedFleet:
    """The plan.  ``whole``: it is about everybody, so it proves of all of whom there is nothing to
    say."""
    prover = runner.prover(opened, planner) if whole and selection.subjects else None
    if prover is None:
        return planned(planner, selection)
    mine = [s.customer for s in selection.subjects]
    about = mine if opened.proven and len(mine) <= AT_ONCE else None
    before, found = prover.seen(about), list[Proof]()
    watched = replace(planner, look=lambda part: found.extend(prover.proofs([part], before)))
    fleet = planned(watched, selection)
    prover.keep([*found, *prover.proofs(fleet.parts.values(), before)], about)
    return fleet


def _carried_out(
    opened: Opened,
    planner: LivePlanner,
    selection: Selection,
    fleet: PlannedFleet,
    approval: Approval | None,
    agree: Agree,
    runner: Runner,
) -> Applied:
    made = fleet.plan
    runner.emit(PlanMade(made, approval is not None))
    if made.braked:
        return Applied(made)
    days = opened.workspace.config.approvals.holds_days
    agreed = _agreed(made, approval, agree, days)
    if agreed is None and made.steps:  # nobody agrees
        return Applied(made)
    agreed = agreed or Approval()
    parts = {part.customer: part for part in made.customers}
    ended = _ended(opened, fleet)
    todo = [
        s
        for s in selection.subjects
        if s.customer in ended or _concerned(parts.get(str(s.customer)), agreed)
    ]
    if not todo:
        return Applied(made)
    executor = runner.executor(opened, planner, runner.prover(opened, planner))
    runner.emit(Begun(agreed.plan, len(made.steps)))
    phones = bound_by_phones(made.customers)
    partners = {
        customer: {*part.moves.partners, *map(CustomerId, phones.get(str(customer), ()))}
        for customer, part in fleet.parts.items()
    }
    return Applied(made, tuple(apply_all(executor, grouped(todo, partners), agreed)))


def _ended(opened: Opened, fleet: PlannedFleet) -> set[CustomerId]:
    """Whose run died after its last step: nothing is left to do but to close it; and of whom
    something still counts as applied to a PBX that rightly holds nothing."""
    parts = fleet.parts.items()
    done = {c: p for c, p in parts if p.plan.status is Status.READY and not p.plan.steps}
    died = {run.customer for run in opened.desk.open_runs()} & done.keys()
    return died | {c for c, part in done.items() if is_left_with_notes(part)}


def _agreed(made: Plan, approval: Approval | None, agree: Agree, days: int) -> Approval | None:
    """The approval to work under; None if there is nothing to do, or nobody agrees.

    ``days``: how long one holds.
    """
    if approval is not None:
        approval.check(made.targets, made.at, days)
        if not approval.covers_plan(made):
            return approval
        return replace(approval, steps=Approval.of_plan(made).steps, plan=made)
    return Approval.of_plan(made, fresh=True) if made.steps and agree(made) else None


def _concerned(part: CustomerPlan | None, approval: Approval) -> bool:
    """Whether there is something to do, or something that was approved and now has to wait."""
    if part is None:
        return False
    approved = approval.steps.get(part.customer, {})
    return bool(part.steps) or any(held.step.id in approved for held in part.held)
