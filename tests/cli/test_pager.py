"""Long texts on a terminal go through a pager, as git does it; into a pipe they keep the width."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from cli.conftest import command, environment

ROWS, COLUMNS = 24, 72


def on_a_terminal(workspace: Path, line: str, *, piped: bool = False, **env: str) -> str:
    """What a person at a terminal of 24 rows gets of a command; standard output may be a pipe."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command(line),
        cwd=workspace,
        env=environment(**{"TERM": "xterm", **env}),
        stdin=slave,
        stdout=subprocess.PIPE if piped else slave,
        stderr=slave,
    )
    os.close(slave)
    seen = b""
    if process.stdout:
        with process.stdout as pipe:
            seen = pipe.read()
    else:
        while True:
            try:
                seen += os.read(master, 65_536)
            except OSError:  # the other side is closed
                break
    os.close(master)
    assert process.wait() == 0, seen
    return seen.decode()


@pytest.fixture
def pager(tmp_path: Path) -> str:
    """Says that it was there, and with which options of less."""
    script = tmp_path / "pager"
    script.write_text('#!/bin/sh\necho "paged $LESS"\ncat\n', "utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("line", ["explain", "explain PV2", "plan --at 2026-11-24 --all"])
def test_more_than_a_screen_goes_through_the_pager(workspace: Path, pager: str, line: str) -> None:
    assert "paged FRX" in on_a_terminal(workspace, line, PAGER=pager)
    assert "paged" not in on_a_terminal(workspace, f"{line} --no-pager", PAGER=pager)


@pytest.mark.parametrize("off", [{"PAGER": ""}, {"PAGER": "cat"}, {"TERM": "dumb"}], ids=str)
def test_whoever_wants_none_gets_none(workspace: Path, pager: str, off: dict[str, str]) -> None:
    said = on_a_terminal(workspace, "explain", **{"PAGER": pager, **off})
    assert "Rules of the manual" in said
    assert "paged" not in said


def test_what_fits_is_not_paged_nor_is_what_asks_or_is_for_a_program(
    workspace: Path, pager: str
) -> None:
    for line in (
        "explain PV201",
        "apply --at 2026-11-24 --auto-approve",
        "plan --at 2026-11-24 --all --format json",
    ):
        assert "paged" not in on_a_terminal(workspace, line, PAGER=pager), line


def test_behind_a_pipe_lines_are_as_long_as_the_readers(workspace: Path, pager: str) -> None:
    said = on_a_terminal(workspace, "explain", piped=True, PAGER=pager)
    assert "paged" not in said
    assert max(map(len, said.splitlines())) in range(COLUMNS - 12, COLUMNS + 1)
