"""``provision rename`` as a process: what it writes, what it leaves alone, and the plan then."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run

FILE = "customers/limmat-it/velo-werk.yaml"
NEW = "customers/limmat-it/rad-haus.yaml"


@pytest.fixture
def manifest(workspace: Path) -> Path:
    return workspace / FILE


def first_login(text: str) -> str:
    return (
        next(line for line in text.splitlines() if "login: " in line)
        .split("login: ")[1]
        .strip(" ,}")
        .split(",")[0]
    )


def test_a_login_is_renamed_in_its_place(run: Run, manifest: Path) -> None:
    before = manifest.read_text()
    login = first_login(before)
    ran = run(f"rename velo-werk/{login} other.name")
    assert ran.returncode == 0, ran.stderr
    after = manifest.read_text()
    assert f"was: {login}" in after
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert len(gone) == 1, "only the line of the login is another"
    assert "login: other.name" in after
    assert run("validate").returncode == 0


def test_a_customer_moves_with_its_file(run: Run, workspace: Path, manifest: Path) -> None:
    before = manifest.read_text()
    assert run("apply --auto-approve --at 2026-11-24").returncode == 0
    ran = run("rename velo-werk rad-haus")
    assert ran.returncode == 0, ran.stderr
    assert b"was: velo-werk" in ran.stdout
    assert not manifest.exists()
    after = (workspace / NEW).read_text()
    kept = [line for line in after.splitlines() if line and line != "was: velo-werk"]
    assert kept == [line for line in before.splitlines() if line]
    plan = run("plan velo-werk --at 2026-11-25 --detailed-exitcode")
    assert plan.returncode == 2, plan.stdout
    assert b"velo-werk \xe2\x86\x92 rad-haus" in plan.stdout
    assert run("apply --auto-approve --at 2026-11-25 --acknowledge updates").returncode == 0
    again = run("plan --at 2026-11-25 --detailed-exitcode")
    assert again.returncode == 0
    assert b"PV481" in again.stdout


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rename nobody other", b"PV447"),
        ("rename velo-werk/nobody other", b"PV447"),
        ("rename velo-werk Not_An_Id", b"PV401"),
        ("rename velo-werk/LOGIN not-a-login", b"PV206"),
        ("rename velo-werk/LOGIN LOGIN", b"PV488"),
        ("rename velo-werk velo-werk", b"PV488"),
        ("rename velo-werk bike", b"PV488"),
        ("rename velo-werk former-bike", b"PV488"),
        ("rename velo-werk/LOGIN THEIRS", b"PV407"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    run: Run, workspace: Path, manifest: Path, line: str, code: bytes
) -> None:
    other = workspace / "customers/bergnetz-telecom/bike.yaml"
    other.parent.mkdir()
    shutil.copy(ROOT / "customers/bergnetz-telecom/cafe-sonne.yaml", other)
    other.write_text(f"{other.read_text('utf-8')}was: former-bike\n", "utf-8")
    theirs = first_login(other.read_text("utf-8"))
    files = {p: p.read_bytes() for p in (workspace / "customers").rglob("*") if p.is_file()}
    mine = first_login(manifest.read_text())
    ran = run(line.replace("LOGIN", mine).replace("THEIRS", theirs))
    assert ran.returncode != 0
    assert code in ran.stderr, ran.stderr
    now = {p: p.read_bytes() for p in (workspace / "customers").rglob("*") if p.is_file()}
    assert now == files


def test_a_second_rename_is_refused_until_the_line_is_gone(run: Run, manifest: Path) -> None:
    login = first_login(manifest.read_text())
    assert run(f"rename velo-werk/{login} other.name").returncode == 0
    before = manifest.read_bytes()
    ran = run("rename velo-werk/other.name third.name")
    assert b"PV489" in ran.stderr
    assert manifest.read_bytes() == before


def test_removals_that_name_the_old_id_are_told_and_left_alone(run: Run, workspace: Path) -> None:
    text = "version: 1\nremovals:\n  - {what: velo-werk/customer, why: agreed, until: 2027-12-31}\n"
    (workspace / "removals.yaml").write_text(text)
    ran = run("rename velo-werk rad-haus")
    assert b"removals.yaml" in ran.stdout
    assert b"velo-werk/customer" in ran.stdout
    assert (workspace / "removals.yaml").read_text() == text
    assert b"PV486" in run("validate").stdout + run("validate").stderr


def test_who_takes_a_number_over_from_it_is_named(run: Run, workspace: Path) -> None:
    other = workspace / "customers/bergnetz-telecom/cafe-sonne.yaml"
    other.parent.mkdir()
    text = (ROOT / "customers/bergnetz-telecom/cafe-sonne.yaml").read_text("utf-8")
    taken = 'numbers:\n  - {id: taken, held: "0315557000", from: velo-werk}\n'
    other.write_text(text.replace("numbers:\n", taken, 1), "utf-8")
    ran = run("rename velo-werk rad-haus")
    assert ran.returncode == 0, ran.stderr
    assert b"cafe-sonne.yaml names from: velo-werk" in ran.stdout
