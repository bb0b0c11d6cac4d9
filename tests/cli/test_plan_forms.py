"""Every form of a plan, from ``plan`` and from ``show``, as real processes write it."""

from pathlib import Path

import pytest
from cli.conftest import DAY, Run

STARTS = {
    "markdown": "<!-- provisioner plan -->\n### Plan für Di",
    "html": "<!doctype html>",
    "json": '{\n  "format_version": 2',
    "junit": '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites',
    "text": "Plan für Di",
}


@pytest.mark.parametrize("form", STARTS)
def test_plan_and_show_write_the_same_in_utf_8(form: str, run: Run, workspace: Path) -> None:
    made = run(f"plan --at {DAY} --out plan.json --format {form} --lang de", LC_ALL="de_CH.UTF-8")
    assert (made.returncode, made.stderr) == (0, b"")
    text = made.stdout.decode("utf-8")
    assert text.lower().startswith(STARTS[form].lower())
    assert text.endswith("\n")
    shown = run(f"show plan.json --format {form} --lang de", LC_ALL="de_CH.UTF-8")
    assert (shown.returncode, shown.stdout) == (0, made.stdout)
    if form == "json":
        assert (workspace / "plan.json").read_bytes() == made.stdout


def test_a_document_is_utf_8_whatever_the_terminal_speaks(run: Run) -> None:
    done = run(f"plan --at {DAY} --format markdown --lang de", PYTHONIOENCODING="ascii")
    assert "Plan für Di" in done.stdout.decode("utf-8")


def test_another_form_is_a_usage_error(run: Run) -> None:
    assert run(f"plan --at {DAY} --format pdf").returncode == 64


def test_two_plans_are_compared_in_the_forms_that_tell_it(run: Run, workspace: Path) -> None:
    run(f"plan --at {DAY} --out old.json")
    same = run(f"plan --at {DAY} --against old.json")
    assert (same.returncode, b": the same." in same.stdout) == (0, True)
    for form in ("text", "markdown", "html", "json"):
        assert run(f"show old.json --against old.json --format {form}").returncode == 0
    for line in ("--format junit", "--timeline", "--summary"):
        assert run(f"show old.json --against old.json {line}").returncode == 64
    (workspace / "old.json").write_bytes(b"{}")
    assert b"[PV431]" in run(f"plan --at {DAY} --against old.json").stderr


@pytest.mark.parametrize("form", ["html", "junit"])
def test_a_summary_is_not_of_every_form(form: str, run: Run) -> None:
    assert run(f"plan --at {DAY} --summary --format {form}").returncode == 64
