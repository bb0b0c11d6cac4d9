"""What holds for all tests."""

import gc
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

# Time on the wall says how busy a machine is, and nothing about the code: tests/fuzz measures the
# time on the CPU. `--hypothesis-profile` chooses another one.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Hypothesis looks at all characters there are and keeps what it finds in a file: once is
    enough, before several workers come to it together."""
    if getattr(session.config.option, "numprocesses", None):
        st.text().validate()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Some tests wait for a server or a phone: half as many workers again keep all processors busy.

    More only take each other's caches away.
    """
    return (3 * (os.cpu_count() or 1) + 1) // 2


HERE = Path(__file__).parent
WAITING = [HERE / name for name in ("asterisk", "canary", "many", "postgres", "realtime")]
"""Their modules set up a server, a PBX or a whole life of a customer, and wait for it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Such a module stays with one worker, else each would set it up for itself; and the others
    have something to compute meanwhile.

    Before the workers look at the marks.
    """
    together: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    alone: list[pytest.Item] = []
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in WAITING):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(HERE))))
        if group := item.get_closest_marker("xdist_group"):
            together[group.args[0]].append(item)
        else:
            alone.append(item)
    if hasattr(config, "workerinput"):
        items[:] = _spread(list(together.values()), alone)


def _spread(groups: list[list[pytest.Item]], alone: list[pytest.Item]) -> Iterator[pytest.Item]:
    """All groups within the first three quarters of the others: the last test is a short one."""
    every = 0.75 * len(alone) / max(len(groups), 1)
    done = 0
    for number, group in enumerate(groups):
        upto = round(number * every)
        yield from alone[done:upto]
        yield from group
        done = upto
    yield from alone[done:]


def pytest_collection_finish() -> None:
    """What was imported stays: nobody has to look for garbage in it again and again."""
    gc.collect()
    gc.freeze()


PBXES = {
    "local": "tests/drivers/test_conformance.py::TestLocalPbx",
    "asterisk": "tests/asterisk/test_conformance.py::TestAsteriskPbx",
    "asterisk-realtime": "tests/realtime/test_conformance.py::TestRealtimePbx",
}
DESKS = {
    "sqlite": "tests/drivers/test_conformance.py::TestSqlDesk",
    "postgresql": "tests/postgres/test_conformance.py::TestDeskOnPostgres",
}
FAULTS = "fault matrix"
"""The property in which a test tells where, of how many cases, how many ran and went wrong."""
WALK = "walk"
"""The property in which a test tells a question of a day's work, how many commands it took up to
then, and seconds."""
STEPS = "steps"
"""The property in which a test tells how much of all that can happen to a workspace it lived."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The matrices, if what they are made of was run."""
    ended: defaultdict[str, Counter[str]] = defaultdict(Counter)
    told: defaultdict[str, list[Any]] = defaultdict(list)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.getreports(outcome):
            ended["::".join(report.nodeid.split("::")[:2])][outcome] += 1
            for name, value in getattr(report, "user_properties", ()):  # none of an unread file
                told[name].append(value)
    if any(name in ended for name in (*PBXES.values(), *DESKS.values())):
        terminalreporter.section("conformance: contract tests of the PBX + of the desk")
        for line in _conformance(ended):
            terminalreporter.write_line(line)
    if faults := told[FAULTS]:
        terminalreporter.section("fault matrix: a sample, `make faults` tries all of it")
        for where, every, tried, wrong in sorted(faults):
            terminalreporter.write_line(f"{where}: {tried} of {every} cases, {wrong} ended wrong")
        every, tried, wrong = (sum(column) for column in list(zip(*faults, strict=True))[1:])
        terminalreporter.write_line(f"in all: {tried} of {every} cases, {wrong} ended wrong")
    if steps := told[STEPS]:
        terminalreporter.section("lived through: `make soak` lives through a million")
        terminalreporter.write_line(f"{sum(steps)} steps of all that can happen to a workspace")
    if walks := told[WALK]:
        terminalreporter.section("a day's questions, and what they take")
        for question, commands, seconds in {walk[0]: walk for walk in sorted(walks)}.values():
            many = "1 command" if commands == 1 else f"{commands} commands"
            terminalreporter.write_line(f"{question}: {many}, {seconds:.1f} s of processor")


def _conformance(ended: dict[str, Counter[str]]) -> Iterator[str]:
    """A contract knows one system: a pair keeps both of them."""

    def told(name: str) -> str:
        return ", ".join(f"{n} {outcome}" for outcome, n in ended[name].items()) or "not run"

    yield f"{'':18}" + "".join(f"  {desk:>36}" for desk in DESKS)
    for pbx, test in PBXES.items():
        cells = (f"{told(test)} + {told(desk)}" for desk in DESKS.values())
        yield f"{pbx:18}" + "".join(f"  {cell:>36}" for cell in cells)
