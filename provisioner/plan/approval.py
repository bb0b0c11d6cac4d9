"""Whether the plan made now is the approved one, or a part of it.  Fails closed."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from provisioner.codes.policy import NoWholeDigest, PlanFileWasAltered
from provisioner.errors import NotApproved
from provisioner.plan.digest import is_genuine
from provisioner.plan.model import CustomerPlan, Plan


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved.

    ``digests``: of a plan or of single customers, 64 hexadecimal digits each.  ``steps``: from a
    plan file or a journal, per customer the digest of each approved step by its id.
    """

    digests: frozenset[str] = frozenset()
    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    plan: Plan | None = None

    @classmethod
    def of_digests(cls, texts: Collection[str]) -> "Approval":
        """Raises NotApproved PV444 for anything but a whole digest."""
        for text in texts:
            if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
                raise NotApproved(NoWholeDigest(length=len(text)))
        if not texts:
            raise NotApproved(NoWholeDigest(length=0))
        return cls(digests=frozenset(texts))

    @classmethod
    def of_plan(cls, plan: Plan) -> "Approval":
        """From a plan file. Raises NotApproved PV446 if its digests do not follow from it."""
        if not is_genuine(plan):
            raise NotApproved(PlanFileWasAltered())
        steps = {c.customer: {s.id: s.digest for s in c.steps} for c in plan.customers}
        return cls(steps=steps, plan=plan)

    def covers_plan(self, plan: Plan) -> bool:
        """Whether the digest of the whole plan was approved."""
        return plan.digest in self.digests

    def covers(self, customer: CustomerPlan) -> bool:
        """Whether all steps of ``customer`` were approved, and none of them is held by now.

        What is missing from the approved steps must be true already: a step that waits is not.
        """
        approved = self.steps.get(customer.customer, {})
        if any(held.step.id in approved for held in customer.held):
            return False
        if not customer.steps or customer.digest in self.digests:
            return True
        return all(approved.get(step.id) == step.digest for step in customer.steps)

    def is_part(self, customer: CustomerPlan) -> bool:
        """Whether only a part of what was approved is left to do."""
        approved = self.steps.get(customer.customer, {})
        return bool(approved) and len(customer.steps) < len(approved)
