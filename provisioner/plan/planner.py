"""From a manifest and the live state of one customer to its plan.  Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from provisioner.codes import Code, Severity
from provisioner.codes.moves import MovesToAPBXThatIsOff
from provisioner.codes.policy import ReleaseCannotBeImported
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import (
    BillingInterval,
    Kind,
    PortedNumber,
    PortingOrder,
    Release,
    Resource,
    StockAllocation,
)
from provisioner.desired import Desired, desire
from provisioner.errors import SystemFault
from provisioner.manifest.acknowledged import acknowledged, no_longer
from provisioner.manifest.diagnostics import Diagnostic, has_errors
from provisioner.manifest.models import Manifest
from provisioner.plan import lookalikes
from provisioner.plan.adoption import Takeover
from provisioner.plan.billing import unpriced
from provisioner.plan.context import CustomerInput, PlanContext, released_manifest, told
from provisioner.plan.cost import prices_used
from provisioner.plan.diff import Comparison, Draft
from provisioner.plan.digest import digested, with_digest
from provisioner.plan.duties import duties
from provisioner.plan.findings import (
    badly_timed,
    beyond,
    calls_that_cost,
    conflicts,
    deleted,
    given_away,
    given_out,
    handed_over,
    respelled,
    still_open,
    too_late,
    unread_passwords,
)
from provisioner.plan.model import Action, CustomerPlan, Held, Status, Step
from provisioner.plan.moves import NO_MOVES, Moves
from provisioner.plan.operation import Task, operation
from provisioner.plan.orders import HeldDraft, Orders
from provisioner.plan.phones import NO_PHONES, PhonesOf
from provisioner.plan.policy import (
    Ending,
    hold_dependents,
    hold_promised,
    hold_removals,
    hold_while_porting,
    lifts,
)
from provisioner.plan.promised import taker_of, withdrawn
from provisioner.plan.renames import DONE, Renames
from provisioner.plan.renames import findings as of_renames
from provisioner.plan.sequence import Sequencer
from provisioner.plan.terms import end_has_passed, late_bills, start_has_passed
from provisioner.telephony.calendar import DAY
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Planned:
    """A customer's plan, and what the executor needs to carry it out.

    The resources hold personal data and stay in memory.
    """

    plan: CustomerPlan
    tasks: tuple[Task, ...] = ()
    """The steps of the plan, and what each does."""
    manifest: Manifest | None = None
    wanted: tuple[Resource, ...] = ()
    """What it should have."""
    applied: Mapping[tuple[Kind, str], Mapping[str, str]] = field(default_factory=dict)
    """What the journal knows of them."""
    unused: tuple[str, ...] = ()
    """Entries of ``adoptions.yaml`` that fit nothing."""
    told: CustomerLive | None = None
    """What was live; None unless the plan is ready."""
    seen: CustomerLive | None = None
    """The same under its new names."""
    ended: bool = False
    """The subscription is over."""
    moves: Moves = NO_MOVES
    """Numbers that pass between it and other customers."""
    phones: PhonesOf = NO_PHONES

    def settled(self) -> Iterator[Resource]:
        """Desired and live, with nothing left to do for them."""
        if self.seen is None:
            return
        pending = {(s.kind, s.key) for s in (*self.plan.steps, *(h.step for h in self.plan.held))}
        there = {(o.kind, o.live_key) for o in self.seen.objects}
        for resource in self.wanted:
            waits = (resource.kind, resource.key) in pending
            if not waits and (resource.kind, resource.live_key) in there:
                yield resource


def stopped(part: Planned, status: Status, about: Diagnostic) -> Planned:
    """The customer with nothing planned, and why."""
    plan = part.plan
    return Planned(
        CustomerPlan(
            customer=plan.customer,
            reseller=plan.reseller,
            company=plan.company,
            status=status,
            manifest=plan.manifest,
            diagnostics=(about, *plan.diagnostics),
        ),
        phones=part.phones,
    )


def plan_customer(
    subject: CustomerInput,
    live: CustomerLive | SystemFault,
    context: PlanContext,
    moves: Moves = NO_MOVES,
) -> Planned:
    """The plan of one customer. ``moves``: numbers that pass to it, or away from it."""
    base = CustomerPlan(
        customer=str(subject.customer),
        reseller=subject.reseller,
        company=subject.manifest.contact.company if subject.manifest else "",
        manifest=subject.manifest.digest() if subject.manifest else "",
    )
    if isinstance(live, SystemFault):
        return _unknown(subject, base, live.about)
    if strange := unpriced(live.desk.objects):
        return _unknown(subject, base, strange)
    try:
        former = released_manifest(live, subject.manifest)
    except ValidationError:
        return _unknown(subject, base, ReleaseCannotBeImported(customer=base.customer))
    if subject.broken or has_errors(subject.diagnostics):
        # a misspelled former name may be why something else is taken
        wrong = of_renames(subject, live, former) if not subject.broken else ()
        found = (*subject.found, *wrong, *moves.wrong)
        return Planned(_with(base, status=Status.BLOCKED, diagnostics=found))
    return _Planning(subject, live, context, base, moves, former).planned()


def _unknown(subject: CustomerInput, base: CustomerPlan, about: Code) -> Planned:
    fault = Diagnostic.of(about, base.customer)
    return Planned(_with(base, status=Status.UNKNOWN, diagnostics=(*subject.found, fault)))


def _with(plan: CustomerPlan, **changes: object) -> CustomerPlan:
    return plan.model_copy(update=changes)


_ALWAYS = frozenset({Severity.ERROR, Severity.QUESTION})
"""Worth saying even where nothing changes; the rest was for the reviewer of the edit."""


class _Planning:
    def __init__(
        self,
        subject: CustomerInput,
        live: CustomerLive,
        context: PlanContext,
        base: CustomerPlan,
        moves: Moves,
        former: Manifest | None,
    ) -> None:
        self.subject, self.context, self.base, self.moves = subject, context, base, moves
        self.former = former
        self.customer = str(subject.customer)
        self.policy = context.config.porting.days()
        self.takeover = Takeover(
            subject.customer,
            live.pbx.foreign,
            context.adoptions,
            context.today,
            context.unnamed,
        )
        self.told = live
        self._see(Renames.of(subject.manifest, live))

    def _see(self, renames: Renames) -> None:
        """What is live under its new names; as it was told it is kept for the journal."""
        self.renames, self.live = renames, self.moves.seen(renames.seen)

    def planned(self) -> Planned:
        wanted = self._desire(self.subject.manifest, self.subject.reseller)
        logins = self.renames.logins
        if logins and not logins.keys() <= {r.key for r in wanted.resources}:
            self._see(Renames(self.told))  # nobody's phone is to be there, so none is renamed
            wanted = self._desire(self.subject.manifest, self.subject.reseller)
        former = self._formerly(wanted)
        drafts, held_drafts, found = self._compare(wanted, former)
        prices = self.context.config.price_list(self.context.today)
        diagnostics = (
            *still_open(self.subject, wanted),
            *wanted.diagnostics,
            *found,
            *conflicts(
                self.subject,
                self.live,
                wanted,
                self.context.holders,
                self.takeover,
                self.context.unnamed,
            ),
            *given_away(
                self.subject,
                self.live,
                wanted,
                self.context.holders,
                self.context.config.numbers.stock,
            ),
            *given_out(self.subject, drafts),
            *too_late(self.subject, self.live, self.former, self.context.today),
            *badly_timed(self.subject, wanted),
            *end_has_passed(self.subject, self.former, self.context.today),
            *start_has_passed(self.subject, self.live, wanted, prices, self.context.today),
            *calls_that_cost(self.subject, self.live, wanted),
            *duties(self.subject, self.former, self.context.today),
            *respelled(self.subject, self.live, wanted),
            *handed_over(self.subject, self.live),
            *of_renames(self.subject, self.told, self.former),
            *self._of_moves(wanted),
            *beyond(self.subject, drafts, self.context.abilities),
            *lookalikes.within(self.subject, self.former, drafts),
        )
        diagnostics = self._acknowledged(diagnostics)
        if has_errors(diagnostics):
            blocked = _with(self.base, status=Status.BLOCKED, diagnostics=self._sorted(diagnostics))
            return Planned(blocked)
        steps, held = self._steps(drafts, held_drafts, self._going(wanted))
        diagnostics += tuple(unread_passwords(self.subject, steps, self.context.config))
        if not steps:
            always = (d for d in diagnostics if d.severity in _ALWAYS or d.says(DONE))
            diagnostics = tuple(always)
        if self.subject.manifest is None and (steps or held):
            diagnostics += tuple(deleted(self.subject.customer, held))
        resources = {d.id: self._ending(d.resource) for d in drafts}
        diagnostics += tuple(late_bills(self.subject, steps, resources, self.context.today))
        plan = _with(
            self.base,
            steps=tuple(steps),
            held=tuple(held),
            diagnostics=self._sorted(diagnostics),
            lifts=lifts(self.subject.manifest, self.former),
            prices=prices_used(self.subject.manifest, self.context.config),
        )
        plan = digested(plan, self.context.targets)
        tasks = tuple(Task(s, operation(s, resources[s.id])) for s in steps)
        return Planned(
            plan,
            tasks,
            self.subject.manifest,
            wanted.resources,
            self.told.desk.applied,
            tuple(entry.what for entry in self.takeover.unused(wanted.resources)),
            self.told,
            self.live,
            wanted.ended,
            self.moves,
        )

    def _of_moves(self, wanted: Desired) -> Iterator[Diagnostic]:
        yield from self.moves.wrong
        yield from withdrawn(self.subject, self.former, self.told)
        on = any(r.kind is Kind.TENANT for r in wanted.resources)
        for transfer in () if on else self.moves.coming:
            about = MovesToAPBXThatIsOff(found=str(transfer.number), customer=self.customer)
            yield Diagnostic.of(about, self.customer, path=transfer.path)

    def _desire(self, manifest: Manifest | None, reseller: str) -> Desired:
        if manifest is None:
            return Desired(())
        return desire(
            self.subject.customer,
            reseller,
            manifest,
            self.live.desk,
            self.context.today,
            self.policy,
            self.context.config.call_policy(self.subject.customer),
            phones=self.context.config.phones is not None,
        )

    def _formerly(self, wanted: Desired) -> tuple[Resource, ...]:
        """What the released manifest would make desired today."""
        release = self.live.one(Kind.RELEASE)
        manifest = self.former
        if not isinstance(release, Release) or manifest is None:
            return ()
        same = self.subject.manifest and release.manifest == self.subject.manifest.digest()
        if same and release.reseller == self.subject.reseller:
            return wanted.resources
        return self._desire(manifest, release.reseller).resources

    def _compare(
        self, wanted: Desired, former: tuple[Resource, ...]
    ) -> tuple[list[Draft], list[HeldDraft], list[Diagnostic]]:
        compared = Comparison(wanted.resources, self.live, former, self.context.today).drafts()
        renamed = self.renames.drafts(compared)
        moved = self.moves.drafts(renamed, self.renames.logins)
        drafts = list(self.takeover.drafts(moved))
        held: list[HeldDraft] = []
        found: list[Diagnostic] = []
        orders = Orders(
            (o for o in wanted.resources if isinstance(o, PortingOrder)),
            (o for o in self.live.desk.objects if isinstance(o, PortingOrder)),
            (o for o in former if isinstance(o, PortingOrder)),
            today=self.context.today,
            policy=self.policy.at(self.subject.manifest.canton if self.subject.manifest else None),
            require_poa=self.context.config.porting.require_poa,
            promised=self.subject.promised,
            ended=wanted.ended,
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
        self, drafts: list[Draft], held_drafts: list[HeldDraft], ending: Ending | None
    ) -> tuple[list[Step], list[Held]]:
        if not (drafts or held_drafts):
            return [], []
        ended = ending is not None and not ending.deleted
        steps = Sequencer(drafts, ended=ended).steps()
        free, held = hold_removals(
            steps, self.customer, self.context.removals, self.context.today, ending
        )
        free, promised = hold_promised(free, self._promised(drafts))
        held += promised
        if ending is not None:
            orders = (o for o in self.live.desk.objects if isinstance(o, PortingOrder))
            free, porting = hold_while_porting(free, orders, ended=ended)
            held += porting
        waiting = [Held.of(with_digest(h.draft.step(())), h.about) for h in held_drafts]
        free, held = hold_dependents(free, held, self.live.desk.applied, ended=ended)
        order = {s.id: n for n, s in enumerate(steps)}
        held.sort(key=lambda h: order[h.step.id])
        return free, [*sorted(waiting, key=lambda h: h.step.id), *held]

    def _promised(self, drafts: Iterable[Draft]) -> Mapping[str, CustomerId]:
        """Steps that would give up a number which some manifest takes over, and whose."""
        takers = {
            draft.id: taker_of(draft.resource.digits, self.subject.customer, self.context)
            for draft in drafts
            if draft.action is Action.DELETE
            and isinstance(draft.resource, StockAllocation | PortedNumber)
            and draft.resource.digits
        }
        return {step: taker for step, taker in takers.items() if taker is not None}

    def _going(self, wanted: Desired) -> Ending | None:
        if self.subject.manifest is None:
            former = self.former
            return Ending(deleted=True, ends_on=former.subscription.ends_on if former else None)
        return Ending(ends_on=self.subject.manifest.subscription.ends_on) if wanted.ended else None

    def _acknowledged(self, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
        """Advice is told in a line where the manifest says why it is not followed."""
        manifest = self.subject.manifest
        if manifest is None or not manifest.acknowledged:
            return found
        left = tuple(acknowledged(manifest, found))
        gone = no_longer(manifest, left, planned=True)
        return (*left, *(replace(d, customer=self.base.customer) for d in gone))

    def _sorted(self, diagnostics: Collection[Diagnostic]) -> tuple[Diagnostic, ...]:
        return told(self.subject, diagnostics)

    def _ending(self, resource: Resource) -> Resource:
        """What ends with the subscription is billed to its last day, however late we run."""
        manifest = self.subject.manifest or self.former
        last = manifest.subscription.ends_on if manifest else None
        if isinstance(resource, BillingInterval) and last and last < self.context.today:
            return replace(resource, ends=last + DAY)
        return resource
