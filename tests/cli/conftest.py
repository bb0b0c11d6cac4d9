"""A copy of the example workspace, and `provision` in it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.here import process_here

ROOT = Path(__file__).parents[2]
DAY = "2026-11-24"
PATIENCE = 300
"""Seconds until a test gives up waiting for what must come."""

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def environment(**more: str) -> dict[str, str]:
    """No language, no colour, no width but those that a test gives."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "COVERAGE_PROCESS_START"}}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "USER": "staff",
        **more,
    }


def wait_until(holds: Callable[[], object]) -> None:
    """Until it is true; a busy machine takes its time."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def idle(pid: int) -> bool:
    """Whether a process sleeps and has used no CPU for half a second: it waits for somebody.

    One that only waits for its turn on a busy machine is runnable, and does not sleep.
    """

    def now() -> tuple[str, str, str]:
        words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return words[0], words[11], words[12]

    first = now()
    for _ in range(10):
        time.sleep(0.05)
        if now() != first:
            return False
    return first[0] == "S"


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


OF_A_PROCESS = ("PYTHON", "OTEL_", "LC_ALL")
"""Variables that Python or a library looks at once, when it starts."""


@pytest.fixture
def run(workspace: Path) -> Run:
    """``run("plan --at 2026-11-24", LANG="C")``: what it wrote, as bytes, and its exit code.

    In a process of its own only where a variable asks for one.
    """

    def call(
        line: str, *, cwd: Path | None = None, **env: str
    ) -> "subprocess.CompletedProcess[bytes]":
        if not any(name.startswith(OF_A_PROCESS) for name in env):
            return process_here(cwd or workspace, environment(**env), line.split())
        return subprocess.run(
            command(line),
            cwd=cwd or workspace,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=600,
        )

    return call
