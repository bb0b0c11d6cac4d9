"""The files of a commit, for whoever reads a workspace.

What git keeps beside bytes is refused here: links, submodules, an executable manifest, and
``.gitattributes``, with which a manifest could look different in a work tree, or hide from the
difference that people review.  In the folder of a reseller it stops the customers of that folder.
Directly in ``customers/`` it has a finding and stops nobody, since one file must not stop every
reseller; what is read here are the bytes of the commit, whatever it says.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from types import MappingProxyType

from provisioner.codes import Code
from provisioner.codes.commits import (
    AttributesAmongManifests,
    ManifestIsExecutable,
    NotAnOrdinaryFile,
)
from provisioner.git.repository import Repository
from provisioner.git.tree import EXECUTABLE, Blob, Tree
from provisioner.manifest.files import Files, Item, Kind, shown
from provisioner.manifest.repository import (
    ADOPTIONS,
    CONFIG,
    CUSTOMERS,
    LOOKS_LIKE_A_MANIFEST,
    REMOVALS,
)
from provisioner.manifest.text import MAX_BYTES

ATTRIBUTES = ".gitattributes"
_OURS = frozenset({CONFIG, REMOVALS, ADOPTIONS})


class TreeFiles:
    """Reads what a workspace has in ``tree``, in one call of git."""

    def __init__(self, repository: Repository, tree: Tree) -> None:
        self._repository = repository
        self._tree = tree

    def listed(self, folder: str) -> Sequence[Item]:
        names = self._folders.get(folder)
        if names is None:
            if folder in self._tree.files:
                raise NotADirectoryError(20, "a file")
            raise FileNotFoundError(2, "no such folder")
        attributes = f"{CUSTOMERS}/{ATTRIBUTES}"
        items = [self._item(folder, name) for name in sorted(names) if not name.startswith(".")]
        if folder == CUSTOMERS and attributes in self._tree.files:
            items.insert(0, Item(ATTRIBUTES, attributes, Kind.FILE, _refused(attributes)))
        return items

    def below(self, folder: str) -> Iterator[Item]:
        for path in self._deep.get(folder, ()):
            yield self._item(*path.rsplit("/", 1))

    def read(self, path: str) -> bytes:
        blob = self._tree.files.get(path)
        if blob is None:
            raise FileNotFoundError(2, "no such file")
        if not blob.usable:
            raise OSError(22, "not a regular file")
        if blob.size > MAX_BYTES:
            return bytes(MAX_BYTES + 1)  # whoever reads looks no further than at its length
        found = self._contents.get(path)
        return self._repository.blobs(self._tree, [path])[path] if found is None else found

    @cached_property
    def _contents(self) -> Mapping[str, bytes]:
        wanted = [path for path, blob in self._tree.files.items() if _is_read(path, blob)]
        return self._repository.blobs(self._tree, wanted)

    @cached_property
    def _folders(self) -> Mapping[str, set[str]]:
        """The names in each folder of customers."""
        found: dict[str, set[str]] = {}
        for path in self._tree.files:
            parts = path.split("/")
            if parts[0] == CUSTOMERS:
                for depth in range(1, min(len(parts), 3)):
                    found.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
        return found

    @cached_property
    def _deep(self) -> Mapping[str, list[str]]:
        """The files in each folder of a reseller's folder, and in the folders in it."""
        found: dict[str, list[str]] = {}
        for path in self._tree.files:
            parts = path.split("/", 3)
            if parts[0] == CUSTOMERS and len(parts) == 4:
                found.setdefault("/".join(parts[:3]), []).append(path)
        return found

    def _item(self, folder: str, name: str) -> Item:
        path = f"{folder}/{name}"
        blob = self._tree.files.get(path)
        if blob is None:
            return Item(shown(name), path, Kind.FOLDER)
        kind = Kind.FILE if blob.usable else Kind.LINK
        return Item(shown(name), path, kind, self._wrong(folder, path, blob))

    def _wrong(self, folder: str, path: str, blob: Blob) -> Code | None:
        if not blob.usable:
            return NotAnOrdinaryFile(file=shown(path), mode=blob.mode)
        if not path.endswith(".yaml"):
            return None
        attributes = f"{folder}/{ATTRIBUTES}"
        if folder != CUSTOMERS and attributes in self._tree.files:
            return _refused(attributes)
        return ManifestIsExecutable(file=shown(path)) if blob.mode == EXECUTABLE else None


def operators_files(repository: Repository, tree: Tree) -> TreeFiles:
    """The operator's files alone: without the manifests, which take their time to read."""
    kept = {name: tree.files[name] for name in sorted(_OURS & tree.files.keys())}
    return TreeFiles(repository, Tree(tree.id, MappingProxyType(kept)))


class Settled:
    """Files of which some come from elsewhere: the operator's, from the protected branch."""

    def __init__(self, files: Files, other: Files, names: frozenset[str]) -> None:
        self._files = files
        self._other = other
        self._names = names

    def listed(self, folder: str) -> Sequence[Item]:
        return self._files.listed(folder)

    def below(self, folder: str) -> Iterator[Item]:
        return self._files.below(folder)

    def read(self, path: str) -> bytes:
        return (self._other if path in self._names else self._files).read(path)


def _refused(attributes: str) -> Code:
    return AttributesAmongManifests(file=shown(attributes))


def _is_read(path: str, blob: Blob) -> bool:
    """At the start, together: what a loader asks for."""
    manifest = PurePosixPath(path).suffix.lower() in LOOKS_LIKE_A_MANIFEST
    ours = path in _OURS or (manifest and path.startswith(f"{CUSTOMERS}/"))
    return ours and blob.usable and blob.size <= MAX_BYTES
