"""Carries out customers' plans: lease, fresh plan, comparison, steps, read-back.

The order of writes makes a crash harmless.  What is about to be done is in the journal before it is
done, with an idempotency key; the approved manifest is released first, so whoever comes next knows
what was approved and finishes it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from provisioner.apply.credentials import Credentials
from provisioner.apply.events import (
    CustomerBegun,
    CustomerResult,
    Event,
    Outcome,
    StepFailed,
)
from provisioner.apply.noting import after, forget, remember
from provisioner.apply.progress import Pending, Progress, Ready, Running
from provisioner.apply.proving import Prover
from provisioner.apply.steps import Steps
from provisioner.codes import Severity
from provisioner.codes.policy import ApprovalIsUsedUp, NotTheApprovedPlan
from provisioner.codes.systems import (
    NotReadBack,
    OtherCustomerCameToNothing,
    ReadBackDiffers,
)
from provisioner.contract.desk import ALL, Desk
from provisioner.contract.leases import LEASE_SECONDS, RENEW_SECONDS
from provisioner.contract.pbx import Pbx
from provisioner.contract.reading import allocations
from provisioner.errors import Locked, ProvisionError, SystemFault
from provisioner.manifest.sealed import SealError
from provisioner.plan.approval import Approval, carried_out
from provisioner.plan.context import CustomerInput
from provisioner.plan.live import LivePlanner
from provisioner.plan.model import Status
from provisioner.plan.notes import is_left_with_notes
from provisioner.plan.planner import Planned


@dataclass(frozen=True, slots=True)
class Executor:
    """Writes to two live systems.

    ``holder`` names this process for leases, ``who`` the person or job for the audit.  ``stopped``
    is asked between calls, so that a person can end a run without cutting one off.
    ``prover`` notes for the next plan who is through.
    """

    pbx: Pbx
    desk: Desk
    planner: LivePlanner
    credentials: Credentials
    today: date
    clock: Callable[[], datetime]
    who: str
    holder: str
    emit: Callable[[Event], None]
    stopped: Callable[[], bool] = lambda: False
    prover: Prover | None = None
    _waiting: list[Pending] = field(default_factory=list, init=False)
    """Carried out and not yet read back: their leases are renewed too."""

    def apply(
        self, subjects: Sequence[CustomerInput], approval: Approval
    ) -> list[CustomerResult | Pending]:
        """Carry out what is approved for a customer, or for some between which numbers move.

        What fails here touches no other.  What was written is read back by :meth:`conclude`, for
        several customers at once: a PBX may need a while until what it answered would survive a
        crash.
        """
        ready = [self._leased(s, subjects, approval) for s in subjects]
        lost = next((r for r in ready if isinstance(r, CustomerResult) and r.error), None)
        if lost is not None:
            ready = [r if isinstance(r, CustomerResult) else self._left(r, lost) for r in ready]
        begun = [r if isinstance(r, CustomerResult) else self._begun(r) for r in ready]
        running = [each for each in begun if isinstance(each, Running)]
        self._carry_out(running)
        if approval.begun:
            running = [self._follow(each, subjects) for each in running]
            self._carry_out(running)
            mine = {each.subject.customer: each for each in running}
            begun = [mine[r.subject.customer] if isinstance(r, Running) else r for r in begun]
        found = [
            self._through(r, subjects, running) if isinstance(r, Running) else r for r in begun
        ]
        self._waiting.extend(each for each in found if isinstance(each, Pending))
        return found

    def _left(self, ready: Ready, lost: CustomerResult) -> CustomerResult:
        """Nothing is done for a customer whose counterpart cannot be carried out."""
        self._give_back(ready.subject)
        error = ProvisionError(OtherCustomerCameToNothing(customer=lost.customer))
        return CustomerResult(str(ready.subject.customer), Outcome.REFUSED, error=error)

    def conclude(self, found: Sequence[CustomerResult | Pending]) -> list[CustomerResult]:
        """Read back who was carried out, close their runs, give their leases back; in order."""
        fault: SystemFault | None = None
        self._waiting.clear()
        try:
            # also for what an interrupted run has done: a phone that is set up can register
            if any(isinstance(each, Pending) or each.done for each in found):
                self.pbx.flush()
        except SystemFault as error:
            fault = error
        results = []
        for each in found:
            result = self._concluded(each, fault) if isinstance(each, Pending) else each
            self.emit(result)
            results.append(result)
        return results

    def _concluded(self, pending: Pending, fault: SystemFault | None) -> CustomerResult:
        try:
            if fault is not None:
                raise fault
            self._renew(pending.subject)
            result = self._read_back(pending)
        except ProvisionError as error:
            return pending.progress.result(Outcome.FAILED, error)
        finally:
            self._give_back(pending.subject)
        if pending.part and result.outcome is Outcome.DONE:
            return CustomerResult(result.customer, result.outcome, result.done, part=True)
        return result

    def _leased(
        self, subject: CustomerInput, beside: Sequence[CustomerInput], approval: Approval
    ) -> CustomerResult | Ready:
        customer = subject.customer
        if self.stopped():
            return CustomerResult(str(customer), Outcome.INTERRUPTED)
        self.emit(CustomerBegun(str(customer)))
        try:
            self._renew(subject)
        except Locked as locked:
            return CustomerResult(str(customer), Outcome.LOCKED, error=locked)
        except SystemFault as fault:
            return CustomerResult(str(customer), Outcome.REFUSED, error=fault)
        found: CustomerResult | Ready | None = None
        try:
            found = self._compared(subject, beside, approval)
        except ProvisionError as error:
            found = CustomerResult(str(customer), Outcome.FAILED, error=error)
        finally:
            if not isinstance(found, Ready):
                self._give_back(subject)
        return found

    @property
    def _steps(self) -> Steps:
        return Steps(
            pbx=self.pbx,
            desk=self.desk,
            planner=self.planner,
            credentials=self.credentials,
            today=self.today,
            clock=self.clock,
            who=self.who,
            emit=self.emit,
            stopped=self.stopped,
        )

    def _renew(self, subject: CustomerInput) -> None:
        """All or none: a lease of a former id that is somebody's leaves the other free again."""
        try:
            for customer in subject.ids:
                self.desk.acquire_lease(
                    customer, holder=self.holder, at=self.clock(), seconds=LEASE_SECONDS
                )
        except Locked:
            self._give_back(subject)
            raise

    def _keep(self, subjects: Iterable[CustomerInput]) -> None:
        """The leases of those who are being carried out, and of those who wait to be read back."""
        for subject in subjects:
            self._renew(subject)
        self._renew_waiting()

    def _renew_waiting(self) -> None:
        for pending in self._waiting:
            with suppress(Locked):  # told when it is read back
                self._renew(pending.subject)

    def _give_back(self, subject: CustomerInput) -> None:
        try:
            for customer in subject.ids:
                self.desk.release_lease(customer, holder=self.holder)
        except SystemFault:
            return  # it runs out by itself

    def _compared(
        self, subject: CustomerInput, beside: Sequence[CustomerInput], approval: Approval
    ) -> CustomerResult | Ready:
        """Plan afresh under the lease; only what is approved goes on."""
        fresh = self.planner.again(subject, beside=beside)
        plan = fresh.plan
        if plan.status is not Status.READY:
            blocking = (d for d in plan.diagnostics if d.severity is Severity.ERROR)
            first = next(blocking, next(iter(plan.diagnostics), None))
            error = ProvisionError(first.about) if first else None
            return CustomerResult(plan.customer, Outcome.REFUSED, error=error, fresh=plan)
        if not approval.covers(plan):
            error = ProvisionError(NotTheApprovedPlan(customer=plan.customer))
            return CustomerResult(plan.customer, Outcome.REFUSED, error=error, fresh=plan)
        if plan.steps and not approval.fresh:
            audit = self.desk.audit(subject.customer, limit=ALL)
            if approval.is_used_up(plan, audit):
                error = ProvisionError(ApprovalIsUsedUp(customer=plan.customer))
                return CustomerResult(plan.customer, Outcome.REFUSED, error=error, fresh=plan)
        idle = not plan.steps and not self.desk.open_runs(subject.customer)
        if idle and not is_left_with_notes(fresh):
            return CustomerResult(plan.customer, Outcome.UNCHANGED)
        try:
            passwords = self.credentials.opened(plan.customer, fresh.manifest, plan.steps)
        except SealError as error:
            return CustomerResult(plan.customer, Outcome.REFUSED, error=error)
        approved = approval.digest_of(plan)
        return Ready(subject, fresh, passwords, approved, approval.is_part(plan))

    def _begun(self, ready: Ready) -> Running | CustomerResult:
        subject, plan = ready.subject, ready.planned.plan
        steps = {s.id: s.digest for s in plan.steps}
        try:
            if self.credentials.phones and self.desk.open_runs(subject.customer):
                self.credentials.phones.settle(ready.planned.told, subject.ids, self.clock())
            run = self.desk.begin(
                subject.customer,
                at=self.clock(),
                who=self.who,
                manifest=plan.manifest,
                steps=steps,
                holder=self.holder,
            )
            forget(self.desk, run, ready.planned, self.clock())
        except ProvisionError as error:
            self._give_back(subject)
            return CustomerResult(plan.customer, Outcome.FAILED, error=error)
        known = allocations(task.operation.resource for task in ready.planned.tasks)
        progress = Progress(run, ready.planned, ready.passwords, known, ready.approved)
        return Running(subject, progress, ready.part, list(ready.planned.tasks))

    def _follow(self, each: Running, beside: Sequence[CustomerInput]) -> Running:
        """What days and ports have brought since a run died, and what it has released only now."""
        if each.result or each.todo or each.progress.lost:
            return each
        try:
            fresh = self.planner.again(each.subject, beside=beside, begun=True)
            if fresh.plan.status is not Status.READY or not fresh.plan.steps:
                return each
            passwords = self.credentials.opened(
                fresh.plan.customer, fresh.manifest, fresh.plan.steps
            )
        except ProvisionError as error:
            each.result = each.progress.result(Outcome.FAILED, error)
            return each
        ready = Ready(each.subject, fresh, passwords, each.progress.approved, each.part)
        followed = self._begun(ready)
        if isinstance(followed, CustomerResult):
            each.result = each.progress.result(Outcome.FAILED, followed.error)
            return each
        followed.progress.done[:0] = each.progress.done
        return followed

    def _carry_out(self, running: Sequence[Running]) -> None:
        """Each in its order; what has to wait for another customer is looked at once more."""
        renewed = self.clock()

        def renew() -> None:
            nonlocal renewed
            if (self.clock() - renewed).total_seconds() >= RENEW_SECONDS:
                renewed = self.clock()
                self._keep(each.subject for each in running)

        for each in running:  # also of whom nothing is left to do: a run may have died there
            self.pbx.begin(each.subject.customer)
        moved, stuck = True, False
        while moved or not stuck:
            stuck, moved = not moved, False
            for each in running:
                if not each.todo or each.result:
                    continue
                try:
                    self.pbx.begin(each.subject.customer)
                    some = self._go_on(each, running, renew, stuck=stuck and not moved)
                except ProvisionError as error:
                    each.result = each.progress.result(Outcome.FAILED, error)
                    some = True
                moved = moved or some
        for each in running:
            try:
                self._steps.settle(each)
            except ProvisionError as error:
                each.result = each.result or each.progress.result(Outcome.FAILED, error)

    def _go_on(
        self,
        each: Running,
        running: Sequence[Running],
        renew: Callable[[], None],
        *,
        stuck: bool,
    ) -> bool:
        """What can be done now; whether anything was."""
        count = len(each.todo)
        todo, each.todo = deque(each.todo), []
        beside = [r.subject for r in running]
        while tasks := each.round(todo, running, stuck=stuck):
            done = self._steps.round(each, beside, tasks, renew)
            if done < len(tasks):
                left = (*each.todo, *tasks[done:], *todo)
                each.progress.skipped += [task.step.id for task in left]
                each.result = each.progress.result(Outcome.INTERRUPTED)
                return True
        return len(each.todo) < count

    def _through(
        self, each: Running, beside: Sequence[CustomerInput], running: Sequence[Running]
    ) -> CustomerResult | Pending:
        """What still waits for another customer does so in vain."""
        if each.result is not None:
            self._give_back(each.subject)
            return each.result
        progress = each.progress
        for task in each.todo:
            if (other := each.in_vain(task, running)) is not None:
                error = ProvisionError(OtherCustomerCameToNothing(customer=str(other)))
                progress.failed[task.step.id] = error
                self.emit(StepFailed(progress.planned.plan.customer, task.step, error))
            else:
                progress.skipped.append(task.step.id)
        return Pending(each.subject, progress, each.part, beside)

    def _read_back(self, pending: Pending) -> CustomerResult:
        """A customer is done when a fresh plan has nothing left but what failed."""
        subject, progress = pending.subject, pending.progress
        open_ids = {*progress.failed, *progress.skipped}
        planner = self.planner if open_ids else after(progress.planned, self.planner)
        now = planner.again(subject, beside=pending.beside, begun=True)
        left = [s.id for s in now.plan.steps if s.id not in open_ids]
        if now.plan.status is not Status.READY:
            return progress.result(Outcome.FAILED, ProvisionError(NotReadBack()))
        self.desk.together(
            lambda: self._note(subject, progress, now, complete=not progress.failed and not left),
            about=(),
        )
        if progress.failed:
            return progress.result(Outcome.FAILED)
        if left:
            error = ProvisionError(ReadBackDiffers(count=len(left), step=left[0]))
            return progress.result(Outcome.FAILED, error)
        if self.prover:
            self._prove(pending, self.prover)
        return progress.result(Outcome.DONE)

    def _prove(self, pending: Pending, prover: Prover) -> None:
        """With all that was remembered: what is proven is what is there now."""
        mine = [pending.subject.customer]
        before = prover.seen(mine)
        now = self.planner.again(pending.subject, beside=pending.beside, begun=True)
        prover.keep(prover.proofs([now], before), mine)

    def _note(
        self, subject: CustomerInput, progress: Progress, now: Planned, *, complete: bool
    ) -> None:
        """What was read back."""
        remember(self.desk, progress.run, now, self.clock())
        forget(self.desk, progress.run, now, self.clock())
        if complete:
            self.desk.end(progress.run, at=self.clock(), complete=True)
            self.desk.note(
                at=self.clock(),
                who=self.who,
                what=f"applied {len(progress.done)} steps",
                why=carried_out(progress.approved),
                customer=subject.customer,
            )
