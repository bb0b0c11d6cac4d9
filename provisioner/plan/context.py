"""What a plan is made for: a customer, and what holds for all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from provisioner.contract.abilities import Abilities
from provisioner.contract.reading import CustomerLive, Holders
from provisioner.contract.resources import Kind, Release
from provisioner.manifest.adoptions import NOTHING as NO_ADOPTIONS
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import NOTHING, Removals
from provisioner.manifest.yaml import Document
from provisioner.plan.model import Targets
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class CustomerInput:
    """A customer to plan for.

    ``manifest`` None and not ``broken``: there is no file, so the customer is to go.  ``broken``:
    the file is there and wrong, which must never look like a deleted one.
    """

    customer: CustomerId
    reseller: str = ""
    manifest: Manifest | None = None
    broken: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    document: Document | None = None
    """The file behind ``manifest``, for the places of findings; None if it is not from a file."""
    promised: frozenset[str] = frozenset()
    """Ids of steps that an open run was approved for and has not done."""

    def located(self, found: Diagnostic) -> Diagnostic:
        """``found`` with the place of its path in the file."""
        if self.document is None or found.place or not found.path:
            return found
        return found.at(self.document.locate(found.path))


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What holds for all customers of a run."""

    config: Config
    today: date
    targets: Targets
    removals: Removals = NOTHING
    adoptions: Adoptions = NO_ADOPTIONS
    holders: Holders = field(default_factory=Holders)
    acknowledged: frozenset[str] = frozenset()
    abilities: Abilities = Abilities()


def released_manifest(live: CustomerLive) -> Manifest | None:
    """The manifest that was released last; ValidationError if this version cannot read it."""
    release = live.one(Kind.RELEASE)
    if not isinstance(release, Release) or not release.content:
        return None
    return Manifest.model_validate_json(release.content)


def told(subject: CustomerInput, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """With their places, the gravest first."""
    return tuple(
        sorted(
            map(subject.located, diagnostics),
            key=lambda d: (d.severity, d.order, str(sorted(d.params.items()))),
        )
    )
