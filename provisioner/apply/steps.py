"""Rounds of a run: some steps at the desk, then some on the PBX.

What is about to be done outside is in the journal before it is done.  A step at the desk needs no
such note: it is done, and noted as done, in one transaction.  So a round begins with one: what the
round before has done on the PBX, the steps at the desk, and what is about to be done on the PBX.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from provisioner.apply.calls import Calls, Secrets
from provisioner.apply.credentials import Credentials
from provisioner.apply.events import Event, StepBegun, StepDone, StepFailed
from provisioner.apply.phones import PlaceOfPhone, changed_places
from provisioner.apply.progress import Progress, Running, Settled
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.contract.reading import allocations, field_hashes, resolve
from provisioner.contract.resources import DeskResource, Kind, Release, Resource, System
from provisioner.errors import OutcomeUnknown, Refused, SystemFault
from provisioner.plan.adoption import entry_name
from provisioner.plan.context import CustomerInput
from provisioner.plan.live import LivePlanner
from provisioner.plan.model import Status, Step
from provisioner.plan.operation import Adopt, Delete, Give, Operation, Rename, Task
from provisioner.telephony import porting

T = TypeVar("T")


@dataclass(slots=True)
class _Begun:
    """What was written at the desk at the beginning of a round.

    ``inside``: how many steps at the desk were looked at; ``intended``: what is about to be done on
    the PBX; ``events``: to be told once it is certain.
    """

    progress: Progress
    inside: int = 0
    intended: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Carries out rounds; see :class:`provisioner.apply.executor.Executor`."""

    pbx: Pbx
    desk: Desk
    planner: LivePlanner
    credentials: Credentials
    today: date
    clock: Callable[[], datetime]
    who: str
    emit: Callable[[Event], None]
    stopped: Callable[[], bool]

    def round(
        self,
        each: Running,
        beside: Sequence[CustomerInput],
        tasks: Sequence[Task],
        renew: Callable[[], None],
    ) -> int:
        """Carry out ``tasks`` in order; how many, fewer if a person ends the run.

        ``renew`` keeps the leases.  A fault of the journal itself ends the customer's run.
        """
        inside = [task for task in tasks if task.step.system is System.DESK]
        outside = tasks[len(inside) :]
        renew()
        begun = self._together(lambda: self._begun(each, beside, inside, outside), inside)
        each.progress = progress = begun.progress
        for event in begun.events:
            self.emit(event)
        if begun.inside < len(inside):
            return begun.inside
        for number, task in enumerate(outside):
            if progress.stops(task.step):
                progress.skipped.append(task.step.id)
                self._leave_out([task], begun, progress)
            elif self.stopped():
                self._leave_out(outside[number:], begun, progress)
                return len(inside) + number
            else:
                renew()
                self.emit(_begins(task, progress))
                self.emit(self._done(each.subject, beside, task, progress, renew))
        return len(tasks)

    def settle(self, each: Running) -> None:
        """Into the journal with what has happened and is not there yet."""

        def act() -> Progress:
            progress = each.progress.copy()
            self._settle(each.subject, progress)
            return progress

        if each.progress.unsettled:
            each.progress = self._together(act, ())

    def _together(self, act: Callable[[], T], inside: Sequence[Task]) -> T:
        resources = (task.operation.resource for task in inside)
        about = [each for each in resources if isinstance(each, DeskResource)]
        try:
            return self.desk.together(act, about=about)
        except OutcomeUnknown:  # by the keys of its calls nothing is done twice
            return self.desk.together(act, about=about)

    def _begun(
        self,
        each: Running,
        beside: Sequence[CustomerInput],
        inside: Sequence[Task],
        outside: Sequence[Task],
    ) -> "_Begun":
        """What a round writes at the desk.  It may be undone and called again, so it changes
        nothing else and tells nobody."""
        begun = _Begun(each.progress.copy())
        progress = begun.progress
        self._settle(each.subject, progress)
        for task in inside:
            if self.stopped():
                return begun
            begun.inside += 1
            if progress.stops(task.step):
                progress.skipped.append(task.step.id)
                continue
            self._intend(task, progress)
            begun.events.append(_begins(task, progress))
            begun.events.append(self._done(each.subject, beside, task, progress))
            self._settle(each.subject, progress)
        for task in outside:
            if not progress.stops(task.step):
                self._intend(task, progress)
                begun.intended.add(task.step.id)
        return begun

    def _leave_out(self, tasks: Iterable[Task], begun: "_Begun", progress: Progress) -> None:
        """Their calls are not made after all."""
        steps = (task.step.id for task in tasks if task.step.id in begun.intended)
        progress.unsettled += [Settled(step, self.clock(), "skipped") for step in steps]

    def _intend(self, task: Task, progress: Progress) -> None:
        step = task.step.id
        self.desk.intend(progress.run, step, at=self.clock(), key=_key(task, progress))
        if _takes_away(task.operation):
            self._forget(progress, task.operation.resource)

    def _done(
        self,
        subject: CustomerInput,
        beside: Sequence[CustomerInput],
        task: Task,
        progress: Progress,
        renew: Callable[[], None] | None = None,
    ) -> StepDone | StepFailed:
        """The call.  What became of it is in ``progress``, and not in the journal yet."""
        customer, step = progress.planned.plan.customer, task.step
        operation = task.with_numbers(lambda source: resolve(progress.known, source)).operation
        try:
            secrets = self._secrets(progress, step)
            key = _key(task, progress)
            places = self._places(progress, step, operation, secrets)
            if phones := self.credentials.phones:
                phones.write(places, key, self.clock())
            written = self._called(subject, beside, step, operation, secrets, key, renew)
            if phones:
                phones.carried_out(places, key, self.clock())
        except (SystemFault, porting.PortingError) as error:
            progress.failed[step.id] = error
            outcome = "failed" if isinstance(error, Refused | porting.PortingError) else "unknown"
            progress.unsettled.append(Settled(step.id, self.clock(), outcome, str(error)))
            return StepFailed(customer, step, error)
        progress.known.update(allocations([written]))
        # what the PBX answered may be lost in a crash of it: noted once it is read back
        note = None
        # notes of what is renamed, or given away, go along with it
        moved = isinstance(operation, Rename | Give) and not isinstance(written, Release)
        cancelled = isinstance(operation, Delete) and not _takes_away(operation)
        if written.system is System.DESK and not (moved or cancelled):
            hashes = None if _takes_away(operation) else field_hashes(written.concrete())
            note = (written.kind, written.key, hashes)
        adopted = self._adopted(subject, step) if isinstance(operation, Adopt) else None
        settled = Settled(step.id, self.clock(), "done", applied=note, adopted=adopted)
        progress.unsettled.append(settled)
        progress.done.append(step.id)
        return StepDone(customer, step)

    def _adopted(self, subject: CustomerInput, step: Step) -> tuple[str, str]:
        """What became ours, and why: it is asked for later."""
        what = entry_name(step.kind, step.resolved.get(step.key, step.key))
        adoptions = self.planner.context.adoptions
        entry = adoptions.entry(str(subject.customer), what, self.today)
        return what, entry.why if entry else ""

    def _settle(self, subject: CustomerInput, progress: Progress) -> None:
        for each in progress.unsettled:
            self.desk.settle(
                progress.run,
                each.step,
                at=each.at,
                outcome=each.outcome,
                detail=each.detail,
                applied=each.applied,
            )
            if each.adopted is not None:
                what, why = each.adopted
                self.desk.note(
                    at=each.at,
                    who=self.who,
                    what=f"adopted {what}",
                    why=why,
                    customer=subject.customer,
                )
        progress.unsettled.clear()

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

    def _places(
        self, progress: Progress, step: Step, operation: Operation, secrets: Secrets
    ) -> Sequence[PlaceOfPhone]:
        """Whose phones are told something else."""
        if self.credentials.phones is None or step.system is not System.PBX:
            return ()
        return [*changed_places(step, operation, secrets, progress.planned.told)]

    def _called(
        self,
        subject: CustomerInput,
        beside: Sequence[CustomerInput],
        step: Step,
        operation: Operation,
        secrets: Secrets,
        key: str,
        renew: Callable[[], None] | None,
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
            if renew is not None:  # the first try, and the look, may have taken most of the lease
                renew()
            return calls.carry_out(operation, secrets)

    def _found(self, subject: CustomerInput, resource: Resource) -> Resource:
        """The object as the desk has it now, with the number that it chose."""
        if resource.system is System.PBX:
            return resource
        state = self.desk.read([subject.customer]).get(subject.customer)
        objects = state.objects if state else ()
        identity = (resource.kind, resource.key)
        return next((o for o in objects if (o.kind, o.key) == identity), resource)


def _takes_away(operation: Operation) -> bool:
    """A cancelled order stays at the desk: the donor may not have agreed yet, and a read that does
    not bring it must not look as if there were none."""
    return isinstance(operation, Delete) and operation.resource.kind is not Kind.ORDER


def _begins(task: Task, progress: Progress) -> StepBegun:
    return StepBegun(progress.planned.plan.customer, task.step, progress.run)


def _key(task: Task, progress: Progress) -> str:
    """The idempotency key of its call."""
    return f"{progress.run}:{task.step.id}"
