"""Digests: what an approval binds to.

Per step SHA-256 over canonical JSON of what it does and of how dangerous it is; per customer over
the format, the targets, the prices of what it is billed for, and its steps; per plan over the
customers.  Not in it: the day, wording, causes, numbers known only at apply, fields that we do not
own, coming days.  The manifest's own digest is a field of the release step, so an approval also
binds to everything that the manifest implies for later days.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

from provisioner.plan.model import FORMAT_VERSION, CustomerPlan, Plan, Step, Targets
from provisioner.plan.streaming import sorted_json

if TYPE_CHECKING:
    from provisioner.plan.parts import Part


def _sha256(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def step_digest(step: Step) -> str:
    """Of one step: system, object, action, effect and the declared fields before and after."""
    return _sha256(
        {
            "action": step.action,
            "effect": step.effect,
            "system": step.system,
            "kind": step.kind,
            "key": step.key,
            "before": step.before,
            "after": step.after,
            "changed": step.changed,
        }
    )


def with_digest(step: Step) -> Step:
    """With its digest, which follows from all the rest."""
    return step.model_copy(update={"digest": step_digest(step)})


def customer_digest(plan: CustomerPlan, targets: Targets) -> str:
    """Of one customer; empty if there is nothing to do."""
    if not plan.steps:
        return ""
    return _sha256(
        {
            "format": FORMAT_VERSION,
            "targets": targets.model_dump(),
            "customer": plan.customer,
            "prices": plan.prices,
            "steps": [step.digest for step in plan.steps],
        }
    )


def prices_digest(plan: CustomerPlan) -> str:
    """Of the prices of what a customer's manifest asks for: a part of an approved plan has to have
    the same."""
    return _sha256(plan.prices)


def digested(plan: CustomerPlan, targets: Targets) -> CustomerPlan:
    """The same for a customer."""
    return plan.model_copy(update={"digest": customer_digest(plan, targets)})


def plan_digest(customers: Iterable[CustomerPlan]) -> str:
    """Of a whole plan: the customers that have something to do, in order of their ids."""
    return _sha256({c.customer: c.digest for c in customers if c.digest})


def checksum(made: "Plan | Part") -> str:
    """SHA-256 over everything in the plan, or in a part of one, what is only shown included."""
    found = hashlib.sha256()
    for piece in sorted_json(made, without="checksum"):
        found.update(piece)
    return found.hexdigest()


def is_genuine(plan: Plan) -> bool:
    """Whether all digests in a plan that was read from a file follow from its content.

    The checksum also covers what people look at and no digest binds to, coming days above all.  Of
    a file of format 1 it was looked at when it was read.
    """
    if plan.format_version != FORMAT_VERSION:
        return True
    try:
        same = plan.checksum == checksum(plan)
    except TypeError:  # a number that no digest can hold: nothing that we have written
        return False
    return (
        same
        and plan.digest == plan_digest(plan.customers)
        and all(
            customer.digest == customer_digest(customer, plan.targets)
            and all(step.digest == step_digest(step) for step in customer.steps)
            for customer in plan.customers
        )
    )
