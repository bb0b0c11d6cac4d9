"""Digests: what an approval binds to.

Per step SHA-256 over canonical JSON of what it does; per customer over the format, the targets and
its steps; per plan over the customers.  Not in it: the day, wording, causes, numbers known only at
apply, fields that we do not own.  The manifest's own digest is a field of the release step, so an
approval also binds to everything that the manifest implies for later days.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from provisioner.plan.model import FORMAT_VERSION, CustomerPlan, Plan, Step, Targets


def _sha256(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def step_digest(step: Step) -> str:
    """Of one step: system, object, action and the declared fields before and after."""
    return _sha256(
        {
            "action": step.action,
            "system": step.system,
            "kind": step.kind,
            "key": step.key,
            "before": step.before,
            "after": step.after,
            "changed": step.changed,
        }
    )


def customer_digest(customer: str, targets: Targets, steps: Sequence[Step]) -> str:
    """Of one customer; empty if there is nothing to do."""
    if not steps:
        return ""
    return _sha256(
        {
            "format": FORMAT_VERSION,
            "targets": targets.model_dump(),
            "customer": customer,
            "steps": [step.digest for step in steps],
        }
    )


def plan_digest(customers: Iterable[CustomerPlan]) -> str:
    """Of a whole plan: the customers that have something to do, in order of their ids."""
    return _sha256({c.customer: c.digest for c in customers if c.digest})


def checksum(plan: Plan) -> str:
    """SHA-256 over everything in the plan, what is only shown included."""
    return _sha256(plan.model_dump(mode="json", exclude={"checksum"}))


def is_genuine(plan: Plan) -> bool:
    """Whether all digests in a plan that was read from a file follow from its content.

    The checksum also covers what people look at and no digest binds to, effects above all.
    """
    try:
        same = plan.checksum == checksum(plan)
    except TypeError:  # a number that no digest can hold: nothing that we have written
        return False
    return (
        same
        and plan.digest == plan_digest(plan.customers)
        and all(
            customer.digest == customer_digest(customer.customer, plan.targets, customer.steps)
            and all(step.digest == step_digest(step) for step in customer.steps)
            for customer in plan.customers
        )
    )
