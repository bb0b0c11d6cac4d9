"""On a terminal: ``apply`` asks, a bar shows work that takes long, Ctrl-C is obeyed."""

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from cli.conftest import DAY, PATIENCE, command, environment, idle, wait_until
from cli.test_exit_codes import count, slow


class Terminal:
    """``provision`` on a pseudo-terminal of 100 columns."""

    def __init__(self, workspace: Path, line: str, **env: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command(line),
            cwd=workspace,
            env=environment(TERM="xterm", COLUMNS="100", **env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: _own_terminal(slave),  # noqa: PLW1509 - no threads here
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            assert self._read(), f"ended without {text!r}: {self.seen}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C at a question. Python loses one that comes just before it waits for input."""
        wait_until(lambda: idle(self._process.pid))
        self.type("\x03")

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, self.seen
        os.close(self._master)
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """False at the end."""
        if not select.select([self._master], [], [], 0.2)[0]:
            return True
        try:
            found = os.read(self._master, 65_536)
        except OSError:  # Linux: the other side is closed
            return False
        self.seen += found.decode("utf-8", "replace")
        return bool(found)


def _own_terminal(slave: int) -> None:
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest-xdist's workers ignore it
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


def applied(workspace: Path) -> bool:
    done = subprocess.run(
        command("status"), cwd=workspace, env=environment(), capture_output=True, check=False
    )
    return b"velo-werk" in done.stdout


@pytest.mark.parametrize("answer", ["no", "", "y", "ja", "YES please"])
def test_anything_but_yes_changes_nothing(workspace: Path, answer: str) -> None:
    terminal = Terminal(workspace, f"apply --at {DAY}")
    terminal.until("Type yes")
    terminal.type(f"{answer}\n")
    assert terminal.end() == 1
    assert "Nothing was applied." in terminal.seen
    assert not (workspace / "state/pbx.sqlite").exists()


def test_yes_applies(workspace: Path) -> None:
    terminal = Terminal(workspace, f"apply --at {DAY}")
    terminal.until("Type yes")
    assert "Plan: 13 to add" in terminal.seen, "the plan stands before the question"
    terminal.type("yes\n")
    assert terminal.end() == 0
    assert "velo-werk: done" in terminal.seen
    assert applied(workspace)


def test_ja_applies_in_german(workspace: Path) -> None:
    terminal = Terminal(workspace, f"apply --at {DAY} --lang de")
    terminal.until("ja")
    terminal.type("ja\n")
    assert terminal.end() == 0
    assert applied(workspace)


def test_ctrl_c_at_the_question_changes_nothing(workspace: Path) -> None:
    terminal = Terminal(workspace, f"apply --at {DAY}")
    terminal.until("Type yes")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert not applied(workspace)


def test_ctrl_c_in_the_middle_tells_what_is_open(workspace: Path) -> None:
    terminal = Terminal(
        workspace, f"apply --at {DAY} --auto-approve", PYTHONPATH=slow(workspace, 0.7)
    )
    begun = "SELECT count(*) FROM intents WHERE step LIKE 'tenant%'"
    wait_until(lambda: count(workspace, begun) > 0)
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Stopping" in terminal.seen
    assert "--resume" in terminal.seen


def test_a_bar_appears_for_work_over_a_second(workspace: Path) -> None:
    terminal = Terminal(
        workspace, f"apply --at {DAY} --auto-approve", PYTHONPATH=slow(workspace, 0.7)
    )
    assert terminal.end() == 0
    assert "━" in terminal.seen
    assert "/13" in terminal.seen


def test_a_terminal_has_colours_and_a_dumb_one_none(workspace: Path) -> None:
    colourful = Terminal(workspace, f"plan --at {DAY}")
    colourful.end()
    assert "\x1b[" in colourful.seen
    plain = Terminal(workspace, f"plan --at {DAY}", NO_COLOR="1")
    plain.end()
    assert "\x1b[" not in plain.seen
