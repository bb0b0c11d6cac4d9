"""What a plan has to say besides its steps."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from provisioner.codes import Code, Severity
from provisioner.codes.moves import DriverMovesNothing
from provisioner.codes.policy import (
    CustomerChangesItsReseller,
    DriverRenamesNothing,
    DriverTakesNothingOver,
    HeldNumberRests,
    IdIsTaken,
    LoginExistsInAnotherForm,
    LoginIsLiveAtAnotherCustomer,
    LoginIsTaken,
    ManifestIsGone,
    NeedsAnEntryInRemovalsYaml,
    NothingShowsThatItIsHeld,
    NumberIsTaken,
    PremiumCallsAllowed,
    SubscriptionHasNotEndedYet,
)
from provisioner.codes.porting import (
    NumberHeldByAnotherCustomer,
    PortAfterTheEnd,
    PortBeforeTheActivation,
)
from provisioner.codes.secrets import PasswordsCannotBeHandedOver
from provisioner.codes.systems import AllocatedNumberCannotChangeItsAreaOrSize
from provisioner.codes.telephony import BillingHasBegunAlready, NumberInUseOnThePBX, PBXIsOnAlready
from provisioner.contract.abilities import Abilities, Ability
from provisioner.contract.reading import CustomerLive, Holders
from provisioner.contract.resources import (
    BillingInterval,
    Kind,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    StockAllocation,
    System,
    Tenant,
)
from provisioner.desired import Desired, switched_on
from provisioner.errors import SystemFault
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest
from provisioner.plan.adoption import Takeover
from provisioner.plan.context import CustomerInput
from provisioner.plan.diff import Draft
from provisioner.plan.model import Action, Held, Step
from provisioner.plan.policy import CUSTOMER
from provisioner.telephony.calls import PREMIUM
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.porting import IN_FLIGHT, State
from provisioner.telephony.prefixes import Prefixes

_LOGINS = frozenset({Kind.WORKPLACE, Kind.SUPPORT, Kind.ADMIN})


def still_open(subject: CustomerInput, wanted: Desired) -> Iterator[Diagnostic]:
    """Findings of the manifest without questions about ports that are over."""
    running = {
        o.porting
        for o in wanted.resources
        if isinstance(o, PortingOrder) and o.progress.state is not State.COMPLETED
    }
    entries = subject.manifest.porting if subject.manifest else ()
    over = {at for at, entry in enumerate(entries) if entry.id not in running}
    for found in subject.diagnostics:
        about_port = found.path[:1] == ("porting",) and found.path[1:2]
        if found.severity is Severity.QUESTION and about_port and found.path[1] in over:
            continue
        yield found


def conflicts(
    subject: CustomerInput,
    live: CustomerLive,
    wanted: Desired,
    holders: Holders,
    takeover: Takeover,
    unnamed: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """Numbers that someone else holds, and objects in our place without our mark.

    Once the subscription has ended, what the manifest names is wanted no longer.  ``unnamed``: who
    is not to be told.
    """
    yield from takeover.refusals(wanted.resources)
    named = [] if wanted.ended else [*named_numbers(subject.manifest)]
    if not named:
        return
    there = _on_desk(live)
    asked = {r.key for r in wanted.resources if isinstance(r, StockAllocation) and r.number}
    for path, item in named:
        other, digits = holders.desk.get(item), digits_of(item)
        routed = holders.pbx.get(item)
        if str(other) in unnamed or routed in unnamed:
            yield Diagnostic.of(NumberIsTaken(number=str(item)), subject.customer, path=path)
            continue
        held = path[0] == "numbers"
        near = there.overlapping(digits)
        twice = any(_is_otherwise(each, digits, asked, held=held) for each in near)
        if twice or (other is not None and other != subject.customer):
            about = NumberHeldByAnotherCustomer(
                number=str(item), holder=str(other or subject.customer)
            )
            yield Diagnostic.of(about, subject.customer, path=path)
        if routed == "" and takeover.concerns(digits, wanted.resources):
            continue
        if routed is not None and routed != str(subject.customer):
            in_use = NumberInUseOnThePBX(number=str(item), holder=routed or "?")
            yield Diagnostic.of(in_use, subject.customer, path=path)


def named_numbers(manifest: Manifest | None) -> Iterator[tuple[Path, Numbers]]:
    """Every number and block that a manifest names by its digits, with the path of its entry."""
    for at, new in enumerate(manifest.numbers if manifest else ()):
        if new.held is not None:
            yield ("numbers", at), new.held
    for at, entry in enumerate(manifest.porting if manifest else ()):
        for item in entry.items:
            yield ("porting", at), item


_Held = StockAllocation | ProvisionalAllocation | PortedNumber | PortingOrder


def _on_desk(live: CustomerLive) -> Prefixes[_Held]:
    """What the desk has for the customer, by its digits."""
    return Prefixes(
        (digits, each)
        for each in live.desk.objects
        if isinstance(each, _Held)
        for digits in (each.items if isinstance(each, PortingOrder) else (each.digits or "",))
    )


def _is_otherwise(each: _Held, digits: str, asked: Container[str], *, held: bool) -> bool:
    """Whether the desk has a number otherwise than it is written.

    What is here already cannot come from a donor, and what is with a donor is not here yet.
    """
    match each:
        case StockAllocation():
            return not (held and each.key in asked and each.digits == digits)
        case PortingOrder():
            return held and each.progress.state in IN_FLIGHT
        case PortedNumber():
            return held or each.digits != digits
        case ProvisionalAllocation():
            return True


def given_away(
    subject: CustomerInput,
    live: CustomerLive,
    wanted: Desired,
    holders: Holders,
    stock: Collection[DdiBlock],
) -> Iterator[Diagnostic]:
    """A number of the operator's ``stock`` that a customer is said to hold, and does not yet.

    Only what is set up in its tenant shows that it is the customer's: a number is billed otherwise,
    and one that another customer gave back rests first.
    """
    have = {o.number for o in live.desk.objects if isinstance(o, StockAllocation)}
    routes = [o.live_key for o in live.pbx.objects if o.kind is Kind.ROUTE]
    routes += [f.key for f in live.pbx.foreign if f.kind is Kind.ROUTE and not f.owner]
    numbers = subject.manifest.numbers if subject.manifest and not wanted.ended else ()
    for at, new in enumerate(numbers):
        if new.held is None or new.from_ is not None or digits_of(new.held) in have:
            continue
        item, digits = new.held, digits_of(new.held)
        theirs = [e for e in holders.resting.get(item, ()) if e.customer != subject.customer]
        block = next((b for b in stock if digits.startswith(b.prefix)), None)
        about: Code | None = None
        if theirs:
            until = max(str(e.until) for e in theirs)
            about = HeldNumberRests(found=str(item), until=until)
        elif block and not any(digits.startswith(each) for each in routes):
            about = NothingShowsThatItIsHeld(found=str(item), pool=str(block))
        if about is not None:
            yield Diagnostic.of(about, subject.customer, path=("numbers", at, "held"))


def given_out(subject: CustomerInput, drafts: Iterable[Draft]) -> Iterator[Diagnostic]:
    """An allocated number keeps its area and size: the desk would refuse the update."""
    numbers = subject.manifest.numbers if subject.manifest else ()
    for draft in drafts:
        if draft.resource.kind is Kind.STOCK and draft.action is Action.UPDATE:
            path = next(("numbers", n) for n, e in enumerate(numbers) if e.id == draft.resource.key)
            about = AllocatedNumberCannotChangeItsAreaOrSize(
                key=draft.resource.key, kind=str(Kind.STOCK)
            )
            yield Diagnostic.of(about, subject.customer, path=path)


def too_late(
    subject: CustomerInput, live: CustomerLive, released: Manifest | None, today: date
) -> Iterator[Diagnostic]:
    """Dates that were moved after they had come: they change nothing any more."""
    if subject.manifest is None:
        return
    term = subject.manifest.subscription
    begun = [
        o.starts
        for o in live.desk.objects
        if isinstance(o, BillingInterval) and not o.once and o.starts and o.starts <= today
    ]
    late: list[tuple[Code, str]] = []
    moved = released is not None and released.subscription.billing_from != term.billing_from
    if begun and (moved or term.billing_from > today):
        late.append((BillingHasBegunAlready(), "billing_from"))
    if term.activate_from and term.activate_from > today and switched_on(live.desk):
        late.append((PBXIsOnAlready(), "activate_from"))
    for about, name in late:
        yield Diagnostic.of(about, subject.customer, path=("subscription", name))


def badly_timed(subject: CustomerInput, wanted: Desired) -> Iterator[Diagnostic]:
    """The donor granted a date on which the PBX is off: the number would ring nowhere."""
    if subject.manifest is None:
        return
    term = subject.manifest.subscription
    for order in wanted.resources:
        if not isinstance(order, PortingOrder) or order.progress.state not in IN_FLIGHT:
            continue
        day = order.progress.port_date
        about: list[Code] = []
        if day and term.activate_from and day < term.activate_from:
            on = str(term.activate_from)
            about.append(PortBeforeTheActivation(porting=order.key, date=str(day), from_=on))
        if day and term.ends_on and day > term.ends_on:
            end = str(term.ends_on)
            about.append(PortAfterTheEnd(porting=order.key, date=str(day), end=end))
        # not a fault of the manifest here: the donor has chosen the day
        yield from (
            replace(Diagnostic.of(each, subject.customer), severity=Severity.QUESTION)
            for each in about
        )


def calls_that_cost(
    subject: CustomerInput, live: CustomerLive, wanted: Desired
) -> Iterator[Diagnostic]:
    """Premium numbers may be called from now on: what fraudsters want."""
    for resource in wanted.resources:
        if isinstance(resource, Tenant) and resource.premium_calls:
            old = next((o for o in live.pbx.objects if o.kind is Kind.TENANT), None)
            before = _premium(old) if isinstance(old, Tenant) else frozenset()
            if _premium(resource) - before:
                about = PremiumCallsAllowed()
                yield Diagnostic.of(about, subject.customer, path=("premium_calls",))


def _premium(tenant: Tenant) -> frozenset[str]:
    """Which premium numbers may be called."""
    return frozenset(PREMIUM if tenant.premium_calls else ()) - {*(tenant.barred or ())}


def respelled(subject: CustomerInput, live: CustomerLive, wanted: Desired) -> Iterator[Diagnostic]:
    """A login that is live in other letter case or as another kind: the PBX holds it once only."""
    there = {o.key.casefold(): o for o in live.pbx.objects if o.kind in _LOGINS}
    for resource in wanted.resources:
        other = there.get(resource.key.casefold()) if resource.kind in _LOGINS else None
        if other and (other.kind, other.key) != (resource.kind, resource.key):
            about = LoginExistsInAnotherForm(
                login=resource.key, other=other.key, kind=str(other.kind)
            )
            yield Diagnostic.of(about, subject.customer, path=("workplaces",))


def without_taken_ids(
    subjects: Iterable[CustomerInput], theirs: Collection[CustomerId]
) -> list[CustomerInput]:
    """Blocks subjects whose id, or former id, is that of a customer of another repository."""
    found = []
    for subject in subjects:
        named: list[tuple[CustomerId, Path]] = [(subject.customer, ())]
        named += [(subject.was, ("was",))] if subject.was else []
        taken = [
            Diagnostic.of(IdIsTaken(customer=str(customer)), subject.customer, path=path)
            for customer, path in named
            if customer in theirs
        ]
        found.append(subject.saying(taken))
    return found


def without_taken_logins(
    subjects: Sequence[CustomerInput],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
    unnamed: Collection[str] = (),
) -> list[CustomerInput]:
    """Blocks subjects that ask for a login which is live at another customer.

    Manifests alone do not show it: the other one's may have been deleted or renamed, and its phones
    register all the same.  Whoever has it on the PBX already asks for nothing.  ``unnamed``: who is
    not to be told.
    """
    owners: dict[str, CustomerId] = {}
    have: set[tuple[str, CustomerId]] = set()
    for customer, state in live.items():
        for o in state.pbx.objects if isinstance(state, CustomerLive) else ():
            if o.kind is Kind.WORKPLACE:
                owners[o.key.casefold()] = customer
                have.add((o.key.casefold(), customer))
    found = []
    for subject in subjects:
        workplaces = subject.manifest.workplaces if subject.manifest else ()
        taken = [
            Diagnostic.of(
                LoginIsTaken(login=str(w.login))
                if str(owner) in unnamed
                else LoginIsLiveAtAnotherCustomer(login=str(w.login), holder=str(owner)),
                subject.customer,
                path=("workplaces", at, "login"),
            )
            for at, w in enumerate(workplaces)
            if (owner := owners.get(w.login.folded, subject.customer)) != subject.customer
            and (w.login.folded, subject.customer) not in have
        ]
        found.append(subject.saying(taken))
    return found


def handed_over(subject: CustomerInput, live: CustomerLive) -> Iterator[Diagnostic]:
    """The manifest lies in another reseller's folder: support access and invoices move along."""
    release = live.one(Kind.RELEASE)
    if subject.manifest and isinstance(release, Release) and release.reseller != subject.reseller:
        about = CustomerChangesItsReseller(former=release.reseller, reseller=subject.reseller)
        yield Diagnostic.of(about, subject.customer)


def unread_passwords(
    subject: CustomerInput, steps: Iterable[Step], config: Config
) -> Iterator[Diagnostic]:
    """Generated passwords that nobody could open, since the reseller has no key."""
    reseller = config.resellers.get(subject.reseller)
    if reseller and reseller.recipients:
        return
    made = sum(
        str((s.after or {}).get("credential", "")).startswith("generated:")
        for s in steps
        if s.action is Action.CREATE
        or (s.action is not Action.RENAME and "credential" in s.changed)
    )
    renamed = {(s.kind, s.key) for s in steps if s.action is Action.RENAME}
    everyone = (Kind.TENANT, str(Kind.TENANT)) in renamed
    for place in subject.manifest.workplaces if subject.manifest else ():
        new = everyone or (Kind.WORKPLACE, str(place.login)) in renamed
        made += new and place.password.age is None
    if made:
        about = PasswordsCannotBeHandedOver(count=made, reseller=subject.reseller)
        yield Diagnostic.of(about, subject.customer)


def deleted(customer: CustomerId, held: Iterable[Held]) -> Iterator[Diagnostic]:
    """The manifest is gone, the customer is still live, and no entry that counts lets it go."""
    missing = {NeedsAnEntryInRemovalsYaml.code, SubscriptionHasNotEndedYet.code}
    if any(each.code in missing for each in held):
        yield Diagnostic.of(ManifestIsGone(what=f"{customer}/{CUSTOMER}"), customer)


_NEEDED = {
    Action.ADOPT: Ability.ADOPT,
    Action.RENAME: Ability.RENAME,
    Action.MOVE: Ability.MOVE,
}
_UNABLE = {
    Ability.ADOPT: DriverTakesNothingOver,
    Ability.RENAME: DriverRenamesNothing,
    Ability.MOVE: DriverMovesNothing,
}


def beyond(
    subject: CustomerInput, drafts: Iterable[Draft], abilities: Abilities
) -> Iterator[Diagnostic]:
    """What a driver cannot do; once for each ability and system."""
    found = set()
    for draft in drafts:
        system = draft.resource.system
        able = abilities.pbx if system is System.PBX else abilities.desk
        needed = _NEEDED.get(draft.action)
        if needed is not None and needed not in able:
            found.add((needed, system))
    for ability, system in sorted(found):
        yield Diagnostic.of(_UNABLE[ability](system=str(system)), subject.customer)
