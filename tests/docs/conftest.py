"""Somebody who follows a page, and the example workspace with everything carried out."""

import shutil
from pathlib import Path

import pytest
from docs.console import ROOT, Reader

FIRST_DAY = "2026-11-24"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    folder = tmp_path / "work"
    folder.mkdir()
    return Reader(folder, tmp_path / "bin")


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace with everything applied on the first day of the demo."""
    place = tmp_path_factory.mktemp("applied")
    folder = place / "work"
    folder.mkdir()
    for name in ("customers", "schemas"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, folder / name)
    reader = Reader(folder, place / "bin")
    output = reader.run(f"provision apply --at {FIRST_DAY} --auto-approve")
    assert reader.last == 0, output
    return folder
