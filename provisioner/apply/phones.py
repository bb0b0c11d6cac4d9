"""What desk phones need, on its way to the web host that configures them.

Sealed to the web host alone, and written before the PBX is called, as passwords for resellers are.
It counts once a line after it says that its call was carried out: of a call that failed, and of a
manifest that was put back meanwhile, phones are told nothing.  A run that died between call and
line is settled by the next one, which sees on the PBX whether the call was carried out.  A place is
a customer's login; one without a phone (any more) has an entry that says so.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
GONE = "none"
"""What a line says that a place is to be, where it has no phone."""
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

    def write(self, places: Sequence[PlaceOfPhone], call: str, at: datetime) -> None:
        """Before the call of that key.  Raises SystemFault PV572."""
        for place in places:
            entry = {"customer": str(place.customer), "kind": KIND, "login": place.login}
            sealed = seal_raw(orjson.dumps({**entry, **self._told(place)}), [self.recipient])
            made = {"at": at.isoformat(timespec="seconds"), "call": call}
            now = _state(place.workplace)
            append(self.folder, HAND_OVER, {**entry, **made, "now": now, "sealed": sealed})

    def carried_out(self, places: Sequence[PlaceOfPhone], call: str, at: datetime) -> None:
        """It was.  Raises SystemFault PV572."""
        for place in places:
            self._confirm(str(place.customer), place.login, call, at)

    def settle(
        self, live: CustomerLive | None, customers: Iterable[CustomerId], at: datetime
    ) -> None:
        """Of runs that did not end: what the PBX has was carried out.  Raises SystemFault PV572."""
        objects = live.pbx.objects if live else ()
        workplaces = [each for each in objects if isinstance(each, Workplace)]
        found = {(str(each.customer), each.login): each for each in workplaces}
        path, names = self.folder / f"{HAND_OVER}.jsonl", {*map(str, customers)}
        for place, line in _open(path, names).items() if live else ():
            if line["now"] == _state(found.get(place)):
                self._confirm(*place, str(line["call"]), at)

    def _confirm(self, customer: str, login: str, call: str, at: datetime) -> None:
        place = {"customer": customer, "kind": KIND, "login": login}
        made = {"at": at.isoformat(timespec="seconds"), "carried_out": call}
        append(self.folder, HAND_OVER, {**place, **made})

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


def _state(workplace: Workplace | None) -> str:
    """What tells, in a line that anybody may read, whether a place is as its entry has it."""
    if workplace is None or not is_phone(workplace.phone):
        return GONE
    return f"{workplace.credential} {workplace.phone}"


def _open(path: Path, customers: Collection[str]) -> dict[tuple[str, str], dict[str, object]]:
    """The last entry of each place of these customers, unless it is known to be carried out."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for text in path.read_bytes().splitlines() if path.exists() else ():
        try:
            line = orjson.loads(text)
            place = line["customer"], line["login"]
            if place[0] not in customers:
                continue
            if "carried_out" not in line:
                found[place] = {"call": line["call"], "now": line["now"]}
            elif place in found and found[place]["call"] == line["carried_out"]:
                del found[place]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue  # cut off, or no line of ours
    return found


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
        case Update(Workplace() as place) if place.phone and "credential" in step.changed:
            yield PlaceOfPhone(place.customer, place.login)  # what was told of it may be damaged
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
