"""`provision` in this process: one that starts for every call would take most of the time."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from provisioner.cli.group import main


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """``run("plan --at 2026-11-24", CI_NODE_INDEX="1")``."""
    monkeypatch.chdir(workspace)

    def call(line: str, **env: str) -> Ended:
        with monkeypatch.context() as patch:
            for name in ("CI_NODE_INDEX", "CI_NODE_TOTAL", "PROVISION_SHARD", "LANG", "COLUMNS"):
                patch.delenv(name, raising=False)
            for name, value in env.items():
                patch.setenv(name, value)
            code = main(line.split())
        return Ended(code, *capsys.readouterr())

    return call
