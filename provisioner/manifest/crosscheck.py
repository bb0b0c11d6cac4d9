"""What manifests must not claim together: numbers, blocks (R11) and logins (R15).

One sort over all claims, so its cost grows with the fleet as sorting does.  A conflict is found for
both customers, since nothing here can tell who is right; each finding names the other place.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from provisioner.codes import Code
from provisioner.codes.fields import DefaultLoginIsTaken, PasswordMustBeSealed
from provisioner.codes.moves import NumberStaysWithItsCustomer
from provisioner.codes.phones import PhoneOfTwoCustomers
from provisioner.codes.policy import (
    HeldNumberBesideTheStock,
    HeldNumberOfTheOwnStock,
    LoginOfTwoCustomers,
    NumberIsTheOperatorsOwn,
    NumberOfTwoCustomers,
    OperatorsEmergencyCaller,
    OverlapWithAnotherCustomer,
)
from provisioner.manifest import acknowledged, calls, duties, phones, stock
from provisioner.manifest.config import Config
from provisioner.manifest.defaults import Usual
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.entry import Entry
from provisioner.manifest.loader import Loaded
from provisioner.manifest.models import Access, Manifest, Workplace
from provisioner.manifest.overlap import overlaps
from provisioner.manifest.rules import check, claims_of, logins_of
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers, digits_of, numbers_from

Claim = tuple[Entry | None, int]
"""Who names a number, and as the how many of its own; None: the operator's own pools."""
_POOL, _NEW = 0, 1


def check_alone(customer: CustomerId, manifest: Manifest, config: Config) -> Iterator[Diagnostic]:
    """What a manifest says without the others."""
    days = config.porting.days().at(manifest.canton).arrivals
    found = [
        *check(manifest, days=days, customer=str(customer)),
        *calls.check(manifest, config, customer=str(customer)),
        *duties.check(manifest, config, customer=str(customer)),
        *stock.check(manifest, config, customer=str(customer)),
        *phones.check(manifest, config, customer=str(customer)),
    ]
    if not manifest.acknowledged:
        yield from found
        return
    yield from (replace(d, customer=str(customer)) for d in acknowledged.check(manifest))
    left = tuple(acknowledged.acknowledged(manifest, found))
    yield from left
    gone = acknowledged.no_longer(manifest, left, planned=False)
    yield from (replace(d, customer=str(customer)) for d in gone)


def unsealed(customer: CustomerId, loaded: Loaded[Manifest], usual: Usual) -> Iterator[Diagnostic]:
    """Passwords that a manifest, as it was read, says nothing of where it has to.

    That of a support login from a pattern is generated: nobody can seal it beforehand.
    """
    rule, of = usual.values.get("password", ("generated", ""))
    if rule != "sealed":
        return
    manifest = loaded.value
    holders: list[tuple[Path, Workplace | Access | None]] = [
        (("workplaces", at), place) for at, place in enumerate(manifest.workplaces)
    ]
    if all(each.field != "support_login" for each in loaded.given):
        holders.append((("support_login",), manifest.support_login))
    holders.append((("admin",), manifest.admin))
    for path, holder in holders:
        if holder is not None and "password" not in holder.model_fields_set:
            about = PasswordMustBeSealed(login=str(holder.login), of=of)
            yield Diagnostic.of(about, customer, path=(*path, "login"))


def crosscheck(entries: Mapping[CustomerId, Entry], config: Config) -> list[Diagnostic]:
    """Conflicts between customers, and with the operator's pools, with both places."""
    ordered = sorted(entries.values(), key=lambda entry: entry.file)
    findings = [*_numbers(ordered, config), *_emergency_caller(ordered, config)]
    if config.login_scope == "fleet":
        findings += _logins(ordered)
    return [*findings, *_phones(ordered)]


def taken(item: Numbers, entries: Iterable[Entry], config: Config) -> Diagnostic | None:
    """What stands against a number that a new manifest would name; None if nobody has it."""
    new: Claim = (None, _NEW)
    for pair in overlaps([*_claims(entries, config), (digits_of(item), new)]):
        if new not in (pair[0][1], pair[1][1]):
            continue
        other, (holder, _) = pair[0] if pair[1][1] == new else pair[1]
        if holder is None:
            pool = str(numbers_from(other))
            return Diagnostic.of(NumberIsTheOperatorsOwn(found=str(item), pool=pool))
        return Diagnostic.of(_conflict(other, digits_of(item), str(holder.customer)))
    return None


def _conflict(wide: str, narrow: str, customer: str) -> Code:
    found = str(numbers_from(narrow))
    if wide == narrow:
        return NumberOfTwoCustomers(found=found, other=found, customer=customer)
    other = str(numbers_from(wide))
    return OverlapWithAnotherCustomer(found=found, other=other, customer=customer)


def _claims(entries: Iterable[Entry], config: Config) -> Iterator[tuple[str, Claim]]:
    for block in {*config.numbers.stock, *config.numbers.provisional}:
        yield digits_of(block), (None, _POOL)
    for entry in entries:
        for at, digits in enumerate(entry.packed.numbers):
            yield digits, (entry, at)


def _path(claim: Claim) -> Path:
    """Where it stands in the manifest."""
    entry, at = claim
    return () if entry is None else claims_of(entry.manifest)[at][1]


def _numbers(entries: Iterable[Entry], config: Config) -> Iterator[Diagnostic]:
    stock = {digits_of(block) for block in config.numbers.stock}
    for (wide, first), (narrow, second) in overlaps(_claims(entries, config)):
        if first[0] is None and _moves(second):
            continue  # whose it is now, the live systems tell
        if first[0] is None and wide in stock and _is_held(second):
            # the desk counts it as given out; nobody is billed for it
            holder = second[0]
            if holder:
                found, pool = str(numbers_from(narrow)), str(numbers_from(wide))
                about = HeldNumberOfTheOwnStock(found=found, pool=pool)
                yield holder.locate(Diagnostic.of(about, path=_path(second)))
            continue
        if first[0] is not second[0]:
            yield from _overlap(wide, first, narrow, second)


def _emergency_caller(entries: Iterable[Entry], config: Config) -> Iterator[Diagnostic]:
    """Whoever has no number shows it on emergency calls, so it has to be the operator's own."""
    caller = config.emergency_caller.national if config.emergency_caller else "-"
    for entry in entries:
        for at, digits in enumerate(entry.packed.numbers):
            if caller.startswith(digits):
                about = OperatorsEmergencyCaller(found=caller)
                yield entry.locate(Diagnostic.of(about, path=_path((entry, at))))


def _overlap(wide: str, first: Claim, narrow: str, second: Claim) -> Iterator[Diagnostic]:
    if first[0] is None or second[0] is None:
        claim = first if second[0] is None else second
        pool = narrow if second[0] is None else wide
        if entry := claim[0]:
            mine = wide if second[0] is None else narrow
            about = (HeldNumberBesideTheStock if _is_held(claim) else NumberIsTheOperatorsOwn)(
                found=str(numbers_from(mine)), pool=str(numbers_from(pool))
            )
            yield entry.locate(Diagnostic.of(about, path=_path(claim)))
        return
    half = _half_moved(first, second) or _half_moved(second, first)
    conflict = partial(_conflict, wide, narrow)
    places = (first[0], _path(first)), (second[0], _path(second))
    yield from _both((lambda _: half) if half else conflict, *places)


def _half_moved(taker: Claim, giver: Claim) -> Code | None:
    """A number that is to pass from the one to the other, who still names it."""
    if taker[0] is None or giver[0] is None or not _moves(taker, giver[0].customer):
        return None
    new = taker[0].manifest.numbers[int(_path(taker)[1])]
    return NumberStaysWithItsCustomer(
        found=str(new.held), customer=str(giver[0].customer), to=str(taker[0].customer)
    )


def _is_held(claim: Claim) -> bool:
    """Whether the customer has the number with the operator already."""
    return _path(claim)[-1:] == ("held",)


def _moves(claim: Claim, giver: CustomerId | None = None) -> bool:
    """Whether a number is to pass from another customer, or from ``giver``."""
    entry = claim[0]
    if entry is None or not entry.packed.moved or not _is_held(claim):
        return False
    new = entry.manifest.numbers[int(_path(claim)[1])]
    return new.from_ is not None and giver in {None, new.from_}


def _logins(entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """A support login is the reseller's own: only its own customers may share it."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        for login in dict.fromkeys(entry.packed.logins):
            first = seen.setdefault(login, entry)
            if first is entry:
                continue  # twice in one is a finding of the manifest itself
            path, here = _path_of(login, first), _path_of(login, entry)
            shared = path[0] == here[0] == "support_login"
            if not (shared and first.reseller == entry.reseller):
                about = _given(login, (first, path), (entry, here)) or partial(_login, login)
                yield from _both(about, (first, path), (entry, here))


def _phones(entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """A phone has one configuration, so it is at one workplace of one customer."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        for mac in dict.fromkeys(entry.packed.macs):
            first = seen.setdefault(mac, entry)
            if first is not entry:  # twice in one is a finding of the manifest itself
                about = partial(_phone, mac)
                yield from _both(about, (first, _mac_in(first, mac)), (entry, _mac_in(entry, mac)))


def _mac_in(entry: Entry, mac: str) -> Path:
    return next(path for path, found in phones.macs_of(entry.manifest) if found == mac)


def _phone(mac: str, customer: str) -> Code:
    return PhoneOfTwoCustomers(mac=mac, customer=customer)


def _path_of(login: str, entry: Entry) -> Path:
    return next(path for path, found in logins_of(entry.manifest) if found == login)


def _given(login: str, *places: tuple[Entry, Path]) -> Callable[[str], Code] | None:
    """What to say if a default has given it: no manifest of one of them has it."""
    for entry, path in places:
        for each in entry.packed.given if path[0] == "support_login" else ():
            if each.field == "support_login":
                return lambda customer: DefaultLoginIsTaken(
                    login=login, customer=customer, of=each.of
                )
    return None


def _login(login: str, customer: str) -> Code:
    return LoginOfTwoCustomers(login=login, customer=customer)


_Place = tuple[Entry | None, Path]


def _both(about: Callable[[str], Code], first: _Place, second: _Place) -> Iterator[Diagnostic]:
    """``about``: what to say to the one, given the other."""
    for (entry, path), (other, other_path) in ((first, second), (second, first)):
        if entry is None or other is None:
            continue
        finding = Diagnostic.of(about(str(other.customer)), path=path)
        place = other.document.locate(other_path)
        yield replace(entry.locate(finding), related=(place,))
