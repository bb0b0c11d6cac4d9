"""What a plan is made for: a customer, and what holds for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Self

from pydantic import ValidationError

from provisioner.contract.abilities import Abilities
from provisioner.contract.desk import DeskState
from provisioner.contract.reading import CustomerLive, Holders
from provisioner.contract.resources import Kind, PortingOrder, Release
from provisioner.manifest.adoptions import NOTHING as NO_ADOPTIONS
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.manifest.packed import Packed
from provisioner.manifest.removals import NOTHING, Removals
from provisioner.manifest.yaml import Document
from provisioner.plan.model import Targets
from provisioner.plan.scope import EVERYBODY, Scope
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class CustomerInput:
    """A customer to plan for.

    ``packed`` None and not ``broken``: there is no file, so the customer is to go.  ``broken``:
    the file is there and wrong, which must never look like a deleted one.
    """

    customer: CustomerId
    reseller: str = ""
    packed: Packed | None = None
    broken: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    document: Document | None = None
    """The file behind ``packed``, for the places of findings; None if it is not from a file."""
    promised: frozenset[str] = frozenset()
    """Digests of steps that an open run was approved for and has not done."""

    @property
    def ids(self) -> list[CustomerId]:
        """The customer's, and the one that it had until now."""
        was = self.manifest.was if self.manifest else None
        return [self.customer] if was is None else [self.customer, was]

    @classmethod
    def released(cls, customer: CustomerId, state: DeskState | None) -> Self:
        """As it was released last, by what the desk holds.

        One whose release cannot be read counts as broken, not as deleted; one of whom only an order
        is left is to go.
        """
        objects = state.objects if state else ()
        release = next((o for o in objects if isinstance(o, Release)), None)
        if release is None:
            left = any(isinstance(o, PortingOrder) for o in objects)
            return cls(customer, broken=not left)
        try:
            packed = _packed(release.content)
        except ValidationError:
            return cls(customer, release.reseller, broken=True)
        return cls(customer, release.reseller, packed)

    @property
    def manifest(self) -> Manifest | None:
        return self.packed.manifest if self.packed else None

    @property
    def was(self) -> CustomerId | None:
        """What it was called until now, as its manifest says."""
        return self.packed.was if self.packed else None

    def located(self, found: Diagnostic) -> Diagnostic:
        """``found`` with the places of its paths in the file."""
        if self.document is None or found.place or not found.path:
            return found
        also = tuple(self.document.locate(path) for path in found.also)
        place = self.document.locate(found.path)
        return replace(found, place=place, related=(*found.related, *also))

    def saying(self, more: Sequence[Diagnostic]) -> Self:
        """The same with ``more`` findings."""
        return replace(self, diagnostics=(*self.diagnostics, *more)) if more else self

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """:attr:`diagnostics` with their places, in file order."""
        return tuple(sorted(map(self.located, self.diagnostics), key=lambda d: d.order))


def manifest_of(release: Release) -> Manifest:
    """The manifest that was released; ValidationError if this version cannot read it."""
    return _manifest(release.content)


@lru_cache(maxsize=64)
def _manifest(content: bytes) -> Manifest:
    """A plan looks at one release on many days."""
    return Manifest.model_validate_json(content)


@lru_cache(maxsize=64)
def _packed(content: bytes) -> Packed:
    return Packed.of(_manifest(content))


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
    claims: Mapping[CustomerId, Mapping[str, CustomerId]] = field(default_factory=dict)
    """Who takes over which number of a customer, by its digits, as all manifests say."""
    void: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Manifests that count for nothing, as they are written, by their file."""
    abilities: Abilities = Abilities()
    scope: Scope = EVERYBODY
    """Whose customers may be known."""
    unnamed: frozenset[str] = frozenset()
    """Customers of others that were met: what they hold is taken, and nobody is told by whom."""


def released_manifest(live: CustomerLive, written: Manifest | None = None) -> Manifest | None:
    """The manifest that was released last; ValidationError if this version cannot read it.

    ``written`` is taken for it if it says the same, to the byte: most manifests do, and reading one
    costs more than all else of a customer that nothing is to be done for.
    """
    release = live.one(Kind.RELEASE)
    if not isinstance(release, Release) or not release.content:
        return None
    if written is not None and release.content == written.canonical():
        return written
    return manifest_of(release)


def told(subject: CustomerInput, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """With their places, the gravest first."""
    return tuple(
        sorted(
            map(subject.located, diagnostics),
            key=lambda d: (d.severity, d.order, str(sorted(d.params.items()))),
        )
    )
