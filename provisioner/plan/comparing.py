"""What differs between two plans: of an earlier day, or of another state of the files.  Pure.

An approval is of a plan, and never of a difference: whoever approves looks at the later plan.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from provisioner.codes.policy import PlanOfAnotherFormat
from provisioner.codes.views import PlanOfAnotherProject, PlanOfAnotherReseller
from provisioner.errors import PolicyError, ProvisionError
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import (
    FORMAT_VERSION,
    CustomerPlan,
    Day,
    Frozen,
    Held,
    Plan,
    Status,
    Step,
)


class StepChange(Frozen):
    """A step that is in both plans, and does something else."""

    before: Step
    after: Step


class CustomerDifference(Frozen):
    """``was``, ``now``: None where the customer is not in that plan: there is nothing to do or to
    say of it, or the plan is not of it."""

    customer: str
    company: str = ""
    was: Status | None = None
    now: Status | None = None
    appeared: tuple[Step, ...] = ()
    disappeared: tuple[Step, ...] = ()
    changed: tuple[StepChange, ...] = ()
    held: tuple[Held, ...] = ()
    """Steps that are held now and were not, or for another reason."""
    days: tuple[Day, ...] = ()
    """Coming days that are in this plan alone, or otherwise."""
    days_gone: tuple[Day, ...] = ()
    lifts: tuple[str, ...] = ()
    """Logins of phones in lifts and at doors."""
    found: tuple[Diagnostic, ...] = ()
    """What is said now and was not."""
    settled: tuple[Diagnostic, ...] = ()
    """What was said and is not any more."""
    monthly_before: int = 0
    """What the earlier plan changes per full month, in Rappen."""
    monthly_after: int = 0
    once_before: int = 0
    once_after: int = 0

    @property
    def differs(self) -> bool:
        steps = self.appeared or self.disappeared or self.changed or self.held
        days = self.days or self.days_gone
        said = self.found or self.settled or self.was is not self.now
        cost = (self.monthly_before, self.once_before) != (self.monthly_after, self.once_after)
        return bool(steps or days or said or cost)


class Difference(Frozen):
    """The customers that differ, by id; the others are counted."""

    format_version: Literal[1] = 1
    before: date
    """The day of the earlier plan."""
    after: date
    digest_before: str
    digest_after: str
    customers: tuple[CustomerDifference, ...] = ()
    same: int = 0
    """Customers of which both plans say the same."""
    found: tuple[Diagnostic, ...] = ()
    """Of the whole run: what is said now and was not."""
    settled: tuple[Diagnostic, ...] = ()


def compared(old: Plan, new: Plan) -> Difference:
    """``new`` against ``old``.

    Raises ProvisionError PV430 for a plan of another format, PolicyError PV685 for one of other
    systems, PV692 for one of other resellers.
    """
    _refuse_strange(old, new)
    was = {c.customer: c for c in old.customers}
    now = {c.customer: c for c in new.customers}
    names = sorted(was.keys() | now.keys())
    found = [_customer(name, was.get(name), now.get(name)) for name in names]
    differing = tuple(each for each in found if each.differs)
    return Difference(
        before=old.at,
        after=new.at,
        digest_before=old.digest,
        digest_after=new.digest,
        customers=differing,
        same=len(found) - len(differing),
        found=_without(new.diagnostics, old.diagnostics),
        settled=_without(old.diagnostics, new.diagnostics),
    )


def _refuse_strange(old: Plan, new: Plan) -> None:
    if old.format_version != new.format_version:
        raise ProvisionError(
            PlanOfAnotherFormat(found=str(old.format_version), expected=FORMAT_VERSION)
        )
    if old.targets != new.targets:
        before = f"{old.targets.pbx}, {old.targets.desk}"
        now = f"{new.targets.pbx}, {new.targets.desk}"
        raise PolicyError(PlanOfAnotherProject(before=before, now=now))
    theirs, ours = _resellers(old), _resellers(new)
    if theirs and ours and not theirs & ours:
        about = PlanOfAnotherReseller(before=", ".join(sorted(theirs)), now=", ".join(sorted(ours)))
        raise PolicyError(about)


def _resellers(plan: Plan) -> set[str]:
    return {c.reseller for c in plan.customers if c.reseller}


def _customer(name: str, old: CustomerPlan | None, new: CustomerPlan | None) -> CustomerDifference:
    before, after = old or CustomerPlan(customer=name), new or CustomerPlan(customer=name)
    was = {step.id: step for step in before.steps}
    now = {step.id: step for step in after.steps}
    held = {(h.step.digest, h.code) for h in before.held}
    return CustomerDifference(
        customer=name,
        company=after.company or before.company,
        was=old.status if old else None,
        now=new.status if new else None,
        appeared=tuple(s for s in after.steps if s.id not in was),
        disappeared=tuple(s for s in before.steps if s.id not in now),
        changed=tuple(
            StepChange(before=was[s.id], after=s)
            for s in after.steps
            if s.id in was and was[s.id].digest != s.digest
        ),
        held=tuple(h for h in after.held if (h.step.digest, h.code) not in held),
        days=tuple(day for day in after.days if day not in before.days),
        days_gone=tuple(day for day in before.days if day not in after.days),
        lifts=tuple(sorted({*before.lifts, *after.lifts})),
        found=_without(after.diagnostics, before.diagnostics),
        settled=_without(before.diagnostics, after.diagnostics),
        monthly_before=before.cost.monthly,
        monthly_after=after.cost.monthly,
        once_before=before.cost.once,
        once_after=after.cost.once,
    )


def _without(found: Sequence[Diagnostic], others: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is not among the others, wherever its line is."""
    known = {_said(each) for each in others}
    return tuple(each for each in found if _said(each) not in known)


def _said(found: Diagnostic) -> tuple[object, ...]:
    return found.code, found.severity, found.customer, *sorted(found.params.items())
