"""A plan in short, as JSON with a published schema: equal edits with all names, and a row for each
of the other customers."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import orjson

from provisioner.codes import Severity
from provisioner.contract.resources import Json
from provisioner.plan.model import CustomerPlan, Frozen, Plan, Since, Status
from provisioner.report.plan import view
from provisioner.report.plan.ahead import later_count
from provisioner.report.plan.alike import Alike, edits_of, put_together
from provisioner.report.plan.words import DANGEROUS, Tally


class EqualEdit(Frozen):
    """What the manifests say otherwise, without the login of a workplace."""

    path: str
    before: Json = None
    after: Json = None


class Effects(Frozen):
    """What is done, and costs in Rappen per full month and once."""

    add: int
    change: int
    destroy: int
    dangerous: int
    """Steps, those of coming days among them."""
    monthly_before: int
    monthly_after: int
    once: int


class Group(Effects):
    """Customers that are edited in the same way."""

    customers: tuple[str, ...]
    edits: tuple[EqualEdit, ...]
    """None where the operator's settings were edited."""


class Alone(Effects):
    """A customer that is told by itself."""

    customer: str
    company: str
    status: Status
    held: int
    questions: int
    warnings: int


class Summary(Frozen):
    """``digest``: of the whole plan, with all of its customers."""

    format_version: Literal[1] = 1
    at: date
    digest: str
    braked: bool
    groups: tuple[Group, ...]
    customers: tuple[Alone, ...]
    unchanged: int
    since: Since | None = None


def summary_json(plan: Plan) -> bytes:
    groups, rest = put_together(plan)
    made = Summary(
        at=plan.at,
        digest=plan.digest,
        braked=plan.braked,
        groups=tuple(map(_group, groups)),
        customers=tuple(map(_alone, rest.customers)),
        unchanged=plan.unchanged,
        since=plan.since,
    )
    return orjson.dumps(made.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"


def _group(found: Alike) -> Group:
    edits = [EqualEdit(path=e.path, before=e.before, after=e.after) for e in edits_of(found)]
    names = tuple(each.customer for each in found.customers)
    return Group(customers=names, edits=tuple(edits), **_effects(found.customers))


def _alone(found: CustomerPlan) -> Alone:
    return Alone(
        customer=found.customer,
        company=found.company,
        status=found.status,
        held=len(found.held),
        questions=len(view.of_severity(found, Severity.QUESTION)),
        warnings=len(view.of_severity(found, Severity.WARNING)),
        **_effects([found]),
    )


def _effects(customers: Sequence[CustomerPlan]) -> dict[str, int]:
    steps = [step for each in customers for step in each.steps]
    tally = Tally.of(steps)
    later = sum(map(later_count, customers))
    return {
        "add": tally.add,
        "change": tally.change,
        "destroy": tally.destroy,
        "dangerous": sum(step.effect in DANGEROUS for step in steps) + later,
        "monthly_before": sum(each.cost.before for each in customers),
        "monthly_after": sum(each.cost.after for each in customers),
        "once": sum(each.cost.once for each in customers),
    }
