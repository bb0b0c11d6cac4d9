"""Files that somebody names: read up to a limit, written whole or not at all."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from provisioner import durable
from provisioner.codes.files import FileNotReadable, NamedFileIsNone, NamedFileTooLarge
from provisioner.codes.policy import FileCannotBeWritten, FileExists
from provisioner.codes.secrets import NotAPrivateKey
from provisioner.errors import PolicyError, ProvisionError, WrongFile

_DEVICES = "/dev"
KEY_KIB, HANDOVER_KIB, SNAPSHOT_KIB = 64, 64 * 1024, 64 * 1024
"""More than any private key takes; than 50,000 passwords, sealed; than 300,000 workplaces."""


def read(name: str, kib: int) -> bytes:
    """The file, if it has at most ``kib`` KiB.

    Raises WrongFile PV020 not readable, PV031 a folder, a pipe or a device, PV032 too large.
    """
    try:
        # a pipe that nobody writes to would not let itself be opened
        opened = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb") as file:  # noqa: PTH123 - the descriptor is already there
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise WrongFile(NamedFileIsNone(file=name))
            data = file.read(kib * 1024 + 1)
    except IsADirectoryError:
        raise WrongFile(NamedFileIsNone(file=name)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "?"
        raise WrongFile(FileNotReadable(file=name, reason=reason)) from None
    if len(data) > kib * 1024:
        raise WrongFile(NamedFileTooLarge(file=name, limit=kib))
    return data


def read_key(name: str) -> str:
    """What a file with a key or password says; raises as :func:`read`."""
    return read(name, KEY_KIB).decode("utf-8", "replace")


def read_identity(name: str) -> str:
    """A private key that can be used; raises as :func:`read`, and PolicyError PV319."""
    from provisioner.manifest.sealed import is_private_key  # only where something is opened

    text = read_key(name)
    if not is_private_key(text):
        raise PolicyError(NotAPrivateKey(file=name))
    return text


def read_snapshots(names: Sequence[str]) -> dict[str, bytes]:
    """By their names without folders; raises as :func:`read`."""
    return {Path(name).name: read(name, SNAPSHOT_KIB) for name in names}


def schema_line(root: Path, name: str, language: str) -> str:
    """The schema that a new file of the workspace names, seen from ``root``: ``schemas/…``.

    In ``language``, if the workspace has it so: its file is committed, for readers of all
    languages, and one of an earlier version is in English alone.
    """
    file = f"schemas/{language}/{name}.schema.json"
    return file if (root / file).is_file() else f"schemas/{name}.schema.json"


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """In the place of what is there: a reader never sees half.

    Raises ProvisionError PV461 if it cannot be written, PV031 for what is there and no regular
    file: a pipe or a device would be gone for everybody else too.
    """
    try:
        special = path.exists() and not path.is_file()
        if special or os.path.realpath(path.parent) == _DEVICES:  # there, also a link to a file
            raise ProvisionError(NamedFileIsNone(file=str(path)))
        with durable.beside(path, data, mode) as made:
            durable.move(made, path)
    except OSError as error:
        raise unwritable(path, error) from None


def make_folder(path: Path) -> None:
    """The folder, and those above it.  Raises ProvisionError PV461."""
    try:
        durable.folder(path)
    except OSError as error:
        raise unwritable(path, error) from None


def append(path: Path, data: bytes) -> None:
    """Behind what is there.  Raises ProvisionError PV461."""
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise unwritable(path, error) from None


def create(path: Path, data: bytes, shown: str, *, mode: int = 0o644) -> None:
    """Never over one that is there; folders on the way are made.

    ``shown`` is its name in errors.  Raises PolicyError PV460 if something is there already,
    ProvisionError PV461 if it cannot be written.
    """
    try:
        durable.folder(path.parent)
        with durable.beside(path, data, mode) as made:
            durable.place(made, path)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise PolicyError(FileExists(file=shown)) from None
        raise ProvisionError(
            FileCannotBeWritten(file=shown, reason=os.strerror(error.errno or 0))
        ) from None


def unwritable(path: Path, error: OSError) -> ProvisionError:
    """PV461, with the name that the file or folder has from here."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return ProvisionError(
        FileCannotBeWritten(file=str(shown), reason=error.strerror or type(error).__name__)
    )
