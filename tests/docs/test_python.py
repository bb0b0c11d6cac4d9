"""The program on the page about Python runs as it stands there."""

import os
import subprocess
import sys
from pathlib import Path

from docs.console import fences

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/python.md"


def test_the_program_plans_and_applies_a_workspace(tmp_path: Path) -> None:
    (program,) = (f.body for f in fences(PAGE.read_text("utf-8")) if f.lang == "python")
    assert len([line for line in program.splitlines() if line.strip()]) <= 15
    for name in ("provision.yaml", "removals.yaml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["cp", "-R", str(ROOT / "customers"), str(tmp_path)], check=True)

    def run() -> list[str]:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.splitlines()

    planned, *results = run()
    assert planned.startswith("7 customers, ")
    assert {line.split()[1] for line in results} == {"done"}
    assert sum(int(line.split()[2]) for line in results) == int(planned.split()[2])
    again, *nothing = run()
    assert " 0 steps, " in again
    assert nothing == []
