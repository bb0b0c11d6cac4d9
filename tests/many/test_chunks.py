"""One job of `apply --queue` at a time, as a worker carries it out, and what is told of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from provisioner import operations
from provisioner.apply.events import Outcome
from provisioner.codes.systems import DatabaseIsBusy
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import Locked, PolicyError, Unavailable
from provisioner.operations import crew
from provisioner.plan.model import Plan
from provisioner.telephony.identity import CustomerId
from tests.stateful import samples
from tests.stateful.conftest import folder
from tests.stateful.test_move_crashes import leaver
from tests.stateful.world import Hazard, Killed, World, leftovers

__all__ = ["folder"]
THIRD = "bistro"


@pytest.fixture(autouse=True)
def _in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk keeps what is told in a file as well; a queue alone needs PostgreSQL."""
    monkeypatch.setattr(crew, "crew_desk", lambda desk: (desk, {}))


def _chunk(world: World, plan: Plan) -> crew.Chunk:
    (part,) = crew.chunks(plan, 50)
    return crew.Chunk("b", part, "tester", released=False, on=plan.at, today=world.today)


def _carry_out(world: World, chunk: crew.Chunk, hazard: Hazard | None = None) -> None:
    crew.carry_out(world.opened(hazard), chunk, world.runner())


def _told(world: World, plan: Plan) -> dict[str, str]:
    """The outcome by customer, and the code of what stood against it."""
    found = crew.results(world.desk, "b", plan, ended=True)
    return {r.customer: f"{r.outcome} {r.error.code if r.error else ''}".strip() for r in found}


@pytest.fixture
def leaving(folder: Path) -> Iterator[World]:
    """One customer leaves and gives its number to another one; a third has an edit of its own."""
    world = leaver(folder / "leaving")
    world.write(THIRD, samples.manifest(THIRD))
    yield world
    world.close()


def test_who_was_taken_down_meanwhile_stops_nobody_of_its_job(leaving: World) -> None:
    """It was refused as a name that is nowhere (PV447), with all others of the job."""
    plan = leaving.plan()
    done = leaving.apply(plan, only="cafe")
    assert {r.outcome for r in done} == {Outcome.DONE}
    _carry_out(leaving, _chunk(leaving, plan))
    assert _told(leaving, plan) == {"cafe": "done", "theke": "done", THIRD: "done"}
    assert leftovers(leaving.plan()) == []


def test_a_job_that_dies_once_somebody_is_taken_down_is_taken_over(
    leaving: World, folder: Path
) -> None:
    """Whoever took it over refused all of it (PV447), and left the runs of all open."""
    plan = leaving.plan()
    start, quiet = leaving.twin(folder / "start"), Hazard()
    _carry_out(leaving, _chunk(leaving, plan), quiet)
    end, calls = leaving.content(), len(quiet.seen)
    for call in range(calls - 24, calls + 1, 3):
        world = start.twin(folder / f"dies-{call}")
        with pytest.raises(Killed):
            _carry_out(world, _chunk(world, plan), Hazard(call))
        _carry_out(world, _chunk(world, plan))
        where = quiet.seen[call - 1]
        assert set(_told(world, plan).values()) == {"done"}, where
        assert (leftovers(world.plan()), world.open_runs()) == ([], 0), where
        assert world.content() == end, where
        world.close()
    start.close()


def test_whose_partner_is_locked_waits_with_it(leaving: World) -> None:
    """It was told as refused (PV533), and that stood although the next try did all of it."""
    plan = leaving.plan()
    chunk, busy = _chunk(leaving, plan), CustomerId("theke")
    leaving.desk.acquire_lease(busy, holder="elsewhere:1:x", at=leaving.now(), seconds=60)
    with pytest.raises(Locked):
        _carry_out(leaving, chunk)
    assert dict(leaving.desk.told("b")).keys() == {THIRD}
    leaving.desk.release_lease(busy, holder="elsewhere:1:x")
    _carry_out(leaving, chunk)
    assert _told(leaving, plan) == {"cafe": "done", "theke": "done", THIRD: "done"}


def test_what_a_resumed_run_has_done_already_is_not_refused(leaving: World) -> None:
    """With a question open in its manifest it was told as refused, for that question."""
    plan = leaving.plan()
    with pytest.raises(Killed):
        leaving.apply(plan, Hazard(40))
    leaving.resume()
    left = {line.partition(":")[0] for line in leftovers(leaving.plan())}
    assert THIRD not in left
    _carry_out(leaving, _chunk(leaving, plan))
    told = _told(leaving, plan)
    assert told[THIRD] == "unchanged", told
    assert {*told.values()} <= {"done", "unchanged"}, told


def _size_unknown(_pbx: LocalPbx) -> int:
    raise Unavailable(DatabaseIsBusy(target="x"))


def test_brakes_that_nobody_could_judge_are_said(
    leaving: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All were told as "unchanged", so the run ended with 0 and nothing of it was done."""
    plan = leaving.plan()
    monkeypatch.setattr(LocalPbx, "size", _size_unknown)
    _carry_out(leaving, _chunk(leaving, plan))
    assert set(_told(leaving, plan).values()) == {"refused PV503"}


def test_what_holds_the_due_is_said_beside_an_unfinished_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said was whatever the plan told first, the unfinished run of somebody else."""
    world = World(folder / "due", samples.TODAY)
    later = {"activate_from": "2027-02-01", "billing_from": "2027-02-01"}
    world.write("later", samples.manifest("later", subscription=later))
    world.write(THIRD, samples.manifest(THIRD))
    world.apply(world.plan())
    world.desk.begin(CustomerId(THIRD), at=world.now(), who="tester", manifest="", steps={})
    world.today = date(2027, 2, 1)
    assert crew.due(world.opened(), today=world.today).steps
    monkeypatch.setattr(LocalPbx, "size", _size_unknown)
    with pytest.raises(PolicyError) as held:
        crew.due(world.opened(), today=world.today)
    assert held.value.code == "PV503"
    world.close()


def test_whose_run_died_after_its_last_step_stays_due(folder: Path) -> None:
    """A worker let it rest, and after that `reconcile --due` did not close the run either."""
    world = World(folder / "died", samples.TODAY)
    world.write("cafe", samples.manifest("cafe"))  # whose turn is not today
    plan, quiet = world.plan(), Hazard()
    start = world.twin(folder / "start")
    start.apply(plan, quiet)
    start.close()
    with pytest.raises(Killed):
        world.apply(plan, Hazard(quiet.seen.index("end ") + 1))
    assert crew.due(world.opened(), today=world.today).steps == ()
    opened, run = world.opened(), world.runner()
    assert world.open_runs() == 1
    operations.reconcile_due(opened, today=world.today, runner=run, agree=lambda _plan: True)
    assert world.open_runs() == 0
    world.close()


def test_a_doubt_that_was_acknowledged_is_so_for_the_workers(leaving: World) -> None:
    """They refused everybody: "repeat with --acknowledge pbx-empty", which changed nothing."""
    leaving.apply(leaving.plan())
    with closing(sqlite3.connect(leaving.root / "state/pbx.sqlite")) as pbx, pbx:
        pbx.execute("DELETE FROM objects")
    chunk = _chunk(leaving, leaving.plan(ack=["pbx-empty"]))
    _carry_out(leaving, chunk)
    assert set(_told(leaving, chunk.plan).values()) == {"refused PV564"}
    accepted = replace(chunk, batch="again", accepted=("pbx-empty",))
    _carry_out(leaving, crew.Chunk.from_json(accepted.as_json()))
    found = crew.results(leaving.desk, "again", chunk.plan, ended=True)
    assert {r.outcome for r in found} == {Outcome.DONE}
    assert leftovers(leaving.plan()) == []


@pytest.mark.parametrize(("late", "outcome"), [(14, "done"), (15, "refused PV471")])
def test_a_job_that_lay_for_days_is_of_the_day_on_which_it_is_carried_out(
    leaving: World, monkeypatch: pytest.MonkeyPatch, late: int, outcome: str
) -> None:
    """It was of the day on which it was handed out, so its approval never ran out."""
    plan, handed = leaving.plan(), date(2026, 11, 24)
    chunk = crew.Chunk.from_json(replace(_chunk(leaving, plan), handed=handed).as_json())
    moment = datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(days=late)
    monkeypatch.setattr(SqlDesk, "now", lambda _desk: moment)
    _carry_out(leaving, chunk)
    assert set(_told(leaving, plan).values()) == {outcome}
    began = [row[-2] for row in leaving.content()["intervals"] if row[0] == THIRD]
    today = samples.TODAY + timedelta(days=late)
    assert {*began} == ({today.isoformat()} if outcome == "done" else set()), began
