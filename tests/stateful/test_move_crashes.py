"""Every point at which a number that moves between two customers can be caught half-way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.apply.events import Outcome
from provisioner.plan.model import Plan
from tests.stateful import samples
from tests.stateful.recording import Recording, assert_as_if_nothing_had_happened, recorded
from tests.stateful.world import World, leftovers

GIVER, TAKER = "cafe", "theke"
FIRST, SECOND, BLOCK = "0525557000", "0525557001", "052555701"


def _plain(name: str, *more: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return samples.manifest(name, workplaces=[samples.workplace(f"main.{name}"), *more], **parts)


def _line(name: str, stock: str, **more: Any) -> dict[str, Any]:
    return samples.workplace(name, number={"stock": stock, **more})


def _live(root: Path, **manifests: dict[str, Any]) -> World:
    world = World(root, samples.TODAY)
    for name, manifest in manifests.items():
        world.write(name, manifest)
        assert [r.outcome for r in world.apply(world.plan())] == [Outcome.DONE]
    return world


def single(root: Path) -> World:
    own = {"numbers": [{"id": "bar", "area": "052"}]}
    world = _live(root, cafe=_plain("cafe", _line("bar.cafe", "bar"), **own), theke=_plain("theke"))
    world.write(GIVER, _plain("cafe"))
    held = {"numbers": [{"id": "alt", "held": FIRST, "from": GIVER}]}
    world.write(TAKER, _plain("theke", _line("bar.theke", "alt"), **held))
    return world


def block(root: Path) -> World:
    own = {"numbers": [{"id": "ddi", "area": "052", "block": 10}]}
    lines = [_line(f"n{n}.cafe", "ddi", line=n) for n in (2, 3)]
    giver = _plain("cafe", _line("all.cafe", "ddi"), *lines, **own)
    world = _live(root, cafe=giver, theke=_plain("theke"))
    digits = world.rows("desk", "SELECT digits FROM numbers")[0][0]
    world.write(GIVER, _plain("cafe"))
    held = {"numbers": [{"id": "alt", "held": digits, "from": GIVER}]}
    lines = [_line(f"n{n}.theke", "alt", line=n) for n in (2, 4)]
    world.write(TAKER, _plain("theke", _line("all.theke", "alt"), *lines, **held))
    return world


def exchange(root: Path) -> World:
    def of(name: str, number: dict[str, Any]) -> dict[str, Any]:
        return _plain(name, _line(f"bar.{name}", "bar"), numbers=[{"id": "bar", **number}])

    world = _live(root, cafe=of("cafe", {"area": "052"}), theke=of("theke", {"area": "052"}))
    for name, digits, other in ((GIVER, SECOND, TAKER), (TAKER, FIRST, GIVER)):
        number = {"id": "neu", "held": digits, "from": other}
        world.write(name, _plain(name, _line(f"bar.{name}", "neu"), numbers=[number]))
    return world


def leaver(root: Path) -> World:
    world = single(root)
    world.remove(GIVER)
    world.allow(f"{GIVER}/customer", samples.TODAY.replace(year=2028))
    return world


def renamed_phone(root: Path) -> World:
    """At which it rang: the step told of the old name before, and of the new one after."""
    world = single(root)
    world.write(GIVER, _plain("cafe", samples.workplace("neu.cafe", was="bar.cafe")))
    return world


SCENARIOS: dict[str, Callable[[Path], World]] = {
    "single": single,
    "block": block,
    "exchange": exchange,
    "leaver": leaver,
    "renamed phone": renamed_phone,
}


def ringing(world: World) -> dict[str, str]:
    """Who is called at each number that rings."""
    found = world.rows("pbx", "SELECT key, fields, tenant FROM objects WHERE kind = 'route'")
    return {str(k): f"{t} {f}" for k, f, t in found}


def finish(world: World, whole: Recording, where: str) -> Plan:
    """Resume; what only one of the two had begun needs the approved plan once more.  The plan after
    that."""
    resumed = world.resume()
    good = {Outcome.DONE, Outcome.UNCHANGED, Outcome.REFUSED}
    assert {r.outcome for r in resumed} <= good, (where, resumed)
    plan = world.plan()
    if leftovers(plan) or world.open_runs():
        again = world.apply(whole.plan)
        assert {r.outcome for r in again} <= {Outcome.DONE, Outcome.UNCHANGED}, (where, again)
        plan = world.plan()
    return plan


def _reconciled(world: World, name: str) -> None:
    if name in map(str, world.desk.customers()):
        world.reconcile(only=name)


BETWEEN: dict[str, Callable[[World], object]] = {
    "resume": lambda _: None,
    "reconcile": lambda world: world.reconcile(),
    "reconcile giver": lambda world: _reconciled(world, GIVER),
    "reconcile taker": lambda world: _reconciled(world, TAKER),
}


WAYS = [(s, b) for s in SCENARIOS for b in BETWEEN if s != "block" or b in {"resume", "reconcile"}]
"""A block has three times the calls of a single number, and its halves are named there."""


@pytest.mark.parametrize(("scenario", "between"), WAYS)
def test_a_move_that_dies_at_any_call_is_ended_as_if_nothing_had_happened(
    folder: Path, scenario: str, between: str
) -> None:
    whole = recorded(SCENARIOS[scenario](folder / "start"), folder, points=True)
    assert {s.action.value for s in whole.plan.steps} >= {"move"}
    world = whole.world.twin(folder / "crashed")
    numbers = set(ringing(world))
    passing = numbers & {k for (k,) in whole.world.rows("desk", "SELECT digits FROM numbers")}
    for call, state in whole.points.items():
        world.restore(state)
        where = whole.died_after(call)
        BETWEEN[between](world)
        assert passing <= set(ringing(world)), where
        after = finish(world, whole, where)
        assert_as_if_nothing_had_happened(world, whole, where, after)
    world.close()
    whole.world.close()
