"""Several processes plan one fleet: what happens when one of them ends, however it ends.

That the plan is the same is tried where ranges are.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from here import process_here

from provisioner.errors import ProvisionError
from provisioner.manifest.repository import load_config
from provisioner.operations import processes
from provisioner.operations.processes import Processes

ROOT = Path(__file__).parents[1]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few customers are many."""
    monkeypatch.setattr(processes, "AT_LEAST", 1)


def begun(root: Path, do: Callable[[Processes], object]) -> Processes:
    """Two processes, of which this one does something while the other one starts."""
    with Processes(root, 2) as both:
        about = {"context": None, "everyone": False, "proven": ()}
        planning: Any = SimpleNamespace(**about, plan_range=lambda _: do(both))
        for _ in both.planned(planning, [[], []], 2):
            pass
    return both


def is_over(pid: int) -> bool:
    """It has ended, and was waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.usefixtures("_small")
def test_a_process_that_is_killed_ends_the_plan(tmp_path: Path) -> None:
    pids: list[int] = []

    def kill(both: Processes) -> None:
        pids[:] = both.pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(ProvisionError) as error:
        begun(tmp_path, kill)
    assert error.value.code == "PV694"
    assert [is_over(pid) for pid in pids] == [True]


@pytest.mark.usefixtures("_small")
def test_an_interrupt_is_for_one_process_that_ends_the_others(tmp_path: Path) -> None:
    pids: list[int] = []

    def interrupt(both: Processes) -> None:
        pids[:] = both.pids
        assert os.getsid(pids[0]) == pids[0]  # a key at the terminal does not reach it
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            begun(tmp_path, interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert [is_over(pid) for pid in pids] == [True]


def test_a_process_without_a_connection_says_so_and_none_outlives_its_master() -> None:
    config = load_config(ROOT)
    nowhere = config.desk.model_copy(update={"driver": "nowhere"})
    context = SimpleNamespace(config=config.model_copy(update={"desk": nowhere}))
    other = processes._Other(ROOT, watched=False)
    ready, _ = other.ask("plan", (context, False, ()))
    assert ready is False  # whoever has a connection does it alone
    other._line.close()  # as the system does at the end of a process, however it ends
    assert other._process.wait(60) == 1


def test_as_many_as_the_machine_or_the_container_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(processes, "QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(64)})
    assert processes.processors() == processes.MOST
    for written, found in {"max 100000": 4, "250000 100000": 2, "50000 100000": 1}.items():
        quota.write_text(written, "ascii")
        assert processes.processors() == found


def test_how_many_is_said_at_the_command_or_for_all_of_them() -> None:
    wrong = [(["--jobs", "0"], {}, "--jobs: "), ([], {"PROVISION_JOBS": "two"}, "PROVISION_JOBS: ")]
    for words, variables, named in wrong:
        done = process_here(ROOT, {**os.environ, **variables}, ["plan", *words])
        assert done.returncode == 64
        assert named in done.stderr.decode()
