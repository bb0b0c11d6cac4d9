"""A fleet that is planned in ranges, and in several processes, has the plan that it has as a
whole."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import current_thread, main_thread
from typing import TypeVar

import pytest
from written import plan_json

from provisioner import operations
from provisioner.drivers.local import LocalPbx
from provisioner.operations import observing, processes
from provisioner.operations.observing import Doing, What
from provisioner.operations.planning import planner, selected
from provisioner.operations.watch import Watch
from provisioner.plan.live import LivePlanner

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 24)
T = TypeVar("T")


class ForOthers(processes._Shared[T]):
    """This process takes nothing of what is shared out."""

    def __next__(self) -> T:
        if current_thread() is main_thread():
            raise StopIteration
        return super().__next__()


class Calls:
    """Of live systems, as whoever looks on is told of them."""

    def __init__(self) -> None:
        self.found: list[Doing] = []

    def began(self, doing: Doing) -> None:
        pass

    def ended(self, doing: Doing) -> None:
        if doing.what is What.CALL:
            self.found.append(doing)


@pytest.fixture
def calls() -> Iterator[list[Doing]]:
    found = Calls()
    observing.watch(Watch("plan", [found]))
    yield found.found
    observing.watch(None)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example customers, all of them live."""
    root = tmp_path_factory.mktemp("workspace")
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "customers", root / "customers")
    assert in_ranges(root, 1) == in_ranges(root, 500)  # nothing is live yet
    runner = operations.Runner(who="test", clock=lambda: datetime.now(UTC))
    with operations.open_workspace(root) as opened:
        made = operations.plan(opened, today=DAY).plan
        approval = operations.Approval.of_plan(made)
        done = operations.apply(opened, today=DAY, runner=runner, approval=approval)
    assert all(not result.failed for result in done.results)
    return root


def in_ranges(root: Path, at_once: int, jobs: int = 1) -> bytes:
    with operations.open_workspace(root, jobs=jobs) as opened:
        selection = selected(opened, ())
        planning: LivePlanner = replace(planner(opened, DAY), at_once=at_once)
        planning = replace(planning, spread=opened.processes)
        return plan_json(planning.plan_fleet(selection.subjects, selection.notes).plan)


def edit(path: Path, was: str, now: str) -> None:
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, now), "utf-8")


def test_the_plan_is_the_same_to_the_byte(
    applied: Path, calls: list[Doing], monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = in_ranges(applied, 500)
    assert in_ranges(applied, 1) == quiet
    customers = sorted((applied / "customers").glob("*/*.yaml"))
    renamed, gone, edited = customers[0], customers[1], customers[2]
    # one that is renamed, one that goes as the same begins, one with a new login
    edit(renamed, "version: 1\n", f"version: 1\nwas: {renamed.stem}\n")
    renamed.rename(renamed.with_stem("renamed"))
    gone.rename(gone.with_stem("begins"))
    first = edited.read_text("utf-8").partition("login: ")[2].partition(",")[0]
    edit(edited, f"login: {first}", "login: somebody.new")
    whole = in_ranges(applied, 500)
    assert whole != quiet
    for at_once in (1, 2):
        assert in_ranges(applied, at_once) == whole
    edit(customers[3], "version: 1\n", "version: 1\nno_such_field: 1\n")
    whole = in_ranges(applied, 500)
    for name in ("AT_LEAST", "AT_ONCE", "AHEAD_AT_ONCE"):
        monkeypatch.setattr(processes, name, 1)
    monkeypatch.setattr(processes, "_Shared", ForOthers)
    calls.clear()
    assert in_ranges(applied, 1, jobs=2) == whole
    # calls that another process makes are told as this one's, with what they took
    reads = [call for call in calls if (call.system, call.name) == ("pbx", "read")]
    assert sum(call.count for call in reads) >= len(customers) - 1
    assert all(call.seconds > 0 and call.above is not None for call in reads)


def test_the_pbx_tells_who_has_a_login(applied: Path) -> None:
    with operations.open_workspace(applied) as opened:
        assert isinstance(opened.pbx, LocalPbx)
        assert [str(c) for c in opened.pbx.logins({"laden.velowerk", "nobody"})] == ["velo-werk"]
        assert not opened.pbx.logins(set())
