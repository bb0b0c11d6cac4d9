"""Runs the pages of the documentation as people would: files, edits and commands in order.

- a fence after ``<!-- file: NAME -->`` is written to that file
- a ``diff`` fence after ``<!-- edit: NAME -->`` is carried out on that file
- a ``console`` fence is run: ``$ `` begins a command, what follows is its output. ``…`` on a line
  of its own stands for any lines, within a line for any characters. Output that is not shown is not
  checked. A command must succeed unless the next one is ``$ echo $?``.

Plain commands of ours run in this process, which is many times faster; others in a shell. So does
``forge-double``, the forge's double by hand.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent

from tests.here import run_here

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 100
"""Columns for which the pages show output."""

_DOUBLE = ROOT / "tests/forge/double/hand.py"
_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>file|edit): (?P<name>\S+) -->\n+)?"
    r"^```(?P<lang>[a-z]*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block. ``mark`` is ``file``, ``edit`` or empty; ``line`` counts from 1."""

    lang: str
    body: str
    line: int
    mark: str = ""
    name: str = ""

    def commands(self) -> list[tuple[str, list[str]]]:
        """Commands of a console fence, each with the output that is shown."""
        found: list[tuple[str, list[str]]] = []
        for line in self.body.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\"):
                found[-1] = (f"{found[-1][0][:-1]}{line.strip()}", [])
            elif found:
                found[-1][1].append(line.rstrip())
        return found


def fences(text: str) -> Iterator[Fence]:
    for m in _FENCE.finditer(text):
        line = text.count("\n", 0, m.start("lang")) + 1
        yield Fence(m["lang"], m["body"], line, m["mark"] or "", m["name"] or "")


def shows(output: str, expected: list[str]) -> bool:
    """Whether ``output`` is what a page shows of it."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "…" else _line(line) + r"\n" for line in expected
    )
    lines = "".join(f"{line.rstrip()}\n" for line in output.splitlines())
    return re.fullmatch(pattern, lines) is not None


def _line(shown: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in shown.split("…"))


@dataclass(slots=True)
class Reader:
    """Somebody who follows a page, in ``folder``.  ``show`` gets what they do and see."""

    folder: Path
    bin: Path
    width: int = WIDTH
    show: Callable[[str], object] = str
    last: int = 0
    log: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        self.bin.mkdir(exist_ok=True)
        python = shlex.quote(sys.executable)
        for name, what in (
            ("provision", "-m provisioner"),
            ("forge-double", shlex.quote(str(_DOUBLE))),
        ):
            shim = self.bin / name
            shim.write_text(f'#!/bin/sh\nexec {python} {what} "$@"\n', "utf-8")
            shim.chmod(0o755)
        kept = {n: os.environ[n] for n in ("HOME", "TMPDIR", "SYSTEMROOT") if n in os.environ}
        return {
            **kept,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": str(self.width),
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,  # nobody's signing, hooks or habits
            "GIT_CONFIG_NOSYSTEM": "1",
            "USER": "frei",
        }

    def run(self, command: str) -> str:
        """Standard output and error of ``command``; its exit code is in ``last``."""
        self.show(f"\n$ {command}\n")
        if command.startswith("cd "):
            self.folder = (self.folder / command[3:]).resolve()
            return ""
        if command.startswith("provision ") and not set(command) & set("|<>$`;&*"):
            arguments = shlex.split(command)[1:]
            self.last, output = run_here(self.folder, self.environment(), arguments)
        else:
            output = self._run_shell(command)
        self.log.append(f"$ {command}\n{output}")
        self.show(output)
        return output

    def _run_shell(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.last}); {command}"],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        self.last = done.returncode
        return done.stdout

    def follow(self, page: str) -> None:
        """Do all that ``page`` says. Raises AssertionError where the page is wrong."""
        for fence in fences(page):
            if fence.mark == "file":
                self._write(fence)
            elif fence.mark == "edit":
                self._edit(fence)
            elif fence.lang == "console":
                self._type(fence)

    def _write(self, fence: Fence) -> None:
        self.show(f"\n{fence.name}:\n{indent(fence.body, '  | ')}")
        file = self.folder / fence.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fence.body, "utf-8")

    def _edit(self, fence: Fence) -> None:
        self.show(f"\n{fence.name}:\n{indent(fence.body, '  | ')}")
        file = self.folder / fence.name
        before = "".join(f"{x[1:]}\n" for x in fence.body.splitlines() if x[:1] in {" ", "-"})
        after = "".join(f"{x[1:]}\n" for x in fence.body.splitlines() if x[:1] in {" ", "+"})
        text = file.read_text("utf-8")
        assert text.count(before) == 1, f"line {fence.line}: not once in {fence.name}:\n{before}"
        file.write_text(text.replace(before, after), "utf-8")

    def _type(self, fence: Fence) -> None:
        commands = fence.commands()
        for at, (command, expected) in enumerate(commands):
            output = self.run(command)
            said = f"line {fence.line}: $ {command}"
            following = commands[at + 1][0] if at + 1 < len(commands) else ""
            if following != "echo $?":
                assert self.last == 0, f"{said}\nended with {self.last}\n{output}"
            if expected:
                assert shows(output, expected), f"{said}\nsays\n{output}\nand not what is shown"
