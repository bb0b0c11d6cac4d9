"""One step of a run: what is about to be done is in the journal before it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from provisioner.apply.calls import Calls, Secrets
from provisioner.apply.credentials import Credentials
from provisioner.apply.events import Event, StepBegun, StepDone, StepFailed
from provisioner.apply.progress import Progress
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.contract.reading import allocations, field_hashes, resolve
from provisioner.contract.resources import Kind, Release, Resource, System
from provisioner.errors import OutcomeUnknown, Refused, SystemFault
from provisioner.plan.adoption import entry_name
from provisioner.plan.context import CustomerInput
from provisioner.plan.live import LivePlanner
from provisioner.plan.model import Status, Step
from provisioner.plan.operation import Adopt, Delete, Give, Operation, Rename, Task
from provisioner.telephony import porting


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Carries out single steps; see :class:`provisioner.apply.executor.Executor`."""

    pbx: Pbx
    desk: Desk
    planner: LivePlanner
    credentials: Credentials
    today: date
    clock: Callable[[], datetime]
    who: str
    emit: Callable[[Event], None]

    def do(
        self,
        subject: CustomerInput,
        beside: Sequence[CustomerInput],
        task: Task,
        progress: Progress,
    ) -> None:
        """Intent, call, outcome. A fault of the journal itself ends the customer's run."""
        run, customer = progress.run, progress.planned.plan.customer
        step = task.step
        operation = task.with_numbers(lambda source: resolve(progress.known, source)).operation
        key = f"{run}:{step.id}"
        self.emit(StepBegun(customer, step, run))
        self.desk.intend(run, step.id, at=self.clock(), key=key)
        gone = isinstance(operation, Delete)
        if gone:
            self._forget(progress, operation.resource)
        try:
            secrets = self._secrets(progress, step)
            written = self._called(subject, beside, step, operation, secrets, key)
        except (SystemFault, porting.PortingError) as error:
            progress.failed[step.id] = error
            outcome = "failed" if isinstance(error, Refused | porting.PortingError) else "unknown"
            self.desk.settle(run, step.id, at=self.clock(), outcome=outcome, detail=str(error))
            self.emit(StepFailed(customer, step, error))
            return
        progress.known.update(allocations([written]))
        # what the PBX answered may be lost in a crash of it: noted once it is read back
        note = None
        # notes of what is renamed, or given away, go along with it
        moved = isinstance(operation, Rename | Give) and not isinstance(written, Release)
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
        self,
        subject: CustomerInput,
        beside: Sequence[CustomerInput],
        step: Step,
        operation: Operation,
        secrets: Secrets,
        key: str,
    ) -> Resource:
        """The call; if no answer comes, look the object up before trying once more."""
        calls = Calls(self.pbx, self.desk, self.today, self.clock(), self.who, key)
        try:
            return calls.carry_out(operation, secrets)
        except OutcomeUnknown:
            now = self.planner.again(subject, beside=beside, begun=True)
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
