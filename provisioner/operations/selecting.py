"""Which customers a run is about."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.codes.policy import NotFound, UnknownReseller
from provisioner.errors import PolicyError, WrongFile
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import CUSTOMERS, Workspace
from provisioner.spelling import nearest
from provisioner.telephony.identity import CustomerId, IdentityError

if TYPE_CHECKING:
    from provisioner.manifest.packed import Packed
    from provisioner.plan.context import CustomerInput

Moved = tuple[CustomerId, CustomerId, str]
"""The customer that had a number, the one that has it now, and its digits."""

Settled = Callable[[Collection[CustomerId]], Collection[Moved]]
"""Which moves between some customers are over."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The customers to plan for, and findings of files that belong to none of them."""

    subjects: "tuple[CustomerInput, ...]"
    notes: tuple[Diagnostic, ...] = ()


def select(
    workspace: Workspace,
    live: Collection[CustomerId],
    names: Sequence[str] = (),
    settled: Settled = lambda _customers: frozenset(),
) -> Selection:
    """All customers that are written or ``live``, or those that ``names`` name, sorted by id.

    With them come those between which numbers are to move, but for moves that are ``settled``.
    Raises PolicyError PV447 for a name that is nowhere.
    """
    everyone = {*workspace.entries, *workspace.broken, *live}
    chosen, notes = chosen_of(names, everyone, workspace)
    # whoever names a customer by its former id means the one that it is now, not one that is gone
    now = {e.packed.was: c for c, e in workspace.entries.items() if e.packed.was}
    chosen |= {now[old] for old in chosen & now.keys() if old not in workspace.entries}
    written = {c: e.packed for c, e in workspace.entries.items()}
    if bound := partners(chosen, written) - chosen:
        chosen |= partners(chosen, written, settled({*chosen, *bound})) & everyone
    subjects = tuple(subject_of(workspace, c) for c in sorted(chosen))
    return Selection(subjects, notes)


def met(workspace: Workspace, names: Sequence[str]) -> set[CustomerId]:
    """All whom :func:`select` looks for among those that are live, when it is asked for ``names``:
    who is named, whose numbers move, and who has a finding."""
    found = {giver for e in workspace.entries.values() for giver, _ in e.packed.moved}
    told = (d.customer for d in workspace.findings if d.customer)
    for name in {*names, *(Path(name).stem for name in names), *told}:
        with suppress(IdentityError):
            found.add(CustomerId.parse(name))
    return found


def not_found(name: str, near: str = "") -> PolicyError | WrongFile:
    """PV447, to be raised for what is nowhere: what no customer can be called is meant as a file,
    and one that is not there is wrong usage."""
    about = NotFound(found=name, near=near)
    gone = ("/" in name or "." in name) and not os.path.lexists(name)
    return WrongFile(about) if gone else PolicyError(about)


def partners(
    chosen: Collection[CustomerId],
    manifests: "Mapping[CustomerId, Packed]",
    settled: Collection[Moved] = (),
) -> set[CustomerId]:
    """With whom numbers move, directly or not: what is done at the one is done at the other."""
    of: dict[CustomerId, set[CustomerId]] = {}
    for customer, manifest in manifests.items():
        for giver, digits in manifest.moved:
            if (giver, customer, digits) not in settled:
                of.setdefault(giver, set()).add(customer)
                of.setdefault(customer, set()).add(giver)
    found: set[CustomerId] = set()
    todo = list(chosen)
    while todo:
        new = of.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def chosen_of(
    names: Sequence[str], everyone: Collection[CustomerId], workspace: Workspace
) -> tuple[set[CustomerId], tuple[Diagnostic, ...]]:
    """All customers, or those that ``names`` name, and the findings that belong to none of
    ``everyone``: all, or those in the folders and files that are named.

    Raises PolicyError PV447 for a name behind which is neither.
    """
    mine = {str(c) for c in everyone}
    notes = [d for d in workspace.findings if d.customer not in mine]
    if not names:
        return {*everyone}, _located(workspace, notes)
    chosen: set[CustomerId] = set()
    found: dict[int, Diagnostic] = {}
    for name in names:
        customers = set(_one(name, everyone, workspace))
        here = [] if name in mine else [d for d in notes if _lies_in(d, name, workspace.root)]
        if not customers and not here:
            raise not_found(name, nearest(name, map(str, workspace.entries)))
        chosen |= customers
        found |= {id(d): d for d in here}
    return chosen, _located(workspace, found.values())


def _located(workspace: Workspace, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(map(workspace.locate, found), key=lambda d: d.order))


def named(
    names: Sequence[str], everyone: Collection[CustomerId], workspace: Workspace
) -> set[CustomerId]:
    """The customers behind ids, manifest files or folders of the workspace.

    A path is looked for from the current folder and from the workspace.  Raises PolicyError PV447;
    an empty name, as an unset variable of a shell gives it, is nobody's.
    """
    return chosen_of(names, everyone, workspace)[0]


def _one(name: str, everyone: Collection[CustomerId], workspace: Workspace) -> Iterator[CustomerId]:
    path, folder = _place(name, workspace.root)
    if name in map(str, everyone):  # whatever a folder here is called
        yield CustomerId.parse(name)
        return
    if folder is not None:
        for customer, entry in workspace.entries.items():
            if _below(workspace.root, entry.file, folder):
                yield customer
        for finding in workspace.findings:  # who has no entry has a finding with its file
            customer = CustomerId(finding.customer or "")
            known = customer in workspace.broken and customer in everyone
            if known and finding.place and _below(workspace.root, finding.place.file, folder):
                yield customer
        return
    try:
        customer = CustomerId.parse(path.stem if name.endswith(".yaml") else name)
    except IdentityError:
        return
    if customer in everyone and _is_file_of(customer, path, name, workspace):
        yield customer


def _is_file_of(customer: CustomerId, path: Path, name: str, workspace: Workspace) -> bool:
    """Whether ``path`` is where the manifest is, or was; a file of that name elsewhere is another
    one's."""
    if path.name == name and not path.exists():  # the bare name of a file
        return True
    at = path.parent.resolve() / path.name
    entry = workspace.entries.get(customer)
    if entry is not None:
        return _below(workspace.root, entry.file, at)
    return at.parent.parent == (workspace.root / CUSTOMERS).resolve()


def _lies_in(finding: Diagnostic, name: str, root: Path) -> bool:
    """Whether it is about the file that ``name`` is, or about one in that folder."""
    path, folder = _place(name, root)
    if finding.place is None or not name.strip():
        return False
    return _below(root, finding.place.file, folder or path.parent.resolve() / path.name)


def _below(root: Path, file: str, place: Path) -> bool:
    """Whether ``file`` of the workspace is ``place``, or lies in it; a link is where it stands."""
    path = root / file
    return (path.parent.resolve() / path.name).is_relative_to(place)


def _place(name: str, root: Path) -> tuple[Path, Path | None]:
    """The path that a name may be, and the folder that it is, if that is one of the workspace."""
    path = Path(name)
    try:
        if not path.is_absolute() and not path.exists():
            path = root / name
        folder = path.resolve() if path.is_dir() else None
    except (OSError, ValueError):  # too long, or with a NUL in it
        return path, None
    inside = folder is not None and folder.is_relative_to(root.resolve())
    return path, folder if name.strip() and inside else None


def subject_of(workspace: Workspace, customer: CustomerId) -> "CustomerInput":
    """A customer as it is written; one without a file is to go, as far as all could be read."""
    from provisioner.plan.context import CustomerInput  # nothing is planned for who only names

    found = tuple(workspace.by_customer.get(str(customer), ()))
    entry = workspace.entries.get(customer)
    if entry is not None:  # what is about a part of the file is placed once it is shown
        found = tuple(d if d.path else workspace.locate(d) for d in found)
    broken = customer in workspace.faulty
    if entry is None and workspace.unread and not broken:  # its manifest may lie there
        here = tuple(d for d in workspace.diagnostics if _is_unread(d, workspace))
        return CustomerInput(customer, broken=True, diagnostics=(*found, *here))
    if entry is None:
        return CustomerInput(customer, broken=broken, diagnostics=found)
    if entry.reseller not in workspace.config.resellers:
        found += tuple(d for d in workspace.diagnostics if _is_of(d, entry.reseller))
        broken = True
    return CustomerInput(customer, entry.reseller, entry.packed, broken, found, entry.document)


def _is_unread(diagnostic: Diagnostic, workspace: Workspace) -> bool:
    return diagnostic.place is not None and diagnostic.place.file in workspace.unread


def _is_of(diagnostic: Diagnostic, reseller: str) -> bool:
    """Whether it refuses the folder of a reseller as a whole."""
    return diagnostic.says(UnknownReseller) and diagnostic.params.get("reseller") == reseller
