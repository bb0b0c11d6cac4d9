"""Every point at which a rename can die or a system can fail: ended as if there had been none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.apply.events import Outcome
from provisioner.codes.systems import DatabaseIsBusy, NoAnswerWhetherItWasWritten
from provisioner.errors import OutcomeUnknown, Unavailable
from provisioner.telephony.porting import Event
from tests.stateful import samples
from tests.stateful.recording import Recording, assert_as_if_nothing_had_happened, recorded
from tests.stateful.scenarios import applied, move, orders_of
from tests.stateful.test_crashes import edges, finish, worth_failing
from tests.stateful.world import Hazard, Killed, World, customer_id, leftovers

OLD, NEW = "small", "fresh"


def login(root: Path) -> World:
    """A workplace with a number gets another login and another license."""
    world = _live(root)
    places = [dict(w) for w in world.files[OLD]["workplaces"]]
    places[0] |= {"was": places[0]["login"], "login": "new.name", "license": "phones"}
    world.write(OLD, {**world.files[OLD], "workplaces": places})
    return world


def customer(root: Path) -> World:
    """The customer gets another id, its company another name, its port is with the donor."""
    world = _live(root)
    manifest = dict(world.files[OLD])
    manifest["contact"] = {**manifest["contact"], "city": "Bern"}
    world.remove(OLD)
    world.write(NEW, {**manifest, "was": OLD})
    return world


def both(root: Path) -> World:
    """The customer and two of its logins, at another reseller."""
    world = _live(root)
    rename_both(world)
    return world


def rename_both(world: World) -> None:
    manifest = dict(world.files[OLD])
    places = [dict(w) for w in manifest["workplaces"]]
    for at, place in enumerate(places[:2]):
        place |= {"was": place["login"], "login": f"new.name{at}"}
        places[at] = place
    world.remove(OLD)
    world.write(NEW, {**manifest, "was": OLD, "workplaces": places}, reseller="limmat")


def _live(root: Path) -> World:
    world = applied(root, samples.small(), OLD)
    for order in orders_of(world, OLD):
        move(world, order, Event.ACCEPT)
    return world


SCENARIOS: dict[str, Callable[[Path], World]] = {
    "login": login,
    "customer": customer,
    "both": both,
}


def renamed(folder: Path, scenario: str, *, points: bool) -> Recording:
    whole = recorded(SCENARIOS[scenario](folder / "start"), folder, points=points)
    assert {s.action.value for s in whole.plan.steps} >= {"rename"}
    return whole


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_rename_that_dies_at_any_call_is_ended_by_resume(folder: Path, scenario: str) -> None:
    whole = renamed(folder, scenario, points=True)
    world = whole.world.twin(folder / "crashed")
    for call, state in whole.points.items():
        world.restore(state)
        finish(world, whole.plan)
        where = whole.died_after(call)
        assert_as_if_nothing_had_happened(world, whole, where)
    world.close()
    whole.world.close()


@pytest.mark.parametrize("scenario", ["both"])
def test_the_nightly_run_between_crash_and_resume_harms_nothing(
    folder: Path, scenario: str
) -> None:
    """It works from what is released: the rename is begun wholly, or not at all."""
    whole = renamed(folder, scenario, points=True)
    world = whole.world.twin(folder / "crashed")
    for call, state in whole.points.items():
        world.restore(state)
        where = whole.died_after(call)
        _, results = world.reconcile()
        assert {r.outcome for r in results} <= {Outcome.DONE, Outcome.UNCHANGED}, where
        if leftovers(world.plan()):
            finish(world, whole.plan)
        elif world.open_runs():
            world.resume()
        assert_as_if_nothing_had_happened(world, whole, where)
    world.close()
    whole.world.close()


FAULTS: dict[str, tuple[BaseException, bool]] = {
    "unavailable": (Unavailable(DatabaseIsBusy(target="test")), False),
    "unknown, not carried out": (OutcomeUnknown(NoAnswerWhetherItWasWritten(target="test")), False),
    "unknown, carried out": (OutcomeUnknown(NoAnswerWhetherItWasWritten(target="test")), True),
    "killed, carried out": (Killed(), True),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", ["both"])
def test_a_fault_at_any_call_of_a_rename_is_ended_by_resume(
    folder: Path, scenario: str, fault: str
) -> None:
    whole = renamed(folder, scenario, points=False)
    whole.world.copy_state(folder / "begin")
    error, after = FAULTS[fault]
    world = whole.world.twin(folder / "faulty")
    calls = edges(whole.calls) if isinstance(error, Killed) else worth_failing(whole.calls)
    for call in calls:
        world.restore(folder / "begin")
        hazard = Hazard(call + 1, error, after=after)
        where = f"{fault} at call {call + 1}: {whole.calls[call]}"
        if isinstance(error, Killed):
            with pytest.raises(Killed):
                world.apply(whole.plan, hazard)
        else:
            world.apply(whole.plan, hazard)
        finish(world, whole.plan)
        assert_as_if_nothing_had_happened(world, whole, where)
    world.close()
    whole.world.close()


def test_the_ledger_and_the_history_go_along(folder: Path) -> None:
    whole = renamed(folder, "customer", points=False)
    before: dict[str, Any] = whole.world.content()
    for table in ("numbers", "orders", "intervals", "order_numbers"):
        moved = sorted((NEW, *row[1:]) for row in before[table])
        assert sorted(whole.end[table]) == moved, table
    assert before["submissions"] == whole.end["submissions"]
    whole.world.close()


def test_one_writer_for_both_ids(folder: Path) -> None:
    """Somebody who works on the customer under its old id is not overtaken, nor waited for."""
    world = customer(folder / "start")
    plan = world.plan()
    before = world.content()
    elsewhere = "another-host.example:4711:1"
    world.desk.acquire_lease(customer_id(OLD), holder=elsewhere, at=world.now(), seconds=60)
    (result,) = world.apply(plan)
    assert (result.outcome, result.error and result.error.code) == (Outcome.LOCKED, "PV531")
    assert world.content() == before
    world.desk.acquire_lease(customer_id(NEW), holder=elsewhere, at=world.now(), seconds=60)
    for each in (OLD, NEW):
        world.desk.release_lease(customer_id(each), holder=elsewhere)
    assert [r.outcome for r in world.apply(plan)] == [Outcome.DONE]
    assert world.rows("desk", "SELECT customer FROM leases") == []
    world.close()
