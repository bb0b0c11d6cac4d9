"""What the ports of one manifest must and should say, beyond the form of their fields.

Pure: the operator's working days come in.
"""

from collections.abc import Iterator
from datetime import date

from provisioner.codes.fields import NothingToPort
from provisioner.codes.porting import (
    CheckTheOldContract,
    ContractEndsOnADayOff,
    FullPortWithInternet,
    MoreSignatoriesThanNeeded,
    NoSuchPart,
    NotAWorkingDay,
    PortAfterTheEnd,
    PortBeforeTheActivation,
    PortDateToBeAgreed,
    PortIsSplit,
    ProviderUnknown,
    SecondSignatureMissing,
)
from provisioner.codes.telephony import LooksLikeABlock
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Authority, Manifest, Porting, Scope, Subscription
from provisioner.manifest.schedule import Schedule, port_date
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.porting import MAX_SINGLE_NUMBERS

_DECADE = 10


Findings = Iterator[Diagnostic]


def portings(manifest: Manifest, days: WorkCalendar) -> Findings:
    """All findings about the ports of ``manifest``."""
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
        yield Diagnostic.of(ProviderUnknown(porting=porting.id), path=(*path, "provider"))


def _signature(porting: Porting, path: Path) -> Findings:
    """R4."""
    authority, count = porting.signature.authority, len(porting.signature.signatories)
    where = (*path, "signature", "signatories")
    if authority is Authority.COLLECTIVE and count < 2:
        yield Diagnostic.of(SecondSignatureMissing(porting=porting.id, count=count), path=where)
    if authority is Authority.SINGLE and count > 1:
        yield Diagnostic.of(MoreSignatoriesThanNeeded(porting=porting.id, count=count), path=where)


def _within_term(porting: Porting, path: Path, term: Subscription, days: WorkCalendar) -> Findings:
    """R2: a number that arrives while the PBX is off would ring nowhere."""
    where = (*path, "schedule")
    for day in sorted(filter(None, _port_dates(porting, days))):
        if term.activate_from and day < term.activate_from:
            also = [("subscription", "activate_from")]
            on = str(term.activate_from)
            about = PortBeforeTheActivation(porting=porting.id, date=str(day), from_=on)
            yield Diagnostic.of(about, path=where, also=also)
        if term.ends_on and term.billing_from <= term.ends_on < day:
            also = [("subscription", "ends_on")]
            late = PortAfterTheEnd(porting=porting.id, date=str(day), end=str(term.ends_on))
            yield Diagnostic.of(late, path=where, also=also)


def _port_dates(porting: Porting, days: WorkCalendar) -> set[date | None]:
    """The dates of all parts; None among them if one is to be agreed."""
    parts = range(1, _parts(porting) + 1)
    return {port_date(porting.schedule, days, part) for part in parts}


def _parts(porting: Porting) -> int:
    """How many orders the port becomes (R10); a block travels with the first."""
    return max(1, -(-len(porting.numbers) // MAX_SINGLE_NUMBERS))


def _dates(porting: Porting, path: Path, days: WorkCalendar) -> Findings:
    """R6."""
    schedule, parts = porting.schedule, _parts(porting)
    if None in _port_dates(porting, days):
        yield Diagnostic.of(PortDateToBeAgreed(porting=porting.id), path=(*path, "when"))
    written: list[tuple[date, Path]] = []
    for part, day in schedule.agreed:
        own = () if part is None else (str(part),)
        written.append((day, (*path, "agreed_date", *own)))
        if part is not None and part > parts:
            about = NoSuchPart(found=str(part), parts=parts, porting=porting.id)
            yield Diagnostic.of(about, path=(*path, "agreed_date", *own))
    if any(schedule.agreed_for(part) is None for part in range(1, parts + 1)):
        yield from _contract_end(schedule, path, days)
        if schedule.date:
            written.append((schedule.date, (*path, "date")))
    for day, where in written:
        if not days.is_working(day):
            following = days.on_or_after(day)
            yield Diagnostic.of(
                NotAWorkingDay(date=str(day), suggestion=str(following)), path=where
            )


def _contract_end(schedule: Schedule, path: Path, days: WorkCalendar) -> Findings:
    ends = schedule.contract_ends_on
    used = ends and days.on_or_before(ends)
    if used != ends:
        yield Diagnostic.of(
            ContractEndsOnADayOff(date=str(ends), used=str(used)), path=(*path, "contract_ends_on")
        )


def _contract(porting: Porting, path: Path) -> Findings:
    """R7 and R8."""
    if porting.scope is Scope.FULL and porting.internet_on_contract:
        yield Diagnostic.of(
            FullPortWithInternet(porting=porting.id),
            path=(*path, "scope"),
            also=[(*path, "internet_on_contract")],
        )
    services = ", ".join(porting.other_services)
    where = (*path, "other_services") if services else path
    yield Diagnostic.of(CheckTheOldContract(porting=porting.id, services=services), path=where)


def _amount(porting: Porting, path: Path) -> Findings:
    """R10, and hints at blocks that were written as single numbers (R11)."""
    if not porting.items:
        yield Diagnostic.of(NothingToPort(porting=porting.id), path=path)
    count = len(porting.numbers)
    if count > MAX_SINGLE_NUMBERS:
        whole, rest = divmod(count, MAX_SINGLE_NUMBERS)
        parts = [MAX_SINGLE_NUMBERS] * whole + ([rest] if rest else [])
        yield Diagnostic.of(
            PortIsSplit(
                porting=porting.id,
                count=count,
                orders=len(parts),
                split=" + ".join(map(str, parts)),
                limit=MAX_SINGLE_NUMBERS,
            ),
            path=(*path, "numbers"),
        )
    decades: dict[str, set[str]] = {}
    for number in porting.numbers:
        decades.setdefault(number.national[: DIGITS - 1], set()).add(number.national)
    for prefix, members in decades.items():
        if len(members) == _DECADE:
            yield Diagnostic.of(LooksLikeABlock(block=prefix), path=(*path, "numbers"))
