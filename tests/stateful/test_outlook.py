"""What a plan says of coming days is what ``reconcile`` then does, and what ``billing`` prints."""

import tempfile
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stateful import edits, samples
from tests.stateful.ahead import comes_true
from tests.stateful.samples import PRICES
from tests.stateful.world import CONFIG, World

one = st.tuples(st.sampled_from(edits.EDITS), st.integers(0, 9), st.integers(0, 9))
story = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.lists(one, min_size=1, max_size=4)),
        st.tuples(st.just("wait"), st.integers(1, 30)),
        st.tuples(st.just("reconcile"), st.none()),
        st.tuples(st.just("allow"), st.integers(0, 120)),
        st.tuples(st.just("delete"), st.none()),
    ),
    min_size=1,
    max_size=7,
)


@settings(settings.get_profile("stateful"), max_examples=25)
@given(story, st.lists(one, min_size=1, max_size=5))
def test_the_days_of_a_plan_come_true(events: list[tuple[str, object]], last: list[object]) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        world = World(folder / "world", samples.TODAY, {**CONFIG, "prices": PRICES})
        try:
            world.write("anna", samples.manifest("anna", numbers=[], porting=[]))
            for event in (*events, ("edit", last)):
                _happen(world, *event)
                world.apply(world.plan())
            _happen(world, "edit", last)
            comes_true(world, folder)
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
