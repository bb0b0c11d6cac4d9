"""What a plan says of coming days is what ``reconcile`` then does, and what ``billing`` prints."""

import tempfile
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from provisioner.telephony.porting import Event, PortingError
from tests.stateful import edits, samples, scenarios
from tests.stateful.ahead import comes_true
from tests.stateful.people import later, one_edit, small
from tests.stateful.samples import PRICES
from tests.stateful.world import CONFIG, World

change = st.one_of(one_edit, later)
edit = st.tuples(st.just("edit"), st.lists(change, min_size=1, max_size=4))
story = st.lists(
    st.one_of(
        edit,
        st.tuples(st.just("wait"), st.integers(1, 30)),
        st.tuples(st.just("reconcile"), st.none()),
        st.tuples(st.just("donor"), st.tuples(small, st.sampled_from(sorted(Event)))),
        st.tuples(st.just("allow"), st.integers(0, 120)),
        st.tuples(st.just("delete"), st.none()),
    ),
    max_size=6,
)


@settings(settings.get_profile("stateful"), max_examples=25)
@given(
    st.lists(later, max_size=3), story, st.lists(st.one_of(one_edit, later), min_size=1, max_size=5)
)
def test_the_days_of_a_plan_come_true(
    first: list[object], events: list[tuple[str, object]], last: list[object]
) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        world = World(folder / "world", samples.TODAY, {**CONFIG, "prices": PRICES})
        try:
            world.write("anna", samples.manifest("anna", numbers=[], porting=[]))
            for happening in (("edit", first), *events):
                _happen(world, *happening)
                world.apply(world.plan())
            _happen(world, "edit", last)
            days = comes_true(world, folder)
            event("days ahead", "none" if not days else "only prices" if days == 2 else "more")
        finally:
            world.close()


def _happen(world: World, what: str, how: object) -> None:
    match what, how:
        case "edit", list(changes) if "anna" in world.files:
            manifest = deepcopy(world.files["anna"])
            for change, a, b in changes:
                change(manifest, "anna", a, b, world.today)
            edits.tidy(manifest)
            world.write("anna", manifest)
        case "wait", int(days):
            world.today += timedelta(days=days)
        case "reconcile", _:
            world.reconcile()
        case "donor", (int(pick), Event() as answer):
            orders = scenarios.orders_of(world, "anna")
            with suppress(PortingError):
                if orders:
                    scenarios.move(world, orders[pick % len(orders)], answer)
        case "allow", int(days):
            world.allow("anna/customer", world.today + timedelta(days=days))
        case "delete", _ if "anna" in world.files:
            world.remove("anna")


def test_the_world_has_a_future(folder: Path) -> None:
    """So that nothing else is proved true of no day at all."""
    world = World(folder / "world", date(2027, 1, 11), {**CONFIG, "prices": PRICES})
    try:
        rich = samples.rich()
        rich["subscription"] |= {
            "activate_from": "2027-01-20",
            "billing_from": "2027-02-01",
            "ends_on": "2027-06-15",
        }
        world.write("rich", rich)
        world.allow("rich/customer", date(2027, 12, 31))
        assert comes_true(world, folder) >= 8
    finally:
        world.close()
