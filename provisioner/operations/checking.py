"""Whether a merge request may be merged, as far as files can tell: no network, no secrets.

What is looked at is the tree that the merge will give, and not the request's own: a branch may be
old, and two that are good alone need not be good together.  The settings are those of the protected
branch.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from provisioner.codes import Severity
from provisioner.codes.commits import (
    AttributesAmongManifests,
    AuthorIsNobodyKnown,
    CustomerOfAnotherReseller,
    FileOfAnotherReseller,
    ManifestIsExecutable,
    MergeConflict,
    MixedChange,
    MovedBetweenResellers,
    NewResellerFolder,
    NotAnOrdinaryFile,
    NotInHouseStyle,
)
from provisioner.codes.review import FolderOfAnotherRepository, OperatorsFileElsewhere
from provisioner.errors import ProvisionError
from provisioner.git.files import Settled, TreeFiles, operators_files
from provisioner.git.repository import Repository, opened
from provisioner.git.tree import Change, Tree, differences
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place, has_errors
from provisioner.manifest.files import shown
from provisioner.manifest.loader import load_model
from provisioner.manifest.removals import Removals
from provisioner.manifest.repository import (
    ADOPTIONS,
    CONFIG,
    CUSTOMERS,
    REMOVALS,
    Workspace,
    load_config,
    looked_at,
)
from provisioner.manifest.text import MAX_BYTES
from provisioner.manifest.writing.style import first_difference, has_style
from provisioner.operations.operator import Operator
from provisioner.review.ownership import Author, Ownership, author_of
from provisioner.telephony.identity import CustomerId, IdentityError

_OWNERSHIP = (
    NotAnOrdinaryFile,
    ManifestIsExecutable,
    AttributesAmongManifests,
    FileOfAnotherReseller,
    MovedBetweenResellers,
    NewResellerFolder,
    MixedChange,
    AuthorIsNobodyKnown,
    CustomerOfAnotherReseller,
    FolderOfAnotherRepository,
    OperatorsFileElsewhere,
)
_POLICY = "PV4"
"""Codes of what one customer claims of another, and of the operator's rules."""


@dataclass(frozen=True)
class Checked:
    """``result``: the tree that the merge gives; with ``conflicts`` it is none that can be used.

    ``customers``: those of which the request changes the manifest, or what staff permit.
    ``workspace``: what the result holds, under the settings of the protected branch; None if it
    cannot be read as a whole.
    """

    tip: str
    head: str
    result: Tree
    changes: tuple[Change, ...]
    conflicts: tuple[str, ...]
    author: Author | None
    customers: frozenset[CustomerId]
    workspace: Workspace | None
    findings: tuple[Diagnostic, ...] = ()
    """In what the request changes."""
    elsewhere: tuple[Diagnostic, ...] = ()
    """Errors that it brings about in other files."""
    standing: tuple[Diagnostic, ...] = ()
    """Errors in other files that were there before: they stop their own customers alone."""

    @property
    def counting(self) -> tuple[Diagnostic, ...]:
        """What is to be said of the request, its own files first."""
        return (*self.findings, *self.elsewhere)

    @property
    def refused(self) -> bool:
        """Its author may not do this, or it cannot be merged: no plan of it counts."""
        errors = (d for d in self.counting if d.severity is Severity.ERROR)
        return any(d.says(*_OWNERSHIP, MergeConflict) for d in errors)

    @property
    def blocked(self) -> bool:
        """By who may change what, or by a rule of the operator's."""
        errors = [d for d in self.counting if d.severity is Severity.ERROR]
        return any(d.says(*_OWNERSHIP) or d.code.startswith(_POLICY) for d in errors)

    @property
    def faulty(self) -> bool:
        """There is something to mend in the files, if it be their style."""
        return has_errors(self.counting) or any(d.says(NotInHouseStyle) for d in self.findings)


def check(
    root: Path,
    revision: str,
    base: str,
    account: int | None = None,
    operator: Operator | None = None,
) -> Checked:
    """What stands against merging ``revision`` into ``base``, the tip of the protected branch.

    ``root``: the clone, whose files are not looked at.  ``account``: the number of who opened the
    request at the forge.  ``operator``: where the settings are, if they are not in this repository.
    Raises ProvisionError PV701, PV705, PV706, PV710 and PolicyError PV702, PV703 for what git
    cannot tell; all else is a finding.
    """
    with opened(root) as repository:
        tip, head = repository.commit(base), repository.commit(revision)
        return check_commits(repository, root, tip, head, account, operator)


def check_commits(
    repository: Repository,
    root: Path,
    tip: str,
    head: str,
    account: int | None,
    operator: Operator | None = None,
) -> Checked:
    """As :func:`check`, in a repository that is open, of commits by their ids."""
    merged = repository.merge(tip, head)
    before, result = repository.tree(tip), repository.tree(merged.tree)
    request = _Request(repository, root, before, result, merged.conflicts, operator)
    author, workspace, found = request.judged(account)
    mine, others = request.parted(found)
    standing = request.standing(others) if workspace else frozenset()
    return Checked(
        tip,
        head,
        result,
        request.changes,
        merged.conflicts,
        author,
        request.customers,
        workspace,
        mine,
        tuple(d for d in others if _identity(d) not in standing),
        tuple(d for d in others if _identity(d) in standing),
    )


class _Request:
    """What the merge changes, and what is found in it."""

    def __init__(
        self,
        repository: Repository,
        root: Path,
        before: Tree,
        result: Tree,
        conflicts: tuple[str, ...],
        operator: Operator | None,
    ) -> None:
        self._repository = repository
        self._root = root
        self._before = before
        self._result = result
        self._conflicts = conflicts
        self._elsewhere = operator.written if operator else None
        self._only = operator.reseller if operator else ""
        self.changes = differences(before, result)
        self._paths = frozenset(path for change in self.changes for path in change.paths)
        self.customers = frozenset(self._changed())
        self._named = frozenset(map(str, self.customers))
        files = frozenset(map(shown, {*self._paths, *conflicts}))
        self._places = files | {
            str(folder)
            for path in files
            for folder in PurePosixPath(path).parents
            if folder.parts[:1] == (CUSTOMERS,) and len(folder.parts) > 1
        }

    def judged(
        self, account: int | None
    ) -> tuple[Author | None, Workspace | None, list[Diagnostic]]:
        """Who opened it, what the result holds, and all findings."""
        settings = operators_files(self._repository, self._before)
        elsewhere = self._elsewhere
        try:
            config = elsewhere.config if elsewhere else load_config(self._root, settings)
        except InputError as error:
            return None, None, [*self._in_conflict(), *error.diagnostics]
        author = author_of(account, config)
        ownership = Ownership(author, config, self._before, self.changes, self._only)
        found = [*ownership.of_files(), *self._in_conflict()]
        files = TreeFiles(self._repository, self._result)
        settled = Settled(files, settings, frozenset({CONFIG}))
        workspace, said = looked_at(self._root, settled, elsewhere)
        if author and author.staff and CONFIG in self._paths and not elsewhere:
            # what holds from the merge on; by the settings of today only what is planned by them
            own, theirs = looked_at(self._root, files)
            said = (*theirs, *(d for d in said if self._is_mine(d) and not _is_at({CONFIG}, d)))
            workspace = workspace if own else None
        if workspace:
            changed = [e for c, e in workspace.entries.items() if c in self.customers]
            found += [d for entry in changed for d in ownership.of_manifest(entry)]
        in_conflict = {*map(shown, self._conflicts)}
        found += [d for d in said if not _is_at(in_conflict, d)]
        return author, workspace, [*found, *self._style()]

    def parted(
        self, found: Iterable[Diagnostic]
    ) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
        """What the request has to answer for in file order, and the errors of other files."""
        # the loader and the judge of ownership may say the same of one file; it knows the customer
        unique = {(*_identity(replace(d, customer=None)), d.place): d for d in found}.values()
        ordered = sorted(unique, key=lambda d: d.order)
        mine = tuple(d for d in ordered if self._is_mine(d))
        rest = (d for d in ordered if not self._is_mine(d))
        return mine, tuple(d for d in rest if d.severity is Severity.ERROR)

    def standing(self, others: Sequence[Diagnostic]) -> frozenset[tuple[object, ...]]:
        """Those of ``others`` that the protected branch has too."""
        if not others:
            return frozenset()
        files = TreeFiles(self._repository, self._before)
        _, found = looked_at(self._root, files, self._elsewhere)
        return frozenset(map(_identity, found))

    def _changed(self) -> Iterator[CustomerId]:
        """Customers of manifests, and of permissions to remove or to adopt."""
        named = {PurePosixPath(path).stem for path in self._paths if _is_manifest(path)}
        if {REMOVALS, ADOPTIONS} & self._paths and not self._elsewhere:
            changed = self._permitted(self._before) ^ self._permitted(self._result)
            named |= {what.partition("/")[0] for what, _ in changed}
        for name in named:
            with suppress(IdentityError):
                yield CustomerId.parse(name)

    def _permitted(self, tree: Tree) -> set[tuple[str, date]]:
        """What may be removed or adopted, and until when; nothing of a file that cannot be read."""
        found: set[tuple[str, date]] = set()
        files = operators_files(self._repository, tree)
        with suppress(OSError, InputError):
            removals = load_model(Removals, files.read(REMOVALS), REMOVALS).value.removals
            found |= {(entry.what, entry.until) for entry in removals}
        with suppress(OSError, InputError):
            adoptions = load_model(Adoptions, files.read(ADOPTIONS), ADOPTIONS).value.adoptions
            found |= {(entry.what, entry.until) for entry in adoptions}
        return found

    def _in_conflict(self) -> Iterator[Diagnostic]:
        for path in self._conflicts:
            file = shown(path)
            yield Diagnostic.of(MergeConflict(file=file), place=Place(file, 1, 1, 2))

    def _style(self) -> Iterator[Diagnostic]:
        """Of the files that the request changes: what was there before is not its matter."""
        changed = [
            change.path
            for change in self.changes
            if change.after is not None
            and change.after.usable
            and (change.before is None or change.before.id != change.after.id)
            and change.after.size <= MAX_BYTES
            and change.path not in self._conflicts
            and has_style(PurePosixPath(change.path))
        ]
        for path, data in self._repository.blobs(self._result, changed).items():
            with suppress(ProvisionError):  # what cannot be read has been said
                if place := first_difference(data, shown(path)):
                    yield Diagnostic.of(NotInHouseStyle(file=shown(path)), place=place)

    def _is_mine(self, finding: Diagnostic) -> bool:
        if finding.place is None:
            return finding.customer is None or finding.customer in self._named
        return _is_at(self._places, finding)


def _is_manifest(path: str) -> bool:
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == CUSTOMERS and path.endswith(".yaml")


def _is_at(files: Collection[str], finding: Diagnostic) -> bool:
    return finding.place is not None and finding.place.file in files


def _identity(finding: Diagnostic) -> tuple[object, ...]:
    """The same wherever its line is."""
    file = finding.place.file if finding.place else ""
    params = tuple(sorted((name, str(value)) for name, value in finding.params.items()))
    return finding.code, params, finding.customer, finding.path, file
