"""The customer manifest, version 1: the contract with everyone who writes one.

Field names, their meaning and the published schema come from here.  Every field's ``description``
is part of that schema and of the reference.
"""

import hashlib
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from provisioner.codes.fields import EitherAreaOrHeld, FromWithoutItsNumber
from provisioner.manifest import lines
from provisioner.manifest.credential import GENERATED, Credential
from provisioner.manifest.defaults import Canton, Language
from provisioner.manifest.place import Directory, Location
from provisioner.manifest.schedule import Schedule
from provisioner.manifest.types import (
    AdviceCode,
    Area,
    Block,
    Boolean,
    Company,
    CompanyUid,
    Customer,
    Day,
    Email,
    Extension,
    Integer,
    Label,
    Line,
    Login,
    MacAddress,
    Number,
    NumberOrBlock,
    Person,
    Phone,
    Postcode,
    Provider,
    Slug,
    Street,
    Strict,
    Town,
    Version,
    refusal,
)
from provisioner.telephony.calls import Barred
from provisioner.telephony.licenses import License, Use
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.phones import DeskPhone, PhoneModel
from provisioner.telephony.srtp import Srtp


class Contact(Strict):
    """Who the customer is and where invoices go (R1: all but ``uid`` are required)."""

    company: Company
    """Company name as in the commercial register."""
    uid: CompanyUid | None = None
    """Business number (UID), as in the commercial register."""
    street: Street
    """Street and house number."""
    postcode: Postcode
    """Swiss postcode, four digits; Liechtenstein and the enclaves have theirs."""
    city: Town
    """Town."""
    person: Person
    """Contact person."""
    email: Email
    """E-mail address that receives the invoices."""
    phone: Phone
    """Telephone number of the contact, national form without spaces; from abroad with its +."""


class Subscription(Strict):
    """When it is billed and when the PBX is switched on (R2)."""

    billing_from: Day
    """First day that is billed ("Ab Datum")."""
    activate_from: Day | None = None
    """First day on which the PBX works; default: as soon as the plan is applied."""
    ends_on: Day | None = None
    """Last day of the subscription; the end also needs an entry in removals.yaml."""


class NewNumber(Strict):
    """A number or DDI block that is not ported (R3).

    New from the operator's stock, by ``area``; or one that the customer already has with the
    operator, or takes over from another of its customers, by its digits.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["area"], "properties": {"held": False, "from": False}},
                {"required": ["held"], "properties": {"area": False, "block": False}},
            ]
        }
    )

    id: Slug
    """Name within this manifest, referred to by ``{stock: id}``; permanent."""
    area: Area | None = None
    """Area code with its zero."""
    block: Literal[10, 100, 1000] | None = None
    """Size of a DDI block: 10, 100 or 1000; leave out for a single number."""
    held: NumberOrBlock | None = None
    """Instead of ``area``: a number or block that the customer already has with the operator."""
    from_: Customer | None = Field(default=None, alias="from")
    """Beside ``held``: the customer whose number it is until this change; permanent."""

    @model_validator(mode="before")
    @classmethod
    def _size_from_text(cls, found: Any) -> Any:
        if isinstance(found, dict) and isinstance(found.get("block"), str):
            sizes = {"10": 10, "100": 100, "1000": 1000}
            return {**found, "block": sizes.get(found["block"], found["block"])}
        return found

    @model_validator(mode="after")
    def _new_or_held(self) -> "NewNumber":
        if (self.area is None) == (self.held is None) or (self.held and self.block):
            raise refusal(EitherAreaOrHeld())
        if self.from_ and not self.held:
            raise refusal(FromWithoutItsNumber())
        return self

    @property
    def prefix(self) -> str:
        """The area code, of a held number too."""
        return self.area or digits_of(self.held)[:3]  # type: ignore[arg-type]  # one of the two is there

    @property
    def size(self) -> int:
        """How many numbers: 1, 10, 100 or 1000."""
        if self.held is not None:
            return self.held.size if isinstance(self.held, DdiBlock) else 1
        return self.block or 1


class Authority(StrEnum):
    """How the company signs according to the commercial register (R4)."""

    SINGLE = "single"
    COLLECTIVE = "collective"


class Signature(Strict):
    """Who may sign for the company; see the commercial register, zefix.ch (R4)."""

    authority: Authority
    """single: one signature is enough; collective: two or more sign together."""
    signatories: tuple[Person, ...] = Field(min_length=1)
    """Names as in the commercial register; collective needs two or more."""


class PowerOfAttorney(Strict):
    """The signed letter of authority."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """SHA-256 of the signed file, hexadecimal."""
    signed_on: Day
    """Day of the last signature."""
    stored_at: Line
    """Where the operator keeps it."""


class Scope(StrEnum):
    """What leaves the donor contract (R7)."""

    PARTIAL = "partial"
    FULL = "full"


class Porting(Strict):
    """Numbers that move to us from one contract with another provider."""

    id: Slug
    """Name within this manifest; permanent."""
    provider: Provider
    """Current provider, or ``unknown`` (R5)."""
    scope: Scope
    """partial keeps the rest of the contract (recommended with internet on it); full ends it."""
    internet_on_contract: Boolean = False
    """Whether internet access is part of the same contract (R7)."""
    other_services: tuple[Line, ...] = ()
    """Other services on the old contract, to be checked and cancelled (R8)."""
    schedule: Schedule
    """When to port."""
    signature: Signature
    """Who signs for the company."""
    numbers: tuple[Number, ...] = Field(default=(), max_length=1000)
    """Single numbers; more than ten are split into linked orders (R10)."""
    blocks: tuple[Block, ...] = Field(default=(), max_length=1000)
    """DDI blocks, shortened: 04450012 is 0445001200 to 0445001299 (R11)."""
    poa: PowerOfAttorney | None = None
    """The signed letter of authority, once you have it."""

    UNKNOWN: ClassVar[str] = lines.UNKNOWN

    @property
    def items(self) -> tuple[Numbers, ...]:
        """All blocks and single numbers."""
        return (*self.blocks, *self.numbers)


class StockNumber(Strict):
    """A number from ``numbers`` of this manifest."""

    stock: Slug
    """The id in ``numbers``."""
    line: Integer | None = None
    """Position in a block, counted from 0; without it, the block's default target."""


def _number_form(found: object) -> str:
    # in brackets, so that the loader can tell these tags from fields
    return "<stock>" if isinstance(found, dict | StockNumber) else "<number>"


WorkplaceNumber = Annotated[
    Annotated[StockNumber, Tag("<stock>")] | Annotated[NumberOrBlock, Tag("<number>")],
    Discriminator(_number_form),
]


class WorkplacePhone(Strict):
    """The desk phone of a workplace, which is configured by its MAC address."""

    model: PhoneModel
    """Maker and model, for example snom-d785 or yealink-t54w."""
    mac: MacAddress
    """MAC address from the label of the phone, 12 characters; it is at one workplace only."""

    @property
    def value(self) -> DeskPhone:
        return DeskPhone(self.model, self.mac)


def _license_by_default(schema: dict[str, Any]) -> None:
    """It may be left out of a file where provision.yaml has a default: no editor knows that."""
    schema["required"].remove("license")


class Workplace(Strict):
    """A user or a phone on the PBX (R15)."""

    model_config = ConfigDict(json_schema_extra=_license_by_default)

    login: Login
    """ASCII letters and digits, a dot as separator; permanent."""
    was: Login | None = None
    """The former login of this workplace, for one change: it keeps its numbers and its billing."""
    name: Label | None = None
    """Shown on the phones; left unchanged if not given."""
    license: License
    """phones, or phones+apps (recommended for everyone with a computer or mobile); default: the
    reseller's, if it has one."""
    use: Use = Use.DESK
    """What it is for: desk, fax, workshop, lift, door or other."""
    number: WorkplaceNumber | None = None
    """Its own number: a ported one, one in a ported block, a whole block (its default target), or
    ``{stock: id}``."""
    extension: Extension | None = None
    """Internal number, 2 to 6 digits."""
    srtp: Srtp | None = None
    """Encrypted voice of the desk phone: required (no call without it), optional (with a phone that
    can) or off; default: the reseller's, if it has one, else as it is on the PBX."""
    password: Credential = GENERATED
    """SIP password; default: generated."""
    phone: WorkplacePhone | None = None
    """Its desk phone, which fetches its configuration by itself; default: none, or one that is set
    up by hand."""
    hide_number: Boolean | None = None
    """true: who is called outside does not see the number; emergency calls show it all the same.
    Default: shown, unless somebody has set otherwise on the PBX."""
    emergency: Location | None = None
    """Where help goes if this workplace is elsewhere; default: the customer's location."""


class Access(Strict):
    """A login for people: the reseller's support access, or the customer's admin (R14)."""

    login: Login
    """ASCII letters and digits, a dot as separator."""
    password: Credential = GENERATED
    """Password; default: generated."""


class Acknowledged(Strict):
    """Advice that was read and is not followed."""

    code: AdviceCode
    """The code of the advice: ``PV239``."""
    reason: Line
    """Why it is not followed; shown to whoever reads a plan, so without personal data."""


class Manifest(Strict):
    """One customer."""

    version: Version
    """Version of this format: 1."""
    was: Customer | None = None
    """The former id of this customer, for one change: numbers, ports and billing stay its own."""
    contact: Contact
    """Who the customer is."""
    subscription: Subscription
    """When billing begins and the PBX is switched on."""
    numbers: tuple[NewNumber, ...] = ()
    """New numbers from the operator's stock, and those that are with the operator already."""
    porting: tuple[Porting, ...] = ()
    """Numbers to be ported to us."""
    workplaces: tuple[Workplace, ...] = Field(min_length=1)
    """Users and phones; at least one (R15)."""
    switched_off: tuple[WorkplaceNumber, ...] = ()
    """Numbers in a block that ring nowhere: callers hear that the number is not in service, instead
    of reaching the block's default target (R11)."""
    main_number: WorkplaceNumber | None = None
    """Shown on emergency calls from a workplace without a number of its own; default: a number that
    rings at a workplace, from ``numbers`` by id, otherwise the lowest ported one."""
    premium_calls: Boolean | None = None
    """true: workplaces may call 0900, 0901 and 0906 numbers, which cost extra; default: they may
    not."""
    support_login: Access | None = None
    """The reseller's own access to the PBX (R14); default: the reseller's, if it has one."""
    admin: Access | None = None
    """An administrator for the customer (R14)."""
    canton: Canton | None = None
    """Canton in which the customer is: nobody ports on its holidays either; default: the
    reseller's."""
    language: Language | None = None
    """Language of letters and of what the customer is handed; default: the reseller's."""
    acknowledged: tuple[Acknowledged, ...] = ()
    """Advice that is not followed, with the reason: it is told in one line."""
    barred: tuple[Barred, ...] = ()
    """What no workplace may call, whatever ``premium_calls`` allows: 0900, 0901, 0906 or
    international; emergency calls are always possible."""
    emergency: Location | None = None
    """Where help goes after an emergency call; default: the address of the contact."""
    directory: Directory | None = None
    """The entry in the public directory; default: nothing is declared."""

    def canonical(self) -> bytes:
        """The meaning of the manifest as JSON: order, comments and spelling do not count."""
        return self._meaning[0]

    def digest(self) -> str:
        """SHA-256 over :meth:`canonical`, hexadecimal."""
        return self._meaning[1]

    @cached_property
    def _meaning(self) -> tuple[bytes, str]:
        """Asked for many times in one plan."""
        return meaning_of(self.plain())

    def plain(self) -> dict[str, Any]:
        """As JSON has it, in the order of the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def of_plain(cls, data: bytes) -> Self:
        """Back from the JSON of :meth:`plain`, which tells at once what it means.  Raises
        ValidationError."""
        manifest = cls.model_validate_json(data)
        manifest.__dict__["_meaning"] = meaning_of(orjson.loads(data))
        return manifest


def meaning_of(found: dict[str, Any]) -> tuple[bytes, str]:
    """What a manifest says, by :meth:`Manifest.plain`, which is changed; and its digest."""
    for name, key in (("workplaces", "login"), ("numbers", "id"), ("porting", "id")):
        found[name].sort(key=itemgetter(key))
    found["switched_off"].sort(key=str)
    if not found["switched_off"]:
        del found["switched_off"]  # as in releases of manifests that did not know it
    found["acknowledged"].sort(key=itemgetter("code"))
    if not found["acknowledged"]:
        del found["acknowledged"]  # as above
    found["barred"] = sorted(set(found["barred"]))
    if not found["barred"]:
        del found["barred"]  # as above
    for port in found["porting"]:
        for name in ("numbers", "blocks", "other_services"):
            port[name].sort()
    said = orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
    return said, hashlib.sha256(said).hexdigest()
