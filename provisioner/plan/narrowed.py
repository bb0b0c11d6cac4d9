"""A plan of all customers, narrowed to those that a change touches.

What is left is a plan of its own, with its own digest: who approves it approves what it shows, and
nothing of the customers that it only counts.
"""

from collections.abc import Collection, Iterable, Mapping

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.digest import checksum, plan_digest
from provisioner.plan.model import (
    Action,
    CustomerPlan,
    Effect,
    Others,
    Plan,
    Since,
    Status,
    Step,
)
from provisioner.plan.phones import bound_by_phones

_DANGEROUS = frozenset({Effect.DISRUPTIVE, Effect.IRREVERSIBLE})


def narrowed(plan: Plan, since: Since, files: Collection[str]) -> Plan:
    """With the customers of ``since`` alone, and those that their change concerns; with all where
    it is everybody's.  ``files``: all that differ, as findings name them.

    Brakes are judged over all customers, and so they hold this plan too.
    """
    if since.everybody:
        return _sealed(plan, since)
    shown = _touched(plan, since.customers, files)
    kept = tuple(c for c in plan.customers if c.customer in shown)
    notes = tuple(d for d in plan.diagnostics if _concerns(d, shown, files))
    left = [c for c in plan.customers if c.customer not in shown]
    others = _counted(left, len(plan.diagnostics) - len(notes))
    update = {"customers": kept, "diagnostics": notes, "digest": plan_digest(kept)}
    since = since.model_copy(update={"others": others})
    return _sealed(plan.model_copy(update=update), since)


def _sealed(plan: Plan, since: Since) -> Plan:
    plan = plan.model_copy(update={"since": since})
    return plan.model_copy(update={"checksum": checksum(plan)})


def _touched(plan: Plan, customers: Iterable[str], files: Collection[str]) -> set[str]:
    """Those that changed, with whom numbers or phones pass to or from them, and whom they stop: a
    number that one claims is an error at the other."""
    planned = {c.customer: c for c in plan.customers}
    phones = bound_by_phones(plan.customers)
    changed = found = {*customers}
    todo = found & planned.keys()
    while todo:
        found = found | todo
        others = {other for name in todo for other in _partners(planned[name])}
        todo = others.union(*(phones.get(name, set()) for name in todo)) - found
        todo &= planned.keys()
    stopped = (c for c in plan.customers if any(_is_about(d, changed, files) for d in _errors(c)))
    return found | {c.customer for c in stopped}


def _partners(customer: CustomerPlan) -> Iterable[str]:
    for step in (*customer.steps, *(held.step for held in customer.held)):
        if step.action is Action.MOVE:
            for side in (step.before, step.after):
                yield str(_fields(side).get("customer", ""))


def _fields(side: Mapping[str, object] | None) -> Mapping[str, object]:
    return side or {}


def _errors(customer: CustomerPlan) -> list[Diagnostic]:
    return [d for d in customer.diagnostics if d.severity is Severity.ERROR]


def _is_about(finding: Diagnostic, customers: Collection[str], files: Collection[str]) -> bool:
    named = any(str(value) in customers for value in finding.params.values())
    return named or any(place.file in files for place in finding.related)


def _concerns(finding: Diagnostic, customers: Collection[str], files: Collection[str]) -> bool:
    """Whether a finding of the run is shown: what is nobody's holds for all."""
    if finding.place is not None:
        return finding.place.file in files or finding.customer in customers
    return finding.customer is None or finding.customer in customers


def _counted(left: Collection[CustomerPlan], notes: int) -> Others:
    return Others(
        customers=len(left),
        changing=sum(1 for c in left if c.steps),
        dangerous=sum(1 for c in left for step in _all(c) if step.effect in _DANGEROUS),
        stopped=sum(1 for c in left if c.status is not Status.READY),
        held=sum(len(c.held) for c in left),
        questions=sum(1 for c in left for d in c.diagnostics if d.severity is Severity.QUESTION),
        notes=notes,
    )


def _all(customer: CustomerPlan) -> Iterable[Step]:
    yield from customer.steps
    for day in customer.days:
        yield from day.edited
