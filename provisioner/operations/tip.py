"""Which commit of the protected branch was carried out last: the audit knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from provisioner.contract.desk import AuditEntry, DeskReader
from provisioner.errors import PolicyError
from provisioner.manifest.repository import ADOPTIONS, CONFIG, REMOVALS
from provisioner.operations.lane import Lane
from provisioner.operations.resolving import acceptance_in

_WHAT = "protected branch carried out"
_SETTLED = "settings of the protected branch carried out"
_TOLD = "merge requests say what was carried out"
_ENTRIES = 50_000
"""Of the audit that are looked through, the newest first."""


class Standing(Enum):
    """Of the tip that is checked out."""

    NEXT = "next"
    AGAIN = "again"
    """It was carried out last, too: what is still open may go on."""
    SUPERSEDED = "superseded"
    """A newer one was, or is known: a job that ran late, or was run again."""
    REWRITTEN = "rewritten"
    """What was carried out last is not on its main line: an old approval could count again."""


@dataclass(frozen=True, slots=True)
class Tip:
    """``settings_changed``: a file of the operator is another one than when all that it changes
    was carried out last, or nobody knows."""

    standing: Standing
    settings_changed: bool


def tip_of(lane: Lane, desk: DeskReader) -> Tip:
    if _is_before(lane, lane.tip, f"refs/remotes/origin/{lane.review.project.branch}"):
        return Tip(Standing.SUPERSEDED, settings_changed=False)
    entries = desk.audit(limit=_ENTRIES)
    changed = _settings(lane, _last(entries, _SETTLED)) != _settings(lane, lane.tip)
    return Tip(_standing(lane, _last(entries, _WHAT)), changed)


def _standing(lane: Lane, last: str | None) -> Standing:
    if last == lane.tip:
        return Standing.AGAIN
    if last is None or last in lane.repository.mainline(lane.tip):
        return Standing.NEXT
    return Standing.SUPERSEDED if _is_before(lane, lane.tip, last) else Standing.REWRITTEN


def entries_of(tip: Tip, commit: str, *, settled: bool, told: bool) -> Iterator[tuple[str, str]]:
    """What the audit is told once ``commit`` is carried out, and why.

    ``settled``: nothing that settings change is left open.  ``told``: what :func:`since_told`
    answers with has been told by now.
    """
    if tip.standing is not Standing.AGAIN:
        yield _WHAT, f"commit {commit}"
    if tip.settings_changed and settled:
        yield _SETTLED, f"commit {commit}"
    if told:
        yield _TOLD, f"commit {commit}"


def since_told(desk: DeskReader) -> dict[int, tuple[str, ...]]:
    """Merge requests that runs have carried out since all of them last said so, and who approved
    each."""
    entries = takewhile(lambda each: each.what != _TOLD, desk.audit(limit=_ENTRIES))
    return dict(filter(None, (acceptance_in(each.what) for each in entries)))


def _last(entries: Sequence[AuditEntry], what: str) -> str | None:
    found = (each.why.removeprefix("commit ") for each in entries if each.what == what)
    return next(found, None)


def _is_before(lane: Lane, earlier: str, later: str) -> bool:
    """Whether ``later`` came after ``earlier``; not if one of them is unknown here."""
    try:
        older, newer = lane.repository.commit(earlier), lane.repository.commit(later)
    except PolicyError:
        return False
    return older != newer and lane.repository.is_ancestor(older, newer)


def _settings(lane: Lane, commit: str | None) -> dict[str, str] | None:
    """None if nobody knows them."""
    try:
        files = lane.repository.tree(lane.repository.commit(commit or "")).files
    except PolicyError:
        return None
    return {name: files[name].id for name in (CONFIG, REMOVALS, ADOPTIONS) if name in files}
