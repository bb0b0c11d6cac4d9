"""Customers for whom the operator has no number left.  Pure.

What the pools can give is counted over all customers of a plan, in the order in which they are
carried out: the one that would find nothing is blocked before anything of it is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from provisioner.codes import Code, Severity
from provisioner.codes.policy import NotEnoughNumbers
from provisioner.codes.porting import NumberHeldByAnotherCustomer
from provisioner.codes.systems import NumberHeldAlready
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import (
    Kind,
    PortedNumber,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.errors import SystemFault
from provisioner.manifest import stock
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput, told
from provisioner.plan.model import Action, Status
from provisioner.plan.planner import Planned, stopped
from provisioner.plan.supply import Allocation, Clash, Shortage, Supply
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers, digits_of, numbers_from


def without_given_out(
    subject: CustomerInput, live: CustomerLive | SystemFault, today: date
) -> CustomerInput:
    """Without what the file alone says of the pools, where nothing is to be given out any more.

    A block may leave ``provision.yaml`` while customers have numbers of it.
    """
    manifest = subject.manifest
    about_pools = [d for d in subject.diagnostics if d.says(*stock.CODES)]
    if not about_pools or manifest is None or isinstance(live, SystemFault):
        return subject
    ends = manifest.subscription.ends_on
    over = {d.path for d in about_pools if ends is not None and ends < today}
    for each in live.desk.objects:
        match each:
            case StockAllocation(id=name):
                places = [n for n, entry in enumerate(manifest.numbers) if entry.id == name]
                over |= {("numbers", n, field) for n in places for field in ("area", "block")}
            case ProvisionalAllocation(replaces=digits) | PortedNumber(digits=digits):
                over |= {path for path, _, item in _ported(manifest) if digits_of(item) == digits}
    left = (d for d in subject.diagnostics if d not in about_pools or d.path not in over)
    return replace(subject, diagnostics=tuple(left))


def allocations_in(part: Planned) -> list[Allocation]:
    """What a customer's plan asks of the desk's pools, in order."""
    return [
        task.operation.resource
        for task in part.tasks
        if task.step.action is Action.CREATE
        and isinstance(task.operation.resource, StockAllocation | ProvisionalAllocation)
    ]


def supplied(
    subjects: Sequence[CustomerInput],
    parts: Mapping[CustomerId, Planned],
    supply: Supply,
    *,
    going_on: bool,
) -> dict[CustomerId, Planned]:
    """``parts`` with nothing planned for customers that would find no number.

    ``going_on``: it is said, and planned all the same: what a day or a port brings must not wait
    for a number of somebody's that is missing.
    """
    by_id = {subject.customer: subject for subject in subjects}
    found = {}
    for customer, part in parts.items():
        problem = supply.give(allocations_in(part), names_of(part, customer))
        if problem is None:
            for each in given_back(part):
                supply.give_back(each)
            found[customer] = part
            continue
        subject = by_id[customer]
        about = _finding(problem, part.manifest, customer)
        if going_on:
            about = replace(about, severity=Severity.WARNING)
            said = {"diagnostics": told(subject, (about, *part.plan.diagnostics))}
            found[customer] = replace(part, plan=part.plan.model_copy(update=said))
        else:
            found[customer] = stopped(part, Status.BLOCKED, subject.located(about))
    return found


def unknown_supply(
    parts: Mapping[CustomerId, Planned], fault: SystemFault
) -> dict[CustomerId, Planned]:
    """``parts``, with those unknown that need a number: none that can be seen is not none."""
    return {
        customer: stopped(part, Status.UNKNOWN, Diagnostic.of(fault.about, customer))
        if allocations_in(part)
        else part
        for customer, part in parts.items()
    }


def names_of(part: Planned, customer: CustomerId) -> list[CustomerId]:
    """The customer's id, and the former one whose numbers the desk makes its own first."""
    was = part.manifest.was if part.manifest else None
    renamed = any(s.action is Action.RENAME and s.kind is Kind.RELEASE for s in part.plan.steps)
    return [customer, was] if was is not None and renamed else [customer]


def given_back(part: Planned) -> list[Allocation | PortedNumber]:
    return [
        task.operation.resource
        for task in part.tasks
        if task.step.action is Action.DELETE
        and isinstance(
            task.operation.resource, StockAllocation | ProvisionalAllocation | PortedNumber
        )
    ]


def _finding(
    problem: Shortage | Clash, manifest: Manifest | None, customer: CustomerId
) -> Diagnostic:
    path = _entry(manifest, problem.wanted)
    if isinstance(problem, Clash):
        number = str(numbers_from(problem.digits))
        about: Code = NumberHeldAlready(number=number)
        if problem.holder is not None:
            about = NumberHeldByAnotherCustomer(number=number, holder=str(problem.holder))
        return Diagnostic.of(about, customer, path=path)
    sort = problem.sort
    short = NotEnoughNumbers(
        pool=sort.pool,
        area=sort.area or "any_area",
        size=sort.size,
        asked=problem.asked,
        free=problem.free,
        before=problem.before,
    )
    return Diagnostic.of(short, customer, path=path)


def _entry(manifest: Manifest | None, wanted: Allocation) -> Path:
    """Where in the manifest it is asked for."""
    if manifest is None:
        return ()
    if isinstance(wanted, StockAllocation):
        places = (n for n, entry in enumerate(manifest.numbers) if entry.id == wanted.id)
        return next((("numbers", n) for n in places), ())
    for path, entry, item in _ported(manifest):
        if entry == wanted.porting and digits_of(item) == wanted.replaces:
            return path
    return ()


def _ported(manifest: Manifest) -> Iterator[tuple[Path, str, Numbers]]:
    """Every number and block of a port: where it stands, the entry's id, and what it is."""
    for at, entry in enumerate(manifest.porting):
        for n, number in enumerate(entry.numbers):
            yield ("porting", at, "numbers", n), entry.id, number
        for n, block in enumerate(entry.blocks):
            yield ("porting", at, "blocks", n), entry.id, block
