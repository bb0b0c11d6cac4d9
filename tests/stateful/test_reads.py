"""Unknown is not empty: whatever a read does not bring, nothing is planned to go."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from provisioner import operations
from provisioner.contract.resources import Kind
from provisioner.plan.model import Status
from provisioner.telephony.porting import Event, State
from tests.by_hand import ByHandLocal
from tests.stateful import samples, scenarios
from tests.stateful.blindness import WAYS, blind, taking
from tests.stateful.test_move_crashes import FIRST, single
from tests.stateful.world import World, leftovers

STAGES = ("set up", "accepted", "activating", "completed")
PORT_DATE = date(2027, 2, 26)


@pytest.mark.parametrize("stage", STAGES)
def test_a_faulty_read_plans_no_delete(folder: Path, stage: str) -> None:
    world = at_stage(folder, stage)
    for way in WAYS:
        pbx, desk = blind(world, way)
        seen = replace(world.opened(), pbx=pbx, desk=desk)
        plan = operations.plan(seen, today=world.today).plan
        assert not taking(plan), way
    world.close()


@pytest.mark.parametrize(("giver", "only"), [("cafe", ("theke",)), ("nowhere", ())])
def test_a_number_passes_while_the_desk_cannot_be_read(
    folder: Path, giver: str, only: tuple[str, ...]
) -> None:
    """Each customer is told as unknown; no plan at all was made."""
    world = single(folder)
    held = [{"id": "alt", "held": FIRST, "from": giver}]
    world.write("theke", samples.manifest("theke", numbers=held))
    pbx, desk = blind(world, "desk down")
    seen = replace(world.opened(), pbx=pbx, desk=desk)
    plan = operations.plan(seen, only, today=world.today).plan
    told = [(c.customer, c.status) for c in plan.customers]
    assert told == [("cafe", Status.UNKNOWN), ("theke", Status.UNKNOWN)]
    world.close()


def test_r19_a_phone_stays_where_a_number_rings_on(folder: Path) -> None:
    """The number waits for its entry; without its route the phone seemed to be in nobody's way."""
    world = a_number_waits(folder)
    for way in WAYS:
        pbx, desk = blind(world, way)
        seen = replace(world.opened(), pbx=pbx, desk=desk)
        assert not taking(operations.plan(seen, today=world.today).plan), way
    world.close()


def test_r19_it_stays_until_the_number_goes(folder: Path) -> None:
    """Also if the route is really gone: a run that released before could not be read back."""
    world = a_number_waits(folder)
    (digits,) = (r[2] for r in world.content()["pbx"] if r[1] == Kind.ROUTE)
    ByHandLocal(world.pbx).by_hand_delete("anna", Kind.ROUTE, digits)
    for _ in range(2):
        plan = world.plan()
        waits = {h.step.id for c in plan.customers for h in c.held}
        assert {"stock_number/n0:delete", "workplace/main.anna:delete"} <= waits
        assert all(r.outcome in {"done", "unchanged"} for r in world.apply(plan))
    assert [note[2] for note in world.content()["noted"] if note[1] == Kind.ROUTE] == ["stock:n0"]
    world.allow("anna/stock/n0", world.today)
    assert [r.outcome for r in world.apply(world.plan())] == ["done"]
    assert leftovers(world.plan()) == []
    left = world.content()
    assert [r[2] for r in left["pbx"] if r[1] == Kind.WORKPLACE] == ["a.anna"]
    assert [note for note in left["noted"] if note[1] == Kind.ROUTE] == []
    world.close()


def a_number_waits(folder: Path) -> World:
    """It and the phone at which it rings are in the manifest no longer."""
    world = World(folder, samples.TODAY)
    places = [samples.workplace("main.anna", number={"stock": "n0"}), samples.workplace("a.anna")]
    numbers = [{"id": "n0", "area": "052"}]
    world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=places))
    world.apply(world.plan())
    world.write("anna", samples.manifest("anna", workplaces=places[1:]))
    return world


def test_r11_nothing_goes_while_a_cancelled_order_is_not_brought(folder: Path) -> None:
    """It no longer counted as applied, so without it the customer's numbers were given up."""
    world = at_stage(folder, "accepted")
    world.allow("small/customer", world.today + timedelta(days=30))
    world.remove("small")
    world.apply(world.plan())
    (order,) = scenarios.orders_of(world, "small")
    assert order.progress.state is State.CANCEL_PENDING
    for way in WAYS:
        pbx, desk = blind(world, way)
        seen = replace(world.opened(), pbx=pbx, desk=desk)
        assert not taking(operations.plan(seen, today=world.today).plan), way
    world.close()


def at_stage(root: Path, stage: str) -> World:
    """The port of the sample has come so far, and everything is as desired."""
    world = scenarios.applied(root, samples.small(), "small")
    (order,) = scenarios.orders_of(world, "small")
    if stage != "set up":
        scenarios.move(world, order, Event.ACCEPT)
    if stage in {"activating", "completed"}:
        world.today = PORT_DATE
        world.reconcile()
    if stage == "completed":
        scenarios.move(world, order, Event.COMPLETE)
        world.reconcile()
    assert not world.plan().steps
    return world
