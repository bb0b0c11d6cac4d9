"""``provision calendar`` and ``plan --timeline`` in a workspace with one port order."""

import shutil
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, Run

WHY = "--who staff --why told"


@pytest.fixture
def applied(run: Run, workspace: Path) -> Path:
    """A port order, submitted."""
    folder = workspace / "customers/limmat-it"
    (folder / "velo-werk.yaml").unlink()
    shutil.copy(ROOT / "tests/cases/bases/office.yaml", folder)
    done = run(f"apply --at {DAY} --auto-approve")
    assert done.returncode == 0, done.stderr
    return workspace


def test_calendar_to_a_file_and_to_standard_output(run: Run, applied: Path) -> None:
    shown = run(f"calendar --at {DAY}")
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout.startswith(b"BEGIN:VCALENDAR\r\n")
    assert shown.stdout.count(b"BEGIN:VEVENT") == 2
    assert b"STATUS:TENTATIVE" in shown.stdout
    written = run(f"calendar office --at {DAY} --out ports.ics")
    assert written.stdout == b"ports.ics: 1 port date.\n"
    assert (applied / "ports.ics").read_bytes() == shown.stdout
    assert run(f"porting accept office/main/1 {WHY} --at {DAY}").returncode == 0
    assert b"STATUS:CONFIRMED" in run(f"calendar --at {DAY}").stdout


def test_an_unknown_customer_writes_nothing(run: Run, applied: Path) -> None:
    refused = run("calendar nobody --out ports.ics")
    assert refused.returncode == 3
    assert b"PV447" in refused.stderr
    assert not (applied / "ports.ics").exists()


def test_an_unreadable_desk_writes_nothing(run: Run, applied: Path) -> None:
    (applied / "state/desk.sqlite").write_bytes(b"no database")
    failed = run("calendar --out ports.ics")
    assert failed.returncode == 1
    assert b"Traceback" not in failed.stderr
    assert not (applied / "ports.ics").exists()


@pytest.mark.usefixtures("applied")
def test_the_timeline_shows_customers_that_change_nothing_today(run: Run) -> None:
    assert b"nothing to do" in run(f"plan --at {DAY}").stdout
    shown = run(f"plan --timeline --at {DAY}")
    assert shown.returncode == 0
    assert b"office: Port order main/1 is carried out at " in shown.stdout
    assert b"Digest" not in shown.stdout
    german = run(f"plan office --timeline --at {DAY} --lang de")
    assert b"Zeitstrahl von Di 24.11.2026" in german.stdout


def test_a_plan_file_has_its_timeline(run: Run, workspace: Path) -> None:
    planned = run(f"plan --at {DAY} --out plan.json --timeline")
    assert planned.returncode == 0
    assert (workspace / "plan.json").exists()
    shown = run("show plan.json --timeline")
    assert shown.stdout == planned.stdout
    assert b"velo-werk: Billing starts." in shown.stdout


def test_timeline_is_text(run: Run, workspace: Path) -> None:
    del workspace
    refused = run(f"plan --timeline --format html --at {DAY}")
    assert refused.returncode == 64
    page = run(f"plan --format html --at {DAY}")
    assert page.returncode == 0
    assert page.stdout.startswith(b"<!DOCTYPE html>")
    assert b"<svg" in page.stdout
