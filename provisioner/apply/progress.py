"""How far a run has come: of one customer, or of some between which numbers move."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.apply.credentials import Passwords
from provisioner.apply.events import CustomerResult, Outcome
from provisioner.contract.desk import NowApplied
from provisioner.contract.resources import Kind, Route, System
from provisioner.errors import ProvisionError
from provisioner.plan.context import CustomerInput
from provisioner.plan.model import SUBMITTING, Action, Step
from provisioner.plan.operation import Adopt, Give, Take, Task
from provisioner.plan.phones import passing
from provisioner.plan.planner import Planned
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.sources import Source


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of a step, for the journal.  ``adopted``: whose object became ours, and why."""

    step: str
    at: datetime
    outcome: str
    detail: str = ""
    applied: NowApplied | None = None
    adopted: tuple[str, str] | None = None


@dataclass(slots=True)
class Progress:
    """What has happened so far in one customer's run."""

    run: str
    planned: Planned
    passwords: dict[str, Passwords]
    known: dict[Source, str] = field(default_factory=dict)
    approved: str = ""
    """The digest that was approved."""
    done: list[str] = field(default_factory=list)
    failed: dict[str, ProvisionError] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    unsettled: list[Settled] = field(default_factory=list)
    """What has happened and is not in the journal yet."""

    def copy(self) -> "Progress":
        """One that goes on by itself."""
        return replace(
            self,
            known=dict(self.known),
            done=list(self.done),
            failed=dict(self.failed),
            skipped=list(self.skipped),
            unsettled=list(self.unsettled),
        )

    def stops(self, step: Step) -> bool:
        """Whether something that did not come about keeps ``step`` from being carried out.

        Nothing is sent to a donor once anything of the customer has failed, a part of the same port
        included: a number that arrives must find everything, and half a port is none.
        """
        lost = self.lost
        return bool(lost) if step.action in SUBMITTING else not lost.isdisjoint(step.needs)

    @property
    def lost(self) -> set[str]:
        """Ids of steps that did not come about."""
        return self.failed.keys() | self.skipped

    def result(self, outcome: Outcome, error: ProvisionError | None = None) -> CustomerResult:
        return CustomerResult(
            str(self.planned.plan.customer),
            outcome,
            tuple(self.done),
            dict(self.failed),
            tuple(self.skipped),
            error,
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """A customer whose plan made now is the approved one; its lease is held."""

    subject: CustomerInput
    planned: Planned
    passwords: dict[str, Passwords]
    approved: str
    part: bool
    """What was approved was true in part already."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A customer whose steps are through, or as far as they went, and who is to be read back.

    Its lease is held and its run stands open in the journal until then.
    """

    subject: CustomerInput
    progress: Progress
    part: bool
    beside: Sequence[CustomerInput] = ()
    """Those with whom it exchanges numbers."""


@dataclass(slots=True)
class Running:
    """A customer whose steps are being carried out.  ``result``: why it ended before its time."""

    subject: CustomerInput
    progress: Progress
    part: bool
    todo: list[Task]
    """In order; what has to wait for another customer stays."""
    result: CustomerResult | None = None

    def round(self, todo: deque[Task], beside: Iterable["Running"], *, stuck: bool) -> list[Task]:
        """What can be done next, taken from ``todo``: steps at the desk, then some on the PBX.

        What has to wait for another customer goes to ``self.todo``.  Nothing comes after what is
        taken over, since whose it was is noted at once.
        """
        found: list[Task] = []
        while todo:
            task = todo[0]
            if found and (isinstance(found[-1].operation, Adopt) or _returns(found[-1], task)):
                break
            if self.progress.stops(task.step):
                self.progress.skipped.append(task.step.id)
            elif not self.waits(task, beside, self.todo, stuck=stuck):
                found.append(task)
            elif found:
                break  # it is looked at again once these are done
            else:
                self.todo.append(task)
            todo.popleft()
        return found

    def waits(
        self, task: Task, beside: Iterable["Running"], left: Iterable[Task], *, stuck: bool
    ) -> bool:
        """Whether ``task`` cannot be carried out yet.  ``left``: what stays before it.

        A number is taken once its giver has nothing left that shows it, and is given once it was
        taken; a phone is taken once it was given.  ``stuck``: each waits for the other, as where
        two exchange their numbers; so it is taken all the same, and what shows it follows.
        """
        waiting = {each.step.id for each in left}
        if task.step.action in SUBMITTING:
            return bool(waiting)
        if not waiting.isdisjoint(task.step.needs):
            return True
        if self._phone_of(task, beside, stuck=stuck):
            return True
        match task.operation:
            case Give(_, to):
                other = _counterpart(task, to, beside)
                return other is None or other[1].step.id not in other[0].progress.done
            case Take(_, was):
                other = _counterpart(task, was, beside)
                return other is None or not other[0].lets_go(other[1], stuck=stuck)
        return False

    def _phone_of(
        self, task: Task, beside: Iterable["Running"], *, stuck: bool
    ) -> CustomerId | None:
        """Who has not given away yet what comes with ``task``."""
        macs = passing(task.step)[1]
        for other in beside if macs else ():
            for each in other.progress.planned.tasks if other is not self else ():
                if macs.isdisjoint(passing(each.step)[0]):
                    continue
                step = each.step.id
                over = other.result is not None or step in other.progress.lost
                if step not in other.progress.done and (over or not stuck):
                    return other.subject.customer
        return None

    def in_vain(self, task: Task, beside: Iterable["Running"]) -> CustomerId | None:
        """For whom it has waited that will not do its part."""
        match task.operation:
            case Give(_, other) | Take(_, other):
                return other
        return self._phone_of(task, beside, stuck=True)

    def lets_go(self, task: Task, *, stuck: bool) -> bool:
        """Whether all is done that comes before a number is given.

        Its manifest without the number is released before that in any case: by what is released
        ``reconcile`` works, which would order another number in the place of the one that went.
        """
        done = {*self.progress.done}
        mine = {each.step.id for each in self.progress.planned.tasks}
        needed = {each for each in task.step.needs if not _gives(each, self.progress.planned)}
        over = self.result is not None or task.step.id in self.progress.lost
        released = _releases(self.progress.planned) <= done
        return not over and released and (stuck or needed & mine <= done)


def _returns(before: Task, task: Task) -> bool:
    """From the PBX to the desk."""
    return before.step.system is System.PBX and task.step.system is System.DESK


def _counterpart(
    task: Task, customer: CustomerId, beside: Iterable[Running]
) -> tuple[Running, Task] | None:
    """The other side of a move."""
    for running in beside:
        if running.subject.customer == customer:
            for other in running.progress.planned.tasks:
                if _passing(other) is not None and _passing(other) == _passing(task):
                    return running, other
    return None


def _passing(task: Task) -> tuple[System, str | None] | None:
    match task.operation:
        case Take(resource) | Give(resource):
            digits = resource.live_key if isinstance(resource, Route) else resource.digits
            return task.step.system, digits
        case _:
            return None


def _releases(planned: Planned) -> set[str]:
    """Of one that leaves, the release goes last."""
    steps = (task.step for task in planned.tasks)
    return {s.id for s in steps if s.kind is Kind.RELEASE and s.action is not Action.DELETE}


def _gives(step: str, planned: Planned) -> bool:
    """The taker's own order sees to that: first the number, then its routes."""
    return any(t.step.id == step and isinstance(t.operation, Give) for t in planned.tasks)
