"""What an edit means for who helps after an emergency call, and for who is found."""

from collections.abc import Iterator
from datetime import date

from provisioner.codes import Code
from provisioner.codes.duties import EntryBecomesPublic, HelpGoesElsewhere
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.duties import confirmed_ahead, locations
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput

Found = Iterator[tuple[Code, Path]]


def duties(subject: CustomerInput, released: Manifest | None, today: date) -> Iterator[Diagnostic]:
    """Addresses are personal, so a plan says of whom one is another one, and not which.

    A day on which nobody can have confirmed anything yet is an error.
    """
    manifest = subject.manifest
    if manifest is None:
        return
    yield from confirmed_ahead(manifest, today, customer=str(subject.customer))
    found = []
    if released is not None and released is not manifest:
        found += [*_moved(released, manifest), *_listed(released, manifest)]
    for about, path in found:
        yield Diagnostic.of(about, subject.customer, path=path)


def _moved(released: Manifest, manifest: Manifest) -> Found:
    before, after = _addresses(released), _addresses(manifest)
    places: dict[str, Path] = {
        str(each.login): ("workplaces", at) for at, each in enumerate(manifest.workplaces)
    }
    places[""] = ("emergency",) if manifest.emergency else ("contact",)
    known = {str(each.login) for each in released.workplaces} | {""}
    for login in sorted(known & places.keys() & (after.keys() | before.keys())):
        if after.get(login, after[""]) != before.get(login, before[""]):
            where = login or manifest.contact.company
            yield HelpGoesElsewhere(where=where), places[login]


def _listed(released: Manifest, manifest: Manifest) -> Found:
    was = released.directory is not None and released.directory.listed
    if manifest.directory is not None and manifest.directory.listed and not was:
        yield EntryBecomesPublic(), ("directory", "listed")


def _addresses(manifest: Manifest) -> dict[str, tuple[str, str, str]]:
    """By login; the customer's by an empty text, and by default that of its contact."""
    contact = manifest.contact
    found = {"": (contact.street, contact.postcode, contact.city)}
    for _, login, place in locations(manifest):
        if place is not None:
            found[login] = (place.street, place.postcode, place.city)
    return found
