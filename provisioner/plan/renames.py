"""Customers and logins that are called otherwise now (``was:``): steps, and what is wrong.  Pure.

What is live is looked at as if it had its new name already, so a rename is one step and everything
else in the plan is what would be there without it.  The steps before and after a rename that died
half-way are therefore the same, and a run that is resumed finds what was approved.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from provisioner.codes import Code
from provisioner.codes.policy import (
    BothNamesAreInUse,
    NothingToRename,
    ObjectsOfOthersUnderTheFormerId,
    RenamedTheLineCanGo,
)
from provisioner.codes.systems import NewIdIsInUseOnThePBX
from provisioner.contract.desk import DeskState
from provisioner.contract.reading import CustomerLive, Holders, field_hashes
from provisioner.contract.resources import (
    BillingInterval,
    Json,
    Kind,
    Release,
    Resource,
    Route,
    Tenant,
    Workplace,
)
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.renames import CUSTOMER, WORKPLACE
from provisioner.plan.context import CustomerInput
from provisioner.plan.diff import Draft
from provisioner.plan.model import Action, Cause, Effect
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item, ItemKind

_LOGINS = frozenset({Kind.WORKPLACE, Kind.SUPPORT, Kind.ADMIN})


@dataclass(frozen=True, slots=True)
class Renames:
    """What is still to be renamed of one customer.

    ``logins``: old by new, of workplaces that are live under the old one, on either system.
    ``on_pbx`` are those whose workplace is, the others' is done.
    """

    live: CustomerLive
    logins: Mapping[str, str] = field(default_factory=dict)
    on_pbx: frozenset[str] = frozenset()

    @classmethod
    def of(cls, manifest: Manifest | None, live: CustomerLive) -> "Renames":
        """``live`` is as the systems told it."""
        asked = _asked(manifest)
        there = _workplaces(live)
        logins = {new: old for new, old in asked.items() if old in there or _noted(live, old)}
        return cls(live, logins, frozenset(n for n, old in logins.items() if old in there))

    @property
    def seen(self) -> CustomerLive:
        """What is live, under its new names."""
        return _under_new_logins(self.live, self.logins, self.on_pbx) if self.logins else self.live

    def drafts(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """``drafts`` with the renames; what else changes of a renamed object is part of its."""
        todo = {(d.resource.kind, d.resource.key): d for d in self._renames()}
        for draft in drafts:
            rename = todo.get((draft.resource.kind, draft.resource.key))
            if rename is not None and draft.action is Action.UPDATE and _is_one_call(draft):
                todo[draft.resource.kind, draft.resource.key] = _with(rename, draft)
            else:
                yield draft
        yield from todo.values()

    def _renames(self) -> Iterator[Draft]:
        seen = {(o.kind, o.key): o for o in self.seen.objects} if self.logins else {}
        for new, old in self.logins.items():
            if new in self.on_pbx:
                place = seen[Kind.WORKPLACE, new]
                yield _draft(place, Effect.DISRUPTIVE, {"login": old}, {"login": new})
            if _noted(self.live, old):
                customer = self.live.objects[0].customer
                billed = BillingInterval(customer=customer, item=_billed(new), product="")
                items = {"item": str(_billed(old))}, {"item": str(_billed(new))}
                yield _draft(billed, Effect.MUTATING, *items)
        yield from self._of_customer()

    def _of_customer(self) -> Iterator[Draft]:
        former = self.live.former
        if former is None or not former.pending:
            return
        names = {"customer": str(former.customer)}, None
        release = self.live.one(Kind.RELEASE)
        if former.on_desk and isinstance(release, Release):
            after: dict[str, Json] = {"customer": str(release.customer)}
            yield _draft(release, Effect.MUTATING, names[0], after)
        if former.on_pbx:
            # someone may have deleted the tenant itself: the rest moves all the same
            gone = Tenant(customer=self.live.pbx.objects[0].customer, name="")
            tenant = self.live.one(Kind.TENANT) or gone
            phones = len(_workplaces(self.live))
            yield _draft(
                tenant,
                Effect.DISRUPTIVE,
                {**names[0], "phones": phones},
                {"customer": str(gone.customer), "phones": phones},
                ("customer",),
            )


def _asked(manifest: Manifest | None) -> dict[str, str]:
    """Old logins by new, as the manifest says."""
    places = manifest.workplaces if manifest else ()
    return {str(w.login): str(w.was) for w in places if w.was is not None}


def _workplaces(live: CustomerLive) -> set[str]:
    return {o.login for o in live.pbx.objects if isinstance(o, Workplace)}


def _noted(live: CustomerLive, login: str) -> bool:
    """Whether the desk bills a workplace, or knows it as applied."""
    item = _billed(login)
    billed = any(isinstance(o, BillingInterval) and o.item == item for o in live.desk.objects)
    return billed or (Kind.WORKPLACE, login) in live.desk.applied


def _draft(
    resource: Resource,
    effect: Effect,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    changed: tuple[str, ...] = (),
) -> Draft:
    names = changed or tuple(sorted(after))
    return Draft(Action.RENAME, resource, effect, Cause.EDITED, before, after, names)


def _is_one_call(draft: Draft) -> bool:
    """The ledger and the tenant are renamed by a call of their own."""
    return draft.resource.kind in {Kind.WORKPLACE, Kind.RELEASE}


def _with(rename: Draft, update: Draft) -> Draft:
    return replace(
        update,
        action=Action.RENAME,
        effect=rename.effect,
        cause=rename.cause,
        before={**(rename.before or {}), **(update.before or {})},
        after={**(rename.after or {}), **(update.after or {})},
        changed=(*rename.changed, *update.changed),
    )


def _under_new_logins(
    live: CustomerLive, logins: Mapping[str, str], on_pbx: Collection[str]
) -> CustomerLive:
    """A route goes along with the phone alone: where that is not on the PBX, it leads to the old
    login until it is written."""
    named = {old: new for new, old in logins.items()}

    def renamed(found: Resource) -> Resource:
        match found:
            case Workplace(login=old) if old in named:
                return replace(found, login=named[old])
            case Route(target=str(old)) if named.get(old) in on_pbx:
                return replace(found, target=named[old])
            case BillingInterval(item=item):
                return replace(found, item=_renamed_item(item, named))
        return found

    # each stays of its kind, so what is on the PBX stays there
    pbx = replace(live.pbx, objects=tuple(map(renamed, live.pbx.objects)))  # type: ignore[arg-type]
    objects = tuple(map(renamed, live.desk.objects))
    desk = DeskState(objects, _renamed_notes(live.desk.applied, named))  # type: ignore[arg-type]
    return replace(live, pbx=pbx, desk=desk)


def _billed(login: str) -> Item:
    return Item(ItemKind.WORKPLACE, login)


def _renamed_item(item: Item, named: Mapping[str, str]) -> Item:
    mine = item.kind is ItemKind.WORKPLACE and item.name in named
    return _billed(named[item.name]) if mine else item


def _renamed_notes(
    applied: Mapping[tuple[Kind, str], Mapping[str, str]], named: Mapping[str, str]
) -> dict[tuple[Kind, str], Mapping[str, str]]:
    """What was written, told by its new name: a note that has it already wins."""
    targets = {
        field_hashes({"target": old})["target"]: field_hashes({"target": new})["target"]
        for old, new in named.items()
    }
    found: dict[tuple[Kind, str], Mapping[str, str]] = {}
    for (kind, key), hashes in applied.items():
        if kind is Kind.WORKPLACE and key in named:
            found.setdefault((kind, named[key]), hashes)
        elif kind is Kind.BILLING:
            found.setdefault((kind, str(_renamed_item(Item.parse(key), named))), hashes)
        elif kind is Kind.ROUTE and hashes.get("target") in targets:
            found[kind, key] = {**hashes, "target": targets[hashes["target"]]}
        else:
            found[kind, key] = hashes
    return found


# Customers that are called otherwise now, among others


def former_ids(subjects: Iterable[CustomerInput]) -> dict[CustomerId, CustomerId]:
    """Old ids by new, as the manifests say."""
    return {s.customer: s.was for s in subjects if s.was and s.was != s.customer}


def renamed_away(
    subjects: Iterable[CustomerInput],
    formers: Mapping[CustomerId, CustomerId],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
) -> set[CustomerId]:
    """Old ids without a manifest: not deleted, but called otherwise. Unknown counts as renamed."""
    left = {s.customer for s in subjects if s.packed is None and not s.broken}
    return {old for new, old in formers.items() if old in left and not _is_taken(live[new])}


def _is_taken(state: CustomerLive | SystemFault) -> bool:
    return isinstance(state, CustomerLive) and state.former is not None and state.former.taken


def under_new_ids(
    holders: Holders,
    formers: Mapping[CustomerId, CustomerId],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
) -> Holders:
    """What a customer holds under its old id is its own."""
    named = {
        old: new
        for new, old in formers.items()
        if isinstance(state := live[new], CustomerLive) and state.former and state.former.pending
    }
    spelled = {str(old): str(new) for old, new in named.items()}
    return Holders(
        {number: spelled.get(holder, holder) for number, holder in holders.pbx.items()},
        {number: named.get(holder, holder) for number, holder in holders.desk.items()},
        {
            number: [
                replace(e, customer=named.get(e.customer, e.customer) if e.customer else None)
                for e in entries
            ]
            for number, entries in holders.resting.items()
        },
    )


# What is wrong with a ``was:``


class _Names(NamedTuple):
    """What is renamed, as the findings name it."""

    was: str
    kind: str
    now: str

    def in_use(self) -> Code:
        return BothNamesAreInUse(was=self.was, kind=self.kind, now=self.now)


def findings(
    subject: CustomerInput, live: CustomerLive, released: Manifest | None
) -> Iterator[Diagnostic]:
    """Of the names that are gone, taken, or done with. ``live`` is as the systems told it."""
    manifest = subject.manifest
    if manifest is None:
        return
    # unchanged since it was applied: nobody has made a mistake, the line has just done its work
    same = released is not None and released.digest() == manifest.digest()
    yield from _on_customer(subject, manifest, live, same=same)
    there = {o.key: o.kind for o in live.pbx.objects if o.kind in _LOGINS}
    others = {f.key.casefold() for f in live.pbx.foreign if f.kind in _LOGINS}
    before = {str(w.login) for w in released.workplaces} if released else set()
    for at, place in enumerate(manifest.workplaces):
        if place.was is None:
            continue
        old, new = str(place.was), str(place.login)
        known = there.get(old) is Kind.WORKPLACE or _noted(live, old)
        names = _Names(old, WORKPLACE, new)
        path: Path = ("workplaces", at, "was")
        taken = new in there or new.casefold() in others  # nobody is adopted by a rename
        if there.get(old) is Kind.WORKPLACE and taken:
            yield Diagnostic.of(names.in_use(), subject.customer, path=path)
        elif not known and (same or old not in before):
            yield _done_or_unused(subject, path, names, same=same)


def _on_customer(
    subject: CustomerInput, manifest: Manifest, live: CustomerLive, *, same: bool
) -> Iterator[Diagnostic]:
    former = live.former
    if former is None or manifest.was is None:
        return
    names = _Names(str(manifest.was), CUSTOMER, str(subject.customer))
    if former.taken and not same:
        yield Diagnostic.of(names.in_use(), subject.customer, path=("was",))
    elif former.pending and former.foreign:
        others = ObjectsOfOthersUnderTheFormerId(
            was=names.was, kind=names.kind, now=names.now, count=former.foreign
        )
        yield Diagnostic.of(others, subject.customer, path=("was",))
    elif former.pending and former.strangers:
        used = NewIdIsInUseOnThePBX(customer=str(subject.customer), count=former.strangers)
        yield Diagnostic.of(used, subject.customer, path=("was",))
    elif not former.pending:
        yield _done_or_unused(subject, ("was",), names, same=same)


def _done_or_unused(subject: CustomerInput, path: Path, names: _Names, *, same: bool) -> Diagnostic:
    kind = DONE if same else NothingToRename
    about = kind(was=names.was, kind=names.kind, now=names.now)
    return Diagnostic.of(about, subject.customer, path=path)


DONE = RenamedTheLineCanGo
"""Shown also where nothing changes: the line is to go with the next edit."""
