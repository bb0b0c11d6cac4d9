"""Where the workspace is, when a command is called somewhere in it."""

import os
from pathlib import Path

CONFIG = "provision.yaml"
"""As in ``manifest/repository.py``, which is too much to load for each ``--help``."""
_ANYBODYS = 0
"""Root's files are nobody's trick."""


def workspace_around(start: Path) -> Path:
    """``start`` if a ``provision.yaml`` is there, or the nearest folder above it that has one.

    As with git, the search ends at the top of a repository, at the own home and where a file system
    ends; and at a file of somebody else's: ``/tmp`` is above many folders, and whoever may write
    there would choose the systems.  Where nothing is found it is ``start``.
    """
    try:
        here = start.resolve()
        began = here.stat()
        home = Path(os.path.expanduser("~")).resolve()  # noqa: PTH111 - no error without a home
        owners = {_ANYBODYS, os.getuid(), began.st_uid}
        for folder in (here, *here.parents):
            if folder.stat().st_dev != began.st_dev:
                break
            if os.path.lexists(folder / CONFIG):
                trusted = folder == here or (folder / CONFIG).lstat().st_uid in owners
                return folder if trusted and folder != here else start
            if folder == home or os.path.lexists(folder / ".git"):
                break
    except (OSError, RuntimeError, ValueError):  # deleted since, or not to be looked into
        pass
    return start
