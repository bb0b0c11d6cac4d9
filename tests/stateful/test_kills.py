"""Processes that are really killed, and really interrupted."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from provisioner.contract.process import is_dead
from tests.stateful.commands import AT, ROOT, example, run, run_here, start

SEEDS = range(12)


def settled(root: Path) -> int:
    """Steps that the journal has as done; -1 as long as there is none."""
    path = root / "state" / "desk.sqlite"
    if not path.exists():
        return -1
    db = sqlite3.connect(path, timeout=60)
    try:
        return int(db.execute("SELECT count(*) FROM intents WHERE outcome = 'done'").fetchone()[0])
    except sqlite3.OperationalError:
        return -1
    finally:
        db.close()


def wait_for_work(process: "subprocess.Popen[str]", root: Path, steps: int) -> None:
    """Until ``steps`` steps are done, or the process is."""
    until = time.monotonic() + 300
    while process.poll() is None and settled(root) < steps and time.monotonic() < until:
        time.sleep(0.002)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment_and_resumed(
    folder: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lease of the dead holder is taken at once, and nothing is left to plan."""
    moment = random.Random(seed)  # noqa: S311 - no secret
    root = example(folder / "workspace")
    process = start(root, "apply", *AT, "--auto-approve")
    wait_for_work(process, root, moment.randrange(120))
    time.sleep(moment.random() * 0.02)
    process.kill()
    process.communicate()
    done = settled(root)

    where = f"seed {seed}, after {done} steps"
    # a lease that is still held would end the run with 6
    if seed % 4 == 0:
        resumed = run(root, "apply", *AT, "--resume")
        assert resumed.returncode == 0, f"{where}:\n{resumed.stdout}{resumed.stderr}"
    else:
        assert run_here(root, "apply", *AT, "--resume") == 0, where
    assert run_here(root, "apply", *AT, "--auto-approve") == 0, where
    capsys.readouterr()
    assert run_here(root, "plan", *AT, "--detailed-exitcode") == 0, where
    assert "nothing to do" in capsys.readouterr().out, where
    with sqlite3.connect(root / "state" / "desk.sqlite") as db:
        assert db.execute("SELECT count(*) FROM runs WHERE ended IS NULL").fetchone() == (0,)
        # one that died after its last note, before it gave its lease back, is in nobody's way
        assert all(is_dead(holder) for (holder,) in db.execute("SELECT holder FROM leases")), where
        twice = "SELECT customer, key FROM orders WHERE attempt > 1"
        assert db.execute(twice).fetchall() == []
    db.close()


SLOW = """
import time
from provisioner.drivers.local import LocalPbx
put = LocalPbx.put
def slowly(self, resource, **kwargs):
    time.sleep(0.1)
    return put(self, resource, **kwargs)
LocalPbx.put = slowly
"""


def test_interrupted_after_the_current_call_and_told_what_was_done(folder: Path) -> None:
    root = example(folder / "workspace")
    (folder / "site").mkdir()
    (folder / "site/sitecustomize.py").write_text(SLOW, "utf-8")
    # slow enough that it is not done before a busy machine has us send the signal
    path = f"{folder / 'site'}{os.pathsep}{ROOT}"
    process = start(root, "apply", *AT, "--auto-approve", PYTHONPATH=path)
    wait_for_work(process, root, 20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)

    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    # the summary names customers that are done, the one that was stopped, and those not begun
    summary = out[out.rindex("Plan:") :]
    for customer in ("cafe-sonne", "garage-alpenblick", "velo-werk"):
        assert customer in summary
    assert "10 steps done" in summary
    with sqlite3.connect(root / "state" / "desk.sqlite") as db:
        unknown = "SELECT step FROM intents WHERE outcome IS NULL"
        assert db.execute(unknown).fetchall() == [], "a call was cut off"
        assert db.execute("SELECT count(*) FROM leases").fetchone() == (0,)
    db.close()
    assert run_here(root, "apply", *AT, "--resume") == 0
    assert run_here(root, "apply", *AT, "--auto-approve") == 0
    assert run_here(root, "plan", *AT, "--detailed-exitcode") == 0
