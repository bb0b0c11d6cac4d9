"""Files of the embedded systems after a bad day: a full disk, a copy that broke off, a folder that
takes no files.  What is there can be read or is refused with a code, and a run begun there ends."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from provisioner.cli.group import main

ROOT = Path(__file__).parents[2]
READING = (["status"], ["audit"], ["plan", "--at", "2026-11-25"])


def cut(file: Path, size: int) -> None:
    os.truncate(file, size if size >= 0 else file.stat().st_size + size)


def blank(file: Path, page: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(page * 4096)
        opened.write(bytes(4096))


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "nothing is left": (lambda file: cut(file, 0), "PV575"),
    "its head alone": (lambda file: cut(file, 100), "PV502"),
    "half of it": (lambda file: cut(file, file.stat().st_size // 8192 * 4096), "PV502"),
    "the last page is missing": (lambda file: cut(file, -4096), "PV502"),
    "the last bytes are missing": (lambda file: cut(file, -100), "PV502"),
    "a page of zeros": (lambda file: blank(file, 1), "PV502"),
    "a folder": (lambda file: (file.unlink(), file.mkdir())[1], "PV507"),
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One customer, set up; and an edit that waits."""
    folder = tmp_path_factory.mktemp("applied")
    manifests = folder / "customers/limmat-it"
    manifests.mkdir(parents=True)
    file = manifests / "velo-werk.yaml"
    shutil.copy(ROOT / "customers/limmat-it/velo-werk.yaml", file)
    shutil.copy(ROOT / "provision.yaml", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["apply", "--at", "2026-11-24", "--auto-approve"]) == 0
    file.write_text(file.read_text().replace("license: phones+apps", "license: phones"))
    return folder


@pytest.fixture
def workspace(applied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    shutil.copytree(applied, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("system", ["desk", "pbx"])
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_refused_and_left_as_it_is(
    name: str, system: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, code = DAMAGE[name]
    file = workspace / f"state/{system}.sqlite"
    damage(file)
    before = file.read_bytes() if file.is_file() else b""
    for command in (["plan"], ["apply", "--auto-approve"], ["reconcile", "--auto-approve"]):
        assert main([*command, "--at", "2026-11-25"]) == 1
        said = capsys.readouterr()
        assert code in said.out + said.err, command
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.usefixtures("workspace")
def test_what_is_on_a_full_disk_can_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even beside the log that SQLite leaves empty once it finds no room for it."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=0, f_frsize=4096))
    for suffix, content in (("-wal", b""), ("-shm", bytes(4096))):
        Path(f"state/desk.sqlite{suffix}").write_bytes(content)
    for command in READING:
        assert main(command) == 0, capsys.readouterr().err
    assert "3 to change" in capsys.readouterr().out


def test_a_disk_that_fills_up_costs_nothing(applied: Path, tmp_path: Path) -> None:
    """Before the desk is there, amid the first writes, and amid the steps."""
    fresh, disk = tmp_path / "fresh", tmp_path / "disk"
    shutil.copytree(applied, fresh, ignore=shutil.ignore_patterns("state"))
    disk.mkdir()
    script = [sys.executable, "-m", "tests.drivers.small_disk", str(disk), str(fresh)]
    ran = subprocess.run(
        ["unshare", "--mount", *script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if ran.returncode == 77 or "unshare" in ran.stderr:
        pytest.skip("this machine lets nobody mount a small disk")
    assert ran.returncode == 0, ran.stderr
    lives = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {life["first"] for life in lives} == {1, 5}
    for life in lives:
        assert {"PV507", "PV511"} & {*life["codes"]}, life
        assert life["meanwhile"] == 0, life
        assert life["afterwards"] == [0, 0, 0], life
