"""Carrying out what was approved: at the tip of the protected branch, customer by customer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from provisioner.apply.events import CustomerResult
from provisioner.apply.events import Outcome as End
from provisioner.codes import Code
from provisioner.codes.review import MayNotReleaseByHand, SettingsAloneBroughtIt
from provisioner.contract.desk import DeskReader
from provisioner.contract.resources import Release
from provisioner.errors import SystemFault
from provisioner.forge.model import MergeRequest, Run
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import CUSTOMERS
from provisioner.operations.applying import Applied, Runner, apply, resume
from provisioner.operations.lane import Lane
from provisioner.operations.opening import Opened
from provisioner.operations.planning import plan, planner
from provisioner.operations.records import Recorded, Standing
from provisioner.operations.resolving import (
    Accepted,
    Refused,
    Resolver,
    Written,
    acceptance,
    accepted_as,
    pusher_of,
)
from provisioner.plan.approval import Approval, day_of
from provisioner.plan.model import Action, Cause, CustomerPlan, Plan, Status, Targets
from provisioner.plan.ranges import AT_ONCE
from provisioner.telephony.identity import CustomerId

_WELL = frozenset({End.DONE, End.UNCHANGED})
_NEVER = datetime.max.replace(tzinfo=UTC)

Resolved = Mapping[CustomerId, Accepted | Refused]


@dataclass(frozen=True, slots=True)
class Released:
    """What a run has done and what it has not.

    ``plan``: of the customers that differ on the tip from what was released, before anything was
    done.  ``resolved``: what has brought each of them.  ``results``: of those that were begun, runs
    that had died included.  ``braked``: what holds the plans
    of merge requests, by their numbers.  ``standing``: what
    stood on the merge requests that were looked at.
    """

    plan: Plan
    resolved: Resolved
    results: Mapping[str, CustomerResult]
    braked: Mapping[int, Sequence[Diagnostic]] = field(default_factory=dict)
    standing: Mapping[int, Standing] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    """Digests that were given to be released by hand and are of no plan made now."""
    settled: bool = True
    """No customer is left whose manifest is the same, and whose plan other settings change."""


def release(
    lane: Lane,
    opened: Opened,
    runner: Runner,
    *,
    settings_changed: bool = False,
    digests: Collection[str] = (),
    run: Run | None = None,
    acknowledged: Collection[str] = (),
) -> Released:
    """Finish what died, then carry out what approved merge requests have brought to the tip.

    ``opened``: the workspace as it is on the tip.  ``settings_changed``: since the last run, so any
    customer may be concerned.  ``digests``: of plans of single customers that a member of the staff
    releases by hand; ``run`` is the job that they have started for it.  A customer without an
    approval that counts is left unchanged; the others go on.
    """
    work = _Work(lane, opened, runner, tuple(acknowledged))
    died = resume(opened, today=lane.today, runner=runner, acknowledged=work.acknowledged)
    made, written, same = _different(lane, opened, everyone=settings_changed)
    parts = {each.customer: each for each in made.customers}
    targets = Targets(pbx=opened.pbx.target, desk=opened.desk.identity())
    resolver = Resolver(lane, opened.desk, targets)
    written = [w for w in written if str(w.customer) in parts and parts[str(w.customer)].steps]
    resolved = {
        each.customer: Refused(SettingsAloneBroughtIt(customer=str(each.customer)))
        if lane.operator is not None and str(each.customer) in same
        else resolver.resolve(each)
        for each in written
    }
    results = {each.customer: each for each in died.results}
    by_hand: dict[CustomerId, CustomerPlan] = {}
    for each in written:
        part = parts[str(each.customer)]
        if run and part.digest in digests:
            requests = [*resolver.sources(each)]
            try:
                about = _may_not(resolver, each, requests, run)
            except SystemFault as error:  # what cannot be read of one, stops none of the others
                about = error.about
            if about is None:
                by_hand[each.customer] = part
            elif isinstance(resolved[each.customer], Refused):
                resolved[each.customer] = Refused(about, requests[0] if requests else None)
    if run and by_hand:
        done = work.by_hand([*by_hand.values()], run)
        results |= {one.customer: one for one in done.results}
    for number, recorded in resolver.stood():
        work.seen(number, recorded)
    braked: dict[int, Sequence[Diagnostic]] = {}
    left = {name: found for name, found in resolved.items() if name not in by_hand}
    for accepted, customers in _by_request(left):
        done = work.approved(accepted, [parts[str(customer)] for customer in customers])
        results |= {each.customer: each for each in done.results}
        if done.plan is not None and done.plan.braked:
            braked[accepted.request.number] = done.plan.diagnostics
    unknown = frozenset(digests) - {each.digest for each in made.customers}
    well = {name for name, each in results.items() if each.outcome in _WELL}
    return Released(
        made, resolved, results, braked, resolver.standing, unknown, settled=same <= well
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """Carries out, and tells the audit why."""

    lane: Lane
    opened: Opened
    runner: Runner
    acknowledged: tuple[str, ...]

    def seen(self, number: int, recorded: Recorded) -> None:
        """So that the next run knows it, whatever stands in the comment by then."""
        customer = CustomerId(recorded.record.customers[0].id)
        what = f"plan of merge request {number} as it was shown"
        self._note(customer, what, acceptance(recorded))

    def by_hand(self, parts: Sequence[CustomerPlan], run: Run) -> Applied:
        """The whole plans that somebody of the staff has looked at, and nothing else: together,
        since a number may move between two of them."""
        who = f"{run.by.login} ({run.by.number})"
        digests = frozenset(each.digest for each in parts)
        approval = Approval(digests, on=self.lane.today, fresh=True)
        for each in parts:
            # not as what was carried out is noted: that may still fail
            what, why = f"released by hand by {who}", f"digest {each.digest[:16]}"
            self._note(CustomerId(each.customer), what, why)
        return self._carried_out(parts, approval, f"released by {who}")

    def approved(self, accepted: Accepted, parts: Sequence[CustomerPlan]) -> Applied:
        """What one merge request has released of each of its customers."""
        record, on = accepted.recorded.record, day_of(accepted.counts.at)
        shown = [(each, record.of(each.customer)) for each in parts]
        approvals = [found.approval(each, on) for each, found in shown if found]
        approval = Approval(
            frozenset().union(*(each.digests for each in approvals)),
            {name: steps for each in approvals for name, steps in each.steps.items()},
            on=on,
        )
        for each in parts:
            what = accepted_as(accepted)
            self._note(CustomerId(each.customer), what, acceptance(accepted.recorded))
        number = accepted.request.number
        return self._carried_out(parts, approval, f"merge request {number}")

    def _carried_out(self, parts: Sequence[CustomerPlan], approval: Approval, why: str) -> Applied:
        return apply(
            self.opened,
            [each.customer for each in parts],
            today=self.lane.today,
            runner=replace(self.runner, who=f"{self.runner.who}: {why}"),
            approval=approval,
            acknowledged=self.acknowledged,
        )

    def _note(self, customer: CustomerId, what: str, why: str) -> None:
        at, who, what = self.runner.clock(), self.runner.who, self.lane.scope.noted(what)
        self.opened.desk.note(at=at, who=who, what=what, why=why, customer=customer)


def _different(
    lane: Lane, opened: Opened, *, everyone: bool
) -> tuple[Plan, list[Written], set[str]]:
    """The plan of all customers that differ on the tip from what was released, and who they are.

    ``everyone``: also those whose manifest is the same, and whose plan another setting of the
    operator changes, or may change: their ids come last.
    """
    changed = {each.customer: each for each in _changed(opened)}
    known = {*changed, *opened.workspace.entries, *opened.customers()}
    names = sorted(map(str, known if everyone else changed))
    if not names:
        return planner(opened, lane.today).plan_fleet(()).plan, [], set()
    made = plan(opened, names, today=lane.today).plan
    kept = [e for e in made.customers if CustomerId(e.customer) in changed or _by_settings(e)]
    same = {CustomerId(e.customer) for e in kept} - changed.keys()
    written = [*changed.values(), *(_as_written(opened, customer) for customer in same)]
    others = (e for e in made.customers if CustomerId(e.customer) not in changed)
    unknown = {e.customer for e in others if e.status is Status.UNKNOWN}
    made = made.model_copy(update={"customers": tuple(kept)})
    ordered = sorted(written, key=lambda each: each.customer)
    return made, ordered, {*map(str, same), *unknown}


def _by_settings(part: CustomerPlan) -> bool:
    return any(s.cause is Cause.SETTINGS or s.action is Action.ADOPT for s in part.steps)


def _changed(opened: Opened) -> Iterator[Written]:
    """Customers that were never released as they are written on the tip; broken ones are not."""
    released = releases(opened.desk, opened.customers())
    renamed = {entry.packed.was for entry in opened.workspace.entries.values()}
    for customer, entry in opened.workspace.entries.items():
        was = released.get(customer)
        digest = entry.manifest.digest()
        if was is None or (was.manifest, was.reseller) != (digest, entry.reseller):
            yield Written(customer, entry.file, digest)
    for customer, was in released.items():
        there = customer in opened.workspace.entries or customer in opened.workspace.faulty
        if not there and customer not in renamed:
            yield Written(customer, f"{CUSTOMERS}/{was.reseller}/{customer}.yaml", "")


def _as_written(opened: Opened, customer: CustomerId) -> Written:
    entry = opened.workspace.entries[customer]
    return Written(customer, entry.file, entry.manifest.digest())


def releases(desk: DeskReader, customers: Collection[CustomerId]) -> dict[CustomerId, Release]:
    """What was released last of each of them."""
    names = sorted(customers)
    return {
        customer: each
        for start in range(0, len(names), AT_ONCE)
        for customer, state in desk.read(names[start : start + AT_ONCE]).items()
        for each in state.objects
        if isinstance(each, Release)
    }


def _by_request(resolved: Resolved) -> list[tuple[Accepted, list[CustomerId]]]:
    """What counts, in the order in which it was merged."""
    found: dict[int, tuple[Accepted, list[CustomerId]]] = {}
    for customer, each in sorted(resolved.items()):
        if isinstance(each, Accepted):
            found.setdefault(each.request.number, (each, []))[1].append(customer)
    return sorted(found.values(), key=lambda each: each[0].request.merged_at or _NEVER)


def _may_not(
    resolver: Resolver, written: Written, requests: Iterable[MergeRequest], run: Run
) -> Code | None:
    """Why the one who started this job may not release a plan by hand."""
    lane, by = resolver.lane, run.by
    if by.number not in lane.terms.staff or by.bot:
        return MayNotReleaseByHand(by=by.login, reason="no_staff")
    if run.attempt != 1:
        return MayNotReleaseByHand(by=by.login, reason="run_again")
    for request in requests:
        commits, pusher = lane.forge.commits(request.number), pusher_of(lane, request)
        took_part = {request.author.number, *commits.accounts, pusher.number if pusher else None}
        if by.number in took_part:
            return MayNotReleaseByHand(by=by.login, reason="took_part")
    pushers = resolver.pushers(written)
    if by.number in {each.number for each in pushers if each}:
        return MayNotReleaseByHand(by=by.login, reason="took_part")
    if None in pushers:
        return MayNotReleaseByHand(by=by.login, reason="pusher_unknown")
    return None
