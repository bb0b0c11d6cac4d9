"""The benchmarks still run: what they print is theirs, that they measure something is ours."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_fleet_is_planned_and_applied_as_a_whole(tmp_path: Path) -> None:
    page = tmp_path / "report.md"
    ran = subprocess.run(
        [
            *(sys.executable, "benchmarks/run.py", "--customers", "6", "--rounds", "1"),
            *("--fleets", "7", "--ports", "5", "10", "--no-peers", "--report", str(page)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"Plan of 6 customers, [1-9]\d\d steps", ran.stdout), ran.stdout
    assert re.search(r"Apply of 6 customers, [1-9]\d\d objects", ran.stdout)
    assert "ended with 0;" in ran.stdout
    said = re.findall(r"^  ([a-zA-Z, ]+?) +\d+\.\d\d +\d+ +\d+  (\d)$", ran.stdout, re.MULTILINE)
    # the rows that were written at once are what an apply would leave: a plan finds nothing to do
    assert dict(said)["plan, nothing changed"] == "0"
    assert dict(said)["plan, one changed"] == "2"
    assert dict(said)["plan, all proven"] == "0"
    assert len(said) == 10
    assert re.search(r"^    10 numbers: .*ended with 0; .* ms for each", ran.stdout, re.MULTILINE)
    kept = page.read_text("utf-8")
    assert ran.stdout.strip() in kept
    assert re.search(r"^- .+, \d+ cores, \d+ GB of memory$", kept, re.MULTILINE)
