"""A plan in parts: what one machine of several plans, and the whole that is joined from it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from provisioner import __version__
from provisioner.codes.commits import GitIsMissing, NotAGitRepository, UnknownRevision
from provisioner.codes.many import PartsAreOfOtherSettings
from provisioner.codes.policy import EntryInAdoptionsYamlFitsNothing, UnfinishedRun
from provisioner.contract.resources import StockAllocation
from provisioner.errors import PolicyError, ProvisionError, SystemFault
from provisioner.git import repository
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.files import Folder
from provisioner.manifest.operators import Operators
from provisioner.manifest.phones import macs_of
from provisioner.manifest.repository import Workspace, load_config, with_permissions
from provisioner.manifest.rules import claims_of, logins_of
from provisioner.operations.due import settings_digest
from provisioner.operations.opening import Readable, open_readers
from provisioner.operations.planning import planner, selected
from provisioner.operations.selecting import Selection, partners
from provisioner.plan.beside import phones_of
from provisioner.plan.live import LivePlanner, PlannedFleet
from provisioner.plan.model import Plan, Status
from provisioner.plan.moved_phones import kept, taken
from provisioner.plan.parts import (
    Ask,
    Claim,
    Need,
    Part,
    Shard,
    Unfinished,
    joined,
    needs_of,
    supply_holds,
)
from provisioner.plan.planner import Planned
from provisioner.plan.shortage import allocations_in, given_back, names_of
from provisioner.plan.supply import Allocation
from provisioner.telephony.identity import CustomerId


def plan_part(
    opened: Readable, shard: Shard, *, today: date, acknowledged: Iterable[str] = ()
) -> Part:
    """What has to change for the customers of one shard.

    Changes nothing.  Raises SystemFault if the desk cannot tell its customers.
    """
    selection = selected(opened, ())
    mine = {s.customer for s in selection.subjects if shard.has(s.customer, s.was)}
    beside = _beside(mine, selection, opened)
    planning = replace(planner(opened, today, acknowledged), in_part=True)
    chosen = [s for s in selection.subjects if s.customer in mine or s.customer in beside]
    fleet = planning.plan_fleet(chosen)
    mine &= fleet.parts.keys()
    names = {*map(str, mine)}
    former = {str(s.was) for s in chosen if s.customer in mine and s.was}
    told = tuple(c for c in fleet.plan.customers if c.customer in names)
    live, fault = _size(planning) if any(c.steps for c in told) else (None, None)
    found = fleet.plan.diagnostics
    workspace = opened.workspace
    return Part(
        part_version=1,
        shard=shard.number,
        of=shard.of,
        tool=__version__,
        at=today,
        commit=_commit(workspace.root),
        settings=settings_digest(
            Operators(workspace.config, workspace.removals, workspace.adoptions)
        ),
        targets=planning.context.targets,
        customers=told,
        unchanged=len(mine) - len(told),
        notes=selection.notes,
        unfinished=tuple(_unfinished(opened, found, names | former)),
        unused=tuple(
            d for d in found if d.says(EntryInAdoptionsYamlFitsNothing) and d.customer in names
        ),
        faults=tuple(d for d in found if d.customer is None),
        live=live,
        size_fault=fault,
        claims=(*_claims(workspace, mine), *_phones(fleet, mine), *_unread(fleet, mine, opened)),
        needs=tuple(_needs(fleet, mine)),
    ).sealed()


def merge(root: Path, parts: Sequence[Part], acknowledged: Iterable[str] = ()) -> Plan:
    """The plan whose parts these are, with the settings of the workspace at ``root``.

    The desk is asked only where a part needs a number.  Raises InputError, PolicyError PV671 to
    PV674, PV676 and PV677, and SystemFault if the desk cannot tell what is free.
    """
    files = Folder(root)
    operators = with_permissions(load_config(root), files)
    if any(part.settings != settings_digest(operators) for part in parts):
        raise PolicyError(PartsAreOfOtherSettings())
    made = joined(parts, operators.config, operators.removals, frozenset(acknowledged))
    needs = needs_of(parts)
    if any(need.asks for need in needs.values()):
        with open_readers(operators.config, root) as (_, desk):
            supply_holds(needs, desk.pool(made.at), operators.config)
    return made


def _beside(mine: set[CustomerId], selection: Selection, opened: Readable) -> set[CustomerId]:
    """Who else has to be looked at: partners of a move, renamed ones, and, where one of ``mine``
    begins, those without a file, which it may look like."""
    written = {s.customer: s.packed for s in selection.subjects if s.packed}
    found = partners(mine, written)
    found |= {customer for customer, packed in written.items() if packed.was}
    if mine & written.keys() - {*opened.customers()}:
        found |= {s.customer for s in selection.subjects if not (s.packed or s.broken)}
    return found


def _size(planning: LivePlanner) -> tuple[int | None, Diagnostic | None]:
    try:
        return planning.size(), None
    except SystemFault as fault:
        return None, Diagnostic.of(fault.about)


def _commit(root: Path) -> str:
    try:
        with repository.opened(root) as git:
            return git.commit("HEAD")
    except ProvisionError as error:
        if error.says(NotAGitRepository, GitIsMissing, UnknownRevision):
            return ""
        raise


def _unfinished(
    opened: Readable, found: Iterable[Diagnostic], names: set[str]
) -> Iterator[Unfinished]:
    told = {d.customer: d for d in found if d.says(UnfinishedRun) and d.customer in names}
    if told:
        for at, run in enumerate(opened.desk.open_runs()):
            if str(run.customer) in told:
                yield Unfinished(at=at, about=told[str(run.customer)])


def _claims(workspace: Workspace, mine: set[CustomerId]) -> Iterator[Claim]:
    for customer in sorted(mine & workspace.entries.keys()):
        entry = workspace.entries[customer]
        name = str(customer)
        for digits, _ in claims_of(entry.manifest):
            yield Claim(customer=name, kind="number", what=digits)
        for _, mac in macs_of(entry.manifest):
            yield Claim(customer=name, kind="phone", what=mac)
        for path, login in logins_of(entry.manifest):
            hashed = hashlib.sha256(login.encode()).hexdigest()
            if path[0] == "support_login":
                yield Claim(customer=name, kind="support", what=hashed, reseller=entry.reseller)
            else:
                yield Claim(customer=name, kind="login", what=hashed)


def _phones(fleet: PlannedFleet, mine: set[CustomerId]) -> Iterator[Claim]:
    for customer in sorted(mine):
        part = fleet.parts[customer]
        yield from (Claim(customer=str(customer), kind="taken", what=m) for m in taken(part))
        yield from (Claim(customer=str(customer), kind="kept", what=m) for m in kept(part))


def _unread(fleet: PlannedFleet, mine: set[CustomerId], opened: Readable) -> Iterator[Claim]:
    """The phones of those of whom there is no plan: whether they are given away nobody can tell."""
    unknown = {c for c in mine if fleet.parts[c].plan.status is Status.UNKNOWN}
    entries = (opened.workspace.entries.get(c) for c in unknown)
    former = {e.packed.was for e in entries if e and e.packed.was}
    with suppress(SystemFault):  # where a whole system is away nothing is taken in any part
        for mac, customer in sorted(phones_of(opened.pbx, opened.desk, unknown | former).items()):
            yield Claim(customer=str(customer), kind="kept", what=mac)


def _needs(fleet: PlannedFleet, mine: set[CustomerId]) -> Iterator[Need]:
    for customer in sorted(mine):
        part: Planned = fleet.parts[customer]
        asks = tuple(map(_ask, allocations_in(part)))
        gives = tuple(each.digits for each in given_back(part) if each.digits)
        if asks or gives:
            names = tuple(map(str, names_of(part, customer)))
            yield Need(customer=str(customer), names=names, asks=asks, gives=gives)


def _ask(each: Allocation) -> Ask:
    if isinstance(each, StockAllocation):
        return Ask(kind="stock", key=each.key, area=each.area, size=each.size, number=each.number)
    return Ask(kind="provisional", key=each.key, size=each.size)
