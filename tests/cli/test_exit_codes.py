"""Each exit code that is promised, from a real process."""

import os
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest
from cli.conftest import DAY, PATIENCE, ROOT, Run, command, environment, wait_until

APPLY = f"apply --at {DAY} --auto-approve"


def slow(folder: Path, seconds: float, *, fails: str = "") -> str:
    """A PYTHONPATH on which each write to the PBX takes ``seconds``; the login ``fails`` fails."""
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site/sitecustomize.py").write_text(
        f"""
import time
from provisioner.codes.systems import LoginTaken
from provisioner.errors import Refused
from provisioner.drivers.local import LocalPbx
put = LocalPbx.put
def slowly(self, resource, **kwargs):
    time.sleep({seconds})
    if {fails!r} and resource.key == {fails!r}:
        login = resource.key
        raise Refused(LoginTaken(login=login, kind="workplace", taken=login))
    return put(self, resource, **kwargs)
LocalPbx.put = slowly
"""
    )
    return f"{folder / 'site'}:{ROOT}"


def test_0_nothing_to_do_and_all_done(run: Run) -> None:
    assert run(APPLY).returncode == 0
    again = run(f"plan --at {DAY} --detailed-exitcode")
    assert (again.returncode, again.stderr) == (0, b"")


def test_1_a_live_system_cannot_be_read(run: Run, workspace: Path) -> None:
    (workspace / "state").mkdir()
    (workspace / "state/pbx.sqlite").write_text("no database")
    done = run(f"plan --at {DAY}")
    assert done.returncode == 1
    assert b"PV50" in done.stdout + done.stderr


def test_2_changes_only_if_asked(run: Run) -> None:
    assert run(f"plan --at {DAY} --detailed-exitcode").returncode == 2
    assert run(f"plan --at {DAY}").returncode == 0


@pytest.mark.parametrize("line", ["validate", f"plan --at {DAY}", APPLY])
def test_3_an_error_in_a_manifest(run: Run, workspace: Path, line: str) -> None:
    path = workspace / "customers/limmat-it/velo-werk.yaml"
    path.write_text(path.read_text("utf-8").replace("031", "999"), "utf-8")
    assert run(line).returncode == 3


def test_3_nobody_there_to_ask(run: Run) -> None:
    done = run(f"apply --at {DAY}")
    assert done.returncode == 3
    assert b"PV450" in done.stderr
    assert b"--auto-approve" in done.stderr


@pytest.mark.parametrize("approved", ["0" * 64, "abc", "", "provision.yaml"])
def test_4_not_the_approved_plan(run: Run, workspace: Path, approved: str) -> None:
    done = subprocess.run(
        [*command(APPLY), "--approved", approved],
        cwd=workspace,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode in ({1, 3} if approved.endswith("yaml") else {4})
    assert run("status").stdout.strip() == b"No customer."


def test_5_partly_applied(run: Run, workspace: Path) -> None:
    done = run(APPLY, PYTHONPATH=slow(workspace, 0, fails="laden.velowerk"))
    assert done.returncode == 5
    assert b"PV513" in done.stdout + done.stderr
    assert run(f"apply --at {DAY} --resume").returncode == 0


def test_6_locked_by_another_run(run: Run, workspace: Path) -> None:
    assert run(APPLY).returncode == 0
    with sqlite3.connect(workspace / "state/desk.sqlite") as db:
        db.execute(
            "INSERT INTO leases (customer, holder, until) VALUES ('velo-werk', 'elsewhere:1:x', ?)",
            ("2999-01-01 00:00:00.000000",),
        )
    db.close()
    path = workspace / "customers/limmat-it/velo-werk.yaml"
    path.write_text(path.read_text("utf-8").replace("phones+apps", "phones"), "utf-8")
    done = run(APPLY)
    assert done.returncode == 6
    assert b"elsewhere" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "plam",
        "plan --nonsense",
        "plan --at 2027-02-30",
        "billing",
        "billing 2027-03 --format xml",
        "--lang rm plan",
    ],
)
def test_64_usage(run: Run, line: str) -> None:
    done = run(line)
    assert done.returncode == 64
    assert done.stdout == b""
    assert b"Usage:" in done.stderr


def test_130_interrupted_ends_the_current_call_and_tells_what_is_open(workspace: Path) -> None:
    process = subprocess.Popen(
        command(APPLY),
        cwd=workspace,
        env=environment(PYTHONPATH=slow(workspace, 1.0)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(
        lambda: count(workspace, "SELECT count(*) FROM intents WHERE step LIKE 'tenant%'") > 0
    )
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, (out, err)
    assert b"Traceback" not in err
    assert b"Stopping" in err
    assert b"--resume" in out
    open_calls = count(workspace, "SELECT count(*) FROM intents WHERE settled IS NULL")
    assert open_calls == 0, "the call that was under way was finished and noted"
    done = subprocess.run(
        command(f"apply --at {DAY} --resume"),
        cwd=workspace,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done
    shutil.rmtree(workspace / "site")


def count(workspace: Path, query: str) -> int:
    try:
        db = sqlite3.connect(f"file:{workspace}/state/desk.sqlite?mode=ro", uri=True)
        try:
            return int(db.execute(query).fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error:
        return 0


def test_a_broken_pipe_is_no_error_message(workspace: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        done = subprocess.run(
            command("schema plan"),
            cwd=workspace,
            env=environment(),
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 141
    assert done.stderr == b""
