"""A command whose file does not fit on the disk leaves what was there, and no half of a file."""

import resource
import subprocess
from pathlib import Path

import pytest
from cli.conftest import command, environment


def small(line: str, where: Path, room: int) -> "subprocess.CompletedProcess[str]":
    """The command, where no file can become larger than ``room`` bytes."""
    return subprocess.run(
        command(line),
        cwd=where,
        # a compiled module that is cut off would fail every later start
        env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()
    }


@pytest.mark.parametrize(
    ("line", "room"),
    [
        ("secret keygen --out new.key", 20),
        ("fmt customers/limmat-it/velo-werk.yaml", 200),
        ("rename velo-werk velo-laden", 200),
        ("rename velo-werk/laden.velowerk shop.velowerk", 200),
        ("edit --where customer=* --set contact.city=Thun --yes", 200),
        ("schema --out etc", 200),
        ("plan --at 2026-11-24 --out plan.json", 200),
        ("asterisk config etc", 200),
        ("asterisk config etc --replace", 1500),
    ],
)
def test_all_or_nothing(line: str, room: int, workspace: Path) -> None:
    file = workspace / "customers/limmat-it/velo-werk.yaml"
    file.write_text(file.read_text().replace("version: 1", "version:    1"))
    (workspace / "etc").mkdir()
    if "--replace" in line:
        assert small("asterisk config etc", workspace, 2**30).returncode == 0
    before = everything(workspace)
    done = small(line, workspace, room)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "PV461" in done.stderr
    assert everything(workspace) == before
    again = small(line, workspace, 2**30)
    assert again.returncode == 0, again.stdout + again.stderr
