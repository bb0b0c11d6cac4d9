"""Several customers in one run that somebody ends: who was through is done, the rest can go on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from faults import Fault, FaultyDesk, FaultyPbx
from harness import World

from provisioner import operations
from provisioner.apply.run import exit_code
from provisioner.codes.systems import (
    DatabaseIsBusy,
    FileCannotBeOpenedOrWritten,
    NoAnswerWhetherItWasWritten,
)
from provisioner.drivers.local import LocalPbx
from provisioner.errors import Locked, OutcomeUnknown, Unavailable
from provisioner.operations.planning import planner
from provisioner.plan.approval import Approval

TODAY = date(2026, 11, 24)
CASE = {"manifests": {f"muster/{name}": {"base": name} for name in ("cafe", "office", "smithy")}}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    with closing(World(tmp_path, CASE)) as made:
        yield made


def run(world: World, *faults: Fault, stop: int | None = None) -> tuple[list[Any], list[str]]:
    """Results, and the calls to the PBX; ``stop``: Ctrl-C is seen when it is asked that often."""
    opened = world.opened({})
    pbx = FaultyPbx(opened.pbx, [f for f in faults if f.method == "flush"])
    desk = FaultyDesk(opened.desk, [f for f in faults if f.method != "flush"])
    asked = count(1)
    runner = replace(world.runner(TODAY), stopped=lambda: stop is not None and next(asked) >= stop)
    faulty = replace(opened, pbx=pbx, desk=desk)
    done = operations.apply(faulty, today=TODAY, runner=runner, agree=lambda _plan: True)
    return list(done.results), pbx.calls


def finished(world: World) -> bool:
    """``resume`` ends what is open, and then nothing is left."""
    opened = world.opened({})
    resumed = operations.resume(opened, today=TODAY, runner=world.runner(TODAY))
    left = operations.plan(opened, today=TODAY).plan
    return exit_code(resumed.results) == 0 and not left.customers and not open_runs(world)


def open_runs(world: World) -> list[str]:
    return [str(r.customer) for r in world.opened({}).desk.open_runs()]


def outcomes(results: list[Any]) -> list[str]:
    return [str(r.outcome) for r in results]


def test_ctrl_c_in_the_second_of_three(world: World) -> None:
    steps = len(run_steps(world)[0])
    results, calls = run(world, stop=steps + 5)
    assert outcomes(results) == ["done", "interrupted", "interrupted"]
    assert [len(r.done) for r in results] == [steps, 2, 0]
    assert exit_code(results) == 130
    assert calls.count("flush") == 1
    assert open_runs(world) == ["office"]
    world.happen("2026-11-24", {"apply": "", "gives": {"office": "done", "smithy": "done"}})


def run_steps(world: World) -> list[tuple[str, ...]]:
    plan = operations.plan(world.opened({}), today=TODAY).plan
    return [tuple(s.id for s in c.steps) for c in plan.customers]


def test_what_an_interrupted_run_has_done_works(world: World) -> None:
    """Asterisk is told of new phones by ``flush`` only."""
    results, calls = run(world, stop=len(run_steps(world)[0]) + 1)
    assert outcomes(results) == ["interrupted"] * 3
    assert results[0].done
    assert calls[-1] == "flush"


def test_a_fault_while_the_second_is_read_back(world: World) -> None:
    """One read for the plan, one for each before its steps; afterwards one, and one for a proof."""
    fault = Fault("read", Unavailable(FileCannotBeOpenedOrWritten(target="desk")), call=7)
    results, _ = run(world, fault)
    assert outcomes(results) == ["done", "failed", "done"]
    assert exit_code(results) == 5
    assert finished(world)


def test_a_fault_while_all_of_it_is_made_durable(world: World) -> None:
    results, _ = run(world, Fault("flush", Unavailable(FileCannotBeOpenedOrWritten(target="pbx"))))
    assert outcomes(results) == ["failed"] * 3
    assert all(r.done for r in results)
    assert exit_code(results) == 5
    assert len(open_runs(world)) == 3
    assert finished(world)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("call", [1, 2])
def test_nobody_knows_whether_a_round_was_written(world: World, call: int, *, after: bool) -> None:
    """It is written again under the same keys, and nothing is there twice."""
    unknown = OutcomeUnknown(NoAnswerWhetherItWasWritten(target="desk"))
    results, _ = run(world, Fault("together", unknown, call=call, after=after))
    assert outcomes(results) == ["done"] * 3
    assert finished(world)
    steps = run_intents(world)
    assert len(steps) == len(set(steps))


def run_intents(world: World) -> list[tuple[str, str]]:
    (file,) = world.root.rglob("desk.sqlite")
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT run, step FROM intents").fetchall()


def test_a_round_that_cannot_be_written_ends_its_customer_alone(world: World) -> None:
    fault = Fault("together", Unavailable(DatabaseIsBusy(target="desk")), call=2)
    results, _ = run(world, fault)
    assert outcomes(results) == ["failed", "done", "done"]
    assert results[0].done
    assert finished(world)


def test_who_waits_to_be_read_back_keeps_the_lease(world: World) -> None:
    """A large customer may take longer than the lease of the one before it lasts."""
    opened = world.opened({})
    subjects = operations.select(opened.workspace, opened.desk.customers()).subjects
    calls = count()
    begun = datetime(2026, 11, 24, 8, tzinfo=UTC)
    runner = replace(world.runner(TODAY), clock=lambda: begun + timedelta(seconds=3 * next(calls)))
    planning = planner(opened, TODAY)
    executor = runner.executor(opened, planning)
    first, second, _ = subjects
    approval = Approval.of_plan(planning.plan_fleet(subjects).plan)
    carried = [*executor.apply([first], approval), *executor.apply([second], approval)]
    now = executor.clock()
    assert (now - begun).total_seconds() > 200
    with pytest.raises(Locked):
        opened.desk.acquire_lease(first.customer, holder="elsewhere:1:x", at=now, seconds=60)
    assert outcomes(executor.conclude(carried)) == ["done", "done"]
    opened.desk.acquire_lease(first.customer, holder="elsewhere:1:x", at=now, seconds=60)


def test_who_lost_the_lease_while_no_answer_came_does_not_write_again(world: World) -> None:
    opened = world.opened({})
    now = [datetime(2026, 11, 24, 8, tzinfo=UTC)]

    class Overtaken(FaultyPbx):
        def _call(self, name: str, method: Any, *args: Any, **kwargs: Any) -> Any:
            if name == "put" and not self.writes:
                now[0] += timedelta(seconds=200)
                customer = args[0].customer
                opened.desk.acquire_lease(customer, holder="elsewhere:1:x", at=now[0], seconds=120)
            return super()._call(name, method, *args, **kwargs)

    lost = OutcomeUnknown(NoAnswerWhetherItWasWritten(target="pbx"))
    pbx = Overtaken(opened.pbx, [Fault("put", lost)])
    runner = replace(world.runner(TODAY), clock=lambda: now[0])
    done = operations.apply(
        replace(opened, pbx=pbx), ["cafe"], today=TODAY, runner=runner, agree=lambda _plan: True
    )
    (result,) = done.results
    assert (result.outcome, result.error and result.error.code) == ("failed", "PV531")
    assert pbx.writes == 1
