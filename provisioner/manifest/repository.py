"""The workspace: ``provision.yaml``, ``removals.yaml``, ``customers/RESELLER/CUSTOMER.yaml``.

What cannot be read is never taken for absent: a manifest that is broken keeps its customer in
``broken``, a reseller's folder that cannot be listed is in ``unread``, and if ``customers/``
cannot be, the load ends, since an empty fleet would look like a fleet to be deleted.  Whether the
files are in a folder or in a commit makes no difference (``files.py``).
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from provisioner.codes import Code, Severity
from provisioner.codes.files import (
    FileInTheWrongPlace,
    FileNotReadable,
    FolderNotReadable,
    NotARegularFile,
    NoWorkspace,
    TooManyFiles,
    WrongFileExtension,
)
from provisioner.codes.policy import (
    CustomerAtTwoResellers,
    FileNameIsNoCustomerId,
    NewManifestIsBroken,
    UnknownReseller,
)
from provisioner.codes.porting import NoSuchPart, NotAWorkingDay
from provisioner.manifest import stock
from provisioner.manifest.adoptions import NOTHING as NO_ADOPTIONS
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.calls import limits_of_nobody
from provisioner.manifest.config import FILE, Config
from provisioner.manifest.crosscheck import crosscheck
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place
from provisioner.manifest.entry import Entry
from provisioner.manifest.files import Files, Folder, Item, Kind
from provisioner.manifest.loader import Loaded, load_model
from provisioner.manifest.narrowing import File, concerning
from provisioner.manifest.operators import Operators
from provisioner.manifest.removals import NOTHING, Removals
from provisioner.manifest.renames import named_in, renamed_customers
from provisioner.manifest.single import Reader, Single, read_each
from provisioner.telephony.identity import CustomerId, IdentityError

M = TypeVar("M", bound=BaseModel)

CONFIG, REMOVALS, CUSTOMERS = FILE, "removals.yaml", "customers"
ADOPTIONS = "adoptions.yaml"
MANIFEST = ".yaml"
LOOKS_LIKE_A_MANIFEST = frozenset({".yml", MANIFEST, ".json"})

_FOR_THE_DESK = (*stock.CODES, NoSuchPart, NotAWorkingDay)
"""What a plan looks at again, with what is live."""


@dataclass(frozen=True)
class Workspace:
    """All that people wrote, read once.

    ``entries`` are the manifests that could be read; one with errors among its findings must not be
    applied.  ``broken`` are customers whose manifest exists but could not be read.  ``findings`` of
    readable manifests have a path and no place yet: finding thousands of places costs more than
    reading the files, and few are shown.
    """

    root: Path
    config: Config
    removals: Removals
    entries: Mapping[CustomerId, Entry]
    findings: tuple[Diagnostic, ...] = ()
    broken: frozenset[CustomerId] = frozenset()
    adoptions: Adoptions = NO_ADOPTIONS
    unread: frozenset[str] = frozenset()
    """Resellers' folders that could not be read: whoever has no manifest may have one there."""
    void: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Manifests that count for nothing, as they are written, by their file."""

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All findings with their places, in file order."""
        return tuple(sorted(map(self.locate, self.findings), key=lambda d: d.order))

    @cached_property
    def by_customer(self) -> Mapping[str, Sequence[Diagnostic]]:
        """The findings of each customer that has any, by its id; see :attr:`findings`."""
        found: defaultdict[str, list[Diagnostic]] = defaultdict(list)
        for diagnostic in self.findings:
            if diagnostic.customer is not None:
                found[diagnostic.customer].append(diagnostic)
        return found

    def located(self, customer: str) -> tuple[Diagnostic, ...]:
        """The findings of one customer with their places, in file order."""
        found = map(self.locate, self.by_customer.get(customer, ()))
        return tuple(sorted(found, key=lambda d: d.order))

    def locate(self, finding: Diagnostic) -> Diagnostic:
        """``finding`` with its place, if it is one of a readable manifest."""
        if finding.place is not None or finding.customer is None:
            return finding
        entry = self.entries.get(CustomerId(finding.customer))
        return entry.locate(finding) if entry else finding

    @cached_property
    def faulty(self) -> frozenset[CustomerId]:
        """Customers that must not be touched: broken, or with an error in their manifest.

        Not with one that only the desk can judge: it may have given the number out already, and the
        donor may have a day that has become a day off since, or more parts than are needed now.
        """
        named = {
            d.customer
            for d in self.findings
            if d.customer and d.severity is Severity.ERROR and not d.says(*_FOR_THE_DESK)
        }
        return self.broken | {customer for customer in self.entries if str(customer) in named}


@dataclass(slots=True)
class _Reading:
    """Collects what is found on the way through the folders."""

    source: Files
    config: Config
    entries: dict[CustomerId, Entry] = field(default_factory=dict)
    files: dict[CustomerId, list[str]] = field(default_factory=dict)
    alone: list[Diagnostic] = field(default_factory=list)
    """Of each manifest without the others."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    broken: set[CustomerId] = field(default_factory=set)
    void: dict[str, bytes] = field(default_factory=dict)
    """Manifests that count for nothing, as they are written."""
    claims: dict[CustomerId, str] = field(default_factory=dict)
    """Former ids that they name, with their file."""
    unread: set[str] = field(default_factory=set)
    fatal: bool = False
    count: int = 0
    """Of files and folders."""
    manifests: list[File] = field(default_factory=list)

    def found(self, reseller: str, file: str, item: Item) -> None:
        """A manifest, to be read if its name is a customer's."""
        customer = _customer(stem := item.name.removesuffix(MANIFEST))
        if customer is None:
            self.diagnostics.append(_on_file(FileNameIsNoCustomerId(file=file, found=stem), file))
            self.claim_of(item, file)
        else:
            self.files.setdefault(customer, []).append(file)
            self.manifests.append((reseller, file, item))

    def claim(self, data: bytes, file: str) -> None:
        """Keep what a manifest names which counts for nothing."""
        self.void[file] = data
        if former := named_in(data):
            self.claims[former] = file

    def claim_of(self, item: Item, file: str) -> None:
        """The same of a manifest that has not been read."""
        if item.kind is Kind.FILE:
            with suppress(OSError):
                self.claim(self.source.read(item.path), file)

    def refuse(self, about: Code, file: str) -> None:
        """A finding on a file as a whole; its customer, if it names one, is broken."""
        customer = _customer(Path(file).stem) if Path(file).suffix else None
        if customer:
            self.broken.add(customer)
        self.diagnostics.append(_on_file(about, file, customer))


def _on_file(about: Code, file: str, customer: CustomerId | None = None) -> Diagnostic:
    return Diagnostic.of(about, customer, place=Place(file, 1, 1, 2))


def _customer(stem: str) -> CustomerId | None:
    try:
        return CustomerId.parse(stem)
    except IdentityError:
        return None


def load_workspace(
    root: Path,
    files: Files | None = None,
    operators: Operators | None = None,
    around: Sequence[str] = (),
    reader: Reader = read_each,
) -> Workspace:
    """The workspace at ``root`` with all findings of its manifests, in file order.

    ``files``: where the bytes come from, if not from the folder.  ``operators``: what the operator
    keeps elsewhere; nothing is said about it then.  ``around``: the only customers that are asked
    for, so that others need not be read (``narrowing.py``).  ``reader``: who reads the manifests.
    Raises InputError if the configuration, the removals or a folder cannot be read.
    """
    source = files or Folder(root)
    loaded: Loaded[Config] | None = None
    if operators is None:
        loaded = _load_config(source)
        operators = with_permissions(loaded.value, source)
    config, removals = operators.config, operators.removals
    reading = _Reading(source, config)
    for reseller, folder in _folders(reading):
        if reseller not in config.resellers:
            place, known = f"{CUSTOMERS}/{reseller}", ", ".join(sorted(config.resellers)) or "-"
            about = UnknownReseller(file=place, reseller=reseller, known=known)
            reading.diagnostics.append(_on_file(about, place))
        _read_folder(reseller, folder, reading)
        if reading.fatal:
            break
    if reading.fatal:
        raise InputError(reading.diagnostics)
    those = concerning(reading.manifests, around, source, config.usual)
    for single in reader(those, source, config):
        _take(single, reading)
    _refuse_doubles(reading)
    _keep_claimed(reading)
    alone = [d for d in reading.alone if CustomerId(str(d.customer)) in reading.entries]
    reading.diagnostics += [*alone, *crosscheck(reading.entries, config)]
    there = {str(customer) for customer in (*reading.files, *reading.broken)}
    if loaded is not None:
        if not (reading.unread or config.elsewhere):
            reading.diagnostics += map(loaded.locate, limits_of_nobody(config, there))
        reading.diagnostics += renamed_customers(reading.entries, removals)
    return Workspace(
        root,
        config,
        removals,
        MappingProxyType(reading.entries),
        tuple(reading.diagnostics),
        frozenset(reading.broken),
        operators.adoptions,
        frozenset(reading.unread),
        MappingProxyType(reading.void),
    )


def looked_at(
    root: Path,
    files: Files | None = None,
    operators: Operators | None = None,
    around: Sequence[str] = (),
    reader: Reader = read_each,
) -> tuple[Workspace | None, tuple[Diagnostic, ...]]:
    """As :func:`load_workspace`, with all findings; None if it cannot be read as a whole."""
    try:
        workspace = load_workspace(root, files, operators, around, reader)
    except InputError as error:
        return None, error.diagnostics
    return workspace, workspace.diagnostics


def load_config(root: Path, files: Files | None = None) -> Config:
    """``provision.yaml`` alone.  Raises InputError; a missing file is one (PV022)."""
    return _load_config(files or Folder(root)).value


def with_permissions(config: Config, files: Files) -> Operators:
    """``config``, and what may be removed and adopted.  Raises InputError."""
    removals = _optional(files, REMOVALS, Removals) or NOTHING
    return Operators(config, removals, _optional(files, ADOPTIONS, Adoptions) or NO_ADOPTIONS)


def _load_config(source: Files) -> Loaded[Config]:
    try:
        data = source.read(CONFIG)
    except FileNotFoundError:
        raise InputError([_on_file(NoWorkspace(file=CONFIG), CONFIG)]) from None
    except OSError as error:
        raise InputError([_unreadable(CONFIG, error)]) from None
    return load_model(Config, data, CONFIG)


def _optional(source: Files, name: str, model: type[M]) -> M | None:
    """A file that may be missing.  Raises InputError if it is there and cannot be read."""
    try:
        data = source.read(name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError([_unreadable(name, error)]) from None
    return load_model(model, data, name).value


def _unreadable(file: str, error: OSError) -> Diagnostic:
    return _on_file(FileNotReadable(file=file, reason=os.strerror(error.errno or 0)), file)


def _folders(reading: _Reading) -> Iterator[tuple[str, str]]:
    """The resellers' folders, by name."""
    for item in _listed(CUSTOMERS, CUSTOMERS, reading):
        name = f"{CUSTOMERS}/{item.name}"
        if item.wrong or item.kind is Kind.LINK:
            reading.refuse(item.wrong or NotARegularFile(file=name), name)
            if item.kind is Kind.LINK and Path(item.name).suffix == "":
                reading.unread.add(name)
        elif item.kind is Kind.FOLDER:
            yield item.name, item.path
        elif Path(item.name).suffix.lower() in LOOKS_LIKE_A_MANIFEST:
            reading.refuse(FileInTheWrongPlace(file=name), name)


MAX_FILES = 1_000_000
"""Of a checkout, whose branch people have approved.  Of a commit ``git.process`` takes fewer."""


def _listed(folder: str, name: str, reading: _Reading) -> Sequence[Item]:
    """What is in ``folder``; nothing if it cannot be read, which is noted."""
    try:
        return reading.source.listed(folder)
    except OSError as error:
        reading.fatal = reading.fatal or name == CUSTOMERS
        reading.unread.add(name)
        reading.diagnostics.append(
            _on_file(FolderNotReadable(file=name, reason=os.strerror(error.errno or 0)), name)
        )
        return []


def _read_folder(reseller: str, folder: str, reading: _Reading) -> None:
    items = _listed(folder, f"{CUSTOMERS}/{reseller}", reading)
    reading.count += len(items)
    if reading.count > MAX_FILES:
        reading.fatal = True
        reading.diagnostics = [_on_file(TooManyFiles(limit=MAX_FILES), CUSTOMERS)]
        return
    for item in items:
        file = f"{CUSTOMERS}/{reseller}/{item.name}"
        if item.kind is Kind.FILE and item.wrong is None and item.name.endswith(MANIFEST):
            reading.found(reseller, file, item)  # as nearly all are
        elif item.wrong:
            reading.refuse(item.wrong, file)
            reading.claim_of(item, file)
        elif item.kind is Kind.FOLDER:
            reading.refuse(FileInTheWrongPlace(file=file), file)
            _keep_below(item.path, file, reading)
        elif (suffix := Path(item.name).suffix).lower() not in LOOKS_LIKE_A_MANIFEST:
            continue  # a note beside the manifests
        elif suffix != MANIFEST:
            reading.refuse(
                WrongFileExtension(file=file, suggestion=f"{Path(item.name).stem}.yaml"), file
            )
            reading.claim_of(item, file)
        else:
            reading.refuse(NotARegularFile(file=file), file)


def _keep_below(folder: str, file: str, reading: _Reading) -> None:
    """Customers whose manifests lie too deep: found in the wrong place is not deleted."""
    for item in reading.source.below(folder):
        customer = _customer(Path(item.name).stem)
        if Path(item.name).suffix.lower() in LOOKS_LIKE_A_MANIFEST:
            reading.broken |= {customer} if customer else set()
            reading.claim_of(item, file)


def _take(single: Single, reading: _Reading) -> None:
    if single.refused is not None:
        reading.refuse(single.refused, single.file)
    elif single.entry is None:
        reading.broken.add(single.customer)
        reading.diagnostics += single.found
        reading.claim(single.data, single.file)
    else:
        reading.entries[single.customer] = single.entry
        reading.alone += single.found


def _refuse_doubles(reading: _Reading) -> None:
    """PV404: an id is unique over all resellers, and none of the files is believed."""
    for customer, files in reading.files.items():
        if len(files) < 2:
            continue
        entry = reading.entries.pop(customer, None)
        if entry is not None:
            reading.claim(entry.packed.data, entry.file)
        reading.broken.add(customer)
        for file in files:
            others = tuple(Place(other, 1, 1, 2) for other in files if other != file)
            about = CustomerAtTwoResellers(file=file, other=others[0].file)
            reading.diagnostics.append(replace(_on_file(about, file, customer), related=others))


def _keep_claimed(reading: _Reading) -> None:
    """PV490: a customer whose new manifest is broken is not one whose manifest was deleted."""
    for customer, file in reading.claims.items():
        if customer not in reading.files and customer not in reading.broken:
            reading.broken.add(customer)
            finding = _on_file(NewManifestIsBroken(file=file, was=str(customer)), file, customer)
            reading.diagnostics.append(finding)
