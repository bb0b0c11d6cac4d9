"""What one manifest must and should say, beyond the form of its fields.

Pure: the operator's working days come in, and nothing here depends on the current date.  Paths are
those of the manifest; :class:`provisioner.manifest.entry.Entry` finds their places.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.codes import Code
from provisioner.codes.fields import FromTheCustomerItself, NameUsedTwice
from provisioner.codes.telephony import (
    AppsAreNotNeededHere,
    BilledBeforeItWorks,
    EndsBeforeItBegins,
    ExtensionGivenTwice,
    LicenseWithAppsRecommended,
    LoginGivenTwice,
    NoSuchNewNumber,
    NoSupportLogin,
    NotALineOfABlock,
    NumberAtTwoWorkplaces,
    NumberGivenTwice,
    NumberLiesInABlock,
    NumberNotInThisManifest,
    PartOfARange,
    PositionOutsideTheBlock,
    SwitchedOffAndUsed,
)
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import (
    Manifest,
    Porting,
    StockNumber,
    Subscription,
    Workplace,
    WorkplaceNumber,
)
from provisioner.manifest.overlap import overlaps
from provisioner.manifest.portrules import portings
from provisioner.manifest.renames import renamed
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.licenses import License, recommended
from provisioner.telephony.numbers import (
    BLOCK_SIZES,
    DIGITS,
    DdiBlock,
    Numbers,
    digits_of,
    numbers_from,
)
from provisioner.telephony.sources import Stock

Findings = Iterator[Diagnostic]


def check(
    manifest: Manifest, *, days: WorkCalendar, customer: str | None = None
) -> list[Diagnostic]:
    """All findings of the rules R2 to R17 that one manifest can show."""
    findings = [
        *_subscription(manifest.subscription),
        *_ids(manifest),
        *portings(manifest, days),
        *_overlaps(manifest),
        *_logins(manifest),
        *_workplaces(manifest),
        *renamed(manifest, customer, logins_of(manifest)),
        *_from_itself(manifest, customer),
    ]
    if manifest.support_login is None:
        findings.append(Diagnostic.of(NoSupportLogin(), path=("workplaces",)))
    return [replace(finding, customer=customer) for finding in findings]


def _subscription(subscription: Subscription) -> Findings:
    """R2."""
    billing, active = subscription.billing_from, subscription.activate_from
    ends = subscription.ends_on
    if active and active > billing:
        yield Diagnostic.of(
            BilledBeforeItWorks(activate_from=str(active), billing_from=str(billing)),
            path=("subscription", "activate_from"),
            also=[("subscription", "billing_from")],
        )
    if ends and ends < max(billing, active or billing):
        yield Diagnostic.of(
            EndsBeforeItBegins(ends_on=str(ends), starts_on=str(max(billing, active or billing))),
            path=("subscription", "ends_on"),
        )


def _ids(manifest: Manifest) -> Findings:
    numbers = [number.id for number in manifest.numbers]
    portings = [porting.id for porting in manifest.porting]
    for name, ids in (("numbers", numbers), ("porting", portings)):
        paths: list[tuple[Path, str]] = [((name, at, "id"), found) for at, found in enumerate(ids)]
        for first, second, found in _twice(paths):
            yield Diagnostic.of(NameUsedTwice(id=found), path=second, also=[first])


def _from_itself(manifest: Manifest, customer: str | None) -> Findings:
    for at, new in enumerate(manifest.numbers):
        if new.from_ is not None and str(new.from_) == customer:
            about = FromTheCustomerItself(customer=customer)
            yield Diagnostic.of(about, path=("numbers", at, "from"))


def _twice(values: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, Path, str]]:
    """(first place, this place, value) for every value that was there before."""
    seen: dict[str, Path] = {}
    for path, value in values:
        if value in seen:
            yield seen[value], path, value
        else:
            seen[value] = path


def _overlaps(manifest: Manifest) -> Findings:
    """R11: in the order of the file the later one is at fault."""
    for (wide, first), (narrow, second) in overlaps(claims_of(manifest)):
        yield Diagnostic.of(overlap(wide, narrow), path=second, also=[first])


def claims_of(manifest: Manifest) -> list[tuple[str, Path]]:
    """The digits of every number and block that the manifest names, with their paths."""
    found: list[tuple[str, Path]] = [
        (digits_of(new.held), ("numbers", at, "held"))
        for at, new in enumerate(manifest.numbers)
        if new.held
    ]
    for at, porting in enumerate(manifest.porting):
        found += [(digits, ("porting", at, *path)) for digits, path in claimed(porting)]
    return found


def claimed(porting: Porting) -> Iterator[tuple[str, Path]]:
    """The digits of every number and block of a port, and its path below the port."""
    for at, number in enumerate(porting.numbers):
        yield number.national, ("numbers", at)
    for at, block in enumerate(porting.blocks):
        yield block.prefix, ("blocks", at)


def overlap(wide: str, narrow: str) -> Code:
    """The same twice, a number in a block, or a part of a range."""
    kinds = PartOfARange, NumberLiesInABlock, NumberGivenTwice
    about = kinds[2 if wide == narrow else len(narrow) == DIGITS]
    return about(found=str(numbers_from(narrow)), other=str(numbers_from(wide)))


def logins_of(manifest: Manifest) -> list[tuple[Path, str]]:
    """Every login with its path, folded as systems compare it."""
    found: list[tuple[Path, str]] = [
        (("workplaces", at, "login"), place.login.folded)
        for at, place in enumerate(manifest.workplaces)
    ]
    people = (("support_login", manifest.support_login), ("admin", manifest.admin))
    found += [((name, "login"), access.login.folded) for name, access in people if access]
    return found


def _logins(manifest: Manifest) -> Findings:
    """R15."""
    for first, second, login in _twice(logins_of(manifest)):
        yield Diagnostic.of(LoginGivenTwice(login=login), path=second, also=[first])


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """The numbers of a customer: sizes of the new ones by id, and all that are ported."""

    sizes: Mapping[str, int]
    ported: frozenset[Numbers]

    @classmethod
    def of(cls, manifest: Manifest) -> "OwnNumbers":
        return cls(
            {number.id: number.size for number in manifest.numbers},
            frozenset(item for porting in manifest.porting for item in porting.items),
        )

    def findings(self, number: WorkplaceNumber, path: Path) -> Findings:
        """What is wrong with a number that is to be one of them."""
        if isinstance(number, StockNumber):
            yield from _stock(number, path, self.sizes)
        elif not _is_ported(number, self.ported):
            yield Diagnostic.of(NumberNotInThisManifest(found=str(number)), path=path)


def _workplaces(manifest: Manifest) -> Findings:
    own = OwnNumbers.of(manifest)
    uses: list[tuple[Path, str]] = []
    extensions: list[tuple[Path, str]] = []
    for at, workplace in enumerate(manifest.workplaces):
        path: Path = ("workplaces", at)
        yield from _license(workplace, path)
        if workplace.extension:
            extensions.append(((*path, "extension"), workplace.extension))
        number = workplace.number
        if number is None:
            continue
        where = (*path, "number")
        uses.append((where, number_source(number)))
        yield from own.findings(number, where)
    for first, second, source in _twice(uses):
        yield Diagnostic.of(NumberAtTwoWorkplaces(number=source), path=second, also=[first])
    yield from _switched_off(manifest, uses, own.sizes, own.ported)
    for first, second, extension in _twice(extensions):
        yield Diagnostic.of(ExtensionGivenTwice(extension=extension), path=second, also=[first])


def _switched_off(
    manifest: Manifest,
    uses: list[tuple[Path, str]],
    sizes: Mapping[str, int],
    ported: frozenset[Numbers],
) -> Findings:
    """R11: only what a block would ring at its default; ``uses`` are the workplaces' numbers."""
    off: list[tuple[Path, str]] = []
    for at, number in enumerate(manifest.switched_off):
        where = ("switched_off", at)
        off.append((where, number_source(number)))
        if isinstance(number, StockNumber):
            yield from _stock(number, where, sizes)
            size = sizes.get(number.stock, 0)
            alone = size == 1 or (size > 1 and number.line is None)
        elif _is_ported(number, ported):
            alone = number in ported
        else:
            yield Diagnostic.of(NumberNotInThisManifest(found=str(number)), path=where)
            continue
        if alone:
            yield Diagnostic.of(NotALineOfABlock(number=number_source(number)), path=where)
    for first, second, source in _twice([*uses, *off]):
        if second[0] == "switched_off":
            yield Diagnostic.of(SwitchedOffAndUsed(number=source), path=second, also=[first])


def _stock(number: StockNumber, path: Path, sizes: Mapping[str, int]) -> Findings:
    """``sizes``: how many numbers each id in ``numbers`` holds."""
    if number.stock not in sizes:
        known = ", ".join(sorted(sizes))
        yield Diagnostic.of(NoSuchNewNumber(stock=number.stock, known=known), path=(*path, "stock"))
    elif number.line is not None and number.line >= sizes[number.stock]:
        size = sizes[number.stock]
        yield Diagnostic.of(
            PositionOutsideTheBlock(found=number.line, size=size), path=(*path, "line")
        )


def _is_ported(number: Numbers, ported: frozenset[Numbers]) -> bool:
    """Whether it is one of them, or lies in a block among them."""
    if number in ported:
        return True
    if isinstance(number, DdiBlock):
        return False
    lengths = (DIGITS - missing for missing in BLOCK_SIZES)
    return any(DdiBlock(number.national[:length]) in ported for length in lengths)


def number_source(number: object) -> str:
    """How plans name the number of a workplace."""
    return str(Stock(number.stock, number.line) if isinstance(number, StockNumber) else number)


def _license(workplace: Workplace, path: Path) -> Findings:
    """R17."""
    advised = recommended(workplace.use)
    if advised is None or advised is workplace.license:
        return
    login = str(workplace.login)
    if advised is License.PHONES_APPS:
        about: Code = LicenseWithAppsRecommended(login=login, use=str(workplace.use))
    else:
        about = AppsAreNotNeededHere(login=login, use=str(workplace.use))
    yield Diagnostic.of(about, path=(*path, "license"))
