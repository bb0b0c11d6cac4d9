"""Where a test's files lie if it waits mostly for the disk."""

import os
from pathlib import Path

_PLACE = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
PLACE = _PLACE if os.access(_PLACE, os.W_OK) else None
"""For :mod:`tempfile`; None, as always, where there is no such place."""
