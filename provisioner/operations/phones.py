"""Which phone registers as whom: what the hand-over for desk phones says, on the host that has its
key."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provisioner.apply.handover import Entry, Place, entries
from provisioner.apply.phones import GONE, KIND
from provisioner.codes import Code
from provisioner.codes.handset import (
    HandOverOfPhonesIsDamaged,
    NoPasswordForThePhone,
    NotAHandOverOfPhones,
    PhoneInTwoPlaces,
    PhoneNotKnownHere,
)
from provisioner.codes.secrets import PasswordsForAnotherKey, PasswordsInTheHandOverAreDamaged
from provisioner.spelling import a_few
from provisioner.telephony.phones import DeskPhone, Mac, PhoneError, PhoneModel
from provisioner.telephony.srtp import Srtp

TOKEN_DIGITS = 32
"""Of base 16: 128 bits."""
_LABEL = b"provisioner: paths of phones, 1"


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone at its workplace, with all that its file says.

    ``srtp`` is None where the manifest does not declare it.
    """

    place: Place
    phone: DeskPhone
    user: str
    password: str = field(repr=False)
    name: str = ""
    extension: str = ""
    srtp: Srtp | None = None


@dataclass(frozen=True, slots=True)
class Phones:
    """What a hand-over says of phones now.

    ``phones``: which one is where.  ``handsets``: those of which all is known.  ``gone``: places
    that have no phone any more.  ``unknown``: places of which nobody can tell, since their last
    entry does not open or is not understood; what was written for them stays.  ``faults``: what is
    wrong; each is about one phone or a part of the file, and the others go on.
    """

    phones: tuple[tuple[Place, DeskPhone], ...]
    handsets: tuple[Handset, ...]
    gone: frozenset[Place]
    unknown: frozenset[Place]
    faults: tuple[Code, ...]


class _Phone(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    model: str
    mac: str


class _Body(BaseModel):
    """What is sealed.  ``password`` null: as the last entry of the place that had one."""

    model_config = ConfigDict(frozen=True, strict=True)

    user: str
    password: str | None
    name: str | None
    extension: str | None
    srtp: Srtp | None = Field(strict=False)  # a text in the entry
    phone: _Phone | None


@dataclass(slots=True)
class _Known:
    """Of one place, up to a line.  ``password`` None: no valid one is known."""

    body: _Body | None = None
    phone: DeskPhone | None = None
    password: str | None = None
    state: Literal["read", "closed", "damaged", "strange"] = "read"


def phones_in(content: bytes, identities: Sequence[str], file: str) -> Phones:
    """``file`` is the name of the hand-over in what is told of it.

    Of each place the last entry counts whose call was carried out, also where it does not open: an
    older password is not valid any more.  Entries of another kind are none of ours.
    """
    known: dict[Place, _Known] = {}
    strays: list[int] = []
    others = False
    every = list(entries(content, identities))
    done = {(e.place, str(e.plain["carried_out"])) for e in every if "carried_out" in e.plain}
    for entry in every:
        call = entry.plain.get("call")
        if "carried_out" in entry.plain or (call and (entry.place, str(call)) not in done):
            continue
        if entry.place is None:
            strays.append(entry.line)
        elif entry.place.kind == KIND:
            _take(known.setdefault(entry.place, _Known()), entry)
        else:
            others = True
    faults = list(_unread(known, strays, others, file))
    found: dict[Mac, list[Place]] = {}
    for place, phone in _phones(known):
        found.setdefault(phone.mac, []).append(place)
    handsets, unknown = [], {place for place, each in known.items() if each.state != "read"}
    for mac, places in found.items():
        if len(places) > 1:
            faults.append(PhoneInTwoPlaces(mac=str(mac), places=a_few(sorted(places))))
            unknown.update(places)
            continue
        each = known[places[0]]
        if each.password is None:
            faults.append(NoPasswordForThePhone(place=str(places[0]), file=file))
            unknown.add(places[0])
        else:
            handsets.append(_handset(places[0], each))
    gone = {p for p, each in known.items() if each.state == "read" and each.phone is None}
    shown = sorted((place, phone) for place, phone in _phones(known))
    return Phones(tuple(shown), tuple(handsets), frozenset(gone), frozenset(unknown), tuple(faults))


def _phones(known: dict[Place, _Known]) -> Iterator[tuple[Place, DeskPhone]]:
    for place, each in known.items():
        if each.state == "read" and each.phone is not None:
            yield place, each.phone


def _take(known: _Known, entry: Entry) -> None:
    """The next entry of a place."""
    known.state = "closed" if entry.closed else "damaged"
    if entry.body is None and entry.plain.get("now") == GONE:
        known.state, known.body, known.phone, known.password = "read", None, None, None
        return
    if entry.body is None:
        known.password = None  # a new one may stand in it
        return
    try:
        known.body = _Body.model_validate(entry.body)
        told = known.body.phone
        known.phone = DeskPhone(PhoneModel(told.model), Mac.parse(told.mac)) if told else None
        known.state = "read"
    except (ValidationError, ValueError, PhoneError):  # of a newer release of ours, or a forgery
        known.state = "strange"
        password = entry.body.get("password")
        known.password = password if isinstance(password, str) else known.password
        return
    if known.body.password is not None:
        known.password = known.body.password


def _handset(place: Place, known: _Known) -> Handset:
    assert known.body is not None  # noqa: S101 - as it was read
    assert known.phone is not None  # noqa: S101 - the same
    assert known.password is not None  # noqa: S101 - the same
    return Handset(
        place,
        known.phone,
        known.body.user,
        known.password,
        known.body.name or "",
        known.body.extension or "",
        known.body.srtp,
    )


def _unread(
    known: dict[Place, _Known], strays: Sequence[int], others: bool, file: str
) -> Iterator[Code]:
    """What a reader of the file would look for and not find."""
    if not known:  # before the first phone there is nothing in it
        if strays or others:
            yield NotAHandOverOfPhones(file=file)
        return
    for state, kind in (
        ("closed", PasswordsForAnotherKey),
        ("damaged", PasswordsInTheHandOverAreDamaged),
    ):
        if places := [place for place, each in known.items() if each.state == state]:
            yield kind(file=file, count=len(places), logins=a_few(places))
    if strays:
        yield HandOverOfPhonesIsDamaged(file=file, count=len(strays), line=strays[0])
    for place, each in known.items():
        if each.state == "strange":
            yield PhoneNotKnownHere(place=str(place))


def host_key(identity: str) -> bytes:
    """The key of the paths, from the private key of this host: who changes the one changes the
    other, and nothing more has to be kept.

    HMAC with a label, which is HKDF's extract step (RFC 5869).  Comments in the file, as age-keygen
    writes them, do not count.
    """
    lines = (line.strip() for line in identity.splitlines())
    kept = "\n".join(line for line in lines if line and not line.startswith("#"))
    return hmac.digest(_LABEL, kept.encode(), sha256)


def token(key: bytes, mac: Mac) -> str:
    """The folder of a phone: nobody who knows the MAC alone can tell it."""
    return hmac.digest(key, str(mac).encode(), sha256).hex()[:TOKEN_DIGITS]
