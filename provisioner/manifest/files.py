"""Where the bytes of a workspace come from: a folder here, or the tree of a commit (room ``git``).

Both answer the same three questions, so there is one loader.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Protocol

from provisioner.codes import Code
from provisioner.manifest.text import MAX_BYTES


class Kind(Enum):
    """What is there under a name."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    """It leads elsewhere, and is never followed."""
    SPECIAL = "special"
    """A pipe, a socket, a device."""


class Item(NamedTuple):
    """One name in a folder."""

    name: str
    """As text that may be shown."""
    path: str
    """From the workspace, with ``/``: what ``read`` takes."""
    kind: Kind
    wrong: Code | None = None
    """Why it is not used, whatever is in it."""


class Files(Protocol):
    """The files of a workspace.  Paths are relative to it, with ``/``."""

    def listed(self, folder: str) -> Sequence[Item]:
        """What is in ``folder``, by name, without hidden files.  Raises OSError."""

    def below(self, folder: str) -> Iterator[Item]:
        """All that is in ``folder`` and the folders in it."""

    def read(self, path: str) -> bytes:
        """A file, or one byte more than is allowed.

        Raises FileNotFoundError, and OSError for anything but a file.
        """


class Folder:
    """Files of this machine.  Links are not followed: they could show what is elsewhere on it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prefix = f"{root}/"  # joining paths would cost more than reading a manifest

    def listed(self, folder: str) -> Sequence[Item]:
        path = self._root / folder
        if path.is_symlink():
            raise NotADirectoryError(20, "a link")
        with os.scandir(path) as found:
            items = [item for item in found if not item.name.startswith(".")]
        return [
            Item(shown(item.name), f"{folder}/{item.name}", _kind(item))
            for item in sorted(items, key=lambda item: item.name)
        ]

    def below(self, folder: str) -> Iterator[Item]:
        for path in (self._root / folder).rglob("*"):
            kind = Kind.FOLDER if path.is_dir() else Kind.FILE
            yield Item(shown(path.name), path.relative_to(self._root).as_posix(), kind)

    def read(self, path: str) -> bytes:
        opened = os.open(
            self._prefix + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
        try:
            if not stat.S_ISREG((found := os.fstat(opened)).st_mode):
                raise OSError(22, "not a regular file")
            data = os.read(opened, min(found.st_size, MAX_BYTES) + 1)
            # all that there is comes at once; to ask for the end is half of what reading costs
            while len(data) not in {found.st_size, MAX_BYTES + 1}:
                if not (more := os.read(opened, MAX_BYTES + 1 - len(data))):
                    break
                data += more
            return data
        finally:
            os.close(opened)


@dataclass(frozen=True, slots=True)
class Instead:
    """``files``, as if ``texts`` stood in some of them."""

    files: Files
    texts: Mapping[str, bytes]

    def listed(self, folder: str) -> Sequence[Item]:
        return self.files.listed(folder)

    def below(self, folder: str) -> Iterator[Item]:
        return self.files.below(folder)

    def read(self, path: str) -> bytes:
        found = self.texts.get(path)
        return self.files.read(path) if found is None else found


def _kind(item: os.DirEntry[str]) -> Kind:
    if item.is_file(follow_symlinks=False):
        return Kind.FILE
    if item.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.LINK if item.is_symlink() else Kind.SPECIAL


def shown(name: str) -> str:
    """Linux allows bytes that are no text; each of those becomes a ``?``."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode()
