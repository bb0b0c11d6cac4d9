"""Numbers that pass from one customer to another (``from:``): steps, and what is wrong.  Pure.

What comes is looked at as if it were here already, so everything else in the plan is what would be
there without the move.  Both plans have the same step; it is carried out once, for both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from provisioner.codes import Code
from provisioner.codes.moves import (
    MovesAsAWhole,
    MovesBesideARename,
    NumberIsNotTheirs,
    NumberIsOnItsWay,
    NumberStaysWithItsCustomer,
    OtherCustomerIsNotReady,
)
from provisioner.contract.reading import CustomerLive, Holders
from provisioner.contract.resources import (
    Kind,
    NumberRef,
    PortedNumber,
    PortingOrder,
    Resource,
    Route,
    StockAllocation,
)
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic, Path, Place
from provisioner.manifest.models import Manifest, NewNumber, StockNumber
from provisioner.manifest.packed import Packed
from provisioner.plan.context import CustomerInput
from provisioner.plan.diff import Draft
from provisioner.plan.model import Action, Cause, Effect
from provisioner.plan.promised import half_passed, held_by, rings_only
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.porting import ENDED
from provisioner.telephony.sources import Stock

Live = Mapping[CustomerId, CustomerLive | SystemFault]
Claims = Mapping[CustomerId, Mapping[str, CustomerId]]
"""By the customer whose number it is, and the number's digits: who takes it over."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A number or block that is to pass from ``giver`` to ``taker``, as far as it still has to.

    ``held``: what the giver has at the desk; None if that is done.  ``routes``: the giver's on the
    PBX by their digits, with the line of the block that each is.
    """

    number: Numbers
    giver: CustomerId
    taker: CustomerId
    id: str
    path: Path
    """Of the entry in the taker's manifest."""
    resellers: tuple[str, str]
    """The giver's and the taker's."""
    held: StockAllocation | PortedNumber | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        return digits_of(self.number)

    @property
    def taken(self) -> StockAllocation:
        """As the taker has it."""
        size = self.number.size if isinstance(self.number, DdiBlock) else 1
        digits = self.digits
        return StockAllocation(
            customer=self.taker,
            id=self.id,
            area=digits[:3],
            size=size,
            number=digits,
            digits=digits,
        )

    def draft(self, resource: Resource, effect: Effect, **fields: str | None) -> Draft:
        """The step, as either of the two plans has it.

        Between resellers it is for people who may speak for both, so it stands among the dangers.
        """
        before, after = ({"customer": str(who)} for who in (self.giver, self.taker))
        changed = ["customer"]
        if self.resellers[0] != self.resellers[1]:
            before["reseller"], after["reseller"] = self.resellers
            changed.append("reseller")
            effect = Effect.DISRUPTIVE
        number = {"number": self.digits}
        return Draft(
            Action.MOVE,
            resource,
            effect,
            Cause.EDITED,
            {**number, **before},
            {**number, **after, **fields},
            (*changed, *fields),
            _resolved(resource),
        )


def _resolved(resource: Resource) -> dict[str, str]:
    match resource:
        case StockAllocation(source=source, digits=str(digits)):
            return {str(source): digits}
        case Route(number=NumberRef(source=Stock() as source, digits=str(digits))):
            return {str(source): digits}
        case _:
            return {}


@dataclass(frozen=True, slots=True)
class Moves:
    """What passes to one customer and away from it, and why something cannot."""

    coming: tuple[Transfer, ...] = ()
    going: tuple[Transfer, ...] = ()
    wrong: tuple[Diagnostic, ...] = ()

    @property
    def partners(self) -> frozenset[CustomerId]:
        """The other customers that have a part in it."""
        return frozenset([*(t.giver for t in self.coming), *(t.taker for t in self.going)])

    def seen(self, live: CustomerLive) -> CustomerLive:
        """What is live, with what comes; at whom it rang there is nobody's business here."""
        if not self.coming:
            return live
        keys = {(o.kind, o.key) for o in live.desk.objects}
        coming = [t.taken for t in self.coming if t.held]
        stock = tuple(each for each in coming if (each.kind, each.key) not in keys)
        routes = tuple(
            Route(customer=t.taker, number=NumberRef.literal(digits))
            for t in self.coming
            for digits in t.routes
        )
        desk = replace(live.desk, objects=(*live.desk.objects, *stock))
        return replace(live, desk=desk, pbx=replace(live.pbx, objects=(*live.pbx.objects, *routes)))

    def drafts(self, drafts: Iterable[Draft], logins: Mapping[str, str]) -> Iterator[Draft]:
        """``drafts`` with the moves in the place of what they bring about.  ``logins``: old by new,
        of phones that are renamed."""
        named = {old: new for new, old in logins.items()}
        routed = {digits: t for t in self.coming for digits in t.routes}
        gone = {digits for t in self.going for digits in t.routes}
        given = {(t.held.kind, t.held.key) for t in self.going if t.held}
        for draft in drafts:
            resource = draft.resource
            where = (resource.kind, resource.key)
            if isinstance(resource, Route) and resource.live_key in routed:
                target = str((draft.after or {}).get("target") or "")
                yield routed[resource.live_key].draft(resource, Effect.DISRUPTIVE, target=target)
            elif draft.action is Action.DELETE and (
                where in given or (resource.kind is Kind.ROUTE and resource.live_key in gone)
            ):
                continue
            else:
                yield draft
        for t in self.coming:
            if t.held:
                yield t.draft(t.taken, Effect.MUTATING)
        for t in self.going:
            if t.held:
                yield t.draft(t.held, Effect.MUTATING)
            for route in t.routes.values():
                made = t.draft(route, Effect.DISRUPTIVE)
                # whose phones it leads to has to be known before those go
                led = named.get(str(route.target), route.target)
                yield replace(made, before={**(made.before or {}), "target": led})


NO_MOVES = Moves()


def claims_of(
    written: Iterable[tuple[CustomerId, Packed | None]],
    known: Claims | None = None,
    formers: Mapping[CustomerId, CustomerId] | None = None,
) -> dict[CustomerId, dict[str, CustomerId]]:
    """Who takes over which number of a customer, by its digits; besides what is ``known``.

    ``formers``: old ids by new; a customer has under both what is said of the old one.
    """
    found = {giver: dict(claims) for giver, claims in (known or {}).items()}
    for customer, packed in written:
        for giver, digits in packed.moved if packed else ():
            found.setdefault(giver, {})[digits] = customer
    for new, old in (formers or {}).items():
        if old in found:
            found[new] = {**found[old], **found.get(new, {})}
    return found


def moves_of(
    subjects: Sequence[CustomerInput],
    live: Live,
    today: date,
    formers: Iterable[CustomerId] = (),
    claims: Claims | None = None,
) -> dict[CustomerId, Moves]:
    """What passes between ``subjects``, by customer; nothing of those that have no part in it.

    ``formers``: ids under which a customer is known no longer.  ``claims``: what all manifests say.
    """
    by_id = {s.customer: s for s in subjects}
    under = {s.was: s for s in subjects if s.was}
    coming: dict[CustomerId, list[Transfer]] = {}
    going: dict[CustomerId, list[Transfer]] = {}
    wrong = half_passed(claims or {}, by_id, live)
    renamed = frozenset(formers)
    for subject in subjects:
        for at, new in enumerate(subject.manifest.numbers if subject.manifest else ()):
            if new.from_ is None:
                continue
            path: Path = ("numbers", at, "from")
            giver = by_id.get(new.from_) or under.get(new.from_)
            found = _transfer(subject, new, path, giver, live, renamed)
            if isinstance(found, NumberIsNotTheirs) and _is_over(subject, today):
                continue  # it was given back when the subscription ended
            if giver and (waits := _waiting(subject, new, giver, live, found)):
                # else the giver's plan would have it as a number that is given up
                about = Diagnostic.of(waits, giver.customer)
                wrong.setdefault(giver.customer, []).append(about)
            if isinstance(found, Code):
                about = Diagnostic.of(found, subject.customer, path=path)
                wrong.setdefault(subject.customer, []).append(about)
            elif found is None:
                continue
            elif stays := _still_named(found, by_id[found.giver]):
                for mine, theirs in _both(found, (subject, path), (by_id[found.giver], stays)):
                    wrong.setdefault(mine, []).append(theirs)
            else:
                coming.setdefault(found.taker, []).append(found)
                going.setdefault(found.giver, []).append(found)
    return {
        customer: Moves(
            tuple(coming.get(customer, ())),
            tuple(going.get(customer, ())),
            tuple(wrong.get(customer, ())),
        )
        for customer in {*coming, *going, *wrong}
    }


def _transfer(
    subject: CustomerInput,
    new: NewNumber,
    path: Path,
    giver: CustomerInput | None,
    live: Live,
    renamed: frozenset[CustomerId],
) -> Transfer | Code | None:
    """What is still to be done; why it cannot be; None: nothing."""
    mine = live.get(subject.customer)
    if not isinstance(mine, CustomerLive) or new.held is None or new.from_ is None:
        return None
    digits, customer, found = digits_of(new.held), str(new.from_), str(new.held)
    here = any(isinstance(o, StockAllocation) and o.digits == digits for o in mine.desk.objects)
    theirs = live.get(giver.customer) if giver else CustomerLive()
    if not isinstance(theirs, CustomerLive) or (giver and giver.broken and not here):
        over = here and any(isinstance(o, Route) and o.live_key == digits for o in mine.pbx.objects)
        return None if over else OtherCustomerIsNotReady(found=found, customer=customer)
    held = held_by(theirs, digits)
    lines = _lines(subject.manifest, new)
    routes = {
        o.live_key: replace(o, number=NumberRef.literal(o.live_key))
        for o in theirs.pbx.objects
        if isinstance(o, Route) and o.live_key in lines and (held or here)
    }
    if held is None and not routes:
        return None if here else _missing(new.held, customer, theirs)
    former = subject.manifest.was if subject.manifest else None
    for who in (new.from_, subject.customer):
        if who in renamed or (former and who == subject.customer) or (giver and _was(giver)):
            return MovesBesideARename(found=found, customer=str(who))
    assert giver is not None  # noqa: S101 - somebody has it
    resellers = giver.reseller or _released_by(theirs), subject.reseller
    taker = subject.customer
    return Transfer(new.held, new.from_, taker, new.id, path, resellers, held, routes)


def _waiting(
    subject: CustomerInput,
    new: NewNumber,
    giver: CustomerInput,
    live: Live,
    found: Transfer | Code | None,
) -> Code | None:
    """Why the giver waits, if it has what ``subject`` takes over and nobody knows what that has, or
    if it rings there only and cannot pass."""
    theirs = live.get(giver.customer)
    if new.held is None or not isinstance(theirs, CustomerLive):
        return None
    digits, mine = digits_of(new.held), live.get(subject.customer)
    if isinstance(mine, CustomerLive):
        passed = held_by(mine, digits) is not None and rings_only(digits, theirs)
        waits = passed and isinstance(found, Code)
    else:
        lines = _lines(subject.manifest, new)
        routed = (isinstance(o, Route) and o.live_key in lines for o in theirs.pbx.objects)
        waits = held_by(theirs, digits) is not None or any(routed)
    about = OtherCustomerIsNotReady(found=str(new.held), customer=str(subject.customer))
    return about if waits else None


def _is_over(subject: CustomerInput, today: date) -> bool:
    ends_on = subject.manifest.subscription.ends_on if subject.manifest else None
    return ends_on is not None and today > ends_on


def _was(subject: CustomerInput) -> bool:
    return subject.manifest is not None and subject.manifest.was is not None


def _released_by(live: CustomerLive) -> str:
    """The reseller of a customer whose file is gone."""
    return str(getattr(live.one(Kind.RELEASE), "reseller", ""))


def _lines(manifest: Manifest | None, new: NewNumber) -> frozenset[str]:
    """The digits of the number and of all lines in it that the taker leads somewhere itself."""
    found = {digits_of(new.held)} if new.held else set()
    if manifest is None or not isinstance(new.held, DdiBlock):
        return frozenset(found)
    for each in (*(w.number for w in manifest.workplaces), *manifest.switched_off):
        if isinstance(each, StockNumber) and each.stock == new.id and each.line is not None:
            found.add(new.held.line(each.line).national)
    return frozenset(found)


def _missing(number: Numbers, customer: str, theirs: CustomerLive) -> Code:
    """Why there is nothing to take."""
    digits, found = digits_of(number), str(number)
    for each in theirs.desk.objects:
        match each:
            case PortingOrder() if each.progress.state not in ENDED:
                if any(_overlap(item, digits) for item in each.items):
                    return NumberIsOnItsWay(found=found, customer=customer, order=each.key)
            case StockAllocation(digits=str(other)) | PortedNumber(digits=other):
                if _overlap(other, digits):
                    return MovesAsAWhole(found=found, whole=other, customer=customer)
    return NumberIsNotTheirs(found=found, customer=customer)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _still_named(transfer: Transfer, giver: CustomerInput) -> Path:
    """Where the giver's manifest still has what it should have dropped; empty: nowhere."""
    manifest, held = giver.manifest, transfer.held
    if manifest is None or held is None:
        return ()
    for at, new in enumerate(manifest.numbers):
        mine = new.held is not None and _overlap(digits_of(new.held), transfer.digits)
        if mine or (isinstance(held, StockAllocation) and new.id == held.id):
            return ("numbers", at)
    for at, entry in enumerate(manifest.porting):
        if any(_overlap(digits_of(item), transfer.digits) for item in entry.items):
            return ("porting", at)
    return ()


def _both(
    transfer: Transfer, *sides: tuple[CustomerInput, Path]
) -> Iterator[tuple[CustomerId, Diagnostic]]:
    """The same finding at either side, with the place of the other."""
    about = NumberStaysWithItsCustomer(
        found=str(transfer.number), customer=str(transfer.giver), to=str(transfer.taker)
    )
    for (subject, path), (other, there) in (sides, sides[::-1]):
        place = other.document.locate(there) if other.document else None
        found = replace(Diagnostic.of(about, subject.customer, path=path), related=_places(place))
        yield subject.customer, found


def _places(place: Place | None) -> tuple[Place, ...]:
    return (place,) if place else ()


def without_moved(holders: Holders, subjects: Iterable[CustomerInput]) -> Holders:
    """What is to pass to a customer from the one that holds it is looked at as its own."""
    pbx, desk = dict(holders.pbx), dict(holders.desk)
    for subject in subjects:
        for new in subject.manifest.numbers if subject.manifest else ():
            if new.held is None or new.from_ is None:
                continue
            if desk.get(new.held) == new.from_:
                desk[new.held] = subject.customer
            if pbx.get(new.held) == str(new.from_):
                pbx[new.held] = str(subject.customer)
    return replace(holders, pbx=pbx, desk=desk)
