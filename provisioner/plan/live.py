"""Reads the live systems and plans: with ``beside.py`` all that does I/O here, through reader
Protocols.

A reader has no method that writes, so neither can a plan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from provisioner import __version__
from provisioner.codes.policy import (
    EntryInAdoptionsYamlFitsNothing,
    UnfinishedRun,
)
from provisioner.contract.desk import ALL, DeskReader
from provisioner.contract.pbx import LoginsPbx, PbxReader
from provisioner.contract.quick import QuickDesk
from provisioner.contract.reading import CustomerLive, Holders, read_holders, read_live
from provisioner.contract.resources import PortingOrder
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.approval import carried_out
from provisioner.plan.beside import others, phones_of
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.digest import checksum, plan_digest
from provisioner.plan.drift import Filter, narrowed
from provisioner.plan.findings import (
    named_numbers,
    without_taken_ids,
    without_taken_logins,
)
from provisioner.plan.lookalike_customers import with_lookalikes
from provisioner.plan.model import CustomerPlan, Plan
from provisioner.plan.moved_phones import Ids, with_phones, with_phones_given
from provisioner.plan.moves import NO_MOVES, Moves, claims_of, moves_of, without_moved
from provisioner.plan.outlook import with_outlook
from provisioner.plan.partners import matched
from provisioner.plan.phones import without_taken_phones
from provisioner.plan.planner import Planned, plan_customer
from provisioner.plan.policy import brakes
from provisioner.plan.ranges import AT_ONCE, Range, Spread, kept, ranges
from provisioner.plan.renames import former_ids, renamed_away, under_new_ids
from provisioner.plan.settled import without_settled
from provisioner.plan.shortage import (
    allocations_in,
    supplied,
    unknown_supply,
    without_given_out,
)
from provisioner.plan.supply import Supply, plenty
from provisioner.telephony.identity import CustomerId, IdentityError
from provisioner.telephony.numbers import digits_of
from provisioner.telephony.porting import IN_FLIGHT, SUBMITTABLE


@dataclass(frozen=True, slots=True)
class PlannedFleet:
    """A plan, with each customer's part and the resources behind it."""

    plan: Plan
    parts: dict[CustomerId, Planned]


@dataclass(frozen=True, slots=True)
class LivePlanner:
    """Plans against two live systems.

    ``narrow`` takes steps out of each customer's plan, as ``reconcile`` does.  ``thorough`` looks
    for foreign objects everywhere, whatever that costs.  ``everyone``: coming days are told of
    customers too of whom there is nothing else to say.  ``in_part``: what only all customers
    together can tell, brakes and what the pools can give, is left to whoever joins the parts.
    ``proven``: customers that are not among those planned for, since nothing is to be done; whoever
    shares something with them is.  ``at_once``: so many are read and compared together, if the
    systems allow it.  ``look`` sees whoever there is nothing to say of, while all that was read of
    it is still there.  ``spread``: who plans ranges of a large fleet too.
    """

    pbx: PbxReader
    desk: DeskReader
    context: PlanContext
    narrow: Filter | None = None
    thorough: bool = False
    everyone: bool = False
    in_part: bool = False
    proven: frozenset[CustomerId] = frozenset()
    at_once: int = AT_ONCE
    look: Callable[[Planned], object] | None = None
    spread: Spread | None = None

    def plan_fleet(
        self, subjects: Sequence[CustomerInput], notes: Iterable[Diagnostic] = ()
    ) -> PlannedFleet:
        """The plan for all ``subjects``; ``notes`` are findings of the run as a whole."""
        planned = matched(self._supplied(subjects, self._in_ranges(subjects)))
        asked = {s.customer: s for s in subjects}
        planned = with_phones_given(asked, planned, self._phones_beside)
        if self.spread:
            parts = self.spread.ahead(self, asked, planned)
        else:
            parts = {c: self.look_ahead(asked[c], p) for c, p in planned.items()}
        plans = [p.plan for p in parts.values()]
        holding = self._brakes(plans)
        # what waits for its approval is not in the manifests that reconcile looks at
        looked = () if self.narrow else sorted(parts.items())
        unused = [_unused(customer, what) for customer, part in looked for what in part.unused]
        found = [*notes, *self._unfinished([asked[c] for c in parts]), *holding, *unused]
        loud = tuple(sorted((p for p in plans if self._is_told(p)), key=lambda p: p.customer))
        plan = Plan(
            tool=__version__,
            at=self.context.today,
            targets=self.context.targets,
            customers=loud,
            unchanged=len(plans) - len(loud) + len(self.proven),
            diagnostics=tuple(found),
            braked=bool(holding),
            digest=plan_digest(loud),
        )
        plan = plan.model_copy(update={"checksum": checksum(plan)})
        return PlannedFleet(plan, parts)

    def again(
        self, subject: CustomerInput, *, beside: Sequence[CustomerInput] = (), begun: bool = False
    ) -> Planned:
        """One customer, read afresh: before the first step and after the last.

        ``beside``: those with whom it exchanges numbers.  ``begun``: steps were carried out
        already, so nobody asks whether all of them can be.
        """
        subjects = [subject, *(s for s in beside if s.customer != subject.customer)]
        return self.together(subjects, begun=begun)[subject.customer]

    def together(
        self, subjects: Sequence[CustomerInput], *, begun: bool = False
    ) -> dict[CustomerId, Planned]:
        """The same of several; none of an id that passes into another one."""
        # no manifest of another repository tells of its logins, and its runs go on meanwhile
        parts = self._plan(subjects, alone=begun or self.context.scope.everybody)
        if not begun:
            parts = self._supplied(subjects, parts)
        return {c: narrowed(part, self.narrow) for c, part in matched(parts).items()}

    def look_ahead(self, subject: CustomerInput, planned: Planned) -> Planned:
        """With the coming days, if there is something to say, and how often it was carried out."""
        found = narrowed(planned, self.narrow)
        if found.plan.quiet and not self.everyone:
            return found
        found = with_outlook(found, subject, self.context)
        if not found.plan.steps:
            return found
        mark = carried_out(found.plan.digest)
        try:
            audit = self.desk.audit(subject.customer, limit=ALL)
        except SystemFault:
            return found  # taken for never: an approval of this plan is refused, not repeated
        done = sum(entry.why == mark for entry in audit)
        return replace(found, plan=found.plan.model_copy(update={"done": done}))

    def _in_ranges(self, subjects: Sequence[CustomerInput]) -> dict[CustomerId, Planned]:
        """All plans, in the order of ``subjects``; a driver that cannot tell who has a login is
        asked for all customers at once, and so is who sees only its own."""
        apart = isinstance(self.pbx, LoginsPbx) and self.context.scope.everybody
        if len(subjects) <= self.at_once or not apart:
            return self._plan(subjects, alone=False)
        try:
            known = {*self.desk.customers()}
        except SystemFault:
            known = set()  # told of each customer
        some = ranges(subjects, known, self.at_once)
        made: Iterable[dict[CustomerId, Planned]] = map(self.plan_range, some)
        if self.spread:
            made = self.spread.planned(self, some, len(subjects))
        found: dict[CustomerId, Planned] = {}
        for parts in made:
            found |= parts
        return {s.customer: found[s.customer] for s in subjects if s.customer in found}

    def plan_range(self, some: Range) -> dict[CustomerId, Planned]:
        """Customers of whom one says nothing about another one that is not among them; of those of
        whom there is nothing to say, what is needed later."""
        found = {}
        for customer, part in self._plan(some, alone=False).items():
            spare = part.plan.quiet and not self.everyone
            if spare and self.look:
                self.look(part)
            found[customer] = kept(part) if spare else part
        return found

    def _is_told(self, plan: CustomerPlan) -> bool:
        return not plan.quiet or bool(self.everyone and plan.days)

    def _plan(self, subjects: Sequence[CustomerInput], *, alone: bool) -> dict[CustomerId, Planned]:
        formers = former_ids(subjects)
        claims = claims_of(((s.customer, s.packed) for s in subjects), self.context.claims)
        live: dict[CustomerId, CustomerLive | SystemFault] = {}
        try:
            ids = {*formers.values(), *(s.customer for s in subjects)}
            theirs = self.context.scope.theirs(self.desk, ids)
        except SystemFault as fault:
            live, theirs = {s.customer: fault for s in subjects}, set()
        subjects = without_taken_ids(subjects, theirs)
        for customer in theirs:  # nothing of it is looked at
            live[customer] = CustomerLive()
        formers = {new: old for new, old in formers.items() if not theirs & {new, old}}
        claims = claims_of((), claims, formers)
        customers = [s.customer for s in subjects if s.customer not in live]
        acknowledged = self.context.acknowledged
        live |= read_live(self.pbx, self.desk, customers, acknowledged, formers, claims)
        gone = renamed_away(subjects, formers, live)
        subjects = [s for s in subjects if s.customer not in gone]
        customers = [s.customer for s in subjects]
        live = {s.customer: self._with_foreign(s, live[s.customer]) for s in subjects}
        context = replace(self.context, claims=claims)
        moves: Mapping[CustomerId, Moves] = {}
        try:
            moves = moves_of(subjects, live, context.today, formers.values(), claims)
            holders = under_new_ids(self._holders(subjects), formers, live)
            holders = without_moved(holders, subjects)
            beside = others(self.pbx, self.desk, subjects, live, formers, context, alone=alone)
            here = {s.customer for s in subjects} - theirs
            unnamed = self._unnamed(here, holders, {**live, **beside})
            subjects = self._with_promises(subjects, live)
        except SystemFault as fault:
            live = dict.fromkeys(customers, fault)
        else:
            context = replace(context, holders=holders, unnamed=unnamed)
            if context.config.login_scope == "fleet":
                subjects = without_taken_logins(subjects, {**live, **beside}, unnamed)
            if not context.scope.everybody:
                subjects = without_taken_phones(subjects, beside, unnamed)
        subjects = [without_given_out(s, live[s.customer], context.today) for s in subjects]
        subjects = [without_settled(s, live[s.customer]) for s in subjects]
        parts = {
            s.customer: plan_customer(s, live[s.customer], context, moves.get(s.customer, NO_MOVES))
            for s in subjects
        }
        return with_lookalikes(subjects, with_phones(subjects, parts, live, self.narrow), live)

    def _with_promises(
        self,
        subjects: Sequence[CustomerInput],
        live: Mapping[CustomerId, CustomerLive | SystemFault],
    ) -> list[CustomerInput]:
        """With what runs that died were to do, where an order may have to be sent or to
        be cancelled: that it was approved is shown by nothing else once the manifest is released.
        Raises SystemFault."""
        if not any(_may_be_promised(s, live[s.customer]) for s in subjects):
            return [*subjects]
        open_ = {run.customer: run.promised for run in self.desk.open_runs()}
        return [
            replace(s, promised=s.promised.union(*(open_.get(c, ()) for c in s.ids)))
            for s in subjects
        ]

    def _supplied(
        self, subjects: Sequence[CustomerInput], parts: dict[CustomerId, Planned]
    ) -> dict[CustomerId, Planned]:
        """Nothing is planned for who would find no number; ``reconcile`` only says so."""
        wanted = [each for part in parts.values() for each in allocations_in(part)]
        if self.in_part or not wanted:
            return parts
        pools = self.context.config.numbers.pools()
        try:
            if isinstance(self.desk, QuickDesk) and plenty(wanted, pools, self.desk.untouched):
                return parts
            entries = self.desk.pool(self.context.today)
        except SystemFault as fault:
            return unknown_supply(parts, fault)
        supply = Supply(entries, pools)
        return supplied(subjects, parts, supply, going_on=self.narrow is not None)

    def _with_foreign(
        self, subject: CustomerInput, live: CustomerLive | SystemFault
    ) -> CustomerLive | SystemFault:
        """Where something may be adopted, or is held already, foreign objects are looked for."""
        adopting = any(self.context.adoptions.of(str(subject.customer)))
        if isinstance(live, SystemFault):
            return live
        if not (self.thorough or adopting or _names_held(subject, live)):
            return live
        try:
            found = tuple(self.pbx.foreign(subject.customer))
        except SystemFault as fault:
            return fault
        return replace(live, pbx=replace(live.pbx, foreign=found))

    def _phones_beside(self, ids: Ids, unread: Ids) -> dict[str, CustomerId]:
        """Phones of all customers that are ``unread`` or not among ``ids``; of those in other parts
        and in other repositories it is told elsewhere.  Raises SystemFault."""
        asked = {*unread}
        if not self.in_part and self.context.scope.everybody:
            asked |= {*self.desk.customers()} - ids - self.proven
        return phones_of(self.pbx, self.desk, asked)

    def _unnamed(
        self,
        here: set[CustomerId],
        holders: Holders,
        live: Mapping[CustomerId, CustomerLive | SystemFault],
    ) -> frozenset[str]:
        """Who of those that are met is nobody's business in this repository.  Raises SystemFault.

        ``here``: who is written in it.
        """
        if self.context.scope.everybody:
            return frozenset()
        met = {str(customer) for customer in (*holders.desk.values(), *live)}
        met.update(holders.pbx.values())
        known = (state for state in live.values() if isinstance(state, CustomerLive))
        met.update(each.owner for state in known for each in state.pbx.foreign)
        ids = {*here}
        for name in met:
            with suppress(IdentityError):  # the mark of another tool
                ids.add(CustomerId.parse(name))
        mine = here | self.context.scope.mine(self.desk, ids - here)
        return frozenset(map(str, ids - mine))

    def _holders(self, subjects: Sequence[CustomerInput]) -> Holders:
        named = [each for s in subjects for each in named_numbers(s.manifest)]
        numbers = sorted({item for _, item in named}, key=str)
        held = sorted({item for path, item in named if path[0] == "numbers"}, key=str)
        return read_holders(self.pbx, self.desk, numbers, held, self.context.today)

    def _unfinished(self, subjects: Sequence[CustomerInput]) -> list[Diagnostic]:
        names = {s.customer for s in subjects} | {s.was for s in subjects}
        try:
            runs = [r for r in self.desk.open_runs() if r.customer in names]
            theirs = self.context.scope.theirs(self.desk, [r.customer for r in runs])
        except SystemFault as fault:
            return [Diagnostic.of(fault.about)]
        return [
            Diagnostic.of(
                UnfinishedRun(
                    customer=str(r.customer), started=r.started.isoformat(timespec="minutes")
                ),
                r.customer,
            )
            for r in runs
            if r.customer not in theirs
        ]

    def _brakes(self, plans: Sequence[CustomerPlan]) -> list[Diagnostic]:
        """The brakes that hold; one that cannot be computed holds too."""
        context = self.context
        if self.in_part or not any(p.steps for p in plans):
            return []
        try:
            live = self.size()
        except SystemFault as fault:
            return [Diagnostic.of(fault.about)]
        return brakes(
            plans,
            context.config.brakes,
            live,
            context.removals,
            context.today,
            context.acknowledged,
        )

    def size(self) -> int:
        """How many objects are live for those who are planned for, wherever else there are some."""
        if self.context.scope.everybody:
            return self.pbx.size()
        mine = sorted(self.context.scope.mine(self.desk, self.desk.customers()))
        return sum(len(state.objects) for state in self.pbx.read(mine).values())


def _unused(customer: CustomerId, what: str) -> Diagnostic:
    return Diagnostic.of(EntryInAdoptionsYamlFitsNothing(what=what), customer)


def _may_be_promised(subject: CustomerInput, live: CustomerLive | SystemFault) -> bool:
    """Whether the donor does not have an order, or has one that nobody wants."""
    objects = live.desk.objects if isinstance(live, CustomerLive) else ()
    wanted = {entry.id for entry in subject.manifest.porting} if subject.manifest else ()
    return any(
        isinstance(o, PortingOrder)
        and o.progress.state in (SUBMITTABLE if o.porting in wanted else IN_FLIGHT)
        for o in objects
    )


def _names_held(subject: CustomerInput, live: CustomerLive) -> bool:
    """Whether the manifest holds a number that is not ours on the PBX yet."""
    held = [n.held for n in subject.manifest.numbers if n.held] if subject.manifest else []
    routed = {o.live_key for o in live.pbx.objects}
    return any(digits_of(number) not in routed for number in held)


def released(desk: DeskReader, customers: Sequence[CustomerId]) -> list[CustomerInput]:
    """Subjects as they were last released, from the desk: what ``reconcile`` plans for."""
    found = []
    for start in range(0, len(customers), AT_ONCE):
        some = customers[start : start + AT_ONCE]
        states = desk.read(some)
        found += [CustomerInput.released(customer, states.get(customer)) for customer in some]
    return found
