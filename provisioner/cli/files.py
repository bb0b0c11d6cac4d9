"""Files written whole or not at all: in the place of one, or where there is none yet."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioner.errors import PolicyError, ProvisionError


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """In the place of what is there: a reader never sees half.  Raises ProvisionError PV461."""
    try:
        with _made(path, data, mode) as made:
            made.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None


def create(path: Path, data: bytes, shown: str) -> None:
    """Never over one that is there; folders on the way are made.

    ``shown`` is its name in errors.  Raises PolicyError PV460 if something is there already,
    ProvisionError PV461 if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _made(path, data, 0o644) as made:
            _place(made, path)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise PolicyError("PV460", file=shown) from None
        raise ProvisionError("PV461", file=shown, reason=os.strerror(error.errno or 0)) from None


def unwritable(path: Path, error: OSError) -> ProvisionError:
    """PV461, with the name that the file or folder has from here."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return ProvisionError("PV461", file=str(shown), reason=error.strerror or type(error).__name__)


@contextmanager
def _made(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """The data on disk beside ``path``, under a name that nobody looks for; gone afterwards."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _place(made: Path, path: Path) -> None:
    try:
        os.link(made, path)  # fails where a name is taken, which a rename does not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        made.replace(path)
