"""Three runs that write everything there is to write: set up, change, take down."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from provisioner.contract.resources import Kind, PortingOrder
from provisioner.telephony.porting import Event
from tests.by_hand import ByHandLocal
from tests.stateful import samples
from tests.stateful.world import World, customer_id

AFTER_THE_PORT = date(2027, 3, 1)


def set_up(root: Path, sample: dict[str, Any], name: str) -> World:
    """Nothing is there yet."""
    world = World(root, samples.TODAY)
    world.write(name, sample)
    return world


def change(root: Path, sample: dict[str, Any], name: str) -> World:
    """The first port is through, people and numbers come and go."""
    world = applied(root, sample, name)
    orders = {o.key: o for o in orders_of(world, name)}
    for order in orders.values():
        move(world, order, Event.ACCEPT)
    world.today = AFTER_THE_PORT
    world.reconcile()
    move(world, orders["haupt/1"], Event.COMPLETE)
    if "haupt/2" in orders:
        move(world, orders["haupt/2"], Event.COMPLETE)
    edited = dict(world.files[name])
    edited["contact"] = {**edited["contact"], "city": "Bern", "company": "Neu AG"}
    edited["numbers"] = [n for n in edited["numbers"] if n["id"] == "ddi"]
    edited["numbers"].append({"id": "new", "area": "071"})
    *kept, gone = edited["porting"][0]["numbers"]
    edited["porting"] = [{**edited["porting"][0], "numbers": kept}]
    main = {"stock": "main"}
    places = [dict(w) for w in edited["workplaces"] if w.get("number") not in (main, gone)]
    places[0] |= {"license": "phones", "name": "Renamed"}
    places[0]["password"] = {"generate": True, "generation": 2}
    del places[-1]
    places.append(samples.workplace(f"late.{name}", number={"stock": "new"}))
    edited["workplaces"] = places
    world.write(name, edited)
    world.allow(f"{name}/stock/main", date(2027, 12, 31))
    world.allow(f"{name}/number/{gone}", date(2027, 12, 31))
    return world


def take_down(root: Path, sample: dict[str, Any], name: str) -> World:
    """The manifest is gone, and that was agreed; no order is with the donor any more."""
    world = applied(root, sample, name)
    for order in orders_of(world, name):
        move(world, order, Event.REJECT)
    world.allow(f"{name}/customer", date(2027, 12, 31))
    world.remove(name)
    return world


def take_over(root: Path, sample: dict[str, Any], name: str) -> World:
    """Everything stands on the PBX, set up by hand, with a number that the customer has."""
    world = set_up(root, sample, name)
    held = {"id": "old", "held": "0445550600"}
    places = [*sample["workplaces"], samples.workplace(f"old.{name}", number={"stock": "old"})]
    world.write(name, {**sample, "numbers": [*sample["numbers"], held], "workplaces": places})
    ByHandLocal(world.pbx).by_hand_add(name, Kind.TENANT, "tenant", name="By hand", theme="dark")
    hand = ByHandLocal(world.pbx)
    for place in places:
        login = str(place["login"])
        hand.by_hand_add(name, Kind.WORKPLACE, login, license="phones", ring="loud")
    hand.by_hand_add(name, Kind.ADMIN, sample["admin"]["login"])
    ByHandLocal(world.pbx).by_hand_add(
        name, Kind.ROUTE, "0445550600", target=str(places[0]["login"])
    )
    world.adopt(f"{name}/all")
    return world


SCENARIOS: dict[str, Callable[[Path, dict[str, Any], str], World]] = {
    "set_up": set_up,
    "change": change,
    "take_over": take_over,
    "take_down": take_down,
}


def applied(root: Path, sample: dict[str, Any], name: str) -> World:
    """A world in which ``sample`` is live."""
    world = set_up(root, sample, name)
    results = world.apply(world.plan())
    assert [r.outcome for r in results] == ["done"]
    return world


def orders_of(world: World, name: str) -> list[PortingOrder]:
    customer = customer_id(name)
    state = world.desk.read([customer])[customer]
    return [o for o in state.objects if isinstance(o, PortingOrder)]


def move(world: World, order: PortingOrder, event: Event, **more: Any) -> None:
    """What the desk's staff enter."""
    key = f"staff {event} {order.customer} {order.key} {world.today} {more}"
    world.desk.move(order, event, today=world.today, who="R. Frei", why="e-mail", key=key, **more)
