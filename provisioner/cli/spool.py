"""What is printed of a whole fleet: all of it or nothing, and never all of it in memory.

It is made first, on disk, and shown then: half a bill looks like one, and a desk that is read would
otherwise wait for whoever pages through what it says.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from provisioner.codes.policy import FileCannotBeWritten
from provisioner.errors import ProvisionError

_AT_ONCE = 1 << 16


class Spool:
    """A file that has no name, and is gone with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def keep(self, pieces: Iterable[bytes]) -> None:
        """Raises ProvisionError PV461."""
        for piece in pieces:
            try:
                self._file.write(piece)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                about = FileCannotBeWritten(file=tempfile.gettempdir(), reason=reason)
                raise ProvisionError(about) from None

    def pieces(self) -> Iterator[bytes]:
        """From the beginning, in pieces that end with a line."""
        self._file.seek(0)
        while piece := self._file.read(_AT_ONCE):
            yield piece + self._file.readline()
