"""Every point at which a run can die or a system can fail, one after the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from provisioner.apply.events import Outcome
from provisioner.codes.systems import DatabaseIsBusy, NoAnswerWhetherItWasWritten
from provisioner.errors import OutcomeUnknown, Unavailable
from provisioner.plan.model import Plan
from tests.stateful import samples
from tests.stateful.recording import assert_as_if_nothing_had_happened, recorded
from tests.stateful.scenarios import SCENARIOS
from tests.stateful.world import Hazard, Killed, World

SAMPLES = {"rich": samples.rich, "small": samples.small}


def started(folder: Path, scenario: str, sample: str) -> World:
    return SCENARIOS[scenario](folder / "start", SAMPLES[sample](), sample)


def finish(world: World, plan: Plan) -> None:
    """What people do after a crash: resume; where nothing was begun, the approved plan again."""
    begun = world.open_runs()
    resumed = world.resume()
    assert len(resumed) == begun
    assert {r.outcome for r in resumed} <= {Outcome.DONE, Outcome.UNCHANGED}, resumed
    if not begun:
        world.apply(plan)


@pytest.mark.parametrize(
    ("scenario", "sample"),
    [("set_up", "rich"), ("change", "small"), ("take_over", "small"), ("take_down", "small")],
)
def test_a_crash_at_any_call_and_resume_ends_as_if_there_had_been_none(
    folder: Path, scenario: str, sample: str
) -> None:
    whole = recorded(started(folder, scenario, sample), folder, points=True)
    world = whole.world.twin(folder / "crashed")
    for call, state in whole.points.items():
        world.restore(state)
        finish(world, whole.plan)
        assert_as_if_nothing_had_happened(world, whole, whole.died_after(call))
    world.close()
    whole.world.close()


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
    whole = recorded(started(folder, scenario, "small"), folder, points=False)
    whole.world.copy_state(folder / "begin")
    error, after = FAULTS[fault]
    world = whole.world.twin(folder / "faulty")
    # the crash test above has every place where a process can die, so a few are enough for that
    every = scenario == "change" and isinstance(error, OutcomeUnknown)
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


def worth_failing(calls: Sequence[str]) -> list[int]:
    """Every call on an object; of the journal's and the leases' see :func:`edges`."""
    journal = ("intend ", "settle ", "acquire_lease ")
    objects = {n for n, call in enumerate(calls) if not call.startswith(journal)}
    return sorted(objects | set(edges(calls)))


def edges(calls: Sequence[str]) -> list[int]:
    """The first and the last call of each method."""
    found: dict[str, list[int]] = {}
    for number, call in enumerate(calls):
        found.setdefault(call.partition(" ")[0], []).append(number)
    return sorted({n for numbers in found.values() for n in (numbers[0], numbers[-1])})


def test_the_scenarios_write_every_kind_of_object(folder: Path) -> None:
    """A crash test that never deletes a number would prove little."""
    steps: set[Any] = set()
    for scenario in SCENARIOS:
        where = folder / scenario
        whole = recorded(started(where, scenario, "small"), where, points=False)
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
