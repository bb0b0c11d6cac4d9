"""The wheel carries everything that the installed command reads."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from provisioner.report.messages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
DATA = {".toml", ".json", ".conf", ".typed"}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The wheel's files by name."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("provisioner-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_carries_the_code_and_its_data(contents: dict[str, bytes]) -> None:
    for file in (ROOT / "provisioner").rglob("*"):
        if file.suffix in DATA or file.suffix == ".py":
            assert contents[str(file.relative_to(ROOT))] == file.read_bytes()


def test_carries_what_init_writes(contents: dict[str, bytes]) -> None:
    files = [f for f in (ROOT / "provisioner/cli/starter").rglob("*") if f.is_file()]
    assert any(file.name.startswith(".") for file in files)
    for file in files:
        if file.suffix != ".pyc":
            assert contents[str(file.relative_to(ROOT))] == file.read_bytes()


def test_carries_the_published_schemas(contents: dict[str, bytes]) -> None:
    schemas = sorted((ROOT / "schemas").rglob("*.json"))
    assert schemas
    for file in schemas:
        assert contents[f"provisioner/{file.relative_to(ROOT)}"] == file.read_bytes()


def test_carries_the_catalogue_in_every_language(contents: dict[str, bytes]) -> None:
    for language in LANGUAGES:
        found = [n for n in contents if n.startswith(f"provisioner/report/catalogue/{language}/")]
        codes = {code for name in found for code in tomllib.loads(contents[name].decode())}
        assert any(code.startswith("PV") for code in codes)


def test_carries_nothing_else(contents: dict[str, bytes]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in contents} == {"provisioner"}
    assert not [name for name in contents if "__pycache__" in name or name.endswith(".sqlite")]


def test_declares_command_drivers_and_license(contents: dict[str, bytes]) -> None:
    (entry_points,) = (v for n, v in contents.items() if n.endswith("/entry_points.txt"))
    assert b"provision = provisioner.cli.main:run" in entry_points
    assert b"[provisioner.pbx]" in entry_points
    assert b"[provisioner.desk]" in entry_points
    assert any(name.endswith("/licenses/LICENSE") for name in contents)
