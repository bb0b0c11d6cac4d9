"""Which commit of the protected branch was carried out last: the audit knows."""

from dataclasses import dataclass
from enum import Enum

from provisioner.contract.desk import DeskReader
from provisioner.errors import PolicyError
from provisioner.manifest.repository import ADOPTIONS, CONFIG, REMOVALS
from provisioner.operations.lane import Lane

_WHAT = "protected branch carried out"
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
    """What was carried out last is not in its history."""


@dataclass(frozen=True, slots=True)
class Tip:
    """``settings_changed``: a file of the operator is another one than when it was carried out
    last, or nobody knows."""

    standing: Standing
    settings_changed: bool


def tip_of(lane: Lane, desk: DeskReader) -> Tip:
    last = _last(desk)
    if _is_before(lane, lane.tip, f"refs/remotes/origin/{lane.review.project.branch}"):
        return Tip(Standing.SUPERSEDED, settings_changed=False)
    if last is None:
        return Tip(Standing.NEXT, settings_changed=True)
    if last == lane.tip:
        return Tip(Standing.AGAIN, settings_changed=False)
    if _is_before(lane, last, lane.tip):
        return Tip(Standing.NEXT, _settings(lane, last) != _settings(lane, lane.tip))
    standing = Standing.SUPERSEDED if _is_before(lane, lane.tip, last) else Standing.REWRITTEN
    return Tip(standing, settings_changed=True)


def why(commit: str) -> tuple[str, str]:
    """What the audit says once ``commit`` is carried out, and why."""
    return _WHAT, f"commit {commit}"


def _last(desk: DeskReader) -> str | None:
    entries = desk.audit(limit=_ENTRIES)
    found = (each.why.removeprefix("commit ") for each in entries if each.what == _WHAT)
    return next(found, None)


def _is_before(lane: Lane, earlier: str, later: str) -> bool:
    """Whether ``later`` came after ``earlier``; not if one of them is unknown here."""
    try:
        older, newer = lane.repository.commit(earlier), lane.repository.commit(later)
    except PolicyError:
        return False
    return older != newer and lane.repository.is_ancestor(older, newer)


def _settings(lane: Lane, commit: str) -> dict[str, str]:
    files = lane.repository.tree(commit).files
    return {name: files[name].id for name in (CONFIG, REMOVALS, ADOPTIONS) if name in files}
