"""What both embedded drivers need of a SQLite file: its birth and its faults.

A database is born whole.  It is built beside its place and then linked there, so no reader ever
sees one without tables, and a file without them is known to be damaged, not new.
"""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from provisioner import durable
from provisioner.codes.systems import (
    DatabaseHasOtherTables,
    DatabaseIsBusy,
    EmptyDatabaseFile,
    FileCannotBeOpenedOrWritten,
    NotAReadableDatabase,
)
from provisioner.durable import unlinked
from provisioner.errors import SystemFault, Unavailable

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite's own files add to the name of the database, beside which they lie."""

_LOGS = ("-wal", "-journal")
"""Those of them that may hold what is not in the database yet."""
_MODES = slice(18, 20)
"""Bytes of the head that say whether the file has a log of writes."""

_SECTOR = 512
"""Bytes of the smallest page; the others are multiples of it."""
_ROOM = 128 * 1024
"""Bytes that SQLite needs beside a database to read it: an index of its log, and some."""

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


text = partial(bytes.decode, errors="surrogateescape")
"""Whatever stands in a column: a text that is none is its row's fault, not the file's."""


def exists(path: Path) -> bool:
    """Whether something is there.

    Unavailable PV507 if the folder does not let us see.  A full disk or a failed copy leaves what
    is no database: PV575 for a file without content, PV502 for one that ends amid a page, whose
    rest SQLite would take for zeros.  While there is a log of writes, the rest may be in that.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        raise Unavailable(FileCannotBeOpenedOrWritten(target=path.name)) from None
    if stat.S_ISREG(found.st_mode) and not found.st_size:
        raise Unavailable(EmptyDatabaseFile(target=path.name))
    if stat.S_ISREG(found.st_mode) and found.st_size % _SECTOR and not _has_log(path):
        raise Unavailable(NotAReadableDatabase(target=path.name))
    return True


def copied(path: Path) -> sqlite3.Connection | None:
    """A copy in memory, for reading, where SQLite itself cannot read: its log of writes has to lie
    beside the file, and the folder takes none, or the disk is full.

    None where there is room, or somebody's log lies there.  Raises Unavailable PV503 if somebody
    wrote meanwhile, PV507 if the file cannot be read.
    """
    if _takes_a_log(path.parent) or _has_log(path):
        return None
    try:
        before = path.stat()
        data = bytearray(path.read_bytes())
        after = path.stat()
    except OSError:
        raise Unavailable(FileCannotBeOpenedOrWritten(target=path.name)) from None
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or _has_log(path):
        raise Unavailable(DatabaseIsBusy(target=path.name))
    data[_MODES] = b"\1\1"  # no log of writes: memory has none
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        db.deserialize(data)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _takes_a_log(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize >= _ROOM


def _has_log(path: Path) -> bool:
    """One without content has nothing that is not in the file; a full disk leaves some."""
    for suffix in _LOGS:
        with suppress(FileNotFoundError):
            if os.lstat(f"{path}{suffix}").st_size:
                return True
    return False


def fault(error: sqlite3.Error, target: str) -> SystemFault:
    """SQLite's error as ours: PV502 broken, PV503 busy, PV504 other tables, PV507 not writable."""
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_")
    kind = _KINDS.get(name.partition("_")[0], NotAReadableDatabase)
    return Unavailable(kind(target=target))
