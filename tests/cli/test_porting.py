"""``provision porting``, where more than one move is at stake."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, Run

WHY = "--who staff --why told"


ORDER = "office/main/1"


@pytest.fixture
def order(run: Run, workspace: Path) -> str:
    """A port order, submitted."""
    folder = workspace / "customers/limmat-it"
    (folder / "velo-werk.yaml").unlink()
    shutil.copy(ROOT / "tests/cases/bases/office.yaml", folder)
    done = run(f"apply --at {DAY} --auto-approve")
    assert done.returncode == 0, done.stderr
    return ORDER


def test_a_rejected_order_is_submitted_again_once(run: Run, order: str) -> None:
    refused = run(f"porting resubmit {order} {WHY} --at {DAY}")
    assert (refused.returncode, refused.stdout) == (3, b"")
    assert b"PV221" in refused.stderr
    assert run(f"porting reject {order} --donor-code E1 {WHY} --at {DAY}").returncode == 0
    again = run(f"porting resubmit {order} {WHY} --at {DAY}")
    assert again.returncode == 0, again.stderr
    assert b"attempt: 2" in again.stdout
    assert run(f"porting resubmit {order} {WHY} --at {DAY}").returncode == 3


@pytest.mark.parametrize("steps", [["cancel", "cancel"], ["accept"]])
def test_resubmit_is_for_rejected_orders_alone(run: Run, order: str, steps: list[str]) -> None:
    """The state machine would let a cancelled one begin anew."""
    for step in steps:
        assert run(f"porting {step} {order} {WHY} --at {DAY}").returncode == 0
    before = run(f"porting show {order}").stdout
    refused = run(f"porting resubmit {order} {WHY} --at {DAY}")
    assert refused.returncode == 3
    assert b"PV221" in refused.stderr
    assert run(f"porting show {order}").stdout == before


def test_the_donor_keeps_a_port_that_was_to_be_cancelled(run: Run, order: str) -> None:
    for step in ("accept", "cancel", "accept"):
        done = run(f"porting {step} {order} {WHY} --at {DAY}")
        assert done.returncode == 0, done.stderr
    assert b"accepted" in done.stdout


def test_show_names_the_company_that_the_donor_was_given(run: Run, order: str) -> None:
    assert b"company: Frei Treuhand GmbH" in run(f"porting show {order}").stdout


def test_a_damaged_row_is_an_error_of_its_customer(run: Run, order: str, workspace: Path) -> None:
    with sqlite3.connect(workspace / "state/desk.sqlite") as db:
        db.execute("UPDATE orders SET state = 'teleported'")
    db.close()
    for line, code in (
        (f"porting show {order}", b"PV561"),
        ("porting list", b"PV505"),
        ("status", b"PV505"),
        ("status office", b"PV561"),
    ):
        done = run(line)
        assert done.returncode == 1, line
        assert code in done.stderr, done.stderr
