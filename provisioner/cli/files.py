"""Files written whole or not at all: in the place of one, or where there is none yet."""

import os
from pathlib import Path

from provisioner import durable
from provisioner.codes.policy import FileCannotBeWritten, FileExists
from provisioner.errors import PolicyError, ProvisionError


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """In the place of what is there: a reader never sees half.  Raises ProvisionError PV461."""
    try:
        with durable.beside(path, data, mode) as made:
            durable.move(made, path)
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
