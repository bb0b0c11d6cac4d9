"""Whether the plan made now is the approved one, or a part of it.  Fails closed."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provisioner.codes.policy import (
    ApprovalHasRunOut,
    ApprovalOfAComingDay,
    ApprovedForAnotherSystem,
    NoWholeDigest,
    PlanFileWasAltered,
    PlanOfAnOlderVersion,
)
from provisioner.contract.desk import AuditEntry
from provisioner.contract.resources import Kind
from provisioner.errors import NotApproved
from provisioner.plan.digest import is_genuine
from provisioner.plan.model import FORMAT_VERSION, Cause, CustomerPlan, Plan, Step, Targets


def day_of(moment: datetime) -> date:
    """The day in Switzerland: an approval late in the evening is of that day."""
    try:
        return moment.astimezone(ZoneInfo("Europe/Zurich")).date()
    except ZoneInfoNotFoundError:  # as the commands do for today
        return moment.astimezone().date()


def carried_out(digest: str) -> str:
    """How the audit says why a customer was changed: the approved digest, shortened."""
    return f"plan {digest[:16] or '-'}"


def is_carried_out(why: str) -> bool:
    """Whether the audit says so: see :func:`carried_out`."""
    return re.fullmatch(r"plan ([0-9a-f]{16}|-)", why, re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved.

    ``digests``: of a plan or of single customers, 64 hexadecimal digits each.  ``steps``: from a
    plan file or a journal, per customer the digest of each approved step by its id.  ``on``: the
    day on which it was given, if anybody knows.  ``fresh``: given just now, for what is there now.
    ``begun``: it is the approval of a run that has died, see :meth:`left`.
    """

    digests: frozenset[str] = frozenset()
    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    plan: Plan | None = None
    on: date | None = None
    fresh: bool = False
    begun: bool = False

    @classmethod
    def of_digests(cls, texts: Collection[str], on: date | None = None) -> "Approval":
        """Raises NotApproved PV444 for anything but a whole digest."""
        for text in texts:
            if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
                raise NotApproved(NoWholeDigest(length=len(text)))
        if not texts:
            raise NotApproved(NoWholeDigest(length=0))
        return cls(digests=frozenset(texts), on=on)

    @classmethod
    def of_plan(cls, plan: Plan, on: date | None = None, *, fresh: bool = False) -> "Approval":
        """From a plan file; ``on``: the day of the approval, if it is not the plan's.

        Raises NotApproved PV446 if its digests do not follow from it, PV473 if it is of a version
        that did not show all.
        """
        if not is_genuine(plan):
            raise NotApproved(PlanFileWasAltered())
        if plan.format_version != FORMAT_VERSION:
            raise NotApproved(PlanOfAnOlderVersion())
        steps = {c.customer: {s.id: s.digest for s in c.steps} for c in plan.customers}
        return cls(steps=steps, plan=plan, on=on or plan.at, fresh=fresh)

    def check(self, targets: Targets, today: date, days: int) -> None:
        """Raises NotApproved PV449 for other systems, PV474 before its day, PV471 once it has run
        out.  ``days``: how long it holds."""
        if self.plan is not None and self.plan.targets != targets:
            about = ApprovedForAnotherSystem(approved=self.plan.targets.pbx, now=targets.pbx)
            raise NotApproved(about)
        if self.on is not None and self.on > today:  # it would never run out
            raise NotApproved(ApprovalOfAComingDay(on=str(self.on), today=str(today)))
        if self.has_run_out(today, days):
            raise NotApproved(ApprovalHasRunOut(on=str(self.on), days=days))

    def has_run_out(self, today: date, days: int) -> bool:
        """Whether more than ``days`` have passed since it was given."""
        return self.on is not None and today > self.on + timedelta(days=days)

    def digest_of(self, customer: CustomerPlan) -> str:
        """What was approved of a customer, as the audit names it."""
        part = self._part(customer)
        return part.digest if part and part.digest else customer.digest

    def _part(self, customer: CustomerPlan) -> CustomerPlan | None:
        parts = self.plan.customers if self.plan else ()
        return next((p for p in parts if p.customer == customer.customer), None)

    def is_used_up(self, customer: CustomerPlan, audit: Iterable[AuditEntry]) -> bool:
        """Whether it was carried out for ``customer`` already, since it was given.

        What was undone meanwhile is not done again by an approval of the first time.
        """
        if self.fresh or self.begun or not customer.steps:
            return False
        mark = carried_out(self.digest_of(customer))
        days = [day_of(e.at) for e in audit if e.why == mark]
        part = self._part(customer)
        if part is not None and not self.digests:
            return len(days) > part.done
        return any(self.on is None or day >= self.on for day in days)

    def covers_plan(self, plan: Plan) -> bool:
        """Whether the digest of the whole plan was approved."""
        return plan.digest in self.digests

    def covers(self, customer: CustomerPlan) -> bool:
        """Whether all steps of ``customer``, and its prices, were approved and none is held now.

        What is missing from the approved steps must be true already: a step that waits is not.
        """
        approved = self.steps.get(customer.customer, {})
        if not self.begun and any(held.step.id in approved for held in customer.held):
            return False
        if not customer.steps or customer.digest in self.digests:
            return True
        part = self._part(customer)
        if part is not None and part.prices != customer.prices:
            return False
        return all(self._allows(customer, step) for step in customer.steps)

    def left(self, customer: CustomerPlan) -> CustomerPlan:
        """Of a run that has died: what was approved and is not done, less what by now has to wait.

        What a day or a port has brought meanwhile follows from the manifest that was released under
        this approval, so it goes along, as it would by ``reconcile``.  All else waits for a plan.
        """
        allowed = [step for step in customer.steps if self._allows(customer, step)]
        others = {step.id for step in customer.steps} - {step.id for step in allowed}
        for step in customer.steps:  # in order: whoever needs one that waits, waits too
            if others.intersection(step.needs):
                others.add(step.id)
        kept = tuple(step for step in allowed if step.id not in others)
        return customer.model_copy(update={"steps": kept})

    def _allows(self, customer: CustomerPlan, step: Step) -> bool:
        if self.steps.get(customer.customer, {}).get(step.id) == step.digest:
            return True
        released = all(each.kind is not Kind.RELEASE for each in customer.steps)
        return self.begun and released and step.cause in {Cause.TIME, Cause.PORTING}

    def is_part(self, customer: CustomerPlan) -> bool:
        """Whether only a part of what was approved is left to do."""
        approved = self.steps.get(customer.customer, {})
        return bool(approved) and len(customer.steps) < len(approved)
