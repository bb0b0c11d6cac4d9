"""Taking over what somebody else set up on the PBX: only with a reviewed entry, never otherwise.

Pure.  What would be created where something foreign stands becomes a step of its own that marks the
object and sets its declared fields; without an entry in ``adoptions.yaml`` it is refused.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from provisioner.codes.policy import (
    EntryInAdoptionsYamlHasRunOut,
    LoginExistsInAnotherForm,
    LoginIsTaken,
    NumberIsTaken,
    ObjectOfAnotherCustomer,
    ObjectWithoutOurMark,
)
from provisioner.contract.pbx import Foreign
from provisioner.contract.resources import Kind, Resource, System
from provisioner.manifest.adoptions import ALL, Adoption, Adoptions
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.diff import Draft, effect_of_update, masked
from provisioner.plan.model import Action, Cause
from provisioner.telephony.identity import CustomerId

_LOGINS = frozenset({Kind.WORKPLACE, Kind.SUPPORT, Kind.ADMIN})


def entry_name(kind: Kind, key: str) -> str:
    """How ``adoptions.yaml`` names an object, after the customer: ``workplace/LOGIN``, …"""
    match kind:
        case Kind.TENANT:
            return "tenant"
        case Kind.WORKPLACE:
            return f"workplace/{key}"
        case Kind.ROUTE:
            return f"number/{key}"
        case _:
            return f"login/{key}"


def lacking(found: Iterable[Diagnostic]) -> list[str]:
    """Names of entries without which a plan was refused, sorted."""
    return sorted(
        f"{d.customer}/{entry_name(Kind(str(d.params['kind'])), str(d.params['key']))}"
        for d in found
        if d.says(ObjectWithoutOurMark, EntryInAdoptionsYamlHasRunOut)
    )


@dataclass(frozen=True, slots=True)
class Takeover:
    """What a customer's manifest asks for and finds in foreign hands on ``today``."""

    customer: CustomerId
    foreign: Sequence[Foreign]
    adoptions: Adoptions
    today: date
    unnamed: Collection[str] = ()
    """Owners that are not to be told."""

    def drafts(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """``drafts`` with the adoption of an object in the place of its creation."""
        standing = {(f.kind, f.key): f for f in self.foreign}
        for draft in drafts:
            found = standing.get((draft.resource.kind, draft.resource.live_key))
            if draft.action is Action.CREATE and found and self._permitted(found):
                yield _adoption(draft, found)
            else:
                yield draft

    def refusals(self, wanted: Sequence[Resource]) -> Iterator[Diagnostic]:
        """Foreign objects in the place of one of ``wanted`` that are not to be adopted."""
        for found in self.foreign:
            exact = any(_same(found, each) for each in wanted)
            if not exact and not any(_alike(found, each) for each in wanted):
                continue
            key = str(self.customer) if found.kind is Kind.TENANT else found.key
            kind = str(found.kind)
            entry = self._entry(found)
            if not exact:
                asked = next(each.key for each in wanted if _alike(found, each))
                about = LoginExistsInAnotherForm(login=asked, other=found.key, kind=kind)
                yield Diagnostic.of(about, self.customer, path=("workplaces",))
            elif found.owner in self.unnamed:
                route = found.kind is Kind.ROUTE
                taken = NumberIsTaken(number=key) if route else LoginIsTaken(login=key)
                yield Diagnostic.of(taken, self.customer)
            elif found.owner:
                owned = ObjectOfAnotherCustomer(kind=kind, key=key, owner=found.owner)
                yield Diagnostic.of(owned, self.customer)
            elif entry is None:
                unmarked = ObjectWithoutOurMark(kind=kind, key=key, customer=str(self.customer))
                yield Diagnostic.of(unmarked, self.customer)
            elif entry.until < self.today:
                over = EntryInAdoptionsYamlHasRunOut(
                    kind=kind, key=key, until=str(entry.until), what=entry.what
                )
                yield Diagnostic.of(over, self.customer)

    def concerns(self, digits: str, wanted: Sequence[Resource]) -> bool:
        """Whether a foreign route of the number or block, or within it, is wanted by ``wanted``.

        It is adopted or refused as an object then, not as a number.
        """
        return any(
            f.kind is Kind.ROUTE and f.key.startswith(digits) and any(_same(f, w) for w in wanted)
            for f in self.foreign
        )

    def unused(self, wanted: Sequence[Resource]) -> Iterator[Adoption]:
        """Entries that fit nothing foreign that the manifest asks for; none before activation."""
        if not any(each.system is System.PBX for each in wanted):
            return
        fitting = {
            f"{self.customer}/{entry_name(f.kind, f.key)}"
            for f in self.foreign
            if any(_same(f, each) for each in wanted)
        }
        for entry in self.adoptions.of(str(self.customer)):
            everything = entry.what == f"{self.customer}/{ALL}"
            if not (fitting if everything else entry.what in fitting):
                yield entry

    def _entry(self, found: Foreign) -> Adoption | None:
        name = entry_name(found.kind, found.key)
        return self.adoptions.entry(str(self.customer), name, self.today)

    def _permitted(self, found: Foreign) -> bool:
        entry = self._entry(found)
        return not found.owner and entry is not None and self.today <= entry.until


def _same(found: Foreign, wanted: Resource) -> bool:
    return found.kind is wanted.kind and found.key in {wanted.key, wanted.live_key}


def _alike(found: Foreign, wanted: Resource) -> bool:
    """A login in other letters, or of another kind, stands in the way all the same."""
    both = found.kind in _LOGINS and wanted.kind in _LOGINS
    return both and found.key.casefold() == wanted.key.casefold()


def _adoption(draft: Draft, found: Foreign) -> Draft:
    after = draft.resource.concrete()
    now = found.found.concrete() if found.found else {}
    before = {name: now.get(name) for name in after}
    # None is a number that is allocated only by this plan: it differs from whatever is there
    changed = tuple(sorted(n for n in after if after[n] is None or after[n] != before[n]))
    return replace(
        draft,
        action=Action.ADOPT,
        effect=effect_of_update(draft.resource.kind, before, after, changed),
        cause=Cause.EDITED,
        before=masked(draft.resource, before),
        changed=changed,
    )
