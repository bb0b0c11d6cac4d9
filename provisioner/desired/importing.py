"""Manifests from what live systems hold.  Pure.

A customer of ours has its whole manifest at the desk.  Of one that somebody set up by hand the PBX
tells a part; what it does not tell stays open, and nothing is made up.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from provisioner.codes.policy import ReleaseCannotBeImported
from provisioner.contract.pbx import PbxState
from provisioner.contract.resources import (
    Admin,
    Kind,
    PbxResource,
    Release,
    Route,
    SupportLogin,
    Tenant,
    Workplace,
)
from provisioner.errors import PolicyError
from provisioner.manifest.diagnostics import Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.overlap import overlaps
from provisioner.manifest.types import (
    Company,
    Customer,
    Extension,
    Label,
    Login,
    NumberOrBlock,
    Slug,
)
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.phones import DeskPhone, PhoneError

CONTACT = ("company", "street", "postcode", "city", "person", "email", "phone")
"""What every customer has (R1)."""


def released_manifest(release: Release) -> Manifest:
    """The manifest that was released last, passwords sealed as they were.

    Raises PolicyError PV434 if it is not what was released, or of a version that is not known.
    """
    refusal = PolicyError(ReleaseCannotBeImported(customer=str(release.customer)))
    if hashlib.sha256(release.content).hexdigest() != release.manifest:
        raise refusal
    try:
        TypeAdapter(Slug).validate_python(release.reseller)  # both become a path
        TypeAdapter(Customer).validate_python(str(release.customer))
        return Manifest.model_validate_json(release.content)
    except ValidationError:
        raise refusal from None


@dataclass(frozen=True, slots=True)
class Outline:
    """What the PBX tells of a customer.

    ``data`` is a manifest as people write it, with an empty text where nothing is known; those
    places are ``unknown``.  ``left_out`` is what a manifest cannot say, as (kind, key).
    """

    data: dict[str, Any]
    unknown: tuple[Path, ...] = ()
    left_out: tuple[tuple[Kind, str], ...] = ()


def outline(state: PbxState) -> Outline:
    """An outline of everything in a customer's tenant, ours or not."""
    found = [*state.objects, *(f.found for f in state.foreign if f.found is not None)]
    unread = [(f.kind, f.key) for f in state.foreign if f.found is None]
    made = _Outlining(found, unread)
    return Outline(made.data(), tuple(made.unknown), tuple(sorted(made.left_out)))


@dataclass(slots=True)
class _Outlining:
    found: list[PbxResource]
    left_out: list[tuple[Kind, str]] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """Digits of every number and block that can be held, by the digits of what is within it."""

    def data(self) -> dict[str, Any]:
        tenant = next((t for t in self.found if isinstance(t, Tenant)), None)
        company = tenant.name if tenant and _fits(Company, tenant.name) else ""
        contact = {name: company if name == "company" else "" for name in CONTACT}
        self.unknown += [("contact", name) for name, value in contact.items() if not value]
        self.unknown.append(("subscription", "billing_from"))
        numbers = [{"id": digits, "held": digits} for digits in self._numbers()]
        made: dict[str, Any] = {
            "version": 1,
            "contact": contact,
            "subscription": {"billing_from": ""},
        }
        if numbers:
            made["numbers"] = numbers
        made["workplaces"] = [self._workplace(at, w) for at, w in enumerate(self._workplaces())]
        for name, kind in (("support_login", SupportLogin), ("admin", Admin)):
            if login := self._access(kind):
                made[name] = {"login": login}
        return made

    def _numbers(self) -> Iterator[str]:
        """The widest numbers and blocks that are routed; what lies within is a line of them."""
        claims = []
        for route in self._of(Route):
            digits = route.number.digits or ""
            if _fits(NumberOrBlock, digits):
                claims.append((digits, route))
            else:
                self.left_out.append((Kind.ROUTE, route.key))
        within = {narrow: wide for (wide, _), (narrow, _) in overlaps(claims)}
        for digits, _ in sorted(claims, key=lambda claim: claim[0]):
            wide = digits
            while wide in within:
                wide = within[wide]
            if wide != digits and len(digits) < DIGITS:
                self.left_out.append((Kind.ROUTE, digits))
                continue
            self.held[digits] = wide
            if wide == digits:
                yield digits

    def _workplaces(self) -> Iterator[Workplace]:
        for each in sorted(self._of(Workplace), key=lambda w: w.login):
            if _fits(Login, each.login):
                yield each
            else:
                self.left_out.append((Kind.WORKPLACE, each.login))

    def _workplace(self, at: int, found: Workplace) -> dict[str, Any]:
        made: dict[str, Any] = {"login": found.login}
        if found.name and _fits(Label, found.name):
            made["name"] = found.name
        known = str(found.license) in {str(each) for each in License}
        made["license"] = str(found.license) if known else ""
        if not known:
            self.unknown.append(("workplaces", at, "license"))
        if number := self._number(found):
            made["number"] = number
        if found.extension and _fits(Extension, found.extension):
            made["extension"] = found.extension
        if found.srtp:
            made["srtp"] = str(found.srtp)
        if phone := _phone(found):
            made["phone"] = {"model": str(phone.model), "mac": str(phone.mac)}
        if found.hide_number:
            made["hide_number"] = True
        return made

    def _number(self, found: Workplace) -> dict[str, Any] | None:
        """The number that rings there: the one that it calls with, else the first."""
        caller = found.caller_id.digits if found.caller_id else None
        ringing = [
            route.number.digits or ""
            for route in self._of(Route)
            if (route.target or "").casefold() == found.login.casefold()
        ]
        own = [digits for digits in ringing if digits in self.held]
        if not own:
            return None
        digits = min(own, key=lambda d: (d != caller, len(d) != DIGITS, d))
        wide = self.held[digits]
        if wide == digits:
            return {"stock": digits}
        return {"stock": wide, "line": int(digits[len(wide) :])}

    def _access(self, kind: type[SupportLogin] | type[Admin]) -> str:
        logins = sorted(each.login for each in self._of(kind))
        good = [login for login in logins if _fits(Login, login)]
        self.left_out += [(kind.kind, login) for login in logins if login not in good[:1]]
        return good[0] if good else ""

    def _of(self, kind: type[Any]) -> Iterable[Any]:
        return (each for each in self.found if isinstance(each, kind))


def _phone(found: Workplace) -> DeskPhone | None:
    """One of ours; a mark that somebody wrote by hand may say anything."""
    try:
        return DeskPhone.parse(found.phone or "")
    except (PhoneError, ValueError):
        return None


def _fits(kind: Any, text: str) -> bool:
    """Whether a field of that type takes the text."""
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True
