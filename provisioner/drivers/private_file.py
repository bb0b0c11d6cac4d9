"""Files that hold secrets or customers: there, and nobody else's to read."""

import os
import stat
from pathlib import Path

from provisioner.codes.asterisk import OthersCanReadASecretFile
from provisioner.codes.systems import PasswordFileCannotBeRead
from provisioner.errors import SystemFault

_MOST = 4096


def content(file: Path) -> str:
    """What is in it, at most 4 KiB; a pipe or a device is never waited for.

    Raises OSError, or ValueError if it is longer, no file or no text.
    """
    opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(opened, "rb") as stream:  # noqa: PTH123 - the descriptor is already there
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError
        data = stream.read(_MOST + 1)
    if len(data) > _MOST:
        raise ValueError
    return data.decode("utf-8")


def fault(file: Path) -> SystemFault | None:
    """PV553 if it is not there, PV586 if other users can read or write it."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return SystemFault(PasswordFileCannotBeRead(file=file.name))
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return SystemFault(OthersCanReadASecretFile(file=file.name))
    return None
