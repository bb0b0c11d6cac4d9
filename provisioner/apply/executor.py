"""Carries out one customer's plan: lease, fresh plan, comparison, steps, read-back.

The order of writes makes a crash harmless.  What is about to be done is in the journal before it is
done, with an idempotency key; the approved manifest is released first, so whoever comes next knows
what was approved and finishes it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from provisioner.apply.calls import Calls, Secrets
from provisioner.apply.credentials import Credentials, Passwords
from provisioner.apply.events import CustomerResult, Event, Outcome, StepDone, StepFailed
from provisioner.apply.progress import Pending, Progress
from provisioner.codes import Severity
from provisioner.codes.policy import ApprovalIsUsedUp, NotTheApprovedPlan
from provisioner.codes.systems import NotReadBack, ReadBackDiffers
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.contract.reading import allocations, field_hashes, resolve
from provisioner.contract.resources import Kind, Release, Resource, System
from provisioner.errors import Locked, OutcomeUnknown, ProvisionError, Refused, SystemFault
from provisioner.manifest.sealed import SealError
from provisioner.plan.adoption import entry_name
from provisioner.plan.approval import ALL, Approval, carried_out
from provisioner.plan.context import CustomerInput
from provisioner.plan.live import LivePlanner
from provisioner.plan.model import Action, Status, Step
from provisioner.plan.operation import Adopt, Delete, Operation, Rename, Task
from provisioner.plan.planner import Planned
from provisioner.telephony import porting
from provisioner.telephony.identity import CustomerId

LEASE_SECONDS, RENEW_SECONDS = 120, 20
"""A lease is renewed when it is older than this; no single call may take longer than the rest."""


@dataclass(frozen=True, slots=True)
class Executor:
    """Writes to two live systems.

    ``holder`` names this process for leases, ``who`` the person or job for the audit.  ``stopped``
    is asked between calls, so that a person can end a run without cutting one off.
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
    _waiting: list[Pending] = field(default_factory=list, init=False)
    """Carried out and not yet read back: their leases are renewed too."""

    def apply(self, subject: CustomerInput, approval: Approval) -> CustomerResult | Pending:
        """Carry out what is approved for one customer; what fails here touches no other.

        What was written is read back by :meth:`conclude`, for several customers at once: a PBX may
        need a while until what it answered would survive a crash.
        """
        found = self._leased(subject, approval)
        if isinstance(found, Pending):
            self._waiting.append(found)
        return found

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

    def _leased(self, subject: CustomerInput, approval: Approval) -> CustomerResult | Pending:
        customer = subject.customer
        if self.stopped():
            return CustomerResult(str(customer), Outcome.INTERRUPTED)
        try:
            self._renew(subject)
        except Locked as locked:
            return CustomerResult(str(customer), Outcome.LOCKED, error=locked)
        except SystemFault as fault:
            return CustomerResult(str(customer), Outcome.REFUSED, error=fault)
        found: CustomerResult | Pending | None = None
        try:
            found = self._compared(subject, approval)
        except ProvisionError as error:
            found = CustomerResult(str(customer), Outcome.FAILED, error=error)
        finally:
            if not isinstance(found, Pending):
                self._give_back(subject)
        return found

    def _renew(self, subject: CustomerInput) -> None:
        """All or none: a lease of a former id that is somebody's leaves the other free again."""
        try:
            for customer in _ids(subject):
                self.desk.acquire_lease(
                    customer, holder=self.holder, at=self.clock(), seconds=LEASE_SECONDS
                )
        except Locked:
            self._give_back(subject)
            raise

    def _renew_waiting(self) -> None:
        for pending in self._waiting:
            with suppress(Locked):  # told when it is read back
                self._renew(pending.subject)

    def _give_back(self, subject: CustomerInput) -> None:
        try:
            for customer in _ids(subject):
                self.desk.release_lease(customer, holder=self.holder)
        except SystemFault:
            return  # it runs out by itself

    def _compared(self, subject: CustomerInput, approval: Approval) -> CustomerResult | Pending:
        """Plan afresh under the lease; only what is approved goes on."""
        fresh = self.planner.again(subject)
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
        open_runs = [r for r in self.desk.open_runs() if r.customer == subject.customer]
        if not plan.steps and not open_runs:
            return CustomerResult(plan.customer, Outcome.UNCHANGED)
        try:
            passwords = self.credentials.opened(plan.customer, fresh.manifest, plan.steps)
        except SealError as error:
            return CustomerResult(plan.customer, Outcome.REFUSED, error=error)
        approved = approval.digest_of(plan)
        return self._carried_out(subject, fresh, passwords, approved, part=approval.is_part(plan))

    def _carried_out(
        self,
        subject: CustomerInput,
        fresh: Planned,
        passwords: dict[str, Passwords],
        approved: str,
        *,
        part: bool,
    ) -> CustomerResult | Pending:
        plan = fresh.plan
        steps = {s.id: s.digest for s in plan.steps}
        run = self.desk.begin(
            subject.customer, at=self.clock(), who=self.who, manifest=plan.manifest, steps=steps
        )
        known = allocations(task.operation.resource for task in fresh.tasks)
        progress = Progress(run, fresh, passwords, known, approved)
        self.pbx.begin(subject.customer)
        renewed = self.clock()
        for task in fresh.tasks:
            step = task.step
            if self.stopped():
                started = {*progress.done, *progress.failed, *progress.skipped}
                progress.skipped += [s.id for s in plan.steps if s.id not in started]
                return progress.result(Outcome.INTERRUPTED)
            if progress.stops(step):
                progress.skipped.append(step.id)
                continue
            if (self.clock() - renewed).total_seconds() >= RENEW_SECONDS:
                renewed = self.clock()
                self._renew(subject)
                self._renew_waiting()
            self._do(subject, task, progress)
        return Pending(subject, progress, part)

    def _do(self, subject: CustomerInput, task: Task, progress: Progress) -> None:
        """Intent, call, outcome. A fault of the journal itself ends the customer's run."""
        run, customer = progress.run, progress.planned.plan.customer
        step = task.step
        operation = task.with_numbers(lambda source: resolve(progress.known, source)).operation
        key = f"{run}:{step.id}"
        self.desk.intend(run, step.id, at=self.clock(), key=key)
        gone = isinstance(operation, Delete)
        if gone:
            self._forget(progress, operation.resource)
        try:
            secrets = self._secrets(progress, step)
            written = self._called(subject, step, operation, secrets, key)
        except (SystemFault, porting.PortingError) as error:
            progress.failed[step.id] = error
            outcome = "failed" if isinstance(error, Refused | porting.PortingError) else "unknown"
            self.desk.settle(run, step.id, at=self.clock(), outcome=outcome, detail=str(error))
            self.emit(StepFailed(customer, step, error))
            return
        progress.known.update(allocations([written]))
        # what the PBX answered may be lost in a crash of it: noted once it is read back
        note = None
        # notes of what is renamed go along with it
        moved = isinstance(operation, Rename) and not isinstance(written, Release)
        if written.system is System.DESK and not moved:
            hashes = None if gone else field_hashes(written.concrete())
            note = (written.kind, written.key, hashes)
        self.desk.settle(run, step.id, at=self.clock(), outcome="done", applied=note)
        if isinstance(operation, Adopt):
            self._note_adoption(subject, step)
        progress.done.append(step.id)
        self.emit(StepDone(customer, step))

    def _note_adoption(self, subject: CustomerInput, step: Step) -> None:
        """Whose objects became ours, and why, is asked for later."""
        what = entry_name(step.kind, step.resolved.get(step.key, step.key))
        adoptions = self.planner.context.adoptions
        entry = adoptions.entry(str(subject.customer), what, self.today)
        self.desk.note(
            at=self.clock(),
            who=self.who,
            what=f"adopted {what}",
            why=entry.why if entry else "",
            customer=subject.customer,
        )

    def _forget(self, progress: Progress, resource: Resource) -> None:
        """What is about to go counts as applied no longer.

        The note must go first: an object that is gone but noted would look like one that a faulty
        read did not bring, and nobody could finish what a crash left.
        """
        self.desk.settle(
            progress.run,
            f"{resource.kind}/{resource.key}:forget",
            at=self.clock(),
            outcome="done",
            applied=(resource.kind, resource.key, None),
        )

    def _secrets(self, progress: Progress, step: Step) -> Secrets:
        """Passwords that the step sets, by login; what is not sealed is made now."""
        plan = progress.planned.plan
        kind = Kind.WORKPLACE if step.kind is Kind.TENANT else step.kind
        return {
            login: password
            or self.credentials.generate(plan.customer, plan.reseller, kind, login, self.clock())
            for login, password in progress.passwords.get(step.id, {}).items()
        }

    def _called(
        self, subject: CustomerInput, step: Step, operation: Operation, secrets: Secrets, key: str
    ) -> Resource:
        """The call; if no answer comes, look the object up before trying once more."""
        calls = Calls(self.pbx, self.desk, self.today, self.clock(), self.who, key)
        try:
            return calls.carry_out(operation, secrets)
        except OutcomeUnknown:
            now = self.planner.again(subject, begun=True)
            if now.plan.status is not Status.READY:
                raise
            if all(s.id != step.id for s in now.plan.steps):
                return self._found(subject, operation.resource)
            return calls.carry_out(operation, secrets)

    def _found(self, subject: CustomerInput, resource: Resource) -> Resource:
        """The object as the desk has it now, with the number that it chose."""
        if resource.system is System.PBX:
            return resource
        state = self.desk.read([subject.customer]).get(subject.customer)
        objects = state.objects if state else ()
        identity = (resource.kind, resource.key)
        return next((o for o in objects if (o.kind, o.key) == identity), resource)

    def _read_back(self, pending: Pending) -> CustomerResult:
        """A customer is done when a fresh plan has nothing left but what failed."""
        subject, progress = pending.subject, pending.progress
        now = self.planner.again(subject, begun=True)
        open_ids = {*progress.failed, *progress.skipped}
        left = [s.id for s in now.plan.steps if s.id not in open_ids]
        if now.plan.status is not Status.READY:
            return progress.result(Outcome.FAILED, ProvisionError(NotReadBack()))
        self._remember(progress, now)
        if progress.failed:
            return progress.result(Outcome.FAILED)
        if left:
            error = ProvisionError(ReadBackDiffers(count=len(left), step=left[0]))
            return progress.result(Outcome.FAILED, error)
        self.desk.end(progress.run, at=self.clock(), complete=True)
        self.desk.note(
            at=self.clock(),
            who=self.who,
            what=f"applied {len(progress.done)} steps",
            why=carried_out(progress.approved),
            customer=subject.customer,
        )
        return progress.result(Outcome.DONE)

    def _remember(self, progress: Progress, now: Planned) -> None:
        """What is as desired counts as applied, even where a crash lost the note of it."""
        pending = {(s.kind, s.key) for s in now.plan.steps}
        if any(s.action is Action.RENAME and s.kind is Kind.RELEASE for s in now.plan.steps):
            return  # the desk still has all of it under the former id
        for resource in now.settled:
            identity = (resource.kind, resource.key)
            hashes = field_hashes(resource.concrete())
            known = now.applied.get(identity)
            noted = known is not None and hashes.items() <= known.items()
            if identity not in pending and not noted:
                self.desk.settle(
                    progress.run,
                    f"{resource.kind}/{resource.key}:remember",
                    at=self.clock(),
                    outcome="done",
                    applied=(resource.kind, resource.key, hashes),
                )


def _ids(subject: CustomerInput) -> list[CustomerId]:
    """The customer's, and the one that it had until now."""
    was = subject.manifest.was if subject.manifest else None
    return [subject.customer] if was is None else [subject.customer, was]
