"""Reads the live systems and plans: the one module here that does I/O, through reader Protocols.

A reader has no method that writes, so neither can a plan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from provisioner import __version__
from provisioner.errors import SystemFault
from provisioner.live.protocols import DeskReader, PbxReader
from provisioner.live.reading import CustomerLive, Holders, read_holders, read_live
from provisioner.live.resources import Release
from provisioner.manifest.diagnostics import Diagnostic, Severity
from provisioner.manifest.models import Manifest
from provisioner.plan.digest import checksum, customer_digest, plan_digest
from provisioner.plan.findings import without_taken_logins
from provisioner.plan.model import Cause, CustomerPlan, Held, Plan, Step
from provisioner.plan.planner import Planned, plan_customer
from provisioner.plan.policy import brakes, hold_dependents
from provisioner.plan.situation import Situation, Subject
from provisioner.telephony.identity import CustomerId

Filter = Callable[[CustomerPlan], CustomerPlan]


@dataclass(frozen=True, slots=True)
class Survey:
    """A plan, with each customer's part and the resources behind it."""

    plan: Plan
    parts: dict[CustomerId, Planned]


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Plans against two live systems.

    ``narrow`` takes steps out of each customer's plan, as ``reconcile`` does.
    """

    pbx: PbxReader
    desk: DeskReader
    situation: Situation
    narrow: Filter | None = None

    def survey(self, subjects: Sequence[Subject], notes: Iterable[Diagnostic] = ()) -> Survey:
        """The plan for all ``subjects``; ``notes`` are findings of the run as a whole."""
        parts = self._plan(subjects, alone=False)
        plans = [self._narrowed(p).plan for p in parts.values()]
        holding = self._brakes(plans)
        found = [*notes, *self._unfinished(parts), *holding]
        loud = tuple(sorted((p for p in plans if not p.quiet), key=lambda p: p.customer))
        plan = Plan(
            tool=__version__,
            at=self.situation.today,
            targets=self.situation.targets,
            customers=loud,
            unchanged=len(plans) - len(loud),
            diagnostics=tuple(found),
            braked=bool(holding),
            digest=plan_digest(loud),
        )
        plan = plan.model_copy(update={"checksum": checksum(plan)})
        return Survey(plan, {c: self._narrowed(p) for c, p in parts.items()})

    def again(self, subject: Subject) -> Planned:
        """One customer, read afresh: before the first step and after the last."""
        return self._narrowed(self._plan([subject], alone=True)[subject.customer])

    def _plan(self, subjects: Sequence[Subject], *, alone: bool) -> dict[CustomerId, Planned]:
        customers = [s.customer for s in subjects]
        live = read_live(self.pbx, self.desk, customers, self.situation.acknowledged)
        situation = self.situation
        try:
            holders = self._holders(subjects)
            others = {} if alone else self._others(subjects, live)
        except SystemFault as fault:
            live = dict.fromkeys(customers, fault)
        else:
            situation = replace(situation, holders=holders)
            if situation.config.login_scope == "fleet":
                subjects = without_taken_logins(subjects, {**live, **others})
        return {s.customer: plan_customer(s, live[s.customer], situation) for s in subjects}

    def _others(
        self, subjects: Sequence[Subject], live: Mapping[CustomerId, CustomerLive | SystemFault]
    ) -> dict[CustomerId, CustomerLive]:
        """What the PBX holds of customers that are not planned for, if a login is new to it."""
        there = {
            o.key.casefold()
            for state in live.values()
            if isinstance(state, CustomerLive)
            for o in state.pbx.objects
        }
        asked = {w.login.folded for s in subjects if s.manifest for w in s.manifest.workplaces}
        if self.situation.config.login_scope != "fleet" or asked <= there:
            return {}
        rest = sorted({*self.desk.customers()} - live.keys())
        return {c: CustomerLive(pbx=s) for c, s in self.pbx.read(rest).items()} if rest else {}

    def _holders(self, subjects: Sequence[Subject]) -> Holders:
        numbers = {
            item
            for subject in subjects
            if subject.manifest
            for entry in subject.manifest.porting
            for item in entry.items
        }
        return read_holders(self.pbx, self.desk, sorted(numbers, key=str))

    def _narrowed(self, planned: Planned) -> Planned:
        if self.narrow is None:
            return planned
        return replace(planned, plan=self.narrow(planned.plan))

    def _unfinished(self, parts: dict[CustomerId, Planned]) -> list[Diagnostic]:
        try:
            runs = self.desk.open_runs()
        except SystemFault as fault:
            return [Diagnostic(fault.code, Severity.ERROR, fault.params)]
        return [
            Diagnostic(
                "PV442",
                Severity.WARNING,
                {"customer": str(r.customer), "started": f"{r.started:%Y-%m-%d %H:%M}"},
                str(r.customer),
            )
            for r in runs
            if r.customer in parts
        ]

    def _brakes(self, plans: Sequence[CustomerPlan]) -> list[Diagnostic]:
        """The brakes that hold; one that cannot be computed holds too."""
        situation = self.situation
        if not any(p.steps for p in plans):
            return []
        try:
            live = self.pbx.size()
        except SystemFault as fault:
            return [Diagnostic(fault.code, Severity.ERROR, fault.params)]
        return brakes(
            plans,
            situation.config.brakes,
            live,
            situation.removals,
            situation.today,
            situation.acknowledged,
        )


def released(desk: DeskReader, customers: Sequence[CustomerId]) -> list[Subject]:
    """Subjects as they were last released, from the desk: what ``reconcile`` plans for.

    A customer whose release cannot be read counts as broken, not as deleted.
    """
    states = desk.read(customers)
    found = []
    for customer in customers:
        state = states.get(customer)
        release = (
            next((o for o in state.objects if isinstance(o, Release)), None) if state else None
        )
        if release is None:
            found.append(Subject(customer, broken=True))
            continue
        manifest = Manifest.model_validate_json(release.content)
        found.append(Subject(customer, release.reseller, manifest))
    return found


def needed(steps: Iterable[Step], among: Iterable[Step]) -> set[str]:
    """Ids of ``steps`` and of all that they need, directly or not."""
    by_id = {s.id: s for s in among}
    found: set[str] = set()
    todo = [s.id for s in steps]
    while todo:
        step = todo.pop()
        if step in by_id and step not in found:
            found.add(step)
            todo += by_id[step].needs
    return found


def without_drift(situation: Situation) -> Filter:
    """For ``reconcile``: leaves out repairs of what someone changed by hand; they need a plan.

    Not those on which a port or a day depends: a number must not fall silent on its port date
    because someone deleted the phone that it rings at.
    """

    def narrow(plan: CustomerPlan) -> CustomerPlan:
        wanted = needed([s for s in plan.steps if s.cause is not Cause.DRIFT], plan.steps)
        drifted = [s for s in plan.steps if s.cause is Cause.DRIFT and s.id not in wanted]
        if not drifted:
            return plan
        rest = [s for s in plan.steps if s not in drifted]
        held = [Held(step=s, code="PV425") for s in drifted]
        free, waiting = hold_dependents(rest, held)
        return plan.model_copy(
            update={
                "steps": tuple(free),
                "held": (*plan.held, *waiting),
                "digest": customer_digest(plan.customer, situation.targets, free),
            }
        )

    return narrow
