"""What is around a command is hostile: names of files, links, pipes, full disks, edited plans."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, Run, command, environment

VELO = "customers/limmat-it/velo-werk.yaml"


def completed(workspace: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    asked = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1), **env}
    return subprocess.run(
        command(""),
        cwd=workspace,
        env=environment(_PROVISION_COMPLETE="bash_complete", **asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("name", ["$(reboot)", "a\nplain,evil", "e\x1b[31m", "sp ace", "c:olon"])
def test_a_name_that_is_no_id_is_not_offered_to_a_shell(workspace: Path, name: str) -> None:
    (workspace / f"customers/limmat-it/{name}.yaml").touch()
    (workspace / f"customers/{name}").mkdir()
    (workspace / f"customers/{name}/good.yaml").touch()
    assert completed(workspace, "provision", "plan", "").stdout == "plain,velo-werk\n"
    resellers = completed(workspace, "provision", "new", "--reseller", "").stdout
    assert resellers.split() in ([], ["plain,limmat-it"])


def test_completion_does_not_wait_for_a_pipe(workspace: Path) -> None:
    os.mkfifo(workspace / "customers/limmat-it/pipe.yaml")
    assert completed(workspace, "provision", "porting", "accept", "").returncode == 0


def test_completion_that_nobody_asked_for_is_no_traceback(workspace: Path) -> None:
    done = completed(workspace, "provision", "plan", "", COMP_CWORD="x")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("line", ["validate", "plan --format html", "--help"])
def test_a_full_disk_behind_the_output(workspace: Path, line: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(line),
            cwd=workspace,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=3000,
        )
    assert done.returncode == 1
    assert b"error[PV461]" in done.stderr
    assert b"PV901" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_closed_output(workspace: Path) -> None:
    line = shlex.join(command("validate"))
    done = subprocess.run(
        ["sh", "-c", f"{line} >&-"],
        cwd=workspace,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=3000,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_the_ends_of_the_calendar_are_no_days(run: Run, day: str) -> None:
    done = run(f"plan --at {day}")
    assert done.returncode == 64
    assert b"a date like" in done.stderr


def test_a_number_that_no_digest_can_hold_is_an_edited_plan(run: Run, workspace: Path) -> None:
    path = workspace / "p.json"
    run(f"plan --at {DAY} --out p.json")
    plan = json.loads(path.read_bytes())
    plan["customers"][0]["cost"]["after"] = 10**30
    path.write_text(json.dumps(plan))
    done = run("show p.json")
    assert b"PV446" in done.stderr
    assert b"PV901" not in done.stderr


def test_a_file_that_cannot_be_written_is_a_coded_error(run: Run) -> None:
    done = run("plan --out nowhere/p.json")
    assert done.returncode == 1
    assert b"error[PV461]: nowhere/p.json cannot be written" in done.stderr


def test_a_workspace_is_not_begun_among_customers(run: Run, workspace: Path) -> None:
    for place in ("customers", "customers/limmat-it/deep"):
        done = run(f"init {place}")
        assert done.returncode == 3
        assert b"PV465" in done.stderr
    assert not (workspace / "customers/provision.yaml").exists()
    assert not (workspace / "customers/limmat-it/deep").exists()


def test_init_does_not_write_through_links(run: Run, workspace: Path) -> None:
    outside = workspace / "outside"
    outside.mkdir()
    fresh = workspace / "fresh"
    fresh.mkdir()
    (fresh / ".vscode").symlink_to(outside)
    (fresh / "customers").symlink_to(outside)
    done = run("init fresh")
    assert done.returncode == 1
    assert b"= .vscode/settings.json" in done.stdout
    assert list(outside.iterdir()) == []


def test_init_that_fails_tells_what_it_made(run: Run, workspace: Path) -> None:
    fresh = workspace / "fresh"
    fresh.mkdir()
    (fresh / "schemas").touch()  # a file where a folder is needed
    done = run("init fresh")
    assert done.returncode == 1
    assert b"PV461" in done.stderr
    assert b"  + provision.yaml\n" in done.stdout


def test_a_letter_does_not_wait_for_a_pipe(run: Run, workspace: Path) -> None:
    folder = workspace / "customers/bergnetz-telecom"
    folder.mkdir()
    source = ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml"
    (folder / source.name).write_bytes(source.read_bytes())
    os.mkfifo(workspace / "poa-schmiedeisen-haupt.pdf")
    done = run("poa schmiedeisen")
    assert done.returncode == 3
    assert b"PV275" in done.stderr


def test_fixes_that_were_written_are_told_if_the_next_fails(run: Run, workspace: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may write everywhere")
    path = workspace / VELO
    path.write_text(path.read_text().replace('"031"', "31", 1))
    (workspace / "customers/zuletzt").mkdir()
    other = workspace / "customers/zuletzt/zuletzt.yaml"
    other.write_bytes(path.read_bytes())
    other.parent.chmod(0o500)
    try:
        done = run("validate --fix")
    finally:
        other.parent.chmod(0o700)
    assert b"PV461" in done.stderr
    assert f"fixed[PV202] {VELO}".encode() in done.stderr
