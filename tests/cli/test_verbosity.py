"""How much standard error says: --quiet, --verbose, and a terminal's line that counts seconds."""

import io
import re
import sys
import time
from typing import Any

import pytest
from cli.conftest import DAY, Run

from provisioner.cli import waiting
from provisioner.cli.context import App

APPLY = f"apply --at {DAY} --auto-approve"


def test_quiet_leaves_errors(run: Run) -> None:
    assert run(APPLY).returncode == 0
    loud = run("numbers --list --state quarantine")
    quiet = run("numbers --list --state quarantine --quiet")
    assert loud.stdout == quiet.stdout
    assert loud.stderr
    assert quiet.stderr == b""
    assert b"PV" in run("status nobody -q").stderr
    assert run("status --nonsense -q").returncode == 64


def test_quiet_and_verbose_are_no_pair(run: Run) -> None:
    for line in ("status -q -v", "porting list --verbose --quiet"):
        done = run(line)
        assert (done.returncode, done.stdout) == (64, b"")
        assert b"--quiet and --verbose do not go together." in done.stderr


def test_verbose_tells_calls_and_no_value(run: Run) -> None:
    done = run(f"{APPLY} --verbose")
    told = done.stderr.decode()
    assert done.returncode == 0
    assert all(re.match(r" +\d+\.\d{3} s  \S", line) for line in told.splitlines())
    for what in (
        "pbx put workplace velo-werk",
        "workplace:create",
        "desk begin",
        "provision apply",
    ):
        assert what in told, what
    assert "laden.velowerk" not in told
    assert run(f"plan --at {DAY} -v").stdout == run(f"plan --at {DAY}").stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_counts_seconds_and_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(waiting, "BEGINS", 0.01)
    waits = waiting.Waiting("provision plan")
    while "provision plan … 0 s" not in written.getvalue():
        time.sleep(0.01)
    waits.over()
    waits.over()
    assert re.search(r"… \d+ s\r +\r$", written.getvalue())
    waiting.Waiting("provision show").over()
    assert "show" not in written.getvalue(), "it was over before it began"


@pytest.mark.parametrize("wish", [{}, {"quiet": True}, {"verbose": True}, {"log": "json"}], ids=str)
def test_who_gets_the_line(wish: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    app = App(**wish)
    app.begin("provision plan")
    assert (app.waiting is None) is bool(wish)
    app.end(0)
    monkeypatch.setenv("TERM", "dumb")
    app = App()
    app.begin("provision plan")
    assert app.waiting is None
