"""A run over several customers, and finishing one that died."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from provisioner.apply.events import CustomerResult, Outcome
from provisioner.apply.executor import Executor
from provisioner.apply.progress import Pending
from provisioner.codes import LiveFault
from provisioner.codes.desk import RunHasStopped
from provisioner.codes.policy import NotTheApprovedPlan
from provisioner.codes.systems import DatabaseCannotBeReached, ManifestChangedSinceTheRun
from provisioner.contract.desk import OpenRun
from provisioner.contract.pbx import PbxReader
from provisioner.contract.resources import Kind
from provisioner.errors import ProvisionError, SystemFault
from provisioner.plan.approval import Approval
from provisioner.plan.context import CustomerInput
from provisioner.plan.digest import digested
from provisioner.plan.model import Action, CustomerPlan, Targets
from provisioner.plan.moves import claims_of
from provisioner.plan.phones import live_macs
from provisioner.telephony.identity import CustomerId

EXIT_PARTLY, EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_NOT_APPROVED, EXIT_BLOCKED = 5, 130, 6, 4, 3


_CREATING, _UPDATING, _RENAMING = (
    f"{Kind.RELEASE}/{Kind.RELEASE}:{action}"
    for action in (Action.CREATE, Action.UPDATE, Action.RENAME)
)
_RELEASING = (_CREATING, _UPDATING, _RENAMING)
"""Ids of the steps that release a manifest."""

TOGETHER, TOGETHER_SECONDS = 20, 10
"""Customers are read back when so many are through, or the first of them so long ago."""


class _Together:
    """Results in the order in which customers were begun; one wait for the PBX serves several."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._found: list[CustomerResult | Pending] = []
        self._since = executor.clock()
        self._results: list[CustomerResult] = []
        self._away: DatabaseCannotBeReached | None = None
        self._not_begun: list[CustomerInput] = []

    def apply(self, groups: Iterable[Sequence[CustomerInput]], approval: Approval) -> None:
        """Each group by itself, a customer or some between which numbers move: a failure stops none
        of the others, unless nothing can be written any more."""
        for group in groups:
            if self._away is not None:
                self._not_begun += group
                continue
            for found in self.executor.apply(group, approval):
                self.add(found)

    def add(self, found: CustomerResult | Pending) -> None:
        now = self.executor.clock()
        if not self._found:
            self._since = now
        self._found.append(found)
        if isinstance(found, CustomerResult):
            self._look(found)
        waited = (now - self._since).total_seconds()
        if len(self._found) >= TOGETHER or waited >= TOGETHER_SECONDS:
            self._conclude()

    def results(self) -> list[CustomerResult]:
        """All of them, once nobody waits any more."""
        self._conclude()
        if self._away is not None and self._not_begun:
            about = RunHasStopped(target=self._away.target, count=len(self._not_begun))
            first, error = str(self._not_begun[0].customer), ProvisionError(about)
            stopped = CustomerResult(first, Outcome.REFUSED, error=error)
            self.executor.emit(stopped)
            self._results.append(stopped)
        return self._results

    def _conclude(self) -> None:
        results = self.executor.conclude(self._found)
        for each in results:
            self._look(each)
        self._results += results
        self._found = []

    def _look(self, result: CustomerResult) -> None:
        """Whoever finds that a database is away has waited for it as long as one should."""
        about = result.error.about if result.error else None
        if isinstance(about, DatabaseCannotBeReached):
            self._away = about


def apply_all(
    executor: Executor, groups: Iterable[Sequence[CustomerInput]], approval: Approval
) -> list[CustomerResult]:
    """Carry out what is approved, and read it back; one result more tells if the run stopped."""
    together = _Together(executor)
    together.apply(groups, approval)
    return together.results()


def resume(
    executor: Executor,
    runs: Sequence[OpenRun],
    written: Mapping[CustomerId, CustomerInput],
    released: Mapping[CustomerId, CustomerInput],
) -> list[CustomerResult]:
    """Finish what was approved and begun.

    A run that released a manifest needs the working copy to have it still: otherwise someone merged
    on, and the newer plan needs its own approval (PV574).  One that released none, as reconcile
    does, worked from what was released before, whatever is being edited; a rename that stopped
    half-way is ended though its file was taken back, since nothing can be planned before.
    """
    latest = {run.customer: run for run in runs}
    begun = Approval(steps={str(c): run.steps for c, run in latest.items()}, begun=True)
    narrow = partial(_left, begun, executor.planner.context.targets)
    executor = replace(executor, planner=replace(executor.planner, narrow=narrow))
    together = _Together(executor)
    todo: list[CustomerInput] = []
    for customer, run in sorted(latest.items()):
        mine = written.get(customer)
        taken_back = _RENAMING in run.steps and mine is not None and mine.packed is None
        if taken_back or not any(step in run.steps for step in _RELEASING):
            subject = _matching(run, mine, released.get(customer))
        else:
            subject = _matching(run, mine)
        if subject is None:
            error = ProvisionError(ManifestChangedSinceTheRun(customer=str(customer)))
            together.add(CustomerResult(str(customer), Outcome.REFUSED, error=error))
        else:
            todo.append(replace(subject, promised=run.promised))
    together.apply(grouped(todo, _partners(todo, executor.pbx)), begun)
    return together.results()


def grouped(
    subjects: Sequence[CustomerInput], partners: Mapping[CustomerId, Collection[CustomerId]]
) -> Iterator[list[CustomerInput]]:
    """Those that ``partners`` bind together, directly or not, in the order of the first of them."""
    left = {s.customer: s for s in subjects}
    for subject in subjects:
        found, todo = [], [subject.customer]
        while todo:
            customer = todo.pop()
            if (member := left.pop(customer, None)) is not None:
                found.append(member)
                todo += sorted(partners.get(customer, ()), reverse=True)
        if found:
            yield found


def _partners(
    subjects: Sequence[CustomerInput], pbx: PbxReader
) -> dict[CustomerId, set[CustomerId]]:
    """Who may exchange numbers with whom, as the manifests say, and phones, as the PBX does."""
    found: dict[CustomerId, set[CustomerId]] = {}
    claims = claims_of((s.customer, s.packed) for s in subjects)
    pairs = [(giver, taker) for giver, taken in claims.items() for taker in taken.values()]
    for giver, taker in (*pairs, *_with_phones(subjects, pbx)):
        found.setdefault(giver, set()).add(taker)
        found.setdefault(taker, set()).add(giver)
    return found


def _with_phones(
    subjects: Sequence[CustomerInput], pbx: PbxReader
) -> Iterator[tuple[CustomerId, CustomerId]]:
    """At whom phones are that others name."""
    named = {mac: s.customer for s in subjects if s.packed for mac in s.packed.macs}
    with suppress(SystemFault):  # told where each of them is read
        states = pbx.read([s.customer for s in subjects]) if named else {}
        for customer, state in states.items():
            takers = {named.get(mac, customer) for mac in live_macs(state.objects)}
            yield from ((customer, taker) for taker in takers - {customer})


def _left(begun: Approval, targets: Targets, plan: CustomerPlan) -> CustomerPlan:
    return digested(begun.left(plan), targets)


def _matching(run: OpenRun, *candidates: CustomerInput | None) -> CustomerInput | None:
    for subject in candidates:
        if subject is None or subject.broken:
            continue
        digest = subject.manifest.digest() if subject.manifest else ""
        if digest == run.manifest:
            return subject
    return None


def exit_code(results: Sequence[CustomerResult]) -> int:
    """What the run as a whole tells its caller; 5 if only a part of it was done."""
    outcomes = {r.outcome for r in results}
    good = {Outcome.DONE, Outcome.UNCHANGED}
    if outcomes <= good:
        return 0
    if Outcome.INTERRUPTED in outcomes:
        return EXIT_INTERRUPTED
    if outcomes & {Outcome.DONE, Outcome.FAILED} and any(r.done for r in results):
        return EXIT_PARTLY
    if Outcome.LOCKED in outcomes:
        return EXIT_LOCKED
    refused = [r for r in results if r.outcome is Outcome.REFUSED]
    if any(
        r.error and r.error.says(NotTheApprovedPlan, ManifestChangedSinceTheRun) for r in refused
    ):
        return EXIT_NOT_APPROVED
    if Outcome.FAILED in outcomes or any(_unreachable(r) for r in refused):
        return 1
    return EXIT_BLOCKED


def _unreachable(result: CustomerResult) -> bool:
    return bool(result.error and result.error.says(LiveFault))
