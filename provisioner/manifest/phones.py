"""What manifests say of desk phones: each is at one workplace, and of a maker's known models."""

from collections.abc import Iterator

from provisioner.codes.phones import (
    MacOfAnotherMaker,
    NoPlaceForADeskPhone,
    PhoneGivenTwice,
    PhonesAreNotConfigured,
)
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest
from provisioner.telephony.licenses import Use

_ELSEWHERE = frozenset({Use.DOOR, Use.LIFT, Use.FAX})
"""What stands there is no desk phone."""


def macs_of(manifest: Manifest) -> list[tuple[Path, str]]:
    """The MAC address of every phone, with its path."""
    return [
        (("workplaces", at, "phone", "mac"), str(place.phone.mac))
        for at, place in enumerate(manifest.workplaces)
        if place.phone is not None
    ]


def check(manifest: Manifest, config: Config, *, customer: str) -> Iterator[Diagnostic]:
    """What one manifest can show."""
    first: dict[str, Path] = {}
    for path, mac in macs_of(manifest):
        if mac in first:
            about = PhoneGivenTwice(mac=mac)
            yield Diagnostic.of(about, customer, path=path, also=[first[mac]])
        first.setdefault(mac, path)
    for at, place in enumerate(manifest.workplaces):
        if place.phone is None:
            continue
        path = ("workplaces", at, "phone")
        login, maker = str(place.login), place.phone.model.maker
        if place.phone.mac.maker is not maker:
            wrong = MacOfAnotherMaker(login=login, mac=str(place.phone.mac), maker=maker.shown)
            yield Diagnostic.of(wrong, customer, path=(*path, "mac"))
        if place.use in _ELSEWHERE:
            there = NoPlaceForADeskPhone(login=login, use=str(place.use))
            yield Diagnostic.of(there, customer, path=path)
    if first and config.phones is None:
        path = next(iter(first.values()))[:-1]
        yield Diagnostic.of(PhonesAreNotConfigured(), customer, path=path)
