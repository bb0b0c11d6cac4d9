"""``provision porting``, where more than one move is at stake."""

import os
import shutil
import sqlite3
import subprocess
from functools import partial
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, Run, environment

from provisioner.cli.context import App
from provisioner.cli.recorded import recorded
from provisioner.cli.usage import WrongUsage
from tests.here import process_here

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


def test_an_order_that_the_donor_has_is_not_sent_again(run: Run, order: str) -> None:
    assert run(f"porting accept {order} {WHY} --at {DAY}").returncode == 0
    before = run(f"porting show {order}").stdout
    refused = run(f"porting resubmit {order} {WHY} --at {DAY}")
    assert refused.returncode == 3
    assert b"PV221" in refused.stderr
    assert run(f"porting show {order}").stdout == before


@pytest.mark.parametrize("steps", [["cancel", "confirm-cancel"], ["fail"]])
def test_what_was_cancelled_or_failed_is_sent_again_with_a_date(
    run: Run, order: str, steps: list[str]
) -> None:
    for step in steps:
        assert run(f"porting {step} {order} {WHY} --at {DAY}").returncode == 0
    refused = run(f"porting resubmit {order} {WHY} --at {DAY}")
    assert (refused.returncode, b"PV223" in refused.stderr) == (3, True)
    again = run(f"porting resubmit {order} --date 2027-03-01 {WHY} --at {DAY}")
    assert again.returncode == 0, again.stderr
    assert b"date: Mon 01.03.2027" in again.stdout
    assert b"attempt: 2" in again.stdout


def test_a_second_cancel_is_not_the_donors_word(run: Run, order: str) -> None:
    assert run(f"porting cancel {order} {WHY} --at {DAY}").returncode == 0
    retried = run(f"porting cancel {order} {WHY} --at {DAY}")
    assert (retried.returncode, b"confirm-cancel" in retried.stderr) == (3, True)
    assert b"state: cancelling" in run(f"porting show {order}").stdout
    confirmed = run(f"porting confirm-cancel {order} {WHY} --at {DAY}")
    assert b"state: cancelled" in confirmed.stdout


def test_a_date_that_the_donor_moves_and_numbers_that_come_early(run: Run, order: str) -> None:
    for step in ("accept", "sync"):
        assert run(f"porting {step} {order} {WHY} --at {DAY}").returncode == 0
    assert run(f"porting postpone {order} {WHY} --at {DAY}").returncode == 64
    moved = run(f"porting postpone {order} --date 2027-03-01 {WHY} --at {DAY}")
    assert b"next: synchronises on Thu 25.02.2027" in moved.stdout
    early = run(f"porting complete {order} {WHY} --at 2027-02-24")
    assert (early.returncode, b"arrive" in early.stderr) == (3, True)
    assert b"state: moving" in run(f"porting arrive {order} {WHY} --at 2027-02-24").stdout
    assert run(f"porting complete {order} {WHY} --at 2027-02-24").returncode == 0
    over = run(f"porting fail {order} {WHY} --at 2027-02-24")
    assert (over.returncode, b"PV284" in over.stderr) == (3, True)


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


def test_an_order_whose_customer_is_gone_is_seen_everywhere(
    run: Run, order: str, workspace: Path
) -> None:
    """As an earlier version left it: the release went while the donor had the order."""
    (workspace / "customers/limmat-it/office.yaml").unlink()
    with sqlite3.connect(workspace / "state/desk.sqlite") as db:
        for table in ("releases", "accounts", "numbers", "intervals", "noted"):
            db.execute(f"DELETE FROM {table} WHERE customer = 'office'")  # noqa: S608 - of this test
    db.close()
    with sqlite3.connect(workspace / "state/pbx.sqlite") as db:
        db.execute("DELETE FROM objects WHERE tenant = 'office'")
    db.close()
    assert b"main/1" in run("porting list").stdout
    assert b"main/1" in run(f"porting show {order}").stdout
    assert b"office" in run("status").stdout
    assert b"main/1" in run("status office").stdout
    assert b"main/1" in run(f"calendar --at {DAY}").stdout
    for command in ("plan", "reconcile --auto-approve"):
        done = run(f"{command} --at {DAY}")
        assert b"cancel port order main/1" in done.stdout, done.stdout
    assert run(f"porting cancel {order} {WHY} --at {DAY}").returncode == 0
    assert b"being cancelled" in run(f"plan --at {DAY}").stdout
    assert run("import --out /dev/null").returncode in {0, 64}


def test_who_is_recorded_where_nobody_says_it(run: Run, order: str) -> None:
    done = run(f"porting accept {order} --at {DAY} --why told", PROVISION_WHO="meier")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"Recorded as meier; --who names somebody else.\n"
    assert b"meier" in run("audit --format csv").stdout
    nobody = run(f"porting accept {order} --why told", USER="root", CI="true")
    assert (nobody.returncode, b"PROVISION_WHO" in nobody.stderr) == (64, True)


@pytest.mark.parametrize(
    ("surroundings", "who"),
    [
        ({"PROVISION_WHO": "meier", "USER": "frei"}, "meier"),
        ({"NAME": "Ruth Frei", "USER": "frei"}, "Ruth Frei <ruth@frei.example>"),
        ({"USER": "frei"}, "frei"),
        ({"USER": "root"}, None),
        ({}, None),
        ({"CI": "true", "NAME": "Bot", "USER": "runner"}, None),
        ({"CI": "true", "NAME": "Bot", "GITLAB_USER_LOGIN": "rfrei"}, "rfrei"),
    ],
)
def test_it_is_a_person_and_never_a_runner(
    surroundings: dict[str, str],
    who: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "gitconfig"
    name = surroundings.get("NAME")
    config.write_text(f"[user]\nname = {name}\nemail = ruth@frei.example\n" if name else "")
    mine = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": str(config)}
    monkeypatch.setattr(os, "environ", {**mine, "GIT_CONFIG_NOSYSTEM": "1", **surroundings})
    monkeypatch.setattr(subprocess, "run", partial(subprocess.run, env=os.environ))
    if who is None:
        with pytest.raises(WrongUsage, match=r"who\.needed"):
            recorded(App(tmp_path), "")
    else:
        assert recorded(App(tmp_path), "") == who


def test_what_is_refused_is_recorded_of_nobody(run: Run, order: str) -> None:
    late = run(f"porting accept {order} --why told --date 2027-02-28 --at {DAY}", USER="meier")
    assert late.returncode == 3
    assert b"Recorded" not in late.stderr


@pytest.mark.parametrize("why", ["", "   "])
def test_a_reason_says_something(workspace: Path, why: str) -> None:
    line = ["porting", "accept", ORDER, "--why", why, "--at", DAY]
    done = process_here(workspace, environment(), line)
    assert (done.returncode, b"a reason in a few words" in done.stderr) == (64, True)
