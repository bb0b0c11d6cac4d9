"""What one manifest must and should say, beyond the form of its fields.

Pure: the operator's working days come in, and nothing here depends on the current date.  Paths are
those of the manifest; :class:`provisioner.manifest.entry.Entry` finds their places.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.manifest.diagnostics import Diagnostic, Path, Severity
from provisioner.manifest.models import (
    Authority,
    Manifest,
    Porting,
    Scope,
    StockNumber,
    Subscription,
    When,
    Workplace,
    WorkplaceNumber,
)
from provisioner.manifest.overlap import overlaps
from provisioner.manifest.renames import renamed
from provisioner.manifest.schedule import port_date
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.licences import License, recommended
from provisioner.telephony.numbers import (
    BLOCK_SIZES,
    DIGITS,
    DdiBlock,
    Numbers,
    digits_of,
    numbers_from,
)
from provisioner.telephony.porting import MAX_SINGLE_NUMBERS
from provisioner.telephony.sources import Stock

UNKNOWN_PROVIDERS = frozenset(
    {"unknown", "unbekannt", "inconnu", "sconosciuto", "nicht bekannt", "weiss nicht", "?", "??"}
)
_DECADE = 10

Findings = Iterator[Diagnostic]


def check(
    manifest: Manifest, *, days: WorkCalendar, customer: str | None = None
) -> list[Diagnostic]:
    """All findings of the rules R2 to R17 that one manifest can show."""
    findings = [
        *_subscription(manifest.subscription),
        *_ids(manifest),
        *_portings(manifest, days),
        *_overlaps(manifest),
        *_logins(manifest),
        *_workplaces(manifest),
        *renamed(manifest, customer, logins_of(manifest)),
    ]
    if manifest.support_login is None:
        findings.append(_find("PV235", Severity.ADVICE, ("workplaces",)))
    return [replace(finding, customer=customer) for finding in findings]


def _find(
    code: str, severity: Severity, path: Path, also: Iterable[Path] = (), **params: str | int
) -> Diagnostic:
    return Diagnostic(code, severity, params, path=path, also=tuple(also))


def _subscription(subscription: Subscription) -> Findings:
    """R2."""
    billing, active = subscription.billing_from, subscription.activate_from
    ends = subscription.ends_on
    if active and active > billing:
        yield _find(
            "PV230",
            Severity.WARNING,
            ("subscription", "activate_from"),
            [("subscription", "billing_from")],
            activate_from=str(active),
            billing_from=str(billing),
        )
    if ends and ends < max(billing, active or billing):
        yield _find(
            "PV231",
            Severity.ERROR,
            ("subscription", "ends_on"),
            ends_on=str(ends),
            starts_on=str(max(billing, active or billing)),
        )


def _ids(manifest: Manifest) -> Findings:
    numbers = [number.id for number in manifest.numbers]
    portings = [porting.id for porting in manifest.porting]
    for name, ids in (("numbers", numbers), ("porting", portings)):
        paths: list[tuple[Path, str]] = [((name, at, "id"), found) for at, found in enumerate(ids)]
        for first, second, found in _twice(paths):
            yield _find("PV128", Severity.ERROR, second, [first], id=found)


def _twice(values: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, Path, str]]:
    """(first place, this place, value) for every value that was there before."""
    seen: dict[str, Path] = {}
    for path, value in values:
        if value in seen:
            yield seen[value], path, value
        else:
            seen[value] = path


def _portings(manifest: Manifest, days: WorkCalendar) -> Findings:
    for at, porting in enumerate(manifest.porting):
        path: Path = ("porting", at)
        yield from _provider(porting, path)
        yield from _signature(porting, path)
        yield from _dates(porting, (*path, "schedule"), days)
        yield from _within_term(porting, path, manifest.subscription, days)
        yield from _contract(porting, path)
        yield from _amount(porting, path)


def _provider(porting: Porting, path: Path) -> Findings:
    """R5."""
    if porting.provider == Porting.UNKNOWN:
        yield _find("PV209", Severity.QUESTION, (*path, "provider"), porting=porting.id)
    elif porting.provider.casefold() in UNKNOWN_PROVIDERS:
        yield _find("PV208", Severity.ERROR, (*path, "provider"), found=porting.provider)


def _signature(porting: Porting, path: Path) -> Findings:
    """R4."""
    authority, count = porting.signature.authority, len(porting.signature.signatories)
    where = (*path, "signature", "signatories")
    if authority is Authority.COLLECTIVE and count < 2:
        yield _find("PV210", Severity.ERROR, where, porting=porting.id, count=count)
    if authority is Authority.SINGLE and count > 1:
        yield _find("PV211", Severity.ADVICE, where, porting=porting.id, count=count)


def _within_term(porting: Porting, path: Path, term: Subscription, days: WorkCalendar) -> Findings:
    """R2: a number that arrives while the PBX is off would ring nowhere."""
    day = port_date(porting.schedule, days)
    where = (*path, "schedule")
    if day and term.activate_from and day < term.activate_from:
        also = [("subscription", "activate_from")]
        params = {"porting": porting.id, "date": str(day), "from": str(term.activate_from)}
        yield _find("PV265", Severity.ERROR, where, also, **params)
    if day and term.ends_on and term.billing_from <= term.ends_on < day:
        also = [("subscription", "ends_on")]
        params = {"porting": porting.id, "date": str(day), "end": str(term.ends_on)}
        yield _find("PV266", Severity.ERROR, where, also, **params)


def _dates(porting: Porting, path: Path, days: WorkCalendar) -> Findings:
    """R6."""
    schedule = porting.schedule
    day = port_date(schedule, days)
    if day is None:
        yield _find("PV216", Severity.QUESTION, (*path, "when"), porting=porting.id)
        return
    if not days.is_working(day):
        name = "agreed_date" if schedule.agreed_date else "date"
        following = days.on_or_after(day)
        yield _find(
            "PV217", Severity.ERROR, (*path, name), date=str(day), suggestion=str(following)
        )
    ends = schedule.contract_ends_on
    if schedule.when is When.CONTRACT_END and schedule.agreed_date is None and day != ends:
        yield _find(
            "PV218", Severity.ADVICE, (*path, "contract_ends_on"), date=str(ends), used=str(day)
        )


def _contract(porting: Porting, path: Path) -> Findings:
    """R7 and R8."""
    if porting.scope is Scope.FULL and porting.internet_on_contract:
        yield _find(
            "PV219",
            Severity.WARNING,
            (*path, "scope"),
            [(*path, "internet_on_contract")],
            porting=porting.id,
        )
    services = ", ".join(porting.other_services)
    where = (*path, "other_services") if services else path
    yield _find("PV220", Severity.ADVICE, where, porting=porting.id, services=services)


def _amount(porting: Porting, path: Path) -> Findings:
    """R10, and hints at blocks that were written as single numbers (R11)."""
    if not porting.items:
        yield _find("PV129", Severity.ERROR, path, porting=porting.id)
    count = len(porting.numbers)
    if count > MAX_SINGLE_NUMBERS:
        whole, rest = divmod(count, MAX_SINGLE_NUMBERS)
        parts = [MAX_SINGLE_NUMBERS] * whole + ([rest] if rest else [])
        yield _find(
            "PV229",
            Severity.ADVICE,
            (*path, "numbers"),
            porting=porting.id,
            count=count,
            orders=len(parts),
            split=" + ".join(map(str, parts)),
            limit=MAX_SINGLE_NUMBERS,
        )
    decades: dict[str, set[str]] = {}
    for number in porting.numbers:
        decades.setdefault(number.national[: DIGITS - 1], set()).add(number.national)
    for prefix, members in decades.items():
        if len(members) == _DECADE:
            yield _find("PV215", Severity.ADVICE, (*path, "numbers"), block=prefix)


def _overlaps(manifest: Manifest) -> Findings:
    """R11: in the order of the file the later one is at fault."""
    for (wide, first), (narrow, second) in overlaps(claims_of(manifest)):
        params = {"found": str(numbers_from(narrow)), "other": str(numbers_from(wide))}
        code = overlap_code(wide, narrow)
        yield _find(code, Severity.ERROR, second, [first], **params)


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


def overlap_code(wide: str, narrow: str) -> str:
    """The same twice, a number in a block, or a part of a range."""
    if wide == narrow:
        return "PV212"
    return "PV213" if len(narrow) == DIGITS else "PV214"


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
        yield _find("PV232", Severity.ERROR, second, [first], login=login)


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
            yield _find("PV233", Severity.ERROR, path, found=str(number))


def _workplaces(manifest: Manifest) -> Findings:
    own = OwnNumbers.of(manifest)
    uses: list[tuple[Path, str]] = []
    extensions: list[tuple[Path, str]] = []
    for at, workplace in enumerate(manifest.workplaces):
        path: Path = ("workplaces", at)
        yield from _licence(workplace, path)
        if workplace.extension:
            extensions.append(((*path, "extension"), workplace.extension))
        number = workplace.number
        if number is None:
            continue
        where = (*path, "number")
        uses.append((where, number_source(number)))
        yield from own.findings(number, where)
    for first, second, source in _twice(uses):
        yield _find("PV236", Severity.ERROR, second, [first], number=source)
    yield from _switched_off(manifest, uses, own.sizes, own.ported)
    for first, second, extension in _twice(extensions):
        yield _find("PV237", Severity.ERROR, second, [first], extension=extension)


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
            yield _find("PV233", Severity.ERROR, where, found=str(number))
            continue
        if alone:
            yield _find("PV282", Severity.ERROR, where, number=number_source(number))
    for first, second, source in _twice([*uses, *off]):
        if second[0] == "switched_off":
            yield _find("PV283", Severity.ERROR, second, [first], number=source)


def _stock(number: StockNumber, path: Path, sizes: Mapping[str, int]) -> Findings:
    """``sizes``: how many numbers each id in ``numbers`` holds."""
    if number.stock not in sizes:
        known = ", ".join(sorted(sizes))
        yield _find("PV234", Severity.ERROR, (*path, "stock"), stock=number.stock, known=known)
    elif number.line is not None and number.line >= sizes[number.stock]:
        size = sizes[number.stock]
        yield _find("PV205", Severity.ERROR, (*path, "line"), found=number.line, size=size)


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


def _licence(workplace: Workplace, path: Path) -> Findings:
    """R17."""
    advised = recommended(workplace.use)
    if advised is None or advised is workplace.license:
        return
    code = "PV239" if advised is License.PHONES_APPS else "PV238"
    yield _find(
        code,
        Severity.ADVICE,
        (*path, "license"),
        login=str(workplace.login),
        use=str(workplace.use),
    )
