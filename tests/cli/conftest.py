"""A copy of the example workspace, and `provision` as a process in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAY = "2026-11-24"

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def environment(**more: str) -> dict[str, str]:
    """No language, no colour, no width but those that a test gives."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "COVERAGE_PROCESS_START"}}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "USER": "staff",
        **more,
    }


def command(line: str) -> list[str]:
    return [sys.executable, "-m", "provisioner", *line.split()]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """One customer is enough for what the command line does."""
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    folder = tmp_path / "customers/limmat-it"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "customers/limmat-it/velo-werk.yaml", folder)
    return tmp_path


@pytest.fixture
def run(workspace: Path) -> Run:
    """``run("plan --at 2026-11-24", LANG="C")``: what it wrote, as bytes, and its exit code."""

    def call(
        line: str, *, cwd: Path | None = None, **env: str
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            command(line),
            cwd=cwd or workspace,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )

    return call
