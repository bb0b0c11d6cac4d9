"""Work for several machines: chunks of a plan, and what became of them.

A chunk is a plan of some customers, under the approval of the whole, of which the brakes were
judged.  Repeating one does no harm: journal, leases and idempotency keys are those of every run.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from provisioner import codes
from provisioner.apply.events import CustomerResult, Outcome
from provisioner.codes import Severity
from provisioner.codes.many import ChunkCameToNothing, QueueNeedsPostgresql
from provisioner.codes.systems import OtherCustomerCameToNothing
from provisioner.contract.crew import CrewDesk
from provisioner.contract.desk import ALL, DeskReader
from provisioner.errors import Locked, NotApproved, PolicyError, ProvisionError, Refused
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.applying import Applied, Runner, apply, reconcile, resume
from provisioner.operations.due import plan_due
from provisioner.operations.opening import Opened
from provisioner.operations.planning import planner
from provisioner.plan.approval import Approval, carried_out, day_of
from provisioner.plan.digest import checksum, plan_digest
from provisioner.plan.model import Action, CustomerPlan, Plan, Status
from provisioner.plan.phones import bound_by_phones
from provisioner.plan.policy import brakes
from provisioner.plan.scope import EVERYBODY
from provisioner.telephony.identity import CustomerId

JUDGED = ("deletes", "updates")
"""Brakes that were judged over the whole plan, of which a chunk is a part."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """``released``: planned by the manifests that were released, as ``reconcile`` does.  ``on``:
    the day of the approval; ``today``: the day on which it was handed out, which on the desk's
    clock was ``handed``.  ``accepted``: brakes and doubts that were acknowledged for the run that
    it is a part of."""

    batch: str
    plan: Plan
    who: str
    released: bool
    on: date
    today: date
    accepted: tuple[str, ...] = ()
    handed: date | None = None

    @property
    def acknowledged(self) -> frozenset[str]:
        return frozenset({*JUDGED, *self.accepted})

    def as_json(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "plan": self.plan.model_dump_json(),
            "who": self.who,
            "released": self.released,
            "on": self.on.isoformat(),
            "today": self.today.isoformat(),
            "accepted": list(self.accepted),
            "handed": self.handed.isoformat() if self.handed else "",
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Chunk":
        return cls(
            found["batch"],
            Plan.model_validate_json(found["plan"]),
            found["who"],
            found["released"],
            date.fromisoformat(found["on"]),
            date.fromisoformat(found["today"]),
            # a job that an older version has handed out has neither
            tuple(found.get("accepted", ())),
            date.fromisoformat(found["handed"]) if found.get("handed") else None,
        )

    def at(self, moment: datetime) -> "Chunk":
        """As it is to be carried out then: a job may have lain for days until there was a worker,
        and an approval runs out."""
        passed = day_of(moment) - self.handed if self.handed else timedelta()
        return replace(self, today=self.today + max(passed, timedelta()))


def crew_desk(desk: DeskReader) -> tuple[CrewDesk, Mapping[str, str]]:
    """The desk, and how its database is reached.  Raises Refused PV679 without PostgreSQL."""
    found = desk.connection() if isinstance(desk, CrewDesk) else None
    if not isinstance(desk, CrewDesk) or found is None:
        raise Refused(QueueNeedsPostgresql(target=desk.target))
    return desk, found


def chunks(plan: Plan, size: int) -> Iterator[Plan]:
    """``plan`` in parts of about ``size`` customers; those between which numbers or phones
    move stay together."""
    todo = [customer for customer in plan.customers if customer.steps]
    phones = bound_by_phones(todo)
    bound: dict[str, set[str]] = {}
    for customer in todo:
        bound[customer.customer] = _partners(customer) | phones.get(customer.customer, set())
    part: list[CustomerPlan] = []
    left = {customer.customer: customer for customer in todo}
    for first in todo:
        names = [first.customer]
        while names:
            if (found := left.pop(names.pop(), None)) is not None:
                part.append(found)
                names += sorted(bound[found.customer])
        if len(part) >= size:
            yield _part(plan, part)
            part = []
    if part:
        yield _part(plan, part)


def _partners(customer: CustomerPlan) -> set[str]:
    sides = (
        side for s in customer.steps if s.action is Action.MOVE for side in (s.before, s.after)
    )
    return {str(side["customer"]) for side in sides if side and "customer" in side}


def _part(plan: Plan, customers: Iterable[CustomerPlan]) -> Plan:
    found = tuple(sorted(customers, key=lambda c: c.customer))
    changes = {"customers": found, "diagnostics": (), "unchanged": 0, "digest": plan_digest(found)}
    part = plan.model_copy(update=changes)
    return part.model_copy(update={"checksum": checksum(part)})


def approved(
    opened: Opened, plan: Plan, *, today: date, on: date | None, acknowledged: Iterable[str]
) -> Approval:
    """The approval of a plan that is to be handed out; brakes are judged over all of it.

    Raises PolicyError for a brake that holds, and NotApproved as ``apply``.
    """
    approval = Approval.of_plan(plan, on)
    config = opened.workspace.config
    approval.check(planner(opened, today).context.targets, today, config.approvals.holds_days)
    holding = brakes(
        plan.customers,
        config.brakes,
        opened.pbx.size(),
        opened.workspace.removals,
        today,
        frozenset(acknowledged),
    )
    if holding:
        raise PolicyError(holding[0].about)
    return approval


def due(opened: Opened, *, today: date) -> Plan:
    """What a day or a port brings for those that are due; the others rest.

    Raises PolicyError for a brake that holds, Refused PV678 for a desk that keeps no days.
    """
    _, _, fleet = plan_due(opened, today)
    if fleet.plan.braked and (holding := _against(fleet.plan.diagnostics)):
        raise PolicyError(holding)
    return fleet.plan


def _against(found: Iterable[Diagnostic]) -> codes.Code | None:
    """The first of them that stands against something."""
    return next((d.about for d in found if d.severity is Severity.ERROR), None)


def carry_out(opened: Opened, chunk: Chunk, runner: Runner) -> None:
    """A chunk, and word of it at the desk.

    Raises Locked if another run holds one of its customers, once the others are through.
    """
    desk, _ = crew_desk(opened.desk)
    chunk = chunk.at(desk.now())
    names = [customer.customer for customer in chunk.plan.customers]
    told: dict[str, Mapping[str, Any]] = {}
    there = _there(opened, chunk, names)
    try:
        approval = Approval.of_plan(chunk.plan, chunk.on, fresh=chunk.released)
        run = reconcile if chunk.released else apply
        ended = Applied(None)
        if there:  # no name at all would mean everybody
            ended = run(
                opened,
                there,
                today=chunk.today,
                runner=runner,
                approval=approval,
                acknowledged=chunk.acknowledged,
            )
    except (NotApproved, PolicyError) as error:  # the same for each of them, however often
        for name in names:
            told[name] = _as_json(CustomerResult(name, Outcome.REFUSED, error=error))
        desk.tell(chunk.batch, told)
        return
    closed = () if chunk.released else _closed(opened, {*names} - {*there}, chunk, runner)
    results = {result.customer: result for result in (*ended.results, *closed)}
    locked = {r.customer: r.error for r in results.values() if r.outcome is Outcome.LOCKED}
    for customer in chunk.plan.customers:
        result = results.get(customer.customer) or _before(opened, customer, ended.plan)
        if not _waits(result, locked):
            told[customer.customer] = _as_json(result)
    desk.tell(chunk.batch, told)
    if locked:
        raise next(iter(locked.values())) or Locked(ChunkCameToNothing(customer=names[0]))


def _waits(result: CustomerResult, locked: Collection[str]) -> bool:
    """For the other run, by itself or for the one with whom it exchanges numbers: what is told of
    it now would stand, though the job is tried again."""
    about = result.error.about if result.error else None
    if isinstance(about, OtherCustomerCameToNothing):
        return about.customer in locked
    return result.outcome is Outcome.LOCKED


def _there(opened: Opened, chunk: Chunk, names: Collection[str]) -> list[str]:
    """Whom of ``names`` a run can name: a customer that was taken down, by a job that has died or
    by somebody else, is nowhere any more."""
    known: set[CustomerId] = set()
    if chunk.released:
        opened = replace(opened, scope=EVERYBODY)
    else:
        known |= {*opened.workspace.entries, *opened.workspace.broken}
    known |= {*opened.known({CustomerId(name) for name in names})}
    return [name for name in names if name in {*map(str, known)}]


def _closed(
    opened: Opened, gone: Collection[str], chunk: Chunk, runner: Runner
) -> Iterator[CustomerResult]:
    """Of those that are nowhere any more but in the journal, since a job died before it ended."""
    begun = sorted({str(run.customer) for run in opened.open_runs()} & {*gone})
    if begun:
        found = resume(
            opened,
            begun,
            today=chunk.today,
            runner=runner,
            acknowledged=chunk.acknowledged,
        )
        yield from (result for result in found.results if result.customer in gone)


def _before(opened: Opened, customer: CustomerPlan, now: Plan | None) -> CustomerResult:
    """Of whom nothing was begun: a job that died has done it, or something stands against it."""
    name = customer.customer
    fresh = next((p for p in now.customers if p.customer == name), None) if now else None
    if now and fresh and (fresh.steps or fresh.status is not Status.READY):
        against = _against(now.diagnostics if now.braked and fresh.steps else fresh.diagnostics)
        if against is None:  # the run stopped before
            error = ProvisionError(ChunkCameToNothing(customer=name))
            return CustomerResult(name, Outcome.FAILED, error=error)
        return CustomerResult(name, Outcome.REFUSED, error=ProvisionError(against))
    mark = carried_out(customer.digest)
    if any(entry.why == mark for entry in opened.desk.audit(CustomerId(name), limit=ALL)):
        steps = tuple(step.id for step in customer.steps)
        return CustomerResult(name, Outcome.DONE, done=steps)
    return CustomerResult(name, Outcome.UNCHANGED)


def results(
    desk: CrewDesk, batch: str, plan: Plan, *, ended: bool, back: Collection[str] = ()
) -> list[CustomerResult]:
    """What became of the customers of ``plan``, as far as it was told.  ``ended``: nobody works
    on it any more, so of whom nothing was told came to nothing, but for those that were taken
    ``back``."""
    told = desk.told(batch)
    found = []
    for customer in plan.customers:
        name = customer.customer
        if name in told:
            found.append(_from_json(name, told[name]))
        elif name in back and customer.steps:
            found.append(CustomerResult(name, Outcome.INTERRUPTED))
        elif ended and customer.steps:
            error = ProvisionError(ChunkCameToNothing(customer=name))
            found.append(CustomerResult(name, Outcome.FAILED, error=error))
    return found


def _as_json(result: CustomerResult) -> dict[str, Any]:
    return {
        "outcome": str(result.outcome),
        "done": list(result.done),
        "failed": {step: _error(error) for step, error in result.failed.items()},
        "skipped": list(result.skipped),
        "error": _error(result.error) if result.error else None,
        "part": result.part,
    }


def _error(error: ProvisionError) -> list[Any]:
    return [error.code, dict(error.params)]


def _from_json(name: str, found: Mapping[str, Any]) -> CustomerResult:
    return CustomerResult(
        name,
        Outcome(found["outcome"]),
        done=tuple(found["done"]),
        failed={step: _raised(*error) for step, error in found["failed"].items()},
        skipped=tuple(found["skipped"]),
        error=_raised(*found["error"]) if found["error"] else None,
        part=found["part"],
    )


def _raised(code: str, params: Mapping[str, str | int]) -> ProvisionError:
    return ProvisionError(codes.of(code, params))
