"""A plan file says what was approved, so one that somebody edited is worth nothing."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
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
    plan["customers"][0]["cost"]["after"] = 0


def _question(plan: dict[str, Any]) -> None:
    plan["customers"][0]["diagnostics"] = []


def _step(plan: dict[str, Any]) -> None:
    del plan["customers"][0]["steps"][-1]


def _checksum(plan: dict[str, Any]) -> None:
    plan["checksum"] = ""


def test_an_altered_plan_file_is_refused(run: Run, workspace: Path) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    file = workspace / "plan.json"
    plan = json.loads(file.read_bytes())
    for alter in (_cause, _cost, _question, _step, _checksum, _effect):
        altered = deepcopy(plan)
        alter(altered)
        file.write_text(json.dumps(altered), "utf-8")
        shown = run("show plan.json")
        assert (shown.returncode, b"PV446" in shown.stderr) == (REFUSED, True), alter
    done = run(f"apply --at {DAY} --approved plan.json")
    assert (done.returncode, b"PV446" in done.stderr) == (REFUSED, True), done.stderr
    assert run("status").stdout.strip() == b"No customer."


def test_written_anew_with_the_same_content_it_counts(run: Run, workspace: Path) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    file = workspace / "plan.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()), indent=8), "utf-8")
    assert run(f"apply --at {DAY} --approved plan.json").returncode == 0


def test_a_file_of_the_first_format_is_shown_and_approves_nothing(
    run: Run, workspace: Path
) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    file = workspace / "plan.json"
    plan = json.loads(file.read_bytes())
    plan["format_version"] = 1
    for part in plan["customers"]:
        part["cost"] = {"monthly": 6200, "once": 10000}
        part["upcoming"] = [{"on": "2027-01-01", "code": "PV261", "params": {}}]
        for name in ("days", "dropped", "edits", "until", "until_why", "prices", "lifts"):
            del part[name]
    rest = {n: v for n, v in plan.items() if n != "checksum"}
    sums = hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()
    file.write_text(json.dumps({**plan, "checksum": sums}), "utf-8")
    shown = run("show plan.json")
    assert (shown.returncode, b"Fri 01.01.2027" in shown.stdout) == (0, True), shown
    applied = run(f"apply --at {DAY} --approved plan.json")
    assert (applied.returncode, b"PV473" in applied.stderr) == (REFUSED, True)
    file.write_text(json.dumps({**plan, "checksum": "0" * 64}), "utf-8")
    assert b"PV446" in run("show plan.json").stderr


@pytest.mark.usefixtures("workspace")
def test_the_day_of_an_approval_belongs_to_one_and_has_come(run: Run) -> None:
    assert run(f"plan --at {DAY} --out plan.json").returncode == 0
    for wrong in ("--approved-on 2026-11-20", "--approved plan.json --approved-on 2027-11-20"):
        done = run(f"apply --at {DAY} {wrong}")
        assert (done.returncode, b"--approved-on" in done.stderr) == (64, True), wrong
    late = run(f"apply --at {DAY} --approved plan.json --approved-on 2026-10-01")
    assert (late.returncode, b"PV471" in late.stderr) == (REFUSED, True)
