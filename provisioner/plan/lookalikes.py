"""What goes and comes in one change and looks like one and the same thing.  Pure.

Names are permanent, so a slip in one ends what had it and begins another.  That can be meant; it is
said where the new name stands, together with what would keep the old one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from provisioner.codes.policy import (
    LooksLikeARenamedEntry,
    LooksLikeARenamedWorkplace,
)
from provisioner.contract.resources import (
    ProvisionalAllocation,
    Resource,
    StockAllocation,
    Workplace,
)
from provisioner.manifest import models
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput
from provisioner.plan.diff import Draft
from provisioner.plan.model import Action
from provisioner.telephony.numbers import digits_of

T = TypeVar("T")


def spellings(name: str) -> set[str]:
    """Two names that differ by one slip have one of these in common: a letter that is wrong,
    missing, too many, or changed places with its neighbour."""
    folded = name.casefold()
    return {folded, *(folded[:at] + folded[at + 1 :] for at in range(len(folded)))}


def within(
    subject: CustomerInput, released: Manifest | None, drafts: Iterable[Draft]
) -> Iterator[Diagnostic]:
    """Workplaces and entries of one customer; ``released`` is the manifest before the edit."""
    made = [d for d in drafts if d.action in {Action.CREATE, Action.DELETE}]
    if subject.manifest is None or released is None or len({d.action for d in made}) < 2:
        return
    yield from _workplaces(subject, subject.manifest, released, made)
    yield from _numbers(subject, subject.manifest, released, made)
    yield from _ports(subject, subject.manifest, released, made)


def _moves(made: Sequence[Draft], kind: type[Resource]) -> tuple[set[str], set[str]]:
    """Keys of what goes and of what comes, of one kind."""
    mine = [d for d in made if isinstance(d.resource, kind)]
    gone = {d.resource.key for d in mine if d.action is Action.DELETE}
    return gone, {d.resource.key for d in mine if d.action is Action.CREATE}


def _workplaces(
    subject: CustomerInput, manifest: Manifest, released: Manifest, made: Sequence[Draft]
) -> Iterator[Diagnostic]:
    gone, new = _moves(made, Workplace)
    before = {str(w.login): w for w in released.workplaces if str(w.login) in gone}
    after = {str(w.login): w for w in manifest.workplaces if str(w.login) in new}
    places = {str(w.login): at for at, w in enumerate(manifest.workplaces)}
    for was, now in pairs(before, after, _is_workplace):
        about = LooksLikeARenamedWorkplace(was=was, now=now)
        yield Diagnostic.of(about, subject.customer, path=("workplaces", places[now], "login"))


def _is_workplace(place: models.Workplace) -> list[object]:
    """The number, the extension, the name; else a login that is nearly the same, if nothing that
    both have tells them apart."""
    signs: list[object] = [
        (name, str(value))
        for name, value in (
            ("number", place.number),
            ("extension", place.extension),
            ("name", place.name),
        )
        if value is not None
    ]
    told = place.license, place.use, place.number, place.extension, place.name
    return [*signs, *((spelling, *map(str, told)) for spelling in spellings(str(place.login)))]


def _numbers(
    subject: CustomerInput, manifest: Manifest, released: Manifest, made: Sequence[Draft]
) -> Iterator[Diagnostic]:
    gone, new = _moves(made, StockAllocation)
    before = {n.id: n for n in released.numbers if n.id in gone}
    after = {n.id: n for n in manifest.numbers if n.id in new}
    places = {n.id: at for at, n in enumerate(manifest.numbers)}
    for was, now in pairs(before, after, lambda n: [(n.prefix, n.size, n.held)]):
        about = LooksLikeARenamedEntry(was=was, now=now)
        yield Diagnostic.of(about, subject.customer, path=("numbers", places[now], "id"))


def _ports(
    subject: CustomerInput, manifest: Manifest, released: Manifest, made: Sequence[Draft]
) -> Iterator[Diagnostic]:
    """An entry whose numbers have other provisional ones by this plan, and no other reason."""
    standing = [
        (d.action, d.resource) for d in made if isinstance(d.resource, ProvisionalAllocation)
    ]
    gone = {r.replaces for action, r in standing if action is Action.DELETE}
    moved = gone & {r.replaces for action, r in standing if action is Action.CREATE}
    old, places = (
        {p.id for p in released.porting},
        {p.id: at for at, p in enumerate(manifest.porting)},
    )
    carried = {
        "was": {p.id: p for p in released.porting if p.id not in places},
        "now": {p.id: p for p in manifest.porting if p.id not in old},
    }

    def numbers(entry: models.Porting) -> list[object]:
        return [digits for item in entry.items if (digits := digits_of(item)) in moved]

    for was, now in pairs(carried["was"], carried["now"], numbers):
        about = LooksLikeARenamedEntry(was=was, now=now)
        yield Diagnostic.of(about, subject.customer, path=("porting", places[now], "id"))


def pairs(
    gone: Mapping[str, T], new: Mapping[str, T], signs: Callable[[T], Iterable[object]]
) -> Iterator[tuple[str, str]]:
    """Old and new names that have most signs in common, each once; in the order of ``new``.

    One look at each name: a hundred that go and a hundred that come cost no ten thousand.
    """
    known: dict[object, list[str]] = {}
    for was, what in gone.items():
        for sign in set(signs(what)):
            known.setdefault(sign, []).append(was)
    left = set(gone)
    for now, what in new.items():
        shared = Counter(was for sign in set(signs(what)) for was in known.get(sign, ()))
        alike = sorted((-count, was) for was, count in shared.items() if was in left)
        if alike:
            left.remove(alike[0][1])
            yield alike[0][1], now
