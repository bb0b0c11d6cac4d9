"""What ends a proof: the plan with proofs is the one without, whatever has changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import by_proofs
import pytest
from written import plan_json

from provisioner import operations
from provisioner.codes.systems import DatabaseIsBusy, LoginTaken
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import Refused, Unavailable
from provisioner.operations import Applied, planning
from provisioner.operations.proving import open_unproven, plan_beside_proofs
from provisioner.plan import proofs
from tests.stateful import samples
from tests.stateful.happenings import (
    LESS,
    broken,
    drift_at_the_desk,
    drift_on_the_pbx,
    edited,
    number_claimed_twice,
    open_run,
    renamed,
)
from tests.stateful.proven import (
    DAY,
    ENDS,
    EVERYBODY,
    HELD,
    SUPPORT,
    by_hand,
    customer,
    edit_config,
    left_out,
    make,
)
from tests.stateful.world import CONFIG, Hazard, World


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = make(tmp_path_factory.mktemp("made"))
    yield world
    world.close()


@pytest.fixture
def world(made: World, folder: Path) -> Iterator[World]:
    twin = made.twin(folder)
    yield twin
    twin.close()


@pytest.mark.parametrize("happens", LESS, ids=lambda f: f.__name__)
def test_whoever_is_concerned_is_looked_at(world: World, happens: Callable[[World], None]) -> None:
    assert left_out(world) == EVERYBODY
    happens(world)
    assert left_out(world) == EVERYBODY - LESS[happens]


@pytest.mark.parametrize("happens", LESS, ids=lambda f: f.__name__)
def test_a_rest_of_several_ranges_is_planned_for_as_a_whole_fleet(
    world: World, happens: Callable[[World], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(world)
    made = planning.planner
    monkeypatch.setattr(planning, "planner", lambda *a, **k: replace(made(*a, **k), at_once=1))
    assert left_out(world) == EVERYBODY - LESS[happens]


@pytest.mark.parametrize(
    "changes",
    [
        {"prices": samples.PRICES},
        {"porting": {"canton": "BE"}},
        {"porting": {**CONFIG["porting"], "closed_days": ["2027-12-24"]}},
        {"brakes": {"deletes": {"count": "3", "percent": "5"}}},
        {"numbers": {**CONFIG["numbers"], "stock": ["0525557", "0445557"]}},
        {"calls": {"simultaneous": "3", "international": "1"}},
        {"login_scope": "customer"},
        {"pbx": {"driver": "local", "path": "state/../state/pbx.sqlite"}},
    ],
    ids=str,
)
def test_other_settings_prove_nothing(world: World, changes: dict[str, Any]) -> None:
    assert left_out(world) == EVERYBODY
    edit_config(world, **changes)
    world.close()
    assert left_out(world) == 0


def test_limits_of_a_customer_are_looked_at_with_it(world: World) -> None:
    edit_config(world, calls={"customers": {"anna": {"simultaneous": "3"}}})
    world.close()
    by_proofs.prove(world.root, world.pbx, world.desk, world.today)
    assert left_out(world) == EVERYBODY - 1


def test_who_lies_in_the_folder_of_no_reseller_is_looked_at(world: World) -> None:
    """Reconcile goes by what was released, so it has nothing to say of the folder."""
    edit_config(world, resellers={"bergnetz": {"name": "Bergnetz GmbH"}})
    world.close()
    world.reconcile()
    assert left_out(world) == EVERYBODY - 1


def test_another_version_proves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "__version__", "0.0.1")
    assert left_out(world) == 0


def test_other_knowledge_of_numbers_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which foreign numbers there are changes with each version of what knows them."""
    versions = {"holidays": version("holidays"), "phonenumberslite": "0"}
    monkeypatch.setattr(proofs, "version", versions.__getitem__)
    proofs._knowledge.cache_clear()
    assert left_out(world) == 0
    proofs._knowledge.cache_clear()


def test_a_proof_counts_from_its_day_until_something_comes(world: World) -> None:
    for day, less in ((-DAY, EVERYBODY), (ENDS - world.today, 0), (ENDS + DAY - world.today, 1)):
        world.today += day
        assert left_out(world) == EVERYBODY - less
        world.today -= day


def test_a_read_that_fails_or_brings_less_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> None:
        raise Unavailable(DatabaseIsBusy(target="x"))

    for system in (LocalPbx, SqlDesk):
        whole = system.fingerprints
        with monkeypatch.context() as broken:
            broken.setattr(system, "fingerprints", fails)
            with pytest.raises(Unavailable):
                left_out(world)
            less = dict(whole(getattr(world, "pbx" if system is LocalPbx else "desk")))
            del less["anna"]
            broken.setattr(system, "fingerprints", lambda *_args, less=less: less)
            assert left_out(world) == EVERYBODY - 1


@pytest.mark.parametrize(
    ("run", "happens"),
    [
        (operations.apply, renamed),
        (operations.apply, broken),
        (operations.apply, open_run),
        (operations.apply, number_claimed_twice),
        (operations.apply, drift_at_the_desk),
        (operations.reconcile, edited),
        (operations.reconcile, open_run),
        (operations.reconcile, drift_at_the_desk),
    ],
    ids=lambda f: f.__name__,
)
def test_a_run_does_the_same_beside_proofs(
    world: World, tmp_path: Path, happens: Callable[[World], None], run: Callable[..., Applied]
) -> None:
    happens(world)
    world.copy_state(tmp_path)
    agreed: dict[str, Any] = {"today": world.today, "agree": lambda _plan: True}
    with open_unproven(world.root, world.today) as opened:
        assert len(opened.proven) == EVERYBODY - LESS[happens]
        short, after = run(opened, runner=world.runner(), **agreed), world.content()
    world.restore(tmp_path)
    full = run(world.opened(), runner=world.runner(), **agreed)
    assert short.plan
    assert full.plan
    assert plan_json(short.plan) == plan_json(full.plan)
    assert list(map(str, short.results)) == list(map(str, full.results))
    assert after == world.content()


def _login_taken_over_while_the_edit_of_the_other_waits(world: World) -> set[str]:
    """Of whom nothing is proven then.  Somebody deleted the phone by hand."""
    place = samples.workplace("main.berta", number={"stock": "main"})
    shared = samples.workplace("reception")
    world.write("berta", customer("berta", workplaces=[place, shared]), "limmat")
    world.apply(world.plan())
    by_hand(world, "pbx", "DELETE FROM objects WHERE key = 'reception'")
    world.write("berta", customer("berta"), "limmat")
    place = samples.workplace("main.anna", number={"stock": "main"})
    world.write("anna", customer("anna", workplaces=[place, shared], support_login=SUPPORT))
    assert {r.outcome for r in world.apply(world.plan(), only="anna")} == {"done"}
    return {"berta"}


def _phone_taken_over_while_the_edit_of_the_other_waits(world: World) -> set[str]:
    """It was to come with the activation."""
    phone = {"model": "snom-d785", "mac": "000413000001"}
    term = {"billing_from": (day := (world.today + DAY).isoformat()), "activate_from": day}
    place = samples.workplace("main.eva", number={"stock": "main"}, phone=phone)
    world.write("eva", customer("eva", subscription=term, workplaces=[place]))
    world.apply(world.plan())
    world.write("eva", customer("eva", subscription=term))
    place = samples.workplace("main.anna", number={"stock": "main"}, phone=phone)
    world.write("anna", customer("anna", workplaces=[place], support_login=SUPPORT))
    assert {r.outcome for r in world.apply(world.plan(), only="anna")} == {"done"}
    world.today += DAY
    return {"anna"}


def _move_that_failed_and_is_written_no_more(world: World) -> set[str]:
    before = dict(world.files)
    numbers = [{"id": "main", "area": "052"}, {"id": "own", "held": HELD, "from": "carl"}]
    world.write("dora", {**before["dora"], "numbers": numbers})
    place = samples.workplace("main.carl", number={"stock": "new"})
    new = [{"id": "new", "area": "052"}]
    world.write("carl", customer("carl", numbers=new, workplaces=[place]))
    refused = Refused(LoginTaken(login="x", kind="workplace", taken="x"))
    world.apply(world.plan(), Hazard(3, refused))
    for name in ("carl", "dora"):
        world.write(name, before[name])
    return {"carl", "dora"}


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_login_taken_over_while_the_edit_of_the_other_waits, "PV455"),
        (_phone_taken_over_while_the_edit_of_the_other_waits, "PV809"),
        (_move_that_failed_and_is_written_no_more, "PV414"),
    ],
    ids=lambda f: getattr(f, "__name__", "").strip("_"),
)
def test_reconcile_goes_by_what_was_released(
    world: World, happens: Callable[[World], set[str]], code: str
) -> None:
    less = happens(world)
    agreed: dict[str, Any] = {"today": world.today, "runner": world.runner()}
    operations.apply(world.opened(), **agreed)  # nobody agrees, so it only proves
    with open_unproven(world.root, world.today) as opened:
        assert {*map(str, opened.proven)} == {"anna", "berta", "carl", "dora"} - less
        short = operations.reconcile(opened, **agreed).plan
    full = operations.reconcile(world.opened(), **agreed).plan
    assert short
    assert full
    assert code in {d.code for c in full.customers for d in c.diagnostics}
    assert plan_json(short) == plan_json(full)


def test_whoever_was_approved_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    same = world.pbx.fingerprints()
    drift_on_the_pbx(world)
    monkeypatch.setattr(LocalPbx, "fingerprints", lambda *_args: same)
    with open_unproven(world.root, world.today, {"anna"}) as opened:
        found = operations.plan(opened, today=world.today).plan
    assert [c.customer for c in found.customers] == ["anna"]


def test_apply_makes_its_own_plan_whatever_is_proven(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = world.pbx.fingerprints()
    drift_on_the_pbx(world)
    monkeypatch.setattr(LocalPbx, "fingerprints", lambda *_args: same)
    deceived = plan_beside_proofs(world.root, world.pbx, world.desk, today=world.today)
    assert deceived
    assert deceived.plan.steps == ()
    agreed = {"runner": world.runner(), "agree": lambda _plan: True}
    found = operations.apply(world.opened(), today=world.today, **agreed)
    assert [(r.customer, r.outcome) for r in found.results] == [("anna", "done")]


def test_an_upgrade_is_proven_by_the_next_run_over_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "__version__", "0.0.1")
    world.reconcile()
    assert left_out(world) == EVERYBODY


def test_a_customer_that_left_leaves_no_proof(world: World) -> None:
    world.allow("anna/customer", samples.TODAY + 3 * DAY)
    world.remove("anna")
    world.apply(world.plan())
    assert {str(p.customer) for p in by_proofs.proofs(world.desk)} == {"berta", "carl", "dora"}
    assert left_out(world) == EVERYBODY - 1
