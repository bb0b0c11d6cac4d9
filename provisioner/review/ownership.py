"""Whose files a merge request changes, and whether they are its author's.

A reseller changes what is in ``customers/`` under its own name, and nothing else; staff change any
file.  Who is who is judged by the settings of the protected branch, so that a request cannot change
what it is judged by.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from provisioner.codes import Code
from provisioner.codes.commits import (
    AttributesAmongManifests,
    AuthorIsNobodyKnown,
    AuthorNotGiven,
    CustomerOfAnotherReseller,
    FileOfAnotherReseller,
    ManifestIsExecutable,
    MixedChange,
    MixedChangeByStaff,
    MovedBetweenResellers,
    NewResellerFolder,
    NotAnOrdinaryFile,
)
from provisioner.codes.review import FolderOfAnotherRepository, OperatorsFileElsewhere
from provisioner.git.files import ATTRIBUTES
from provisioner.git.tree import EXECUTABLE, Change, How, Tree
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path, Place
from provisioner.manifest.entry import Entry
from provisioner.manifest.files import shown
from provisioner.manifest.repository import ADOPTIONS, CONFIG, CUSTOMERS, REMOVALS
from provisioner.manifest.review import ForgeName

NAMED = 3
"""So many of the files that do not belong in a request are named."""
_WITH_MANIFESTS = frozenset({REMOVALS, ADOPTIONS})
"""Files of the operator's that are about customers, and are shown in the same plan."""
_OPERATORS = _WITH_MANIFESTS | {CONFIG}


@dataclass(frozen=True, slots=True)
class Author:
    """Who opened a merge request, as the settings know the account: a reseller, staff or nobody."""

    account: int
    forge: ForgeName
    staff: bool = False
    reseller: str = ""


def author_of(account: int | None, config: Config) -> Author | None:
    """None if nobody said who it was, or no settings say at which forge."""
    if account is None or config.review is None:
        return None
    forge = config.review.project.forge
    if (forge, account) in config.review.people():
        return Author(account, forge, staff=True)
    for name, reseller in config.resellers.items():
        if account in reseller.accounts.at(forge):
            return Author(account, forge, reseller=name)
    return Author(account, forge)


@dataclass(frozen=True)
class Ownership:
    """Judges the changes of a request; ``before`` is the tree of the protected branch.

    ``only``: the reseller whose repository it is, empty for the operator's own.
    """

    author: Author | None
    config: Config
    before: Tree
    changes: Sequence[Change]
    only: str = ""

    def of_files(self) -> Iterator[Diagnostic]:
        """What the author may not change, each at its file; nothing if nothing is changed."""
        misplaced = {c.path: about for c in self.changes if (about := self._misplaced(c))}
        yield from (_at(path, about) for path, about in misplaced.items())
        changes = [change for change in self.changes if change.path not in misplaced]
        if not changes:
            return
        if self.author is None:
            yield Diagnostic.of(AuthorNotGiven())
        elif self.author.staff:
            yield from _mixed(changes)
        elif not self.author.reseller:
            account, forge = self.author.account, self.author.forge
            yield Diagnostic.of(AuthorIsNobodyKnown(account=account, forge=forge))
        else:
            new: set[str] = set()
            for change in changes:
                yield from self._of_file(change, new)

    def _misplaced(self, change: Change) -> Code | None:
        """What belongs into another repository, whoever puts it here: nobody may read it here, or
        nobody would look at it."""
        file, folder = shown(change.path), _folder_of(change.path)
        if change.after is None:
            return None
        if self.only and change.path in _OPERATORS:
            return OperatorsFileElsewhere(file=file)
        there = folder != self.only if self.only else folder in self.config.elsewhere
        if not (folder and there):
            return None
        return FolderOfAnotherRepository(file=file, reseller=shown(folder))

    def of_manifest(self, entry: Entry) -> Iterator[Diagnostic]:
        """Customers of somebody else that a manifest names: as its former id, or as who gives up a
        number."""
        if self.author is None or self.author.staff:
            return
        named: list[tuple[Path, object]] = [(("was",), entry.manifest.was)]
        named += [
            (("numbers", at, "from"), new.from_) for at, new in enumerate(entry.manifest.numbers)
        ]
        for path, customer in named:
            if file := self._others.get(str(customer)):
                about = CustomerOfAnotherReseller(customer=str(customer), reseller=_folder_of(file))
                yield entry.locate(Diagnostic.of(about, path=path))

    def _of_file(self, change: Change, new: set[str]) -> Iterator[Diagnostic]:
        folders = [_folder_of(path) for path in change.paths]
        if all(folders) and len({*folders}) > 1:
            about: Code = MovedBetweenResellers(file=shown(change.path), before=shown(change.old))
            yield _at(change.path, about)
            return
        for path, folder in zip(change.paths, folders, strict=True):
            if folder == self._mine:
                continue
            if not folder:
                yield _at(path, MixedChange(file=shown(path)))
            elif folder in self._resellers:
                about = FileOfAnotherReseller(file=shown(path), reseller=shown(folder))
                yield _at(path, about)
            elif folder not in new:
                new.add(folder)
                yield _at(path, NewResellerFolder(reseller=shown(folder)))
        if folders[-1] == self._mine and change.after is not None:
            yield from self._in_own_folder(change)

    def _in_own_folder(self, change: Change) -> Iterator[Diagnostic]:
        file, after = change.path, change.after
        if after is None:
            return
        if not after.usable:
            yield _at(file, NotAnOrdinaryFile(file=shown(file), mode=after.mode))
        elif after.mode == EXECUTABLE and change.mode_changed:
            yield _at(file, ManifestIsExecutable(file=shown(file)))
        if PurePosixPath(file).name.lower() == ATTRIBUTES:
            yield _at(file, AttributesAmongManifests(file=shown(file)))
        if change.how not in {How.ADDED, How.RENAMED}:
            return
        for customer in _claimed(file):
            if (other := self._others.get(customer)) is None:
                continue
            if other in self._gone:  # moved, and edited on the way
                about: Code = MovedBetweenResellers(file=shown(file), before=shown(other))
            else:
                about = CustomerOfAnotherReseller(customer=customer, reseller=_folder_of(other))
            yield _at(file, about)

    @property
    def _mine(self) -> str:
        return self.author.reseller if self.author else ""

    @cached_property
    def _resellers(self) -> frozenset[str]:
        """Who is one, or has a folder already."""
        return frozenset({*self.config.resellers, *map(_folder_of, self.before.files)})

    @cached_property
    def _gone(self) -> frozenset[str]:
        return frozenset(change.path for change in self.changes if change.how is How.DELETED)

    @cached_property
    def _others(self) -> Mapping[str, str]:
        """The files of customers that belong to somebody else."""
        return {
            PurePosixPath(path).stem: path
            for path in self.before.files
            if _folder_of(path) not in {"", self._mine} and path.endswith(".yaml")
        }


def _mixed(changes: Sequence[Change]) -> Iterator[Diagnostic]:
    paths = list(dict.fromkeys(path for change in changes for path in change.paths))
    manifests = [path for path in paths if _folder_of(path)]
    rest = [p for p in paths if not _folder_of(p) and p not in _WITH_MANIFESTS]
    if manifests and rest:
        named = ", ".join(map(shown, rest[:NAMED]))
        more = len(rest) - NAMED
        yield _at(rest[0], MixedChangeByStaff(files=f"{named} (+{more})" if more > 0 else named))


def _folder_of(path: str) -> str:
    """The reseller's folder that a file lies in; empty for what is the operator's."""
    top, _, rest = path.partition("/")
    folder, deeper, _ = rest.partition("/")
    return folder if top == CUSTOMERS and deeper else ""


def _claimed(path: str) -> Iterator[str]:
    """The customers that a file stands for, or the folders it lies in, if it is read or not.

    A file that is none of a manifest's form still keeps its customer from being planned.
    """
    for part in path.split("/")[2:]:
        if PurePosixPath(part).suffix:
            yield PurePosixPath(part).stem


def _at(path: str, about: Code) -> Diagnostic:
    return Diagnostic.of(about, place=Place(shown(path), 1, 1, 2))
