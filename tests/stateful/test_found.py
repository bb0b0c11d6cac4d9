"""What the other tests here once found, each as short as it can be."""

from datetime import timedelta
from pathlib import Path

import pytest

from provisioner.contract.resources import Kind
from provisioner.drivers.local import LocalPbx
from provisioner.operations.planning import planner, selected
from provisioner.plan.foreseen import Foreseen, Rules
from provisioner.plan.model import Plan
from provisioner.telephony.porting import Event, State
from tests.by_hand import ByHandLocal
from tests.stateful import samples, scenarios
from tests.stateful.ahead import announced, lived_through
from tests.stateful.commands import run_here
from tests.stateful.world import CONFIG, Hazard, Killed, World, leftovers

AT = ("--at", samples.TODAY.isoformat())


def test_a_caller_id_that_is_allocated_by_the_same_plan_is_set(folder: Path) -> None:
    """R12: before and after were both "no digits", so a second run was needed."""
    world = World(folder, samples.TODAY)
    manifest = samples.manifest("anna", numbers=[])
    world.write("anna", manifest)
    world.apply(world.plan())
    place = samples.workplace("main.anna", number={"stock": "n0"})
    numbers = [{"id": "n0", "area": "052"}]
    world.write("anna", {**manifest, "numbers": numbers, "workplaces": [place]})
    results = world.apply(world.plan())
    assert [r.outcome for r in results] == ["done"]
    assert leftovers(world.plan()) == []
    world.close()


def test_a_customer_that_is_only_in_the_journal_is_resumed_by_the_command(folder: Path) -> None:
    """Killed after its release was deleted: neither a manifest nor a release names it."""
    world = scenarios.take_down(folder, samples.small(), "small")
    plan = world.plan()
    kill(world, plan, "delete release/release")
    assert world.open_runs() == 1
    assert run_here(folder, "apply", *AT, "--resume") == 0
    assert world.open_runs() == 0
    world.close()


def test_r10_a_split_port_is_finished_after_a_crash_between_its_orders(folder: Path) -> None:
    """The second order was taken for numbers added to one under way (PV245)."""
    world = scenarios.set_up(folder, samples.rich(), "rich")
    plan = world.plan()
    kill(world, plan, "put porting_order/haupt/1")
    assert run_here(folder, "apply", *AT, "--resume") == 0
    assert leftovers(world.plan()) == []
    assert {o.key for o in scenarios.orders_of(world, "rich")} == {
        "filiale/1",
        "haupt/1",
        "haupt/2",
    }
    world.close()


def test_what_waits_as_a_move_and_for_reconcile_as_a_deletion_is_told_today(folder: Path) -> None:
    """It was told of the next day on which prices change, and waited from today on."""
    world = World(folder, samples.TODAY, {**CONFIG, "prices": samples.PRICES})
    world.write("anna", samples.manifest("anna", numbers=[{"id": "n0", "area": "052"}]))
    world.write("bert", samples.manifest("bert"))
    world.apply(world.plan())
    ((digits,),) = world.rows("desk", "SELECT digits FROM numbers")
    ends = {"billing_from": samples.TODAY.isoformat(), "ends_on": samples.TODAY.isoformat()}
    world.write("anna", samples.manifest("anna", subscription=ends))
    world.apply(world.plan())
    world.today += timedelta(days=5)
    world.apply(world.plan())
    taken = [{"id": "m", "held": digits, "from": "anna"}]
    world.write("bert", samples.manifest("bert", numbers=taken))
    plan = announced(world)
    anna = next(c for c in plan.customers if c.customer == "anna")
    assert "stock_number/n0:move" in {h.step.id for h in anna.held}
    told = {h.step.id: day.on for day in anna.days for h in day.held}
    assert told["stock_number/n0:delete"] == world.today
    assert lived_through(world, plan) > 0
    world.close()


def test_r2_the_end_after_something_was_deleted_by_hand(folder: Path) -> None:
    """It still counted as applied, so a PBX that rightly held nothing more was taken for lost."""
    world = World(folder, samples.TODAY)
    places = [samples.workplace("main.anna"), samples.workplace("side.anna")]
    ends = {"billing_from": samples.TODAY.isoformat(), "ends_on": samples.TODAY.isoformat()}
    world.write("anna", samples.manifest("anna", workplaces=places, subscription=ends))
    world.apply(world.plan())
    ByHandLocal(world.pbx).by_hand_delete("anna", Kind.WORKPLACE, "side.anna")
    world.today += timedelta(days=5)
    world.allow("anna/customer", world.today)
    assert [r.outcome for r in world.apply(world.plan())] == ["done"]
    assert leftovers(world.plan()) == []
    world.close()


def test_r2_what_pbx_empty_acknowledges_is_not_asked_again(folder: Path) -> None:
    """Nothing was to be done, so nothing was noted, and the next plan stopped there again."""
    world = World(folder, samples.TODAY)
    ends = {"billing_from": samples.TODAY.isoformat(), "ends_on": samples.TODAY.isoformat()}
    world.write("anna", samples.manifest("anna", subscription=ends))
    world.apply(world.plan())
    world.today += timedelta(days=5)
    world.apply(world.plan())
    for kind, key in ((Kind.WORKPLACE, "main.anna"), (Kind.TENANT, "tenant")):
        ByHandLocal(world.pbx).by_hand_delete("anna", kind, key)
    world.close()
    at = ("--at", world.today.isoformat())
    assert run_here(folder, "plan", *at) == 1
    assert run_here(folder, "apply", *at, "--auto-approve", "--acknowledge", "pbx-empty") == 0
    assert run_here(folder, "plan", *at, "--detailed-exitcode") == 0


def test_a_pbx_is_told_of_a_run_that_is_resumed_with_nothing_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it keeps of a write that did not end goes with the end of the run."""
    world = World(folder, samples.TODAY)
    place = samples.workplace("main.anna", number={"stock": "n0"})
    manifest = samples.manifest("anna", numbers=[{"id": "n0", "area": "052"}], workplaces=[place])
    world.write("anna", manifest)
    world.apply(world.plan())
    del place["number"]
    world.write("anna", manifest)
    kill(world, world.plan(), "put route/stock:n0")
    begun: list[str] = []
    monkeypatch.setattr(LocalPbx, "begin", lambda _, customer: begun.append(str(customer)))
    assert [r.done for r in world.resume()] == [()]
    assert {*begun} == {"anna"}
    world.close()


def test_a_field_that_is_declared_no_longer_counts_as_applied_no_longer(folder: Path) -> None:
    """It did until the next step at its object, or a crash."""
    world = World(folder, samples.TODAY)
    place = samples.workplace("main.anna", extension="22")
    manifest = samples.manifest("anna", workplaces=[place])
    world.write("anna", manifest)
    world.apply(world.plan())
    del place["extension"]
    world.write("anna", manifest)
    world.apply(world.plan())
    (noted,) = [note[3] for note in world.content()["noted"] if note[1] == Kind.WORKPLACE]
    assert sorted(noted) == ["credential", "license"]
    world.close()


def test_an_end_is_resumed_though_a_route_had_been_deleted_by_hand(folder: Path) -> None:
    """Its note stayed, so what the run had emptied was taken for a PBX that was lost."""
    world = World(folder, samples.TODAY)
    numbers = [{"id": "n0", "area": "052"}, {"id": "n1", "area": "052"}]
    world.write("anna", samples.manifest("anna", numbers=numbers))
    world.apply(world.plan())
    digits, _ = sorted(r[2] for r in world.content()["pbx"] if r[1] == Kind.ROUTE)
    for kind, key in ((Kind.ROUTE, digits), (Kind.TENANT, "tenant")):
        ByHandLocal(world.pbx).by_hand_delete("anna", kind, key)
    world.remove("anna")
    world.allow("anna/customer", world.today)
    kill(world, world.plan(), "settle release/release:delete")
    world.resume()
    assert world.open_runs() == 0
    assert leftovers(world.plan()) == []
    world.close()


def test_r10_a_cancelled_port_is_asked_for_again_after_a_crash(folder: Path) -> None:
    """The run that died was to write it down only, since no day was agreed: nobody asked again."""
    world = World(folder, samples.TODAY)
    open_day = {"schedule": {"when": "asap", "time": "09:00"}}
    porting = [samples.porting("haupt", "", numbers=["0525551300"], **open_day)]
    place = samples.workplace("main.anna", number="0525551300")
    asked = samples.manifest("anna", porting=porting, workplaces=[place])
    for manifest in (asked, samples.manifest("anna")):
        world.write("anna", manifest)
        world.apply(world.plan())
    (order,) = scenarios.orders_of(world, "anna")
    assert order.progress.state is State.CANCELLED
    world.write("anna", asked)
    kill(world, world.plan(), "put workplace/main.anna")
    world.resume()
    (order,) = scenarios.orders_of(world, "anna")
    assert order.progress.state is State.DRAFT
    assert leftovers(world.plan()) == []
    world.close()


def test_a_note_goes_along_with_a_phone_whose_rename_died_half_way(folder: Path) -> None:
    """It was forgotten, so nobody knew any more that its caller ID had been taken back."""
    world = World(folder, samples.TODAY)
    numbers = [{"id": "n0", "area": "052"}]
    for more in ({"number": {"stock": "n0"}}, {}):
        place = samples.workplace("main.anna", **more)
        world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=[place]))
        world.apply(world.plan())
    place = samples.workplace("new.anna", was="main.anna")
    world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=[place]))
    twin = world.twin(folder / "twin")
    twin.apply(twin.plan())
    kill(world, world.plan(), "rename_login workplace/new.anna")
    world.resume()
    assert world.content()["noted"] == twin.content()["noted"]
    twin.close()
    world.close()


def test_a_number_rings_at_a_renamed_phone_that_was_deleted_by_hand(folder: Path) -> None:
    """Its route still led to the old login, and was planned once the run was over."""
    world = World(folder, samples.TODAY)
    numbers = [{"id": "n0", "area": "052"}]
    place = samples.workplace("main.anna", number={"stock": "n0"})
    world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=[place]))
    world.apply(world.plan())
    ByHandLocal(world.pbx).by_hand_delete("anna", Kind.WORKPLACE, "main.anna")
    place.update(login="new.anna", was="main.anna")
    world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=[place]))
    assert [r.outcome for r in world.apply(world.plan())] == ["done"]
    assert leftovers(world.plan()) == []
    world.close()


def test_what_was_deleted_by_hand_stays_so_while_its_customer_waits_to_go(folder: Path) -> None:
    """It counted as applied no longer, so `reconcile` made it anew, which nobody had announced."""
    world = World(folder, samples.TODAY)
    porting = [samples.porting("p1", "2027-02-26", numbers=["0525551300"])]
    support = {"login": "support.login.anna"}
    world.write("anna", samples.manifest("anna", porting=porting, support_login=support))
    world.apply(world.plan())
    ByHandLocal(world.pbx).by_hand_delete("anna", Kind.SUPPORT, "support.login.anna")
    world.remove("anna")
    world.allow("anna/customer", samples.TODAY)
    plan = announced(world)
    assert [s.id for s in plan.steps] == ["porting_order/p1/1:cancel"]
    world.apply(plan)
    found, _ = world.reconcile()
    assert [(h.step.id, h.code) for c in found.customers for h in c.held if not c.steps] == [
        ("support_login/support.login.anna:create", "PV425")
    ]
    world.close()


def kill(world: World, plan: Plan, call: str) -> None:
    """Let the run die right after ``call``."""
    twin = world.twin(world.root / "twin")
    quiet = Hazard()
    twin.apply(plan, quiet)
    twin.close()
    try:
        world.apply(plan, Hazard(1 + quiet.seen.index(call), after=True))
    except Killed:
        world.close()
    else:
        raise AssertionError(call)


def test_r2_reconcile_takes_the_last_of_what_was_deleted_by_hand(folder: Path) -> None:
    """The run had emptied the PBX itself, and ended as "not read back"."""
    world = World(folder, samples.TODAY)
    porting = [samples.porting("haupt", "2027-02-26", numbers=["0525551300"])]
    place = samples.workplace("main.anna", number="0525551300")
    world.write("anna", samples.manifest("anna", porting=porting, workplaces=[place]))
    world.apply(world.plan())
    (order,) = scenarios.orders_of(world, "anna")
    scenarios.move(world, order, Event.ACCEPT)
    world.today = scenarios.AFTER_THE_PORT
    world.reconcile()
    (order,) = scenarios.orders_of(world, "anna")
    scenarios.move(world, order, Event.COMPLETE)
    routes = [r[2] for r in world.content()["pbx"] if r[1] == Kind.ROUTE]
    assert len(routes) == 2
    gone = [
        (Kind.ROUTE, "0525551300"),
        (Kind.WORKPLACE, "main.anna"),
        (Kind.TENANT, "tenant"),
    ]
    for kind, key in gone:
        ByHandLocal(world.pbx).by_hand_delete("anna", kind, key)
    found, results = world.reconcile()
    assert [s.id for c in found.customers for s in c.steps if s.kind is Kind.ROUTE]
    assert [r.outcome for r in results] == ["done"]
    assert world.open_runs() == 0
    at = ("--at", world.today.isoformat())
    world.close()
    assert run_here(folder, "plan", *at) == 1
    assert run_here(folder, "apply", *at, "--auto-approve", "--acknowledge", "pbx-empty") == 0
    assert run_here(folder, "plan", *at, "--detailed-exitcode") == 0


def test_a_route_that_was_deleted_by_hand_counts_as_applied_no_longer(folder: Path) -> None:
    """Beside one that was to go it did until the next run, but not after a crash."""
    world = World(folder, samples.TODAY)
    numbers = [{"id": "n0", "area": "052"}, {"id": "n1", "area": "052"}]
    places = [samples.workplace(f"p{n}.anna", number={"stock": f"n{n}"}) for n in range(2)]
    world.write("anna", samples.manifest("anna", numbers=numbers, workplaces=places))
    world.apply(world.plan())
    _, digits = sorted(r[2] for r in world.content()["pbx"] if r[1] == Kind.ROUTE)
    ByHandLocal(world.pbx).by_hand_delete("anna", Kind.ROUTE, digits)
    for place in places:
        del place["number"]
    world.write("anna", samples.manifest("anna", numbers=[], workplaces=places))
    for name in ("n0", "n1"):
        world.allow(f"anna/stock/{name}", world.today)
    expected = foreseen_notes(world)
    assert [r.outcome for r in world.apply(world.plan())] == ["done"]
    notes = {(note[1], note[2]) for note in world.content()["noted"]}
    assert notes == expected, "so the days to come are told as they will be"
    assert [key for kind, key in notes if kind == Kind.ROUTE] == []
    world.close()


def foreseen_notes(world: World) -> set[tuple[str, str]]:
    """What counts as applied to anna once her plan is carried out."""
    opened = world.opened()
    config = opened.workspace.config.porting
    planning = planner(opened, world.today)
    (part,) = planning.together(selected(opened, ["anna"]).subjects).values()
    assert part.seen
    after = Foreseen(part.seen, Rules(config.days(), config.require_poa))
    after.carry_out(part, world.today)
    return {(str(kind), key) for kind, key in after.live.desk.applied}
