"""Which commit of the protected branch was carried out last: the audit knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from provisioner.contract.desk import AuditEntry, DeskReader
from provisioner.errors import PolicyError
from provisioner.git.repository import Repository
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
    entries = desk.audit(limit=_ENTRIES)
    settled = _last(lane, entries, _SETTLED)
    repository, settings, branch = _settings_of(lane)
    late = _is_before(lane.repository, lane.tip, _origin(lane.review.project.branch))
    if lane.operator is not None:  # one clone may be newer than the other
        late |= any(_is_before(repository, settings, n) for n in (_origin(branch), settled or ""))
    if late:
        return Tip(Standing.SUPERSEDED, settings_changed=False)
    changed = _files(repository, settled) != _files(repository, settings)
    return Tip(_standing(lane, _last(lane, entries, _WHAT)), changed)


def _settings_of(lane: Lane) -> tuple[Repository, str, str]:
    """The repository that holds the settings, at which commit, and its protected branch."""
    if lane.operator is None:
        return lane.repository, lane.tip, lane.review.project.branch
    return lane.operator.repository, lane.operator.tip, lane.operator.branch


def _origin(branch: str) -> str:
    return f"refs/remotes/origin/{branch}"


def _standing(lane: Lane, last: str | None) -> Standing:
    if last == lane.tip:
        return Standing.AGAIN
    if last is None or last in lane.repository.mainline(lane.tip):
        return Standing.NEXT
    before = _is_before(lane.repository, lane.tip, last)
    return Standing.SUPERSEDED if before else Standing.REWRITTEN


def entries_of(lane: Lane, tip: Tip, *, settled: bool, told: bool) -> Iterator[tuple[str, str]]:
    """What the audit is told once the tip is carried out, and why.

    ``settled``: nothing that settings change is left open.  ``told``: what :func:`since_told`
    answers with has been told by now.
    """
    if tip.standing is not Standing.AGAIN:
        yield lane.scope.noted(_WHAT), f"commit {lane.tip}"
    if tip.settings_changed and settled:
        _, settings, _ = _settings_of(lane)
        yield lane.scope.noted(_SETTLED), f"commit {settings}"
    if told:
        yield lane.scope.noted(_TOLD), f"commit {lane.tip}"


def since_told(lane: Lane, desk: DeskReader) -> dict[int, tuple[str, ...]]:
    """Merge requests of this project that runs have carried out since all of them last said so, and
    who approved each."""
    own = (each for each in desk.audit(limit=_ENTRIES) if lane.scope.notes(each.what))
    entries = takewhile(lambda each: not each.what.startswith(_TOLD), own)
    return dict(filter(None, (acceptance_in(each.what) for each in entries)))


def _last(lane: Lane, entries: Sequence[AuditEntry], what: str) -> str | None:
    for each in entries:
        if each.what.startswith(what) and lane.scope.notes(each.what):
            return each.why.removeprefix("commit ")
    return None


def _is_before(repository: Repository, earlier: str, later: str) -> bool:
    """Whether ``later`` came after ``earlier``; not if one of them is unknown here."""
    try:
        older, newer = repository.commit(earlier), repository.commit(later)
    except PolicyError:
        return False
    return older != newer and repository.is_ancestor(older, newer)


def _files(repository: Repository, commit: str | None) -> dict[str, str] | None:
    """Those of the operator, as they were then; None if nobody knows."""
    try:
        files = repository.tree(repository.commit(commit or "")).files
    except PolicyError:
        return None
    return {name: files[name].id for name in (CONFIG, REMOVALS, ADOPTIONS) if name in files}
