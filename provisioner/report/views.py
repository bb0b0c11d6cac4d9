"""What the live systems hold for a customer, put together for the tables.  Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from provisioner.contract.desk import DeskState
from provisioner.contract.pbx import Devices, PbxState
from provisioner.contract.resources import (
    Account,
    BillingInterval,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    Route,
    StockAllocation,
    Tenant,
    Workplace,
)
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.porting import ENDED, PortPolicy, State


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number or block of a customer. ``origin``: stock, provisional, ported or porting."""

    digits: str
    origin: str
    name: str
    """Id in the manifest; for a provisional number the digits that it stands in for."""
    target: str | None = None
    """Login at which it rings; empty: routed to nobody by us; None: no route."""
    state: State | None = None
    """Of its port order, while it is being ported."""
    block: str = ""
    """Digits of the block, of a line that rings elsewhere than its block."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """A port order and when it moves next. No personal data: no signatories."""

    customer: str
    order: PortingOrder
    next_on: date | None

    @property
    def state(self) -> State:
        return self.order.progress.state

    @property
    def date(self) -> date | None:
        return self.order.progress.port_date or self.order.port_date

    @property
    def open(self) -> bool:
        return self.state not in ENDED


@dataclass(frozen=True, slots=True)
class WorkplaceView:
    """A workplace on the PBX, without the person's name."""

    login: str
    license: str
    extension: str
    devices: Devices
    """Registered now."""


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer. ``workplaces`` None: the PBX could not be read."""

    customer: str
    company: str
    reseller: str
    workplaces: int | None
    on_pbx: bool
    numbers: tuple[NumberView, ...]
    orders: tuple[OrderView, ...]
    billed_since: date | None
    lines: tuple[NumberView, ...] = ()
    """Of the blocks among ``numbers``: those with a route of their own."""
    phones: tuple[WorkplaceView, ...] = ()
    """Only where the PBX can tell who is registered."""

    @property
    def listed(self) -> list[NumberView]:
        """Numbers and blocks, each line below its block."""
        return sorted((*self.numbers, *self.lines), key=lambda n: n.digits)


def order_view(order: PortingOrder, policy: PortPolicy) -> OrderView:
    """``next_on``: day of synchronisation, then of the port; None while it waits for people."""
    progress, on = order.progress, None
    if progress.port_date and progress.state is State.ACCEPTED:
        on = policy.synchronises_on(progress.port_date)
    elif progress.state is State.SYNCHRONISED:
        on = progress.port_date
    return OrderView(str(order.customer), order, on)


def customer_view(
    customer: str,
    desk: DeskState,
    pbx: PbxState | None,
    policy: PortPolicy,
    registered: Mapping[str, Devices] | None = None,
) -> CustomerView:
    """The view from what both systems answered; ``pbx`` None: unknown, which is not empty.

    ``registered``: devices by login in small letters, None where the PBX cannot tell.
    """
    account = next((o for o in desk.objects if isinstance(o, Account)), None)
    release = next((o for o in desk.objects if isinstance(o, Release)), None)
    orders = [order_view(o, policy) for o in desk.objects if isinstance(o, PortingOrder)]
    billed = [
        o.starts for o in desk.objects if isinstance(o, BillingInterval) and o.starts and not o.once
    ]
    objects = pbx.objects if pbx else ()
    targets = {
        o.number.digits: o.target or "" for o in objects if isinstance(o, Route) and o.number.digits
    }
    numbers = _numbers(desk, targets)
    return CustomerView(
        customer=customer,
        company=account.company if account else "",
        reseller=release.reseller if release else "",
        workplaces=sum(isinstance(o, Workplace) for o in objects) if pbx else None,
        on_pbx=any(isinstance(o, Tenant) for o in objects),
        numbers=tuple(numbers),
        orders=tuple(sorted(orders, key=lambda o: o.order.key)),
        billed_since=min(billed, default=None),
        lines=tuple(_lines(numbers, targets)),
        phones=() if registered is None else tuple(_phones(objects, registered)),
    )


def _phones(objects: Iterable[object], registered: Mapping[str, Devices]) -> list[WorkplaceView]:
    found = [
        WorkplaceView(
            o.login, o.license, o.extension or "", registered.get(o.login.lower(), Devices())
        )
        for o in objects
        if isinstance(o, Workplace)
    ]
    return sorted(found, key=lambda w: w.login)


def _numbers(desk: DeskState, targets: Mapping[str, str]) -> list[NumberView]:
    found: dict[str, NumberView] = {}
    for item in desk.objects:
        match item:
            case StockAllocation(digits=str(digits)):
                found[digits] = NumberView(digits, "stock", item.id, targets.get(digits))
            case ProvisionalAllocation(digits=str(digits)):
                replaced = item.replaces
                found[digits] = NumberView(digits, "provisional", replaced, targets.get(digits))
            case PortedNumber():
                digits = item.digits
                found[digits] = NumberView(digits, "ported", item.porting, targets.get(digits))
            case PortingOrder() if item.progress.state not in ENDED:
                for digits in item.items:
                    view = NumberView(
                        digits, "porting", item.porting, targets.get(digits), item.progress.state
                    )
                    found.setdefault(digits, view)
    return sorted(found.values(), key=lambda n: n.digits)


def _lines(numbers: Iterable[NumberView], targets: Mapping[str, str]) -> Iterator[NumberView]:
    blocks = {each.digits: each for each in numbers if len(each.digits) < DIGITS}
    for digits, target in sorted(targets.items()) if blocks else ():
        cut = next((n for n in range(DIGITS - 1, 0, -1) if digits[:n] in blocks), 0)
        if cut and len(digits) == DIGITS:
            block = blocks[digits[:cut]]
            name = block.name + digits[cut:] if block.origin == "provisional" else block.name
            yield replace(block, digits=digits, name=name, target=target, block=block.digits)
