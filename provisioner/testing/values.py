"""Invented customers, numbers and days that the suite works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Generic, TypeVar

from provisioner.contract.resources import (
    BillingInterval,
    NumberRef,
    PortingOrder,
    ProvisionalAllocation,
    Route,
    StockAllocation,
    Tenant,
    Workplace,
)
from provisioner.errors import ProvisionError
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.porting import PortPolicy

SMITHY = CustomerId("schmiedeisen")
CAFE = CustomerId("cafe-sonne")
STRANGER = CustomerId("nobody-knows-me")

QUARANTINE_DAYS = 30
POOLS = NumberPools(
    stock=(DdiBlock("04455500"), DdiBlock("05255540"), DdiBlock("0525555")),
    provisional=(DdiBlock("04455590"), DdiBlock("05255590")),
    quarantine_days=QUARANTINE_DAYS,
)
"""Stock: a hundred in 044, a hundred and a thousand in 052. Provisional: a hundred in each."""
POLICY = PortPolicy(WorkCalendar("ZH"), lead=5, sync=2)

TODAY = date(2027, 1, 11)
PORT_DATE = date(2027, 2, 15)
OTHER_DATE = date(2027, 2, 22)
NOW = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)

_keys = count()


def key() -> str:
    """A new idempotency key."""
    return f"conformance-{next(_keys)}"


E = TypeVar("E", bound=ProvisionError)


@dataclass
class Caught(Generic[E]):
    """The error, once the block has ended."""

    error: E | None = None


@contextmanager
def raises(kind: type[E], *codes: str) -> Iterator[Caught[E]]:
    """Fails unless the block raises ``kind`` with one of ``codes`` (any if none is given)."""
    caught: Caught[E] = Caught()
    try:
        yield caught
    except kind as error:
        caught.error = error
    wanted = f"{kind.__name__} {' or '.join(codes)}"
    assert caught.error is not None, f"no {wanted} was raised"
    assert not codes or caught.error.code in codes, f"{caught.error.code} instead of {wanted}"


def tenant(customer: CustomerId = SMITHY, name: str = "Schmiedeisen AG", **more: Any) -> Tenant:
    return Tenant(customer=customer, name=name, **more)


def workplace(login: str = "petra.huber", customer: CustomerId = SMITHY, **more: Any) -> Workplace:
    fields: dict[str, Any] = {"license": License.PHONES, "credential": "generated:1", **more}
    return Workplace(customer=customer, login=login, **fields)


def route(digits: str, target: str | None = None, customer: CustomerId = SMITHY) -> Route:
    return Route(customer=customer, number=NumberRef.literal(digits), target=target)


def stock(
    name: str, area: str = "044", size: int = 1, customer: CustomerId = SMITHY
) -> StockAllocation:
    return StockAllocation(customer=customer, id=name, area=area, size=size)


def provisional(
    replaces: str, size: int = 1, customer: CustomerId = SMITHY
) -> ProvisionalAllocation:
    return ProvisionalAllocation(customer=customer, porting="haupt", replaces=replaces, size=size)


def billing(product: str, starts: date | None = None, **more: Any) -> BillingInterval:
    item = Item.parse(more.pop("item", "workplace/petra.huber"))
    return BillingInterval(customer=SMITHY, item=item, product=product, starts=starts, **more)


_ORDER = PortingOrder(
    customer=SMITHY,
    porting="haupt",
    part=1,
    provider="Alpentel",
    scope="partial",
    port_date=PORT_DATE,
    time="09:00",
    authority="single",
    signatories=("Petra Huber",),
    numbers=("0525551200",),
    blocks=("05255520",),
    company="Schmiedeisen AG",
    uid="CHE-123.456.788",
)


def order(**changed: Any) -> PortingOrder:
    """A complete port order."""
    return replace(_ORDER, **changed)
