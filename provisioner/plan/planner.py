"""From a manifest and the live state of one customer to its plan.  Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from provisioner.desired import Desired, desire
from provisioner.errors import SystemFault
from provisioner.live.reading import CustomerLive, Holders
from provisioner.live.resources import BillingInterval, Kind, PortingOrder, Release, Resource
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Severity, has_errors
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import NOTHING, Removals
from provisioner.plan.cost import cost_change
from provisioner.plan.diff import Comparison, Draft
from provisioner.plan.digest import customer_digest, step_digest
from provisioner.plan.model import Action, CustomerPlan, Held, Status, Step, Targets, Upcoming
from provisioner.plan.orders import HeldDraft, Orders
from provisioner.plan.policy import hold_dependents, hold_removals
from provisioner.plan.sequence import Sequencer
from provisioner.telephony.calendar import DAY
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import State


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer to plan for.

    ``manifest`` None and not ``broken``: there is no file, so the customer is to go.  ``broken``:
    the file is there and wrong, which must never look like a deleted one.
    """

    customer: CustomerId
    reseller: str = ""
    manifest: Manifest | None = None
    broken: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds for all customers of a run."""

    config: Config
    today: date
    targets: Targets
    removals: Removals = NOTHING
    holders: Holders = field(default_factory=Holders)
    acknowledged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A customer's plan, and the resources behind its steps for the executor, by step id.

    The resources hold personal data and stay in memory.
    """

    plan: CustomerPlan
    work: Mapping[str, Resource] = field(default_factory=dict)
    manifest: Manifest | None = None
    settled: tuple[Resource, ...] = ()
    """Desired resources that are live already."""
    applied: Mapping[tuple[Kind, str], Mapping[str, str]] = field(default_factory=dict)
    """What the journal knows of them."""


def plan_customer(
    subject: Subject, live: CustomerLive | SystemFault, situation: Situation
) -> Planned:
    """The plan of one customer."""
    base = CustomerPlan(
        customer=str(subject.customer),
        reseller=subject.reseller,
        company=subject.manifest.contact.company if subject.manifest else "",
        manifest=subject.manifest.digest() if subject.manifest else "",
        diagnostics=subject.diagnostics,
    )
    if isinstance(live, SystemFault):
        fault = Diagnostic(live.code, Severity.ERROR, live.params, base.customer)
        return Planned(_with(base, status=Status.UNKNOWN, diagnostics=(*base.diagnostics, fault)))
    if subject.broken or has_errors(subject.diagnostics):
        return Planned(_with(base, status=Status.BLOCKED))
    return _Planning(subject, live, situation, base).planned()


def _with(plan: CustomerPlan, **changes: object) -> CustomerPlan:
    return plan.model_copy(update=changes)


_ALWAYS = frozenset({Severity.ERROR, Severity.QUESTION})
"""Worth saying even where nothing changes; the rest was for the reviewer of the edit."""


class _Planning:
    def __init__(
        self, subject: Subject, live: CustomerLive, situation: Situation, base: CustomerPlan
    ) -> None:
        self.subject, self.live, self.situation, self.base = subject, live, situation, base
        self.customer = str(subject.customer)
        self.policy = situation.config.porting.days()

    def planned(self) -> Planned:
        wanted = self._desire(self.subject.manifest, self.subject.reseller)
        former = self._former(wanted)
        drafts, held_drafts, found = self._compare(wanted, former)
        diagnostics = (
            *self._still_open(wanted),
            *wanted.diagnostics,
            *found,
            *self._conflicts(wanted),
            *self._given_out(drafts),
        )
        if has_errors(diagnostics):
            blocked = _with(self.base, status=Status.BLOCKED, diagnostics=_sorted(diagnostics))
            return Planned(blocked)
        whole = self.subject.manifest is None or wanted.ended
        steps, held = self._steps(drafts, held_drafts, whole=whole)
        diagnostics += tuple(self._unread_passwords(steps))
        if not steps:
            diagnostics = tuple(d for d in diagnostics if d.severity in _ALWAYS)
        if self.subject.manifest is None and (steps or held):
            diagnostics += (self._deleted(),)
        prices = self.situation.config.price_list(self.situation.today)
        plan = _with(
            self.base,
            steps=tuple(steps),
            held=tuple(held),
            diagnostics=_sorted(diagnostics),
            upcoming=tuple(
                Upcoming(on=u.on, code=u.code, params=u.params) for u in wanted.upcoming
            ),
            cost=cost_change(steps, prices),
            digest=customer_digest(self.customer, self.situation.targets, steps),
        )
        ids = {s.id for s in steps}
        work = {d.id: self._ending(d.resource) for d in drafts if d.id in ids}
        return Planned(
            plan,
            work,
            self.subject.manifest,
            tuple(self._settled(wanted, plan)),
            self.live.desk.applied,
        )

    def _settled(self, wanted: Desired, plan: CustomerPlan) -> Iterator[Resource]:
        """Desired and live alike; orders have a life of their own."""
        pending = {(s.kind, s.key) for s in (*plan.steps, *(h.step for h in plan.held))}
        there = {(o.kind, o.live_key) for o in self.live.objects}
        for resource in wanted.resources:
            if resource.kind is Kind.ORDER or (resource.kind, resource.key) in pending:
                continue
            if (resource.kind, resource.live_key) in there:
                yield resource

    def _desire(self, manifest: Manifest | None, reseller: str) -> Desired:
        if manifest is None:
            return Desired(())
        return desire(
            self.subject.customer,
            reseller,
            manifest,
            self.live.desk,
            self.situation.today,
            self.policy,
        )

    def _former(self, wanted: Desired) -> tuple[Resource, ...]:
        """What the released manifest would make desired today."""
        release = self.live.one(Kind.RELEASE)
        if not isinstance(release, Release) or not release.content:
            return ()
        if self.subject.manifest and release.manifest == self.subject.manifest.digest():
            return wanted.resources
        manifest = Manifest.model_validate_json(release.content)
        return self._desire(manifest, release.reseller).resources

    def _compare(
        self, wanted: Desired, former: tuple[Resource, ...]
    ) -> tuple[list[Draft], list[HeldDraft], list[Diagnostic]]:
        today = self.situation.today
        drafts = list(Comparison(wanted.resources, self.live, former, today).drafts())
        held: list[HeldDraft] = []
        found: list[Diagnostic] = []
        orders = Orders(
            (o for o in wanted.resources if isinstance(o, PortingOrder)),
            (o for o in self.live.desk.objects if isinstance(o, PortingOrder)),
            (o for o in former if isinstance(o, PortingOrder)),
            today=today,
            policy=self.policy,
            require_poa=self.situation.config.porting.require_poa,
        )
        for finding in orders.findings():
            match finding:
                case Draft():
                    drafts.append(finding)
                case HeldDraft():
                    held.append(finding)
                case Diagnostic():
                    found.append(finding)
        return drafts, held, found

    def _steps(
        self, drafts: list[Draft], held_drafts: list[HeldDraft], *, whole: bool
    ) -> tuple[list[Step], list[Held]]:
        sequencer = Sequencer(drafts)
        steps = [_digested(d.step(sequencer.needs(d))) for d in sequencer.drafts]
        free, held = hold_removals(
            steps, self.customer, self.situation.removals, self.situation.today, whole=whole
        )
        waiting = [
            Held(step=_digested(h.draft.step(())), code=h.code, params=h.params)
            for h in held_drafts
        ]
        free, held = hold_dependents(free, held)
        order = {s.id: n for n, s in enumerate(steps)}
        held.sort(key=lambda h: order[h.step.id])
        return free, [*sorted(waiting, key=lambda h: h.step.id), *held]

    def _conflicts(self, wanted: Desired) -> list[Diagnostic]:
        """Numbers that someone else holds, and objects in our place without our mark."""
        found = [
            Diagnostic("PV422", Severity.ERROR, {"kind": str(f.kind), "key": f.key}, self.customer)
            for f in self.live.pbx.foreign
            if any(r.kind is f.kind and f.key in {r.key, r.live_key} for r in wanted.resources)
        ]
        if self.subject.manifest is None:
            return found
        holders = self.situation.holders
        for position, entry in enumerate(self.subject.manifest.porting):
            for item in entry.items:
                path = ("porting", position)
                other = holders.desk.get(item)
                if other is not None and other != self.subject.customer:
                    params: dict[str, str | int] = {"number": str(item), "holder": str(other)}
                    found.append(Diagnostic("PV246", Severity.ERROR, params, self.customer, path))
                routed = holders.pbx.get(item)
                if routed is not None and routed != self.customer:
                    params = {"number": str(item), "holder": routed or "?"}
                    found.append(Diagnostic("PV247", Severity.ERROR, params, self.customer, path))
        return found

    def _still_open(self, wanted: Desired) -> Iterator[Diagnostic]:
        """Findings of the manifest without questions about ports that are over."""
        running = {
            o.porting
            for o in wanted.resources
            if isinstance(o, PortingOrder) and o.progress.state is not State.COMPLETED
        }
        entries = self.subject.manifest.porting if self.subject.manifest else ()
        over = {at for at, entry in enumerate(entries) if entry.id not in running}
        for found in self.base.diagnostics:
            about_port = found.path[:1] == ("porting",) and found.path[1:2]
            if found.severity is Severity.QUESTION and about_port and found.path[1] in over:
                continue
            yield found

    def _given_out(self, drafts: list[Draft]) -> Iterator[Diagnostic]:
        """An allocated number keeps its area and size: the desk would refuse the update."""
        numbers = self.subject.manifest.numbers if self.subject.manifest else ()
        for draft in drafts:
            if draft.resource.kind is Kind.STOCK and draft.action is Action.UPDATE:
                path = next(
                    ("numbers", n) for n, e in enumerate(numbers) if e.id == draft.resource.key
                )
                params: dict[str, str | int] = {"key": draft.resource.key, "kind": str(Kind.STOCK)}
                yield Diagnostic("PV527", Severity.ERROR, params, self.customer, path)

    def _ending(self, resource: Resource) -> Resource:
        """What ends with the subscription is billed to its last day, however late we run."""
        manifest = self.subject.manifest
        last = manifest.subscription.ends_on if manifest else None
        if isinstance(resource, BillingInterval) and last and last < self.situation.today:
            return replace(resource, ends=last + DAY)
        return resource

    def _unread_passwords(self, steps: list[Step]) -> Iterator[Diagnostic]:
        """Generated passwords that nobody could open, since the reseller has no key."""
        reseller = self.situation.config.resellers.get(self.subject.reseller)
        if reseller and reseller.recipients:
            return
        made = sum(
            str((s.after or {}).get("credential", "")).startswith("generated:")
            for s in steps
            if s.action is Action.CREATE or "credential" in s.changed
        )
        if made:
            params: dict[str, str | int] = {"count": made, "reseller": self.subject.reseller}
            yield Diagnostic("PV303", Severity.WARNING, params, self.customer)

    def _deleted(self) -> Diagnostic:
        return Diagnostic(
            "PV443", Severity.WARNING, {"what": f"{self.customer}/customer"}, self.customer
        )


def _digested(step: Step) -> Step:
    return step.model_copy(update={"digest": step_digest(step)})


def _sorted(diagnostics: Collection[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(
        sorted(diagnostics, key=lambda d: (d.severity, d.order, str(sorted(d.params.items()))))
    )
