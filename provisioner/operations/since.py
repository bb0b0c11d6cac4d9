"""What of a workspace's folder differs from a commit of its repository.

The files are those that a plan reads, committed or not.  They are compared by the ids that git
gives to their bytes, so nothing that git is set up to do changes the answer.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from provisioner.codes.views import NothingInCommon
from provisioner.errors import PolicyError
from provisioner.git.repository import opened
from provisioner.git.tree import Tree
from provisioner.manifest.files import Files, Folder, Kind, shown
from provisioner.manifest.repository import (
    ADOPTIONS,
    CONFIG,
    CUSTOMERS,
    LOOKS_LIKE_A_MANIFEST,
    REMOVALS,
)
from provisioner.plan.model import Plan, Since
from provisioner.plan.narrowed import narrowed

_EVERYBODYS = (CONFIG, REMOVALS, ADOPTIONS)
_SHA1 = 40
"""Digits of an id in most repositories."""


@dataclass(frozen=True, slots=True)
class Changed:
    """``files``: all that differ, a renamed one under both names, as findings name them."""

    since: Since
    files: frozenset[str]

    def of(self, plan: Plan) -> Plan:
        """What of a plan of all customers the change touches."""
        return narrowed(plan, self.since, self.files)


def changed_since(root: Path, revision: str) -> Changed:
    """What differs from where this branch left ``revision``.

    Raises ProvisionError PV701 and PV705, PolicyError PV702, PV703 for a shallow clone, and PV684
    for a revision that has no commit in common with what is checked out.
    """
    with opened(root) as repository:
        named, head = repository.commit(revision), repository.commit("HEAD")
        base = repository.fork(named, head)
        if not base:
            raise PolicyError(NothingInCommon(found=revision))
        before = repository.tree(base)
    paths = frozenset(_differing(Folder(root), before))
    since = Since(
        revision=revision,
        commit=base,
        everybody=tuple(path for path in _EVERYBODYS if path in paths),
        customers=tuple(sorted({PurePosixPath(shown(p)).stem for p in paths - {*_EVERYBODYS}})),
    )
    return Changed(since, frozenset(map(shown, paths)))


def _differing(files: Files, before: Tree) -> Iterator[str]:
    """Where what is there is not what was: new, changed and deleted files."""
    algorithm = "sha1" if len(before.id) == _SHA1 else "sha256"
    written = (item.path for item in files.below(CUSTOMERS) if item.kind is Kind.FILE)
    for path in {*filter(_is_read, (*written, *before.files)), *_EVERYBODYS}:
        blob = before.files.get(path)
        was = blob.id if blob and blob.usable else ""
        if _id(files, path, algorithm) != was:
            yield path


def _id(files: Files, path: str, algorithm: str) -> str:
    """The id of a file's content in git; empty if there is no such file."""
    try:
        data = files.read(path)
    except OSError:
        return ""
    return hashlib.new(
        algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False
    ).hexdigest()


def _is_read(path: str) -> bool:
    """Whether a loader reads it, or says that it is in the wrong place."""
    inside = path.startswith(f"{CUSTOMERS}/")
    return inside and PurePosixPath(path).suffix.lower() in LOOKS_LIKE_A_MANIFEST
