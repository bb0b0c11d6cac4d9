"""The work list of the operator's staff: what is read for it.

All customers of the desk in one read, as a list of the port orders takes, and the manifests of
those alone that may have a question: see :func:`_in_question`.  The PBX is asked of those alone for
whom a permission to adopt is about to end, and nobody is planned for.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from provisioner.apply.handover import waiting
from provisioner.codes.files import FileNotReadable
from provisioner.contract.desk import ALL, DeskReader, DeskState, PoolEntry
from provisioner.contract.pbx import Foreign, PbxReader
from provisioner.contract.resources import PortedNumber, PortingOrder, StockAllocation
from provisioner.errors import ProvisionError, SystemFault
from provisioner.manifest.adoptions import Adoption
from provisioner.manifest.config import Config
from provisioner.manifest.crosscheck import check_alone
from provisioner.manifest.files import Files, Folder, Item
from provisioner.manifest.operators import Operators
from provisioner.manifest.repository import (
    CUSTOMERS,
    MANIFEST,
    load_workspace,
    with_permissions,
)
from provisioner.operations.opening import handover, open_listed
from provisioner.operations.selecting import subject_of
from provisioner.plan.approval import Approval
from provisioner.plan.context import CustomerInput
from provisioner.plan.matters import (
    Matter,
    Sort,
    Who,
    in_time,
    of_manifest,
    of_orders,
    of_plan,
    of_runs,
    reseller_of,
    typed,
)
from provisioner.plan.model import Plan
from provisioner.plan.permissions import ending, of_adoptions, of_held, of_removals
from provisioner.plan.scope import Scope
from provisioner.telephony.identity import CustomerId, IdentityError
from provisioner.telephony.porting import PortPolicy, State


@dataclass(frozen=True)
class Work:
    """What is due ``until`` a day, and what the desk holds.

    ``unknown``: customers that could not be read.  ``faults``: what else could not be.
    """

    today: date
    until: date
    matters: Sequence[Matter]
    states: Mapping[CustomerId, DeskState]
    policy: PortPolicy
    target: str
    """The desk's name."""
    unknown: Sequence[str] = ()
    faults: Sequence[ProvisionError] = ()
    pool: Sequence[PoolEntry] = ()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The files of a workspace, but of the manifests those of some customers alone: what they have
    in common with others is for a check of the files."""

    source: Files
    names: frozenset[str]

    def listed(self, folder: str) -> Sequence[Item]:
        found = self.source.listed(folder)
        if not folder.startswith(f"{CUSTOMERS}/"):
            return found
        return [item for item in found if item.name.removesuffix(MANIFEST) in self.names]

    def below(self, folder: str) -> Iterator[Item]:
        return self.source.below(folder)

    def read(self, path: str) -> bytes:
        return self.source.read(path)


@dataclass(slots=True)
class _Reading:
    root: Path
    config: Config
    pbx: PbxReader
    desk: DeskReader
    today: date
    reseller: str | None
    operators: Operators
    faults: list[ProvisionError] = field(default_factory=list)
    mute: bool = False
    """The PBX gave no answer."""

    def customers(self) -> tuple[dict[CustomerId, DeskState], list[str]]:
        """Those of the reseller that is asked for, and who could not be read."""
        names = sorted(self.desk.customers())
        states = self.desk.read(names)
        unknown = [str(name) for name in names if name not in states]
        mine = {
            customer: state
            for customer, state in states.items()
            if self.reseller in (None, reseller_of(state))
        }
        return mine, unknown

    def written(self) -> dict[CustomerId, str]:
        """Resellers by the customers that have a manifest in their folder; none of it is read."""
        found: dict[CustomerId, str] = {}
        for path in self.root.glob(f"{CUSTOMERS}/*/*{MANIFEST}"):
            try:
                customer = CustomerId.parse(path.stem)
            except IdentityError:  # a check of the files tells
                continue
            found[customer] = path.parent.name
        return found

    def subjects(
        self,
        states: Mapping[CustomerId, DeskState],
        unknown: Sequence[str],
        written: Mapping[CustomerId, str],
        adopting: Collection[str],
    ) -> Iterator[CustomerInput]:
        """Those that may have a question, and those that are ``adopting``, as they are written, or
        else as they were released."""
        mine = {c: r for c, r in written.items() if self.reseller in (None, r)}
        also = {c for c in {*mine, *states} if str(c) in adopting}
        asked = sorted(
            {*_in_question(states, mine), *also} - {CustomerId(name) for name in unknown}
        )
        named = frozenset(str(customer) for customer in asked if customer in mine)
        files = _Chosen(Folder(self.root), named)
        workspace = load_workspace(self.root, files) if named else None
        for customer in asked:
            if workspace is not None and customer in mine:
                yield subject_of(workspace, customer)
                continue
            known = CustomerInput.released(customer, states.get(customer))
            if known.manifest is not None:
                found = tuple(check_alone(customer, known.manifest, self.config))
                yield CustomerInput(customer, known.reseller, known.packed, diagnostics=found)

    def held(
        self,
        states: Mapping[CustomerId, DeskState],
        written: Mapping[CustomerId, str],
        renamed: Collection[CustomerId | None],
    ) -> Iterator[Matter]:
        """What is to go and stays; without a file is who has none and does not get another name."""
        scope = Scope.of(self.config)
        for customer, state in states.items():
            here = scope.has(reseller_of(state))
            yield from of_held(
                customer,
                state,
                self.operators.removals,
                self.config,
                self.today,
                deleted=here and customer not in written and customer not in renamed,
            )

    def adoptions(
        self,
        entries: Iterable[Adoption],
        subjects: Iterable[CustomerInput],
        states: Mapping[CustomerId, DeskState],
    ) -> Iterator[Matter]:
        """Permissions to adopt that are about to end; the PBX tells whether they are used."""
        known = {str(subject.customer): subject for subject in subjects}
        for customer, theirs in groupby(sorted(entries, key=_whose), key=_whose):
            if (subject := known.get(customer)) is None:
                continue
            state = states.get(subject.customer, DeskState())
            foreign = self._foreign(subject.customer)
            yield from of_adoptions(theirs, subject, state, foreign, self.config, self.today)

    def _foreign(self, customer: CustomerId) -> Sequence[Foreign] | None:
        """None, and a fault that is told, if the PBX gives no answer; then it is asked no more."""
        if self.mute:
            return None
        try:
            return self.pbx.foreign(customer)
        except SystemFault as fault:
            self.faults.append(fault)
            self.mute = True
            return None

    def passwords(self) -> Iterator[Matter]:
        """Those that lie in a hand-over: who gives the file to the reseller deletes it."""
        folder = handover(self.root, self.config)
        for reseller in sorted(self.config.resellers):
            if self.reseller not in (None, reseller):
                continue
            name = f"{self.config.handover}/{reseller}.jsonl"
            try:
                found = waiting((folder / f"{reseller}.jsonl").read_bytes())
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = error.strerror or "?"
                self.faults.append(ProvisionError(FileNotReadable(file=name, reason=reason)))
                continue
            made = [day for day in found.values() if day is not None]
            if found:
                yield Matter(
                    sort=Sort.HANDOVER,
                    who=Who.STAFF,
                    about=name,
                    text="handover",
                    params={
                        "count": len(found),
                        "file": name,
                        "since": str(min(made, default="?")),
                    },
                    command=typed("rm", name),
                    reseller=reseller,
                )

    def plans(self, plans: Iterable[tuple[str, Plan]]) -> Iterator[Matter]:
        """Plan files of which something is still to be carried out."""
        days = self.config.approvals.holds_days
        for file, plan in plans:
            approval = Approval.of_plan(plan)
            left = [
                part
                for part in plan.customers
                if part.steps
                and not approval.is_used_up(
                    part, self.desk.audit(CustomerId(part.customer), limit=ALL)
                )
                and self.reseller in (None, part.reseller)
            ]
            if left:
                yield of_plan(file, plan, len(left), days, self.today)


def work(
    root: Path,
    config: Config,
    *,
    today: date,
    days: int,
    reseller: str | None = None,
    plans: Iterable[tuple[str, Plan]] = (),
    requests: Sequence[Matter | SystemFault] = (),
    pool: bool = False,
) -> Work:
    """What is due until ``days`` after ``today``, or has no day.

    ``reseller``: only what concerns its customers.  ``plans``: plan files that were approved, by
    their names.  ``requests``: merge requests, and what could not be read of them.  ``pool``: with
    the operator's own numbers.  Raises ProvisionError for what cannot be read at all.
    """
    operators = with_permissions(config, Folder(root))
    policy, until = config.porting.days(), today + timedelta(days=days)
    expiring = ending(operators.adoptions, today, until)
    with open_listed(config, root) as (pbx, desk):
        reading = _Reading(root, config, pbx, desk, today, reseller, operators)
        reading.faults += [each for each in requests if isinstance(each, SystemFault)]
        states, unknown = reading.customers()
        written = reading.written()
        subjects = [*reading.subjects(states, unknown, written, {e.customer for e in expiring})]
        # until the rename is carried out the old id asks
        runs = desk.open_runs()
        promised = {run.customer: run.promised for run in runs}
        asking = [
            replace(subject, promised=promised.get(subject.customer, frozenset()))
            for subject in subjects
            if subject.was not in states
        ]
        resellers = {str(customer): reseller_of(state) for customer, state in states.items()}
        matters = [
            *(m for s in states.values() for m in of_orders(reseller_of(s), s, policy, today)),
            *(
                matter
                for subject in asking
                for matter in of_manifest(
                    subject, states.get(subject.customer, DeskState()), config, today
                )
            ),
            *of_removals(operators.removals, {str(c): state for c, state in states.items()}, today),
            *reading.held(states, written, [subject.was for subject in subjects]),
            *reading.adoptions(expiring, asking, states),
            *(r for r in of_runs(runs, resellers) if reseller in (None, r.reseller)),
            *reading.plans(plans),
            *(r for r in requests if isinstance(r, Matter) and reseller in (None, r.reseller)),
            *reading.passwords(),
        ]
        numbers = desk.pool(today) if pool else ()
        target = desk.target
    found = in_time(matters, until)
    return Work(today, until, found, states, policy, target, unknown, reading.faults, numbers)


def _in_question(
    states: Mapping[CustomerId, DeskState], written: Mapping[CustomerId, str]
) -> Iterator[CustomerId]:
    """Who is written and not live yet, has a port that is not complete, no number at all, or a
    manifest in another reseller's folder: nobody else's manifest can have a question."""
    yield from written.keys() - states.keys()
    for customer, state in states.items():
        orders = [o.progress.state for o in state.objects if isinstance(o, PortingOrder)]
        numbers = any(isinstance(o, StockAllocation | PortedNumber) for o in state.objects)
        moved = written.get(customer, reseller_of(state)) != reseller_of(state)
        if moved or not numbers or any(each is not State.COMPLETED for each in orders):
            yield customer


def _whose(entry: Adoption) -> str:
    return entry.customer
