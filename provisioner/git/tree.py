"""The tree of a commit as a value, and what differs between two of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""SHA-1, or SHA-256."""
ORDINARY, EXECUTABLE = "100644", "100755"


class Malformed(ValueError):
    """What git printed is no tree that a work tree could have."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One file of a tree.  ``size`` in bytes; 0 of a submodule, and of what a clone lacks."""

    mode: str
    id: str
    size: int

    @property
    def usable(self) -> bool:
        """Neither a link nor a submodule."""
        return self.mode in {ORDINARY, EXECUTABLE}


@dataclass(frozen=True, slots=True)
class Tree:
    """``files`` by path from the top, with ``/``; bytes that are no text are surrogates."""

    id: str
    files: Mapping[str, Blob]


class How(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Change:
    """``path`` is the new name, of a deleted file the old one; ``old`` only of a renamed one."""

    how: How
    path: str
    before: Blob | None
    after: Blob | None
    old: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.old, self.path) if self.old else (self.path,)

    @property
    def mode_changed(self) -> bool:
        """Or a new file that is not an ordinary one."""
        if self.after is None:
            return False
        return self.after.mode != (self.before.mode if self.before else ORDINARY)


def parse(tree: str, listing: bytes) -> Tree:
    """Of ``git ls-tree -rzl``.  Raises Malformed.

    A tree that was made by hand may name a file twice, or by a path that leads elsewhere.
    """
    files: dict[str, Blob] = {}
    for line in listing.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        path = name.decode("utf-8", "surrogateescape")
        words = facts.decode("ascii", "replace").split()
        if len(words) != 4 or not OBJECT_ID.fullmatch(words[2]) or path in files:
            raise Malformed(path)
        if any(part.lower() in {"", ".", "..", ".git"} for part in path.split("/")):
            raise Malformed(path)
        mode, _, id_, size = words
        files[path] = Blob(mode, id_, int(size) if size.isdecimal() else 0)
    if not _folders(files).isdisjoint(files):
        raise Malformed(tree)
    return Tree(tree, MappingProxyType(files))


def _folders(files: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def differences(before: Tree, after: Tree) -> tuple[Change, ...]:
    """By path.  If a file went and one with the same content came, it was renamed."""
    changed = [
        Change(How.CHANGED, path, before.files[path], blob)
        for path, blob in after.files.items()
        if path in before.files and before.files[path] != blob
    ]
    gone: defaultdict[str, list[str]] = defaultdict(list)
    for path, blob in before.files.items():
        if path not in after.files:
            gone[blob.id].append(path)
    changed += _arrived(before, after, gone)
    for paths in gone.values():
        changed += [Change(How.DELETED, path, before.files[path], None) for path in paths]
    return tuple(sorted(changed, key=lambda change: change.path))


def _arrived(before: Tree, after: Tree, gone: Mapping[str, list[str]]) -> Iterator[Change]:
    for path, blob in after.files.items():
        if path in before.files:
            continue
        if gone.get(blob.id):
            old = gone[blob.id].pop(0)
            yield Change(How.RENAMED, path, before.files[old], blob, old)
        else:
            yield Change(How.ADDED, path, None, blob)
