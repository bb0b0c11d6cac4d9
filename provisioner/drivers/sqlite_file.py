"""What both embedded drivers need of a SQLite file: its birth and its faults.

A database is born whole.  It is built beside its place and then linked there, so no reader ever
sees one without tables, and a file without them is known to be damaged, not new.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from provisioner import durable
from provisioner.codes.systems import (
    DatabaseHasOtherTables,
    DatabaseIsBusy,
    FileCannotBeOpenedOrWritten,
    NotAReadableDatabase,
)
from provisioner.durable import unlinked
from provisioner.errors import SystemFault, Unavailable

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite's own files add to the name of the database, beside which they lie."""

_KINDS = {
    "BUSY": DatabaseIsBusy,
    "LOCKED": DatabaseIsBusy,
    "CANTOPEN": FileCannotBeOpenedOrWritten,
    "READONLY": FileCannotBeOpenedOrWritten,
    "FULL": FileCannotBeOpenedOrWritten,
    "IOERR": FileCannotBeOpenedOrWritten,
    "PERM": FileCannotBeOpenedOrWritten,
    "AUTH": FileCannotBeOpenedOrWritten,
    "ERROR": DatabaseHasOtherTables,
}


def place(root: Path, found: str) -> Path:
    """Where a database named in ``provision.yaml`` lies.  PolicyError PV030 for a link there."""
    for suffix in _BESIDE:
        unlinked(root, found + suffix, found)
    return unlinked(root, found)


def create(path: Path, build: Callable[[Path], None]) -> None:
    """Put what ``build`` makes at ``path``, mode 0600, unless another process was first.

    A new folder for it is nobody else's either.  Raises Unavailable PV507 if nothing can be
    written there.
    """
    try:
        durable.folder(path.parent, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            build(Path(name))
            os.link(name, path)
            durable.sync_folder(path.parent)
        except FileExistsError:
            return
        finally:
            for suffix in ("", *_BESIDE):
                Path(name + suffix).unlink(missing_ok=True)
    except OSError:
        raise Unavailable(FileCannotBeOpenedOrWritten(target=path.name)) from None


def exists(path: Path) -> bool:
    """Whether something is there; Unavailable PV507 if the folder does not let us see."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        raise Unavailable(FileCannotBeOpenedOrWritten(target=path.name)) from None
    return True


def fault(error: sqlite3.Error, target: str) -> SystemFault:
    """SQLite's error as ours: PV502 broken, PV503 busy, PV504 other tables, PV507 not writable."""
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_")
    kind = _KINDS.get(name.partition("_")[0], NotAReadableDatabase)
    return Unavailable(kind(target=target))
