"""Files that hold secrets or customers: there, and nobody else's to read."""

import stat
from pathlib import Path

from provisioner.codes.systems import OthersCanReadASecretFile, PasswordFileCannotBeRead
from provisioner.errors import SystemFault


def fault(file: Path) -> SystemFault | None:
    """PV553 if it is not there, PV586 if other users can read or write it."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return SystemFault(PasswordFileCannotBeRead(file=file.name))
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return SystemFault(OthersCanReadASecretFile(file=file.name))
    return None
