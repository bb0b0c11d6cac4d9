"""What desk phones need, on its way to the web host that configures them.

Sealed to the web host alone, and written before the PBX is called, as passwords for resellers are.
The last entry of a place counts: a run that died after one was written writes a newer one when it
goes on.  A place is a customer's login; one without a phone (any more) has an entry that says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from provisioner.apply.appending import append
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import Tenant, Workplace
from provisioner.manifest.sealed import seal_raw
from provisioner.manifest.webhost import HAND_OVER
from provisioner.plan.model import Step
from provisioner.plan.operation import Adopt, Create, Delete, Operation, Rename, Update
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.phones import DeskPhone, is_phone

KIND = "phone"
_TOLD = frozenset({"phone", "credential", "name", "extension", "srtp"})
"""Fields of a workplace that its phone is told."""


@dataclass(frozen=True, slots=True)
class PlaceOfPhone:
    """A place, as it is from now on.  ``workplace`` None: there is no phone (any more)."""

    customer: CustomerId
    login: str
    workplace: Workplace | None = None
    password: str | None = None
    """None: as it was in the entry before."""


@dataclass(frozen=True, slots=True)
class PhoneHandOver:
    """``recipient``: public key of the web host.  ``folder``: where hand-overs are written.
    ``sip_user``: the user with which the phone of a login registers."""

    recipient: str
    folder: Path
    sip_user: Callable[[CustomerId, str], str]

    def write(
        self,
        step: Step,
        operation: Operation,
        secrets: Mapping[str, str],
        live: CustomerLive | None,
        at: datetime,
    ) -> None:
        """All that ``step`` changes of phones.  Raises SystemFault PV572."""
        for place in changed_places(step, operation, secrets, live):
            entry = {"customer": str(place.customer), "kind": KIND, "login": place.login}
            sealed = seal_raw(orjson.dumps({**entry, **self._told(place)}), [self.recipient])
            line = {**entry, "at": at.isoformat(timespec="seconds"), "sealed": sealed}
            append(self.folder, HAND_OVER, line)

    def _told(self, place: PlaceOfPhone) -> dict[str, object]:
        fields = place.workplace.concrete() if place.workplace else {}
        phone = fields.get("phone")
        found = DeskPhone.parse(str(phone)) if is_phone(phone) else None
        return {
            "user": self.sip_user(place.customer, place.login),
            "password": place.password,
            "name": fields.get("name"),
            "extension": fields.get("extension"),
            "srtp": fields.get("srtp"),
            "phone": {"model": str(found.model), "mac": str(found.mac)} if found else None,
        }


def changed_places(
    step: Step, operation: Operation, secrets: Mapping[str, str], live: CustomerLive | None
) -> Iterator[PlaceOfPhone]:
    """Places whose phone is told something else from now on.  ``live``: as it is before."""
    match operation:
        case Create(Workplace() as place) | Adopt(Workplace() as place) if is_phone(place.phone):
            yield _at(place, secrets)
        case Update(Workplace() as place) if is_phone(place.phone) and _TOLD & {*step.changed}:
            yield _at(place, secrets)
        case Update(Workplace() as place) if "phone" in step.changed:
            if is_phone((step.before or {}).get("phone")):
                yield PlaceOfPhone(place.customer, place.login)
        case Delete(Workplace() as place) if is_phone(place.phone):
            yield PlaceOfPhone(place.customer, place.login)
        case Rename():
            yield from _renamed(operation, secrets, live)
        case _:
            pass


def _renamed(
    rename: Rename, secrets: Mapping[str, str], live: CustomerLive | None
) -> Iterator[PlaceOfPhone]:
    """The former place has none any more, the new one is told all."""
    match rename:
        case Rename(Workplace() as place, was):
            if any(former.login == was for former in _with_phones(live)):
                yield PlaceOfPhone(place.customer, was)
            if is_phone(place.phone):
                yield _at(place, secrets)
        case Rename(Tenant(customer=customer), was):
            for former in _with_phones(live):
                yield PlaceOfPhone(CustomerId(was), former.login)
                if former.login in secrets:  # else a step of its own sets its password
                    yield PlaceOfPhone(customer, former.login, former, secrets[former.login])


def _at(place: Workplace, secrets: Mapping[str, str]) -> PlaceOfPhone:
    return PlaceOfPhone(place.customer, place.login, place, secrets.get(place.login))


def _with_phones(live: CustomerLive | None) -> Iterator[Workplace]:
    for each in live.pbx.objects if live else ():
        if isinstance(each, Workplace) and is_phone(each.phone):
            yield each
