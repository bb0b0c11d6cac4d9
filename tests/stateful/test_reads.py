"""Unknown is not empty: whatever a read does not bring, nothing is planned to go."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from provisioner import operations
from provisioner.plan.model import Status
from provisioner.telephony.porting import Event, State
from tests.stateful import samples, scenarios
from tests.stateful.blindness import WAYS, blind, taking
from tests.stateful.test_move_crashes import FIRST, single
from tests.stateful.world import World

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
