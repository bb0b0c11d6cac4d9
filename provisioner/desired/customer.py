"""One customer's desired resources on a given day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter

from pydantic import ValidationError

from provisioner.contract.desk import DeskState
from provisioner.contract.reading import allocations, resolve
from provisioner.contract.resources import (
    NO_NUMBER,
    Account,
    Admin,
    BillingInterval,
    Kind,
    NumberRef,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    Resource,
    Route,
    StockAllocation,
    SupportLogin,
    Tenant,
    Workplace,
)
from provisioner.desired.billing import intervals
from provisioner.desired.ports import Port, Ports, arrange
from provisioner.manifest import models
from provisioner.manifest.calls import main_number
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest, StockNumber, WorkplaceNumber
from provisioner.telephony.calls import CallPolicy
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import ItemKind
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.phones import NO_PHONE
from provisioner.telephony.porting import NO_RETURN, PortPolicy
from provisioner.telephony.sources import Literal, Provisional, Source, Stock

Base = Stock | Literal
"""A number as it is allocated or ported: a whole one, or a block."""

AS_WRITTEN = sorted(
    {f.name for f in fields(Workplace)}
    & models.Workplace.model_fields.keys() - {"login", "phone", "hide_number"}
)
"""What a workplace on the PBX has just as its manifest says it."""
_as_written = attrgetter(*AS_WRITTEN)

NOBODY = ""
"""Target of a number at which nobody rings."""


@dataclass(frozen=True, slots=True)
class Desired:
    """All resources of one customer, and what is wrong with them."""

    resources: tuple[Resource, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    ended: bool = False


def desire(
    customer: CustomerId,
    reseller: str,
    manifest: Manifest,
    desk: DeskState,
    today: date,
    policy: PortPolicy,
    calls: CallPolicy,
    *,
    phones: bool = False,
) -> Desired:
    """What the two systems should hold for ``customer`` on ``today``.

    ``desk`` brings the porting state and the numbers that are allocated already; everything else
    follows from the manifest.  ``phones``: whether the operator configures desk phones.
    """
    days = policy.at(manifest.canton)
    made = _Customer(customer, reseller, manifest, desk, today, days, calls, phones=phones)
    return made.desired()


def switched_on(desk: DeskState) -> bool:
    """Whether the customer's PBX was set up: a later ``activate_from`` does not take it away."""
    return any(kind is Kind.TENANT for kind, _ in desk.applied)


def _subscribed(desk: DeskState) -> date | None:
    """Since when, or from when on, the subscription is billed; None: it is not."""
    return next(
        (
            o.starts
            for o in desk.objects
            if isinstance(o, BillingInterval) and o.item.kind is ItemKind.SUBSCRIPTION
        ),
        None,
    )


class _Customer:
    """Holds the arguments together while the resources are listed."""

    def __init__(
        self,
        customer: CustomerId,
        reseller: str,
        manifest: Manifest,
        desk: DeskState,
        today: date,
        policy: PortPolicy,
        calls: CallPolicy,
        *,
        phones: bool,
    ) -> None:
        self.phones = phones
        self.customer, self.reseller, self.manifest = customer, reseller, manifest
        self.desk, self.today, self.policy, self.calls = desk, today, policy, calls
        term = manifest.subscription
        self.over = term.ends_on is not None and today > term.ends_on
        orders = [o for o in desk.objects if isinstance(o, PortingOrder)]
        self.brought = {o.digits: o.porting for o in desk.objects if isinstance(o, PortedNumber)}
        self.ports: Ports = arrange(
            customer,
            manifest.porting,
            orders,
            today,
            policy,
            self.brought,
            contact=manifest.contact,
            released=self._released,
        )
        coming = any(port.progress.state in NO_RETURN for port in self.ports.items)
        self.ended = self.over and not coming  # what cannot be stopped any more must still ring
        due = term.activate_from is None or term.activate_from <= today
        due = due or any(port.live for port in self.ports.items)  # a number that has come must ring
        self.active = not self.ended and (due or switched_on(desk))
        held: dict[Source, str] = {
            Stock(n.id): digits_of(n.held) for n in manifest.numbers if n.held
        }
        self.known = allocations(desk.objects) | held
        self.blocks = {n.id for n in manifest.numbers if n.size > 1}
        self.taken_over = {Stock(n.id) for n in manifest.numbers if n.from_}
        """They led to another customer's phones."""

    def _released(self) -> Sequence[models.Porting]:
        """Ports as they were released last; none where this version cannot read them."""
        release = next((o for o in self.desk.objects if isinstance(o, Release)), None)
        try:
            found = release and release.content and Manifest.model_validate_json(release.content)
        except ValidationError:  # told by the plan
            found = None
        return found.porting if found else ()

    def desired(self) -> Desired:
        return Desired(
            tuple(self._resources()),
            () if self.ended else self.ports.diagnostics,
            self.ended,
        )

    def _resources(self) -> Iterator[Resource]:
        yield Release(
            customer=self.customer,
            manifest=self.manifest.digest(),
            reseller=self.reseller,
            content=self.manifest.canonical(),
        )
        yield self._account()
        if self.ended:
            return
        yield from self._held_numbers()
        yield from self.ports.orders
        if not self.over:
            yield from intervals(
                self.customer,
                self.manifest,
                self.ports,
                active=self.active,
                today=self.today,
                subscribed=_subscribed(self.desk),
            )
        if self.active:
            yield self._tenant()
            yield from self._logins()
            yield from self._workplaces()
            yield from self._routes()

    def _account(self) -> Account:
        contact = self.manifest.contact
        return Account(
            customer=self.customer,
            company=contact.company,
            street=contact.street,
            postcode=contact.postcode,
            city=contact.city,
            person=contact.person,
            email=contact.email,
            phone=str(contact.phone),
            uid=str(contact.uid) if contact.uid else None,
        )

    def _tenant(self) -> Tenant:
        return Tenant(
            customer=self.customer,
            name=self.manifest.contact.company,
            emergency_caller=self._emergency_caller(),
            premium_calls=bool(self.manifest.premium_calls),
            max_calls=self.calls.simultaneous,
            max_international=self.calls.international,
            barred=self._barred(),
        )

    def _barred(self) -> tuple[str, ...] | None:
        """What was barred and is declared no longer is free again."""
        barred = tuple(sorted({str(each) for each in self.manifest.barred}))
        if not barred and "barred" not in self.desk.applied.get((Kind.TENANT, "tenant"), {}):
            return None
        return barred

    def _emergency_caller(self) -> NumberRef:
        """The customer's main number, else the operator's."""
        operator = self.calls.emergency_caller
        return self._shown(main_number(self.manifest)) or (
            NumberRef.literal(operator.national) if operator else NO_NUMBER
        )

    def _held_numbers(self) -> Iterator[Resource]:
        for new in self.manifest.numbers:
            yield StockAllocation(
                customer=self.customer,
                id=new.id,
                area=new.prefix,
                size=new.size,
                number=digits_of(new.held) if new.held else None,
                digits=self.known.get(Stock(new.id)),
            )
        for port in self.ports.items:
            if port.completed:
                # the entry that brought it, whatever it is called by now
                entry = self.brought.get(port.digits, port.entry)
                yield PortedNumber(customer=self.customer, porting=entry, digits=port.digits)
            else:
                yield ProvisionalAllocation(
                    customer=self.customer,
                    porting=port.entry,
                    replaces=port.digits,
                    size=_size(port.item),
                    digits=self.known.get(port.source),
                )

    def _logins(self) -> Iterator[Resource]:
        support, admin = self.manifest.support_login, self.manifest.admin
        if support:
            yield SupportLogin(
                customer=self.customer,
                login=str(support.login),
                credential=support.password.token,
            )
        if admin:
            yield Admin(
                customer=self.customer, login=str(admin.login), credential=admin.password.token
            )

    def _workplaces(self) -> Iterator[Workplace]:
        for each in self.manifest.workplaces:
            login = str(each.login)
            yield Workplace(
                customer=self.customer,
                login=login,
                caller_id=self._shown(each.number) or self._withdrawn(Kind.WORKPLACE, login),
                credential=each.password.token,
                phone=self._phone(each),
                hide_number=self._hidden(each),
                **dict(zip(AS_WRITTEN, _as_written(each), strict=True)),
            )

    def _phone(self, each: models.Workplace) -> str | None:
        """Left alone where the operator configures no phones; NO_PHONE where one was written."""
        if not self.phones:
            return None
        if each.phone is not None:
            return str(each.phone.value)
        applied = self.desk.applied.get((Kind.WORKPLACE, str(each.login)), {})
        return NO_PHONE if "phone" in applied else None

    def _withdrawn(self, kind: Kind, key: str) -> NumberRef | None:
        """An empty number where one was written earlier: it may belong to someone else later."""
        return NO_NUMBER if "caller_id" in self.desk.applied.get((kind, key), {}) else None

    def _hidden(self, workplace: models.Workplace) -> bool | None:
        """What was hidden and is declared no longer is shown again."""
        if workplace.hide_number is None and "hide_number" in self.desk.applied.get(
            (Kind.WORKPLACE, str(workplace.login)), {}
        ):
            return False
        return workplace.hide_number

    def _ref(self, source: Source) -> NumberRef:
        return NumberRef(source, resolve(self.known, source))

    def _shown(self, number: WorkplaceNumber | None) -> NumberRef | None:
        """As callers see it: until its port has completed the provisional one (R12)."""
        match number:
            case None:
                return None
            case StockNumber(stock=name, line=line):
                return self._ref(Stock(name, (line or 0) if name in self.blocks else None))
            case _:
                port = self.ports.carrying(digits_of(number))
                if port is None:
                    return None
                own = number.first if isinstance(number, DdiBlock) else number
                if port.completed:
                    return NumberRef.literal(own.national)
                if isinstance(port.item, DdiBlock):
                    return self._ref(port.source.at(port.item.index(own)))
                return self._ref(port.source)

    def _routes(self) -> Iterator[Route]:
        whole: dict[Base, str] = {}
        lines: dict[Base, dict[int, str]] = {}
        for each in self.manifest.workplaces:
            base, line = self._destination(each.number)
            if base and line is None:
                whole[base] = str(each.login)
            elif base and line is not None:
                lines.setdefault(base, {})[line] = str(each.login)
        for number in self.manifest.switched_off:
            base, line = self._destination(number)
            if base and line is not None:
                lines.setdefault(base, {})[line] = NOBODY
        for new in self.manifest.numbers:
            source = Stock(new.id)
            yield from self._group(source, whole.get(source), lines.get(source, {}))
        for port in self.ports.items:
            own = Literal(port.digits)
            target, inside = whole.get(own), lines.get(own, {})
            if port.live:
                yield from self._own(port, target, inside)
            if not port.completed:
                yield from self._group(port.source, target, inside)

    def _destination(self, number: StockNumber | Numbers | None) -> tuple[Base | None, int | None]:
        """Which number, a ported one by its digits, and which line of it is meant."""
        match number:
            case None:
                return None, None
            case StockNumber(stock=name, line=line):
                return Stock(name), line
            case _:
                port = self.ports.carrying(digits_of(number))
                if port is None or port.item == number or isinstance(number, DdiBlock):
                    return Literal(port.digits) if port else None, None
                assert isinstance(port.item, DdiBlock)  # noqa: S101 - contains the number
                return Literal(port.digits), port.item.index(number)

    def _group(
        self, source: Stock | Provisional, target: str | None, lines: dict[int, str]
    ) -> Iterator[Route]:
        yield self._route(self._ref(source), target)
        for line, login in sorted(lines.items()):
            yield self._route(self._ref(source.at(line)), login)

    def _own(self, port: Port, target: str | None, lines: dict[int, str]) -> Iterator[Route]:
        yield self._route(NumberRef.literal(port.digits), target)
        if isinstance(port.item, DdiBlock):
            for line, login in sorted(lines.items()):
                number = port.item.line(line)
                yield self._route(NumberRef.literal(number.national), login)

    def _route(self, number: NumberRef, target: str | None) -> Route:
        """A target that was written earlier and is declared no longer becomes nobody."""
        applied = self.desk.applied.get((Kind.ROUTE, str(number.source)), {})
        if target is None and ("target" in applied or number.source in self.taken_over):
            target = NOBODY
        return Route(customer=self.customer, number=number, target=target)


def _size(numbers: Numbers) -> int:
    return numbers.size if isinstance(numbers, DdiBlock) else 1
