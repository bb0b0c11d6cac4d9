"""What is printed of a whole fleet: all of it or nothing, and never all of it in memory.

It is made first, on disk, and shown then: half a bill looks like one, and a desk that is read would
otherwise wait for whoever pages through what it says.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from provisioner.codes.policy import FileCannotBeWritten
from provisioner.errors import ProvisionError

_AT_ONCE = 1 << 16


class Spool:
    """A file that has no name, and is gone with the process.  Raises ProvisionError PV461."""

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise _refused(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what does not fit is tried once more, and was told
            self._file.close()

    def keep(self, pieces: Iterable[bytes]) -> None:
        """Raises ProvisionError PV461 too."""
        try:
            self._file.writelines(pieces)
            self._file.flush()
        except OSError as error:
            raise _refused(error) from None

    def pieces(self) -> Iterator[bytes]:
        """From the beginning, in pieces that end with a line."""
        self._file.seek(0)
        while piece := self._file.read(_AT_ONCE):
            yield piece + self._file.readline()


def _refused(error: OSError) -> ProvisionError:
    reason = os.strerror(error.errno or 0)
    return ProvisionError(FileCannotBeWritten(file=tempfile.gettempdir(), reason=reason))
