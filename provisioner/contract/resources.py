"""What a live system holds for a customer: frozen values, one class per kind.

A field that is ``None`` is not declared: it is neither compared nor written (R16).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self, get_args

from provisioner.contract.shown import plain, shown
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.licenses import License
from provisioner.telephony.porting import Progress
from provisioner.telephony.sources import Literal, Provisional, Source, Stock
from provisioner.telephony.srtp import Srtp

Json = str | int | bool | list[str] | None


class System(StrEnum):
    PBX = "pbx"
    DESK = "desk"


class Kind(StrEnum):
    """Kinds in the order in which they are set up; taken down in the reverse order.

    A release comes first: it says what was approved, so a run that dies is finished by the next. A
    number goes live last and dies first.
    """

    RELEASE = "release"
    ACCOUNT = "account"
    STOCK = "stock_number"
    PROVISIONAL = "provisional_number"
    PORTED = "ported_number"
    TENANT = "tenant"
    SUPPORT = "support_login"
    ADMIN = "admin"
    WORKPLACE = "workplace"
    BILLING = "billing_interval"
    ROUTE = "route"
    ORDER = "porting_order"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class NumberRef:
    """A number or a block's prefix, by where it comes from; ``digits`` None: not allocated."""

    source: Source
    digits: str | None

    @classmethod
    def literal(cls, digits: str) -> "NumberRef":
        return cls(Literal(digits), digits)

    def __str__(self) -> str:
        return str(self.source)


NO_NUMBER = NumberRef(Literal("none"), "")
"""Written where a number was declared earlier and is no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Base: belongs to a customer, has a key that is unique within customer and kind."""

    kind: ClassVar[Kind]
    system: ClassVar[System]
    personal: ClassVar[frozenset[str]] = frozenset()
    """Fields whose values are never printed."""
    hidden: ClassVar[frozenset[str]] = frozenset({"customer"})
    """Fields that are neither compared nor shown."""

    customer: CustomerId

    @property
    def key(self) -> str:
        """Unique within customer and kind."""
        return str(self.kind)

    @property
    def live_key(self) -> str:
        """Key by which the live system knows it; differs from ``key`` for allocated numbers."""
        return self.key

    def declared(self) -> dict[str, Json]:
        """Declared fields as a plan shows them: numbers by their source."""
        return {n: _show(v) for n, v in shown(self, self.hidden) if v is not None}

    def concrete(self) -> dict[str, Json]:
        """Declared fields as a live system holds them; a number not yet allocated is None."""
        return {
            name: value if type(value) is str else _digits(value)
            for name, value in shown(self, self.hidden)
            if value is not None
        }

    def with_numbers(self, resolve: Callable[[Source], str | None]) -> Self:
        """The same with numbers filled in that ``resolve`` (source to digits) knows by now."""
        changed: dict[str, Any] = {
            f.name: NumberRef(value.source, resolve(value.source))
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), NumberRef) and value.digits is None
        }
        return replace(self, **changed) if changed else self


def _show(value: Any) -> Json:
    return str(value.source) if isinstance(value, NumberRef) else plain(value)


def _digits(value: Any) -> Json:
    return value.digits if isinstance(value, NumberRef) else plain(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Resource):
    """The manifest that staff released; ``content`` is its canonical JSON, for ``reconcile``."""

    kind = Kind.RELEASE
    system = System.DESK
    hidden = frozenset({"customer", "content"})

    manifest: str
    reseller: str
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Resource):
    """Who gets the invoice."""

    kind = Kind.ACCOUNT
    system = System.DESK
    personal = frozenset({"street", "person", "email", "phone"})

    company: str
    street: str
    postcode: str
    city: str
    person: str
    email: str
    phone: str
    uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAllocation(Resource):
    """A number or block from the stock. ``digits`` is the desk's choice.

    ``number`` names the digits of one that the customer had before; nothing is chosen then.
    """

    kind = Kind.STOCK
    system = System.DESK
    hidden = frozenset({"customer", "digits", "id"})

    id: str
    area: str
    size: int
    number: str | None = None
    digits: str | None = None

    @property
    def key(self) -> str:
        return self.id

    @property
    def source(self) -> Stock:
        return Stock(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionalAllocation(Resource):
    """A number or block that stands in for one that is being ported (R12)."""

    kind = Kind.PROVISIONAL
    system = System.DESK
    hidden = frozenset({"customer", "digits", "porting", "replaces"})

    porting: str
    replaces: str
    size: int
    digits: str | None = None

    @property
    def key(self) -> str:
        return f"{self.porting}/{self.replaces}"

    @property
    def source(self) -> Provisional:
        return Provisional(self.porting, self.replaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortedNumber(Resource):
    """A number or block that a completed port brought in."""

    kind = Kind.PORTED
    system = System.DESK
    hidden = frozenset({"customer", "digits"})

    porting: str
    digits: str

    @property
    def key(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant(Resource):
    """The customer's own space on the PBX, and what holds for all of its calls to the outside.

    ``emergency_caller``: shown on emergency calls from a workplace without a number.
    ``premium_calls``: whether 0900, 0901 and 0906 may be called. ``max_calls``: calls at once,
    ``max_international``: of these, to other countries. ``barred``: sorted, what may not be called
    in any case.
    """

    kind = Kind.TENANT
    system = System.PBX

    name: str
    emergency_caller: NumberRef | None = None
    premium_calls: bool | None = None
    max_calls: int | None = None
    max_international: int | None = None
    barred: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Resource):
    """A login for people on the PBX."""

    system = System.PBX
    hidden = frozenset({"customer", "login"})

    login: str
    credential: str

    @property
    def key(self) -> str:
        return self.login


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportLogin(Login):
    """The reseller's access (R14)."""

    kind = Kind.SUPPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin(Login):
    """The customer's administrator (R14)."""

    kind = Kind.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace(Resource):
    """A user or phone (R15). ``credential`` names a password's version, never the password.

    ``hide_number``: whether calls to the outside withhold it, emergency calls apart (FDV Art. 84).
    """

    kind = Kind.WORKPLACE
    system = System.PBX
    personal = frozenset({"name"})
    hidden = frozenset({"customer", "login"})

    login: str
    license: License | str
    """A text that is no license: the system has it set up in a way that none is."""
    name: str | None = None
    extension: str | None = None
    caller_id: NumberRef | None = None
    srtp: Srtp | None = None
    credential: str
    phone: str | None = None
    """``snom-d785 000413A1B2C3``: configured by its MAC address; ``none``: not any more."""
    hide_number: bool | None = None

    @property
    def key(self) -> str:
        return self.login


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Resource):
    """A number or block of the tenant; ``target`` is a login, None leaves the PBX's own in place.

    The target of a block gets every line that has no route of its own; an empty target: nobody.
    """

    kind = Kind.ROUTE
    system = System.PBX
    hidden = frozenset({"customer", "number"})

    number: NumberRef
    target: str | None = None

    @property
    def key(self) -> str:
        return str(self.number.source)

    @property
    def live_key(self) -> str:
        return self.number.digits or f"@{self.number.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingInterval(Resource):
    """Since when ``item`` is billed as ``product``; ``starts`` None: from the day of the apply.

    ``once``: paid once on ``starts``.  ``ends``: the first day that is not billed,
    when it is taken down; None: the day of the apply.
    """

    kind = Kind.BILLING
    system = System.DESK
    hidden = frozenset({"customer", "item", "ends"})

    item: Item
    product: str
    once: bool = False
    starts: date | None = None
    ends: date | None = None

    @property
    def key(self) -> str:
        return str(self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortingOrder(Resource):
    """One port order: what we ask the donor for. At most ten single numbers (R10).

    ``company`` and ``uid`` are those that the donor compares with its contract.
    """

    kind = Kind.ORDER
    system = System.DESK
    personal = frozenset({"signatories"})
    hidden = frozenset({"customer", "porting", "part", "progress"})

    porting: str
    part: int
    provider: str
    scope: str
    port_date: date | None
    time: str
    authority: str
    signatories: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    poa: str | None = None
    company: str = ""
    uid: str | None = None
    progress: Progress = Progress()

    @property
    def key(self) -> str:
        return f"{self.porting}/{self.part}"

    @property
    def items(self) -> tuple[str, ...]:
        """All digits: blocks, then single numbers."""
        return (*self.blocks, *self.numbers)


PbxResource = Tenant | SupportLogin | Admin | Workplace | Route
DeskResource = (
    Release
    | Account
    | StockAllocation
    | ProvisionalAllocation
    | PortedNumber
    | BillingInterval
    | PortingOrder
)

CLASSES: dict[Kind, type[Resource]] = {
    c.kind: c for c in (*get_args(DeskResource), *get_args(PbxResource))
}
