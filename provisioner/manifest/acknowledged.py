"""Advice that a manifest acknowledges: it is told in one quiet line, with the reason.

Only advice can be acknowledged.  An error, a question or a warning stands, whatever a manifest
says of it.
"""

from collections.abc import Iterable, Iterator, Mapping

from provisioner.codes import Advice, kind_of
from provisioner.codes.policy import EntryInAdoptionsYamlFitsNothing, RenamedTheLineCanGo
from provisioner.codes.views import (
    AcknowledgedTwice,
    AdviceIsAcknowledged,
    CannotBeAcknowledged,
    NoSuchAdvice,
    NothingToAcknowledge,
)
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest

_OF_A_PLAN = (EntryInAdoptionsYamlFitsNothing, RenamedTheLineCanGo)
"""Advice for which the live systems have to be asked."""


def acknowledged(manifest: Manifest, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """``found``, with one line for all advice of a code that is acknowledged."""
    entries = _entries(manifest)
    told: set[str] = set()
    for each in found:
        if each.code not in entries or not issubclass(kind_of(each.code), Advice):
            yield each
        elif each.code not in told:
            told.add(each.code)
            path, reason = entries[each.code]
            about = AdviceIsAcknowledged(advice=each.code, reason=reason)
            yield Diagnostic.of(about, each.customer, path=path)


def no_longer(
    manifest: Manifest, found: Iterable[Diagnostic], *, planned: bool
) -> Iterator[Diagnostic]:
    """What is acknowledged and not among all that was ``found``.

    ``planned``: in a plan; a manifest alone does not tell of all advice.
    """
    told = {
        str(d.params["advice"]) for d in found if d.says(AdviceIsAcknowledged, NothingToAcknowledge)
    }
    if not planned:
        told |= {kind.code for kind in _OF_A_PLAN}
    for code, (path, _) in _entries(manifest).items():
        if code not in told and not list(_wrong(code)):
            yield Diagnostic.of(NothingToAcknowledge(advice=code), path=path)


def check(manifest: Manifest) -> Iterator[Diagnostic]:
    """Entries that cannot be meant."""
    first: dict[str, Path] = {}
    for at, entry in enumerate(manifest.acknowledged):
        path: Path = ("acknowledged", at, "code")
        for about in _wrong(entry.code):
            yield Diagnostic.of(about, path=path)
        if entry.code in first:
            twice = AcknowledgedTwice(found=entry.code)
            yield Diagnostic.of(twice, path=path, also=[first[entry.code]])
        first.setdefault(entry.code, path)


def _wrong(code: str) -> Iterator[NoSuchAdvice | CannotBeAcknowledged]:
    try:
        kind = kind_of(code)
    except ValueError:
        yield NoSuchAdvice(found=code)
        return
    if not issubclass(kind, Advice):
        yield CannotBeAcknowledged(found=code)


def _entries(manifest: Manifest) -> Mapping[str, tuple[Path, str]]:
    """By code: where it stands, and the reason."""
    found: dict[str, tuple[Path, str]] = {}
    for at, each in enumerate(manifest.acknowledged):
        found.setdefault(each.code, (("acknowledged", at), each.reason))
    return found
