"""The tutorial that ends with a telephone that rings: who follows it gets what it shows."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.console import ROOT, Reader

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip

PAGE = ROOT / "docs/tutorials/real-telephone.md"
SERVER = '#!/bin/sh\nif [ "$1" = start ]; then ln -s "{folder}" "$2"; fi\n'
"""In place of one of its own there is the one of these tests."""


def phone(sheet: str, login: str) -> Phone:
    """A phone with what the sheet says."""
    (page,) = (part for part in sheet.split("\n\n") if f"{login}\n" in f"{part}\n")
    told = dict(line.split(None, 1) for line in page.replace("SIP user", "User").splitlines()[1:])
    return Phone(told["User"], told["Password"])


def test_the_way_to_a_telephone_that_rings(
    started: Server, sip: Sip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started.start()
    started.clear()
    monkeypatch.setenv(
        "PATH",
        os.pathsep.join([os.environ["PATH"], str(Path(started.env["ASTERISK_SIPP"]).parent)]),
    )
    folder = tmp_path / "work"
    folder.mkdir()
    reader = Reader(folder, tmp_path / "bin")
    reader.environment()
    shim = reader.bin / "asterisk-server"
    shim.write_text(SERVER.format(folder=started.folder), "utf-8")
    shim.chmod(0o755)

    told = iter(re.split(r"^<!-- Here (.*) -->$", PAGE.read_text("utf-8"), flags=re.MULTILINE))
    reader.follow(next(told))
    sheet = (folder / "phones.txt").read_text("utf-8")
    petra, hans = phone(sheet, "petra.huber"), phone(sheet, "hans.huber")

    def rings(number: str) -> None:
        with sip.answering(petra) as ringing:
            assert sip.call(hans, number) == 200
        assert ringing.rang

    def registers() -> None:
        assert sip.register(petra) == 200

    def is_gone(number: str) -> None:
        assert sip.carrier_calls(number) == 404

    happens: dict[str, Callable[[], None]] = {
        "Petra's phone registers.": registers,
        "Hans dials 0445558111.": lambda: rings("0445558111"),
        "Hans dials 0525552011.": lambda: rings("0525552011"),
        "somebody outside dials 0445558111.": lambda: is_gone("+41445558111"),
    }
    done = []
    for event, text in zip(told, told, strict=True):
        happens[event]()
        done.append(event)
        reader.follow(text)
    assert done == [*happens]
    started.clear()
