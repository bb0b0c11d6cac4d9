"""Who has to be looked at today: nobody else is read, so a day costs what happens on it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import orjson

from provisioner import __version__
from provisioner.codes.many import DeskKeepsNoDays
from provisioner.contract.desk import DeskReader
from provisioner.contract.due import DueDesk, Rest
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortingOrder
from provisioner.errors import Refused
from provisioner.manifest.operators import Operators
from provisioner.manifest.repository import Workspace
from provisioner.operations.opening import Opened
from provisioner.operations.planning import of_released, planned
from provisioner.operations.selecting import Selection
from provisioner.plan.context import PlanContext
from provisioner.plan.days import MOVING, coming_days
from provisioner.plan.live import LivePlanner, PlannedFleet
from provisioner.plan.model import Status
from provisioner.plan.planner import Planned
from provisioner.telephony.calendar import DAY
from provisioner.telephony.identity import CustomerId


def settings_digest(operators: Operators) -> str:
    """SHA-256 over everything that the operator's files say."""
    found = [
        model.model_dump(mode="json")
        for model in (operators.config, operators.removals, operators.adoptions)
    ]
    return hashlib.sha256(orjson.dumps(found, option=orjson.OPT_SORT_KEYS)).hexdigest()


def due_desk(desk: DeskReader, driver: str) -> DueDesk:
    """Raises Refused PV678 for a desk that keeps no days."""
    if not isinstance(desk, DueDesk):
        raise Refused(DeskKeepsNoDays(driver=driver))
    return desk


def basis_of(workspace: Workspace) -> str:
    """Under what days are reckoned: a change of prices, holidays or rules, or another version of
    this tool, makes everybody due."""
    operators = Operators(workspace.config, workspace.removals, workspace.adoptions)
    return hashlib.sha256(f"{__version__} {settings_digest(operators)}".encode()).hexdigest()


def plan_due(
    opened: Opened, today: date, acknowledged: Iterable[str] = ()
) -> tuple[LivePlanner, Selection, PlannedFleet]:
    """What ``reconcile`` would do for those on whom something may happen today, as the desk's days
    say; who may rest is written down there.

    Raises Refused PV678 for a desk that keeps no days.
    """
    desk = due_desk(opened.desk, opened.workspace.config.desk.driver)
    basis = basis_of(opened.workspace)
    marks = desk.due(today, basis)
    known = opened.desk.customers()
    names = sorted(map(str, marks.keys() & {*known}))
    planning, selection = of_released(opened, names, today, acknowledged)
    if not names:  # which would mean all
        selection = Selection(())
    # whoever is not there any more is never due again
    rests = {customer: Rest(None, basis, marks[customer]) for customer in marks.keys() - {*known}}
    waiting = marks.keys() - {run.customer for run in opened.desk.open_runs()}

    def look(*parts: Planned) -> None:
        mine = (part for part in parts if CustomerId(part.plan.customer) in waiting)
        rests.update(_rests(mine, marks, planning.context, basis))

    fleet = planned(replace(planning, look=look), selection)
    look(*fleet.parts.values())
    desk.rest(rests)
    return planning, selection, fleet


def _rests(
    parts: Iterable[Planned], marks: Mapping[CustomerId, int], context: PlanContext, basis: str
) -> Iterator[tuple[CustomerId, Rest]]:
    """Who of the due may rest: nothing is to be done, and nothing waits.

    Whoever was carried out today is looked at once more, and so is whose run is open.
    """
    for part in parts:
        plan, customer = part.plan, CustomerId(part.plan.customer)
        quiet = plan.status is Status.READY and not plan.steps and not plan.held
        if customer in marks and quiet and part.seen is not None:
            yield customer, Rest(_next_day(part, part.seen, context), basis, marks[customer])


def _next_day(part: Planned, live: CustomerLive, context: PlanContext) -> date | None:
    days = {*coming_days(part.manifest, live, context)}
    orders = (o for o in live.desk.objects if isinstance(o, PortingOrder))
    if any(order.progress.state in MOVING for order in orders):
        days.add(context.today + DAY)  # the donor may answer on any day
    return min(days, default=None)
