"""What is printed of a fleet is all of it or nothing."""

import tempfile
from collections.abc import Iterator

import pytest

from provisioner.cli.spool import Spool
from provisioner.errors import ProvisionError


def test_pieces_say_what_was_kept_and_end_with_a_line() -> None:
    lines = [b"%d of many lines of a bill\n" % n for n in range(9000)]
    with Spool() as spool:
        spool.keep(lines)
        pieces = list(spool.pieces())
    assert b"".join(pieces) == b"".join(lines)
    assert len(pieces) > 1
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_full_disk_is_told_with_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: open("/dev/full", "wb"))  # noqa: SIM115, PTH123 - closed by the spool
    with pytest.raises(ProvisionError, match="PV461") as caught, Spool() as spool:
        spool.keep([b"a bill"])
    assert tempfile.gettempdir() in str(caught.value)


def test_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> Iterator[None]:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    with pytest.raises(ProvisionError, match="PV461"):
        Spool()
