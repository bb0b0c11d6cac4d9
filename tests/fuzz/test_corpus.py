"""Attacks as files: ``T8-hidden-by-line-separator.PV003.yaml`` must give PV003, and quickly.

T7 bombs, T8 lines hidden from a reviewer, T9 fields written twice, T10 scalars that other programs
read as something else, T11 letters that look like others, T14 control of the terminal.
"""

from pathlib import Path

import pytest
from fuzz.judge import codes_of

from provisioner.manifest.loader import load_manifest

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_attack(path: Path) -> None:
    wanted = path.suffixes[-2].removeprefix(".")
    found = codes_of(lambda: load_manifest(path.read_bytes(), "customers/limmat-it/attack.yaml"))
    assert wanted in found


def test_no_threat_lost_its_files() -> None:
    assert {path.name.partition("-")[0] for path in CORPUS} == {
        "T7",
        "T8",
        "T9",
        "T10",
        "T11",
        "T14",
    }
