"""New files that take nobody else's place."""

import os
import tempfile
from pathlib import Path

from provisioner.errors import PolicyError, ProvisionError


def create(path: Path, data: bytes, shown: str) -> None:
    """Writes the whole file or none, and never over one that is there.

    Folders on the way are made.  ``shown`` is its name in errors.  Raises PolicyError PV460 if
    something is there already, ProvisionError PV461 if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            _place(Path(name), path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise PolicyError("PV460", file=shown) from None
        raise ProvisionError("PV461", file=shown, reason=os.strerror(error.errno or 0)) from None


def _place(made: Path, path: Path) -> None:
    try:
        os.link(made, path)  # fails where a name is taken, which a rename does not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        made.replace(path)
