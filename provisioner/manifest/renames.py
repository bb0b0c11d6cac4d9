"""``was:`` says what a customer or a workplace was called until now.  What files alone show of it.

A name is carried over in one change and from one owner only: chains and swaps in one go would need
a third name in between, and nobody could tell from the plan whose numbers go where.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.manifest.diagnostics import Diagnostic, Path, Place, Severity
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
        yield _find("PV483", ("was",), was=customer, kind=CUSTOMER)
    held = {login: path for path, login in reversed(logins)}
    seen: dict[str, Path] = {}
    for at, workplace in enumerate(manifest.workplaces):
        if workplace.was is None:
            continue
        old, path = workplace.was.folded, ("workplaces", at, "was")
        about = {"was": str(workplace.was), "kind": WORKPLACE}
        if old == workplace.login.folded:
            yield _find("PV483", path, **about)
        elif old in held:
            yield replace(_find("PV484", path, **about), also=(held[old],))
        if old in seen:
            yield replace(_find("PV485", path, **about), also=(seen[old],))
        seen.setdefault(old, path)


def renamed_customers(
    entries: Mapping[CustomerId, Entry], removals: Removals
) -> Iterator[Diagnostic]:
    """Findings over all manifests: who still has the old id, and who else wants it."""
    claims: dict[CustomerId, list[Entry]] = {}
    for entry in sorted(entries.values(), key=lambda e: e.file):
        if entry.manifest.was is not None:
            claims.setdefault(entry.manifest.was, []).append(entry)
    for old, claiming in claims.items():
        about = {"was": str(old), "kind": CUSTOMER}
        for entry in claiming:
            others = [_place(e) for e in claiming if e is not entry]
            holder = entries.get(old)
            if others:
                yield _at(entry, "PV485", Severity.ERROR, about, others)
            if holder is not None and holder is not entry:
                yield _at(entry, "PV484", Severity.ERROR, about, [Place(holder.file, 1, 1, 2)])
            named = [r.what for r in removals.removals if r.what.partition("/")[0] == str(old)]
            if named:
                params = {**about, "what": ", ".join(named), "customer": str(entry.customer)}
                yield _at(entry, "PV486", Severity.WARNING, params)


def named_in(data: bytes) -> CustomerId | None:
    """The former id in a manifest that cannot be read, as well as one can tell."""
    found = _WRITTEN.search(data)
    return CustomerId(found[1].decode()) if found else None


def _place(entry: Entry) -> Place:
    place = entry.document.locate(("was",))
    return place or Place(entry.file, 1, 1, 2)


def _at(
    entry: Entry,
    code: str,
    severity: Severity,
    params: Mapping[str, str],
    related: Iterable[Place] = (),
) -> Diagnostic:
    found = entry.locate(Diagnostic(code, severity, params, path=("was",)))
    return replace(found, related=tuple(related))


def _find(code: str, path: Path, **params: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, params, path=path)
