"""``was:`` says what a customer or a workplace was called until now.  What files alone show of it.

A name is carried over in one change and from one owner only: chains and swaps in one go would need
a third name in between, and nobody could tell from the plan whose numbers go where.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.codes import Code
from provisioner.codes.policy import (
    OldNameIsStillInUse,
    RemovalsUnderTheFormerId,
    RenamedToItself,
    RenamedTwice,
)
from provisioner.manifest.diagnostics import Diagnostic, Path, Place
from provisioner.manifest.entry import Entry
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import Removals
from provisioner.telephony.identity import CustomerId

_WRITTEN = re.compile(
    rb"""(?:^|\A\s*\{(?:[^{}]*,)?\s*)["']?was["']?[ \t]*:\s*["']?([a-z0-9]+(?:-[a-z0-9]+)*)""",
    re.MULTILINE,
)

WORKPLACE, CUSTOMER = "workplace", "customer"
"""What is renamed, as a word of the catalogue."""


def renamed(
    manifest: Manifest, customer: str | None, logins: Sequence[tuple[Path, str]]
) -> Iterator[Diagnostic]:
    """Findings of one manifest. ``logins`` are all of it, in small letters, with their paths."""
    if manifest.was is not None and str(manifest.was) == customer:
        yield Diagnostic.of(RenamedToItself(was=customer, kind=CUSTOMER), path=("was",))
    held = {login: path for path, login in reversed(logins)}
    seen: dict[str, Path] = {}
    for at, workplace in enumerate(manifest.workplaces):
        if workplace.was is None:
            continue
        old, path = workplace.was.folded, ("workplaces", at, "was")
        named = str(workplace.was)
        if old == workplace.login.folded:
            yield Diagnostic.of(RenamedToItself(was=named, kind=WORKPLACE), path=path)
        elif old in held:
            yield Diagnostic.of(
                OldNameIsStillInUse(was=named, kind=WORKPLACE), path=path, also=(held[old],)
            )
        if old in seen:
            yield Diagnostic.of(
                RenamedTwice(was=named, kind=WORKPLACE), path=path, also=(seen[old],)
            )
        seen.setdefault(old, path)


def renamed_customers(
    entries: Mapping[CustomerId, Entry], removals: Removals
) -> Iterator[Diagnostic]:
    """Findings over all manifests: who still has the old id, and who else wants it."""
    claims: dict[CustomerId, list[Entry]] = {}
    for entry in sorted(entries.values(), key=lambda e: e.file):
        if entry.packed.was is not None:
            claims.setdefault(entry.packed.was, []).append(entry)
    for old, claiming in claims.items():
        former = str(old)
        for entry in claiming:
            others = [_place(e) for e in claiming if e is not entry]
            holder = entries.get(old)
            if others:
                yield _at(entry, RenamedTwice(was=former, kind=CUSTOMER), others)
            if holder is not None and holder is not entry:
                where = [Place(holder.file, 1, 1, 2)]
                yield _at(entry, OldNameIsStillInUse(was=former, kind=CUSTOMER), where)
            named = [r.what for r in removals.removals if r.what.partition("/")[0] == str(old)]
            if named:
                what, customer = ", ".join(named), str(entry.customer)
                yield _at(
                    entry,
                    RemovalsUnderTheFormerId(
                        was=former, kind=CUSTOMER, what=what, customer=customer
                    ),
                )


def named_in(data: bytes) -> CustomerId | None:
    """The former id in a manifest that cannot be read, as well as one can tell."""
    found = _WRITTEN.search(data)
    return CustomerId(found[1].decode()) if found else None


def _place(entry: Entry) -> Place:
    place = entry.document.locate(("was",))
    return place or Place(entry.file, 1, 1, 2)


def _at(entry: Entry, about: Code, related: Iterable[Place] = ()) -> Diagnostic:
    return replace(entry.locate(Diagnostic.of(about, path=("was",))), related=tuple(related))
