"""Every point at which a run can die or a system can fail, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from provisioner.apply.events import Outcome
from provisioner.codes.systems import DatabaseIsBusy, NoAnswerWhetherItWasWritten
from provisioner.errors import OutcomeUnknown, Unavailable
from provisioner.plan.model import Plan
from tests.stateful import samples
from tests.stateful.scenarios import SCENARIOS
from tests.stateful.world import Content, Hazard, Killed, World, leftovers

SAMPLES = {"rich": samples.rich, "small": samples.small}
PARTS = 3


@dataclass
class Recording:
    """A run that nothing disturbed: its plan, its calls, the systems before each, and the end."""

    world: World
    plan: Plan
    calls: list[str]
    end: Content
    points: list[Path] = field(default_factory=list)


def recorded(folder: Path, scenario: str, sample: str, *, points: bool) -> Recording:
    world = SCENARIOS[scenario](folder / "start", SAMPLES[sample](), sample)
    plan = world.plan()
    twin = world.twin(folder / "twin")
    seen: list[Path] = []

    def keep(call: int) -> None:
        seen.append(folder / "points" / str(call))
        twin.copy_state(seen[-1])

    hazard = Hazard(watch=keep if points else None)
    results = twin.apply(plan, hazard)
    assert [r.outcome for r in results] == [Outcome.DONE]
    assert leftovers(twin.plan()) == []
    if points:
        keep(len(hazard.seen))
    end = twin.content()
    assert twin.open_runs() == 0
    twin.close()
    return Recording(world, plan, hazard.seen, end, seen)


def finish(world: World, plan: Plan) -> None:
    """What people do after a crash: resume; where nothing was begun, the approved plan again."""
    begun = world.open_runs()
    resumed = world.resume()
    assert len(resumed) == begun
    assert {r.outcome for r in resumed} <= {Outcome.DONE, Outcome.UNCHANGED}, resumed
    if not begun:
        world.apply(plan)


def assert_as_if_nothing_had_happened(world: World, whole: Recording, where: str) -> None:
    assert leftovers(world.plan()) == [], where
    assert world.open_runs() == 0, where
    found = world.content()
    for table, rows in whole.end.items():
        assert found[table] == rows, f"{table}: {where}"


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("scenario", "sample"),
    [("set_up", "rich"), ("change", "small"), ("take_over", "small"), ("take_down", "small")],
)
def test_a_crash_at_any_call_and_resume_ends_as_if_there_had_been_none(
    folder: Path, scenario: str, sample: str, part: int
) -> None:
    whole = recorded(folder, scenario, sample, points=True)
    assert len(whole.points) > 50
    world = whole.world.twin(folder / "crashed")
    for number, state in distinct(whole, part):
        world.restore(state)
        last = whole.calls[number - 1] if number else "(nothing)"
        finish(world, whole.plan)
        assert_as_if_nothing_had_happened(world, whole, f"died after call {number}: {last}")
    world.close()
    whole.world.close()


def distinct(whole: Recording, part: int) -> Iterator[tuple[int, Path]]:
    """The points of this part. A renewed lease alone leaves the systems as they were."""
    points = [
        (n, path)
        for n, path in enumerate(whole.points)
        if n < 2 or not whole.calls[n - 1].startswith("acquire_lease")
    ]
    yield from points[part::PARTS]


FAULTS = {
    "unavailable": (Unavailable(DatabaseIsBusy(target="test")), False),
    "unknown, not carried out": (OutcomeUnknown(NoAnswerWhetherItWasWritten(target="test")), False),
    "unknown, carried out": (OutcomeUnknown(NoAnswerWhetherItWasWritten(target="test")), True),
    "killed, not carried out": (Killed(), False),
    "killed, carried out": (Killed(), True),
}


@pytest.mark.parametrize(
    ("scenario", "fault"),
    [(s, f) for s in SCENARIOS for f in FAULTS if s == "change" or not f.startswith("killed")],
)
def test_a_fault_at_any_call_and_resume_ends_as_if_there_had_been_none(
    folder: Path, scenario: str, fault: str
) -> None:
    whole = recorded(folder, scenario, "small", points=False)
    whole.world.copy_state(folder / "begin")
    error, after = FAULTS[fault]
    world = whole.world.twin(folder / "faulty")
    # the crash test above has every place where a process can die, so a few are enough for that
    every = scenario == "change" and not isinstance(error, Killed)
    calls = worth_failing(whole.calls) if every else edges(whole.calls)
    for call in calls:
        world.restore(folder / "begin")
        hazard = Hazard(call + 1, error, after=after)
        where = f"{fault} at call {call + 1}: {whole.calls[call]}"
        if isinstance(error, Killed):
            with pytest.raises(Killed):
                world.apply(whole.plan, hazard)
        else:
            assert len(world.apply(whole.plan, hazard)) == 1, where
        assert hazard.seen[: call + 1] == whole.calls[: call + 1]
        finish(world, whole.plan)
        assert_as_if_nothing_had_happened(world, whole, where)
    world.close()
    whole.world.close()


def worth_failing(calls: list[str]) -> list[int]:
    """Every call on an object; of the journal's and the leases' see :func:`edges`."""
    journal = ("intend ", "settle ", "acquire_lease ")
    objects = {n for n, call in enumerate(calls) if not call.startswith(journal)}
    return sorted(objects | set(edges(calls)))


def edges(calls: list[str]) -> list[int]:
    """The first and the last call of each method, and the first settling of each kind of step."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, call in enumerate(calls):
        method, _, about = call.partition(" ")
        kind, action = about.partition("/")[0], about.rpartition(":")[2]
        groups.setdefault((method,), []).append(number)
        if method == "settle":
            groups.setdefault((method, kind, action), []).append(number)
    ends = {n for key, found in groups.items() for n in (found[0], found[-1]) if len(key) == 1}
    return sorted(ends | {found[0] for found in groups.values()})


def test_the_scenarios_write_every_kind_of_object(folder: Path) -> None:
    """A crash test that never deletes a number would prove little."""
    steps: set[Any] = set()
    for scenario in SCENARIOS:
        whole = recorded(folder / scenario, scenario, "small", points=False)
        steps |= {(s.kind.value, s.action.value) for s in whole.plan.steps}
        whole.world.close()
    kinds = {kind for kind, _ in steps}
    assert len(kinds) >= 11, kinds
    assert {k for k, a in steps if a == "delete"} >= {
        "stock_number",
        "provisional_number",
        "ported_number",
        "workplace",
        "route",
        "tenant",
        "account",
        "release",
        "billing_interval",
    }
    assert ("porting_order", "cancel") in steps
