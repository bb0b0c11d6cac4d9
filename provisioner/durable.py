"""Files: never by way of a link, and whole whatever a full disk or a crash does.

What a function here has answered is there after a power cut too; where it raises OSError, what was
there before is there still.  A single ``os.write`` may take a part and say so only in its result.
"""

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from provisioner.codes.files import LinkInTheWay
from provisioner.errors import PolicyError


def write_all(handle: int, data: bytes) -> None:
    """Every byte of ``data``; what a disk takes only in part is offered again."""
    left = memoryview(data)
    while left:
        taken = os.write(handle, left)
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left = left[taken:]


def append_line(path: Path, line: bytes) -> None:
    """A line behind those of the file, mode 0600 if it is new: the whole line or none of it.

    Several processes may append at once.  What an earlier one left without its end stays a line of
    its own.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):  # a pipe or /dev/null takes all, keeps none
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fcntl.flock(handle, fcntl.LOCK_EX)  # nobody else's line may be cut off with ours
        end = os.fstat(handle).st_size
        open_end = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        try:
            write_all(handle, b"\n" * open_end + line + b"\n")
            os.fsync(handle)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(handle, end)
            raise
    finally:
        os.close(handle)
    sync_folder(path.parent)


@contextmanager
def beside(
    path: Path, data: bytes, mode: int, *, owner: tuple[int, int] | None = None
) -> Iterator[Path]:
    """The data on disk beside ``path``, under a name that nobody looks for; gone afterwards.

    ``owner``: user and group, if they are to be others than this process has.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        try:
            write_all(handle, data)
            os.fchmod(handle, mode)
            if owner is not None:
                os.fchown(handle, *owner)
            os.fsync(handle)
        finally:
            os.close(handle)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def move(made: Path, path: Path) -> None:
    """``made`` in the place of what is at ``path``."""
    made.replace(path)
    sync_folder(path.parent)


def place(made: Path, path: Path) -> None:
    """``made`` at ``path``, where nothing may be: raises FileExistsError."""
    try:
        os.link(made, path)  # fails where a name is taken, which a rename does not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            made.replace(path)
        except OSError:
            path.unlink()  # ours, and empty
            raise
    sync_folder(path.parent)


def folder(path: Path, mode: int = 0o777) -> None:
    """The folder, and those above it, on disk.  ``mode`` is for it alone, and only if it is new."""
    if path.is_dir():
        return
    folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode)
    sync_folder(path.parent)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One run at a time in the folder ``path``; the next one waits."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """The names in it on disk: without that a new file may be gone after a power cut."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # one may write into it and not list it
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {
            errno.EINVAL,
            errno.ENOTSUP,
        }:  # a file system that knows no such call
            raise
    finally:
        os.close(handle)


def unlinked(root: Path, found: str, named: str | None = None) -> Path:
    """The absolute path of ``found``, a place that ``provision.yaml`` names: relative to the
    workspace or absolute, and inside the workspace never by way of a link.

    The workspace is a checkout, and a change that somebody proposes can bring a link along.
    Databases and passwords would then go to a place that its author chose.  What lies outside
    belongs to the machine: links there are its owner's.

    ``named``: what stands in ``provision.yaml``, if that is not ``found`` itself.

    Raises PolicyError PV030 if the path, or a folder on the way to it within the workspace, is a
    link.
    """
    workspace = Path(os.path.normpath(root.absolute()))
    path = Path(os.path.normpath(workspace / found))
    if not path.is_relative_to(workspace):
        return root.absolute() / found
    step = workspace
    for part in path.relative_to(workspace).parts:
        step /= part
        if os.path.islink(step):  # noqa: PTH114 - never raises, whatever the name
            raise PolicyError(
                LinkInTheWay(path=named or found, link=str(step.relative_to(workspace)))
            )
    return path
