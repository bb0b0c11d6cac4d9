"""The closing lines of a test run say what ran and how it ended."""

from types import SimpleNamespace as Made
from typing import Any

from tests.conftest import DESKS, FAULTS, PBXES, WALK, pytest_terminal_summary


class Told:
    """A reporter of reports by outcome; ``lines`` are what it was told to write."""

    def __init__(self, **reports: list[Any]) -> None:
        self.reports = reports
        self.lines: list[str] = []

    def getreports(self, outcome: str) -> list[Any]:
        return self.reports.get(outcome, [])

    def section(self, title: str) -> None:
        self.lines.append(title)

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def ran(name: str, *properties: tuple[str, Any]) -> Made:
    return Made(nodeid=f"{name}::test_it", user_properties=properties)


def test_a_pair_is_what_ran_of_both_systems() -> None:
    told = Told(
        passed=[ran(PBXES["local"]), ran(PBXES["local"]), ran(DESKS["sqlite"])],
        failed=[ran(DESKS["sqlite"])],
    )
    pytest_terminal_summary(told)  # type: ignore[arg-type]
    (local,) = (line for line in told.lines if line.startswith("local "))
    assert "2 passed + 1 passed" in local
    assert "1 failed" in local
    (asterisk,) = (line for line in told.lines if line.startswith("asterisk "))
    assert "not run" in asterisk


def test_faults_are_added_up_and_a_file_that_cannot_be_read_has_none() -> None:
    faults = [(FAULTS, ("local × sqlite", 100, 7, 0)), (FAULTS, ("asterisk × sqlite", 50, 3, 1))]
    told = Told(passed=[ran("tests/a.py", *faults)], error=[Made(nodeid="tests/b.py")])
    pytest_terminal_summary(told)  # type: ignore[arg-type]
    assert told.lines[-1] == "in all: 10 of 150 cases, 1 ended wrong"


def test_a_walk_says_how_many_commands_it_took() -> None:
    so_far = [(WALK, ("what is due", commands, 0.25)) for commands in (1, 2)]
    told = Told(passed=[ran("tests/a.py", *so_far)])
    pytest_terminal_summary(told)  # type: ignore[arg-type]
    assert told.lines[1:] == ["what is due: 2 commands, 0.2 s of processor"]


def test_a_run_without_either_says_nothing() -> None:
    told = Told(passed=[ran("tests/a.py")])
    pytest_terminal_summary(told)  # type: ignore[arg-type]
    assert told.lines == []
