"""Plans and runs over all customers that look at those alone of whom nothing is proven.

What is left out is proven by what was read for it: the bytes of every manifest, a fingerprint of
all live rows of every customer, and what customers claim of each other.  Whatever cannot be read,
or is not as it should be, ends in a plan in full, which then says so.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import PbxReader
from provisioner.contract.proofs import FingerprintingPbx, Proof, ProvingDesk
from provisioner.contract.resources import Kind as Sort
from provisioner.errors import ProvisionError
from provisioner.manifest.files import Files, Folder, Item, Kind
from provisioner.manifest.models import Manifest
from provisioner.manifest.repository import (
    CUSTOMERS,
    MAX_FILES,
    Workspace,
    load_config,
    load_workspace,
    with_permissions,
)
from provisioner.operations.opening import (
    Opened,
    Readable,
    open_readers,
    open_systems,
    open_workspace,
)
from provisioner.operations.planning import plan
from provisioner.plan.live import PlannedFleet, released
from provisioner.plan.model import Targets
from provisioner.plan.proofs import (
    claimed,
    each,
    hashed,
    hashes,
    holds,
    live_of,
    named_by,
    never_proven,
    overlapping,
    settings_of,
    sharing,
)
from provisioner.plan.ranges import AT_ONCE
from provisioner.plan.scope import Scope
from provisioner.telephony.identity import CustomerId, IdentityError

Proven = dict[CustomerId, Proof]


def plan_unproven(
    root: Path, *, today: date, acknowledged: Iterable[str] = ()
) -> PlannedFleet | None:
    """The plan for all customers, as :func:`provisioner.operations.plan` makes it, for the work of
    those of whom nothing is proven; its parts are theirs.

    None if no proof holds, and if anything is wrong that a plan in full has to tell.
    """
    try:
        with open_readers(load_config(root), root) as (pbx, desk):
            return plan_beside_proofs(root, pbx, desk, today=today, acknowledged=acknowledged)
    except ProvisionError:
        return None


def plan_beside_proofs(
    root: Path,
    pbx: PbxReader,
    desk: DeskReader,
    *,
    today: date,
    acknowledged: Iterable[str] = (),
) -> PlannedFleet | None:
    """The same with systems that are open.  Raises ProvisionError for what a plan in full tells."""
    found = rest_beside_proofs(root, Folder(root), pbx, desk, today)
    if found is None:
        return None
    workspace, proven = found
    opened = Readable(workspace, pbx, desk, Scope.of(workspace.config), proven)
    return plan(opened, today=today, acknowledged=acknowledged)


@contextmanager
def open_unproven(root: Path, today: date, approved: Collection[str] = ()) -> Iterator[Opened]:
    """Everything below ``root`` for a run over all customers, but for those of whom it is proven
    that nothing is to be done today; everything where no proof holds or a file is wrong.

    ``approved``: customers of whom something was approved, who are looked at in any case.
    Raises what :func:`provisioner.operations.open_workspace` raises.
    """
    with ExitStack() as stack:
        found = None
        try:
            pbx, desk = stack.enter_context(open_systems(load_config(root), root))
            found = rest_beside_proofs(root, Folder(root), pbx, desk, today, approved)
        except ProvisionError:
            pass  # told where everything is opened
        if found is None:
            stack.close()
            yield stack.enter_context(open_workspace(root))
            return
        workspace, proven = found
        yield Opened(workspace, pbx, desk, Scope.of(workspace.config), proven)


def rest_beside_proofs(
    root: Path,
    source: Files,
    pbx: PbxReader,
    desk: DeskReader,
    today: date,
    but: Collection[str] = (),
) -> tuple[Workspace, frozenset[CustomerId]] | None:
    """What is written in ``source`` without the manifests of customers of whom it is proven that
    nothing is to be done, and those customers; None if there are none.

    ``but``: customers of whom no proof counts.  Raises ProvisionError for what a look at everybody
    tells.
    """
    if not (isinstance(pbx, FingerprintingPbx) and isinstance(desk, ProvingDesk)):
        return None
    files = _Rest(source)
    proven = _standing(files, pbx, desk, today, but)
    if not proven:
        return None
    workspace = _rest(root, files, proven)
    if clashing := _clashing(workspace, pbx, desk, proven):
        for customer in clashing:
            files.show(proven.pop(customer))
        workspace = _rest(root, files, proven)
    return (workspace, frozenset(proven)) if proven else None


@dataclass(slots=True)
class _Rest:
    """The files of a workspace but those that are ``hidden``; folders are listed once."""

    source: Files
    hidden: set[str] = field(default_factory=set)
    _listed: dict[str, Sequence[Item]] = field(default_factory=dict)

    def listed(self, folder: str) -> Sequence[Item]:
        found = self._listed.get(folder)
        if found is None:
            found = self._listed[folder] = self.source.listed(folder)
        return [item for item in found if item.path not in self.hidden]

    def hide(self, proofs: Iterable[Proof]) -> None:
        self.hidden = {_path(proof) for proof in proofs}

    def show(self, proof: Proof) -> None:
        self.hidden.discard(_path(proof))

    def below(self, folder: str) -> Iterator[Item]:
        return self.source.below(folder)

    def read(self, path: str) -> bytes:
        return self.source.read(path)


def _path(proof: Proof) -> str:
    return f"{CUSTOMERS}/{proof.reseller}/{proof.customer}.yaml"


def _written(files: Files) -> dict[CustomerId, tuple[str, bytes]]:
    """Reseller and SHA-256 of every manifest that stands where it belongs and can be read; the
    loader finds out about all others.  None at all where there are too many."""
    found: dict[CustomerId, tuple[str, bytes]] = {}
    twice: Counter[CustomerId] = Counter()
    count = 0
    for folder in _items(files, CUSTOMERS):
        if folder.wrong or folder.kind is not Kind.FOLDER:
            continue
        items = _items(files, folder.path)
        count += len(items)
        for item in items:
            customer = _customer(item)
            if customer is None:
                continue
            twice[customer] += 1
            with suppress(OSError):
                digest = hashlib.sha256(files.read(item.path)).digest()
                found[customer] = folder.name, digest
    if count > MAX_FILES:
        return {}
    return {customer: at for customer, at in found.items() if twice[customer] == 1}


def _items(files: Files, folder: str) -> Sequence[Item]:
    try:
        return files.listed(folder)
    except OSError:
        return []


def _customer(item: Item) -> CustomerId | None:
    name = item.name.removesuffix(".yaml")
    if item.wrong or item.kind is not Kind.FILE or name == item.name:
        return None
    try:
        return CustomerId.parse(name)
    except IdentityError:
        return None


def _standing(
    files: _Rest, pbx: FingerprintingPbx, desk: ProvingDesk, today: date, but: Collection[str]
) -> Proven:
    """Proofs of manifests, rows, settings and days that are the same."""
    config = load_config(Path(), files)
    operators = with_permissions(config, files)
    if not Scope.of(config).everybody:
        return {}
    kept = desk.proofs()
    settings = settings_of(config, Targets(pbx=pbx.target, desk=desk.identity()))
    found = {p.customer: p for p in kept if holds(p, settings, today)}
    if not found:
        return {}
    written = _written(files)
    named = never_proven(config, operators.removals, operators.adoptions) | {*but}
    begun = {run.customer for run in desk.open_runs()}
    on_pbx, on_desk = pbx.fingerprints(), desk.fingerprints()
    for customer, proof in list(found.items()):
        if (
            written.get(customer) != (proof.reseller, proof.manifest)
            or str(customer) in named
            or customer in begun
            or live_of(customer, on_pbx, on_desk) != proof.live
        ):
            del found[customer]
    files.hide(found.values())
    return found


def _rest(root: Path, files: _Rest, proven: Proven) -> Workspace:
    """All that is not proven; less is, where something there is about who was."""
    while True:
        workspace = load_workspace(root, files)
        named = {str(c) for e in workspace.entries.values() for c in named_by(e.manifest)}
        named |= {d.customer for d in workspace.findings if d.customer}
        named |= {str(customer) for customer in workspace.broken}
        again = [customer for customer in proven if str(customer) in named]
        if not again:
            return workspace
        for customer in again:
            files.show(proven.pop(customer))


def _released(desk: ProvingDesk, proven: Proven) -> Iterator[tuple[CustomerId, Manifest]]:
    """Of those that are not proven, as they were released: by that a reconcile goes, whatever is
    written by now."""
    rest = sorted({*desk.customers()} - proven.keys())
    for start in range(0, len(rest), AT_ONCE):
        for subject in released(desk, rest[start : start + AT_ONCE]):
            if subject.manifest:
                yield subject.customer, subject.manifest


def _clashing(
    workspace: Workspace, pbx: FingerprintingPbx, desk: ProvingDesk, proven: Proven
) -> set[CustomerId]:
    """Those of ``proven`` that claim something which others claim, or hold, by now, and those from
    whom something comes by what was released."""
    entries = workspace.entries
    numbers = [(digits, str(p.customer)) for p in proven.values() for digits in p.numbers]
    numbers += [(each, str(c)) for c, e in entries.items() for each in claimed(e.manifest)]
    givers: set[CustomerId] = set()
    for customer, manifest in _released(desk, proven):
        givers.update(named_by(manifest))
        numbers += [(each, str(customer)) for each in claimed(manifest)]
    shared = overlapping(chain(numbers, pbx.held(), desk.held()))
    found = {customer for customer in proven if str(customer) in shared or customer in givers}
    if workspace.config.login_scope != "fleet":
        return found
    logins, support = set(_live_logins(pbx, desk, proven)), set()
    for entry in entries.values():
        mine, its_support = hashes(entry.manifest)
        logins.update(each(mine))
        support |= {(login, entry.reseller) for login in each(its_support)}
    return found | sharing(proven.values(), logins, support)


def _live_logins(
    pbx: FingerprintingPbx, desk: ProvingDesk, proven: Collection[CustomerId]
) -> Iterator[bytes]:
    """Of phones of customers that are not proven; those of the others are in their manifests."""
    rest = sorted({*desk.customers()} - {*proven})
    for state in pbx.read(rest).values() if rest else ():
        for one in state.objects:
            if one.kind is Sort.WORKPLACE:
                yield hashed(one.key.casefold())
