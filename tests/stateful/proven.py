"""Customers of whom all is proven, and what is done to them behind the back of the tool."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import by_proofs

from tests.stateful import samples
from tests.stateful.world import CONFIG, World

DAY = timedelta(days=1)
ENDS = samples.TODAY + 40 * DAY
HELD = "0615559000"
SUPPORT = {"login": "bergnetz.support"}
EVERYBODY = 4


def customer(name: str, **parts: Any) -> dict[str, Any]:
    """With a number of the stock, so that nothing is asked."""
    place = samples.workplace(f"main.{name}", number={"stock": "main"})
    return samples.manifest(
        name, **{"numbers": [{"id": "main", "area": "052"}], "workplaces": [place], **parts}
    )


def holding(name: str, number: str, **more: Any) -> dict[str, Any]:
    return customer(name, numbers=[{"id": "main", "held": number, **more}])


def make(root: Path) -> World:
    """Four customers, each of which is through."""
    world = World(root, samples.TODAY, {**CONFIG, "prices": samples.PRICES[:1]})
    world.write("anna", customer("anna", support_login=SUPPORT))
    world.write("berta", customer("berta"), "limmat")
    world.write("carl", holding("carl", HELD))
    term = {"billing_from": samples.TODAY.isoformat(), "ends_on": ENDS.isoformat()}
    world.write("dora", customer("dora", subscription=term))
    assert {r.outcome for r in world.apply(world.plan())} == {"done"}
    return world


def left_out(world: World) -> int:
    """How many nobody looked at again; the plan is the same."""
    return by_proofs.same_plan(world.root, world.pbx, world.desk, world.today)


def by_hand(world: World, system: str, statement: str) -> None:
    db = sqlite3.connect(world.root / "state" / f"{system}.sqlite")
    with db:
        assert db.execute(statement).rowcount == 1
    db.close()


def edit_config(world: World, **changes: Any) -> None:
    path = world.root / "provision.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
