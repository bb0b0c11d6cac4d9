"""What a manifest says about calls that are barred and about where help goes.  Pure."""

from collections.abc import Iterator
from datetime import date

from provisioner.codes.duties import (
    AllowedAndBarred,
    ConfirmedInTheFuture,
    HelpCannotKnowTheWorkplace,
    LocationToBeConfirmed,
)
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.place import Location
from provisioner.telephony.calls import PREMIUM

Located = tuple[Path, str, Location | None]
"""Where it stands, the login of the workplace (empty: it is the customer's), and what it says."""


def locations(manifest: Manifest) -> Iterator[Located]:
    """The customer's, which may be that of the contact, then those of workplaces elsewhere."""
    yield ("emergency",), "", manifest.emergency
    for at, workplace in enumerate(manifest.workplaces):
        if workplace.emergency is not None:
            path: Path = ("workplaces", at, "emergency")
            yield path, str(workplace.login), workplace.emergency


def confirmed_ahead(manifest: Manifest, today: date, *, customer: str) -> Iterator[Diagnostic]:
    """Days on which nobody can have confirmed anything yet."""
    for path, _, place in locations(manifest):
        day = place.confirmed_on if place else None
        if day is not None and day > today:
            about = ConfirmedInTheFuture(day=str(day), today=str(today))
            yield Diagnostic.of(about, customer, path=(*path, "confirmed_on"))


def check(
    manifest: Manifest, config: Config, *, customer: str | None = None
) -> Iterator[Diagnostic]:
    """What is allowed and barred at once, and locations that nobody has confirmed."""
    if manifest.premium_calls and {*PREMIUM} <= {str(each) for each in manifest.barred}:
        yield Diagnostic.of(
            AllowedAndBarred(), customer, path=("barred",), also=[("premium_calls",)]
        )
    for at, workplace in enumerate(manifest.workplaces):
        if workplace.emergency is not None and workplace.number is None:
            missing = HelpCannotKnowTheWorkplace(login=str(workplace.login))
            yield Diagnostic.of(missing, customer, path=("workplaces", at, "emergency"))
    if not config.duties.require_confirmation:
        return
    for path, login, found in locations(manifest):
        if found is None or found.confirmed_on is None:
            where: Path = path if found is not None else ("contact",)
            about = LocationToBeConfirmed(where=login or manifest.contact.company)
            yield Diagnostic.of(about, customer, path=where)
