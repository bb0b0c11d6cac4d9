"""A plan file says what was approved, so one that somebody edited is worth nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import DAY, Run

REFUSED = 4

Alter = Callable[[dict[str, Any]], None]


def _effect(plan: dict[str, Any]) -> None:
    step = plan["customers"][0]["steps"][0]
    step["effect"] = "mutating" if step["effect"] == "additive" else "additive"


def _cause(plan: dict[str, Any]) -> None:
    plan["customers"][0]["steps"][0]["cause"] = "drift"


def _cost(plan: dict[str, Any]) -> None:
    plan["customers"][0]["cost"]["monthly"] = 0


def _question(plan: dict[str, Any]) -> None:
    plan["customers"][0]["diagnostics"] = []


def _step(plan: dict[str, Any]) -> None:
    del plan["customers"][0]["steps"][-1]


def _checksum(plan: dict[str, Any]) -> None:
    plan["checksum"] = ""


@pytest.mark.parametrize("alter", [_effect, _cause, _cost, _question, _step, _checksum])
@pytest.mark.parametrize("line", ["show plan.json", f"apply --at {DAY} --approved plan.json"])
def test_an_altered_plan_file_is_refused(
    run: Run, workspace: Path, line: str, alter: Alter
) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    file = workspace / "plan.json"
    plan = json.loads(file.read_bytes())
    alter(plan)
    file.write_text(json.dumps(plan), "utf-8")
    done = run(line)
    assert (done.returncode, b"PV446" in done.stderr) == (REFUSED, True), done.stderr
    assert run("status").stdout.strip() == b"No customer."


@pytest.mark.parametrize("line", ["show plan.json", f"apply --at {DAY} --approved plan.json"])
def test_written_anew_with_the_same_content_it_counts(
    run: Run, workspace: Path, line: str
) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    file = workspace / "plan.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()), indent=8), "utf-8")
    assert run(line).returncode == 0
