"""Scalars of a manifest, text in, value out; and what all its models are.

YAML is read untyped, so every scalar arrives as the string that was written, and these types give
it its meaning.  A type that refuses raises the catalogue's code.  Each carries the JSON Schema that
an editor needs; editors do type scalars, so a number is accepted there as string and as integer.
"""

import re
from collections.abc import Callable
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from provisioner.codes import Code, of
from provisioner.codes.fields import (
    NeitherTrueNorFalse,
    NoAccountNumber,
    NoBranchName,
    NoDate,
    NoExtension,
    NoSigningKey,
    NotANameForTheManifest,
    NotAnEmergencyNumber,
    NoTimeOfDay,
    NoWholeNumber,
    OneValueWanted,
)
from provisioner.codes.porting import NotAPart, OutsideWorkingHours
from provisioner.codes.telephony import NotAFixedLineAreaCode, NumberByItsId
from provisioner.codes.views import NotACode
from provisioner.errors import ProvisionError
from provisioner.manifest import lines
from provisioner.telephony import contacts
from provisioner.telephony.calendar import CLOSES, OPENS
from provisioner.telephony.identity import CustomerId, SipLogin, Uid
from provisioner.telephony.money import Money
from provisioner.telephony.numbers import (
    DIGITS,
    E164,
    PREFIXES,
    DdiBlock,
    Numbers,
    digits_of,
    respell,
)
from provisioner.telephony.phones import Mac

T = TypeVar("T")


class Strict(BaseModel):
    """Frozen, and no field that the schema does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


PERSONAL = "x-personal"
"""Marks a field in the schema whose value is never printed."""

SECRET = "x-secret"  # noqa: S105 - the name of the mark
"""Marks a password in the schema: nothing that is written in its place is printed."""

KIND = "x-kind"
"""Says in the schema what a field's text is, for those who respell it or mask it."""


class FieldKind(StrEnum):
    """What the text of a field is."""

    TIME = "time"
    NUMBER = "number"
    BLOCK = "block"
    NUMBER_OR_BLOCK = "number-or-block"
    AREA = "area"
    PHONE = "phone"
    UID = "uid"
    EMAIL = "email"
    POSTCODE = "postcode"
    MAC = "mac"
    WORDS = "words"


# compiled: to look a pattern up by its text takes longer than to match it
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"20\d{2}-\d{2}-\d{2}", re.ASCII)
_EXTENSION = re.compile(r"[1-9]\d{1,5}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def refusal(about: Code) -> PydanticCustomError:
    """A coded refusal that pydantic collects with its place."""
    return PydanticCustomError(about.code, "refused", dict(about.params))


def of_pydantic(found: ErrorDetails, other: Code) -> Code:
    """A :func:`refusal` that pydantic collected; ``other`` for one of pydantic's own."""
    return of(found["type"], found.get("ctx", {})) if found["type"].startswith("PV") else other


Version = Annotated[Literal[1], BeforeValidator(lambda found: 1 if found == "1" else found)]
"""Version of a file's format, read as text like every scalar."""


def scalar(parse: Callable[[str], T]) -> BeforeValidator:
    """Validator for a value that is written as one scalar and parsed by ``parse``."""

    def read(found: Any) -> Any:
        if not isinstance(found, str):
            if isinstance(found, dict | list):
                raise refusal(OneValueWanted(found=type(found).__name__))
            return found
        try:
            return parse(found)
        except ProvisionError as error:
            raise refusal(error.about) from None

    return BeforeValidator(read)


def _integer(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise refusal(NoWholeNumber(found=text))
    return int(text)


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise refusal(NeitherTrueNorFalse(found=text))
    return text == "true"


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise refusal(NoDate(found=text))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refusal(NoDate(found=text)) from None


def _part(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", text, re.ASCII):
        raise refusal(NotAPart(found=text))
    return int(text)


def _clock(text: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise refusal(NoTimeOfDay(found=text))
    found = time.fromisoformat(text)
    if not OPENS <= found <= CLOSES:
        raise refusal(OutsideWorkingHours(found=text))
    return found


def _line(read: Callable[[str, int], str], limit: int) -> BeforeValidator:
    return scalar(lambda text: read(text, limit))


def _area(text: str) -> str:
    if text not in PREFIXES:
        raise refusal(NotAFixedLineAreaCode(found=text, area=text))
    return text


def _slug(text: str) -> str:
    if len(text) > 32 or not _SLUG.fullmatch(text):
        raise refusal(NotANameForTheManifest(found=text))
    return text


def _advice(text: str) -> str:
    if not re.fullmatch(r"PV\d{3}", text, re.ASCII):
        raise refusal(NotACode(found=text))
    return text


def _extension(text: str) -> str:
    if not _EXTENSION.fullmatch(text):
        raise refusal(NoExtension(found=text))
    return text


def _emergency_number(text: str) -> str:
    if not re.fullmatch(r"1\d{2,3}", text, re.ASCII):
        raise refusal(NotAnEmergencyNumber(found=text))
    return text


def _account(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,14}", text, re.ASCII):
        raise refusal(NoAccountNumber(found=text))
    return int(text)


def _branch(text: str) -> str:
    if not re.fullmatch(BRANCH_PATTERN, text, re.ASCII):
        raise refusal(NoBranchName(found=text))
    return text


def _signing_key(text: str) -> str:
    if not re.fullmatch(SIGNING_KEY_PATTERN, text, re.ASCII):
        raise refusal(NoSigningKey())
    return text


def _any_numbers(text: str) -> Numbers:
    if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text, re.ASCII):
        raise refusal(NumberByItsId())  # the id of a new number, as it stands in numbers
    whole = len(respell(text)) == DIGITS  # however it is spelled: the finding must suggest a number
    return E164.parse(text) if whole else DdiBlock.parse(text)


def _text(kind: FieldKind | None = None, **schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema, **_mark(kind)})


def _digits(pattern: str, kind: FieldKind | None = None, **schema: Any) -> WithJsonSchema:
    kinds = [{"type": "string", "pattern": pattern}, {"type": "integer"}]
    return WithJsonSchema({"anyOf": kinds, **schema, **_mark(kind)})


def _words(pattern: str, limit: int, **schema: Any) -> WithJsonSchema:
    """Text that people read; the pattern says what is no answer."""
    return _text(FieldKind.WORDS, minLength=1, maxLength=limit, pattern=pattern, **schema)


def _mark(kind: FieldKind | None) -> dict[str, str]:
    return {} if kind is None else {KIND: str(kind)}


as_text = PlainSerializer(str, return_type=str)
as_digits = PlainSerializer(digits_of, return_type=str)
personal = {PERSONAL: True}

_AMOUNT = WithJsonSchema(
    {
        "anyOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]{2})?$"}, {"type": "number"}],
        "examples": ["9.50"],
    }
)

Integer = Annotated[int, scalar(_integer)]
Boolean = Annotated[bool, scalar(_boolean)]
Day = Annotated[date, scalar(_day), _text(format="date", examples=["2027-01-01"])]
Part = Annotated[int, scalar(_part)]
"""Number of an order of a port that is split, counted from 1."""
ClockTime = Annotated[
    time,
    scalar(_clock),
    PlainSerializer(lambda t: t.strftime("%H:%M"), return_type=str),
    _text(FieldKind.TIME, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"]),
]
_REGISTERED, _NAMED, _SHOWN = 255, 120, 80
"""Characters: as long as the register's names (eCH-0097), as people's names, as phones show."""

Line = Annotated[str, _line(lines.line, _SHOWN), _words(lines.LINE_PATTERN, _SHOWN)]
Label = Annotated[str, _line(lines.label, _SHOWN), _words(lines.LABEL_PATTERN, _SHOWN, **personal)]
Folder = Annotated[str, _line(lines.text_of, _SHOWN), _text(minLength=1, maxLength=_SHOWN)]
Company = Annotated[str, _line(lines.name, _REGISTERED), _words(lines.NAME_PATTERN, _REGISTERED)]
Town = Annotated[str, _line(lines.name, _SHOWN), _words(lines.NAME_PATTERN, _SHOWN)]
Street = Annotated[str, _line(lines.name, _SHOWN), _words(lines.NAME_PATTERN, _SHOWN, **personal)]
Person = Annotated[
    str, _line(lines.person, _NAMED), _words(lines.PERSON_PATTERN, _NAMED, **personal)
]
Provider = Annotated[str, _line(lines.provider, _NAMED), _words(lines.PROVIDER_PATTERN, _NAMED)]
Email = Annotated[
    str,
    scalar(contacts.email),
    _text(FieldKind.EMAIL, format="email", pattern=contacts.EMAIL_PATTERN, **personal),
]
Postcode = Annotated[
    str,
    scalar(contacts.postcode),
    _digits("^[1-9][0-9]{3}$", FieldKind.POSTCODE, examples=[8400]),
]
Phone = Annotated[
    contacts.ContactPhone,
    scalar(contacts.ContactPhone.parse),
    as_text,
    _digits(r"^(?:0[0-9]{9}|\+[1-9][0-9]{6,14})$", FieldKind.PHONE, **personal),
]
Number = Annotated[
    E164,
    scalar(E164.parse),
    as_text,
    _digits("^0[0-9]{9}$", FieldKind.NUMBER, examples=["0445001234"]),
]
Block = Annotated[
    DdiBlock,
    scalar(DdiBlock.parse),
    as_digits,
    _digits("^0[0-9]{6,8}x*$", FieldKind.BLOCK, examples=["04450012"]),
]
NumberOrBlock = Annotated[
    E164 | DdiBlock,
    scalar(_any_numbers),
    as_digits,
    _digits("^0[0-9]{6,9}x*$", FieldKind.NUMBER_OR_BLOCK),
]
Area = Annotated[str, scalar(_area), _digits("^0[0-9]{2}$", FieldKind.AREA, examples=["044"])]
Slug = Annotated[str, scalar(_slug), _text(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", maxLength=32)]
AdviceCode = Annotated[str, scalar(_advice), _text(pattern="^PV[0-9]{3}$")]
Extension = Annotated[str, scalar(_extension), _digits("^[1-9][0-9]{1,5}$", examples=["20"])]
BRANCH_PATTERN = (
    "^(?!.*\\.\\.)(?!.*//)[A-Za-z0-9_][A-Za-z0-9_./-]{0,98}[A-Za-z0-9_-]$|^[A-Za-z0-9_]$"
)
SIGNING_KEY_PATTERN = "^ed25519:[A-Za-z0-9+/]{43}=$"
AccountNumber = Annotated[int, scalar(_account), _digits("^[1-9][0-9]{0,14}$", examples=[583231])]
Branch = Annotated[str, scalar(_branch), _text(pattern=BRANCH_PATTERN, examples=["main"])]
SigningKey = Annotated[str, scalar(_signing_key), _text(pattern=SIGNING_KEY_PATTERN)]
"""``ed25519:`` and the base64 of the 32 bytes of a public key."""
EmergencyNumber = Annotated[
    str, scalar(_emergency_number), _digits("^1[0-9]{2,3}$", examples=["112"])
]
Login = Annotated[
    SipLogin,
    scalar(SipLogin.parse),
    as_text,
    _text(pattern=r"^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*$", maxLength=48, examples=["petra.huber"]),
]
MacAddress = Annotated[
    Mac,
    scalar(Mac.parse),
    as_text,
    _text(FieldKind.MAC, pattern="^[0-9A-F]{12}$", examples=["000413A1B2C3"]),
]
CompanyUid = Annotated[
    Uid,
    scalar(Uid.parse),
    as_text,
    _text(FieldKind.UID, examples=["CHE-123.456.788"]),
]
Customer = Annotated[CustomerId, scalar(CustomerId.parse), as_text, _text(maxLength=40)]
CustomerName = Annotated[str, scalar(lambda text: str(CustomerId.parse(text))), _text(maxLength=40)]
Amount = Annotated[Money, scalar(Money.parse), as_text, _AMOUNT]
