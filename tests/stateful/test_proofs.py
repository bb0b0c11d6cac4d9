"""What ends a proof: the plan with proofs is the one without, whatever has changed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import by_proofs
import pytest
from written import plan_json

from provisioner import operations
from provisioner.codes.systems import DatabaseIsBusy
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import Unavailable
from provisioner.operations import Applied
from provisioner.operations.proving import open_unproven, plan_beside_proofs
from provisioner.plan import proofs
from tests.stateful import samples
from tests.stateful.proven import (
    DAY,
    ENDS,
    EVERYBODY,
    HELD,
    SUPPORT,
    by_hand,
    customer,
    edit_config,
    holding,
    left_out,
    make,
)
from tests.stateful.world import CONFIG, Hazard, Killed, World


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


def _edited(world: World) -> None:
    world.write("anna", customer("anna", support_login=SUPPORT, premium_calls=True))


def _commented(world: World) -> None:
    path = world.root / "customers/bergnetz/anna.yaml"
    path.write_text(f"# a word\n{path.read_text()}")


def _renamed(world: World) -> None:
    world.remove("anna")
    world.write("anna-neu", customer("anna", support_login=SUPPORT, was="anna"))


def _at_two_resellers(world: World) -> None:
    shutil.copy(world.root / "customers/bergnetz/anna.yaml", world.root / "customers/limmat")


def _moved_to_another_reseller(world: World) -> None:
    path = world.root / "customers/bergnetz/anna.yaml"
    path.rename(world.root / "customers/limmat/anna.yaml")


def _also_in_the_wrong_place(world: World) -> None:
    shutil.copy(world.root / "customers/bergnetz/anna.yaml", world.root / "customers/anna.yaml")


def _broken(world: World) -> None:
    (world.root / "customers/bergnetz/anna.yaml").write_text("version: [")


def _claimed_by_a_new_one_that_is_broken(world: World) -> None:
    (world.root / "customers/bergnetz/eva.yaml").write_text("was: anna\nversion: [")


def _unread(world: World) -> None:
    folder = world.root / "customers/limmat"
    folder.rename(world.root / "aside")
    folder.symlink_to(world.root / "aside")


def _allowed_to_go(world: World) -> None:
    world.allow("anna/customer", samples.TODAY + 3 * DAY)


def _open_run(world: World) -> None:
    before = world.files["anna"]
    _edited(world)
    with pytest.raises(Killed):
        world.apply(world.plan(), Hazard(3))
    world.close()
    world.write("anna", before)


def _number_claimed_twice(world: World) -> None:
    world.write("eva", holding("eva", HELD))


def _block_around_a_number(world: World) -> None:
    world.write("eva", holding("eva", HELD[:-1]))


def _number_taken_over(world: World) -> None:
    world.write("eva", holding("eva", HELD, **{"from": "carl"}))


def _number_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD}', '{{}}', NULL"
    by_hand(world, "pbx", "DELETE FROM objects WHERE tenant = 'carl' AND kind = 'route'")
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def _a_range_of_somebody_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD[:-1]}', '{{}}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def _login_claimed_twice(world: World) -> None:
    place = samples.workplace("Main.Anna", number={"stock": "main"})
    eva = customer("eva", workplaces=[place])
    world.write("eva", eva)


def _support_of_another_reseller(world: World) -> None:
    eva = customer("eva", support_login=SUPPORT)
    world.write("eva", eva, "limmat")


def _support_of_the_same_reseller(world: World) -> None:
    world.write("eva", customer("eva", support_login=SUPPORT))


def _login_of_one_that_is_gone(world: World) -> None:
    """Live at a customer without a manifest, and claimed by one whose phones are off."""
    place = samples.workplace("main.dora", number={"stock": "main"})
    world.write("eva", customer("eva", workplaces=[place]))
    world.remove("dora")


def _drift_on_the_pbx(world: World) -> None:
    less = "json_set(fields, '$.license', 'phones')"
    where = "tenant = 'anna' AND kind = 'workplace'"
    by_hand(world, "pbx", f"UPDATE objects SET fields = {less} WHERE {where}")  # noqa: S608


def _row_that_is_none(world: World) -> None:
    where = "tenant = 'anna' AND kind = 'workplace'"
    by_hand(world, "pbx", f"UPDATE objects SET fields = '{{}}' WHERE {where}")  # noqa: S608


def _mark_lost(world: World) -> None:
    where = "tenant = 'anna' AND kind = 'workplace'"
    by_hand(world, "pbx", f"UPDATE objects SET owner = NULL WHERE {where}")  # noqa: S608


def _text_with_a_nul(world: World) -> None:
    where = "tenant = 'anna' AND kind = 'workplace'"
    by_hand(world, "pbx", f"UPDATE objects SET fields = fields || char(0, 65) WHERE {where}")  # noqa: S608


def _stranger_in_the_tenant(world: World) -> None:
    row = "'anna', 'workplace', 'hand', '{}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def _drift_at_the_desk(world: World) -> None:
    by_hand(world, "desk", "UPDATE accounts SET city = 'Bern' WHERE customer = 'anna'")


def _applied_lost(world: World) -> None:
    less = "json_remove(hashes, '$.tenant')"
    by_hand(world, "desk", f"UPDATE noted SET hashes = {less} WHERE customer = 'anna'")  # noqa: S608


def _number_type(world: World) -> None:
    by_hand(world, "desk", "UPDATE numbers SET size = '1x' WHERE customer = 'berta'")


LESS: dict[Callable[[World], None], int] = {
    _edited: 1,
    _commented: 1,
    _renamed: 1,
    _at_two_resellers: 1,
    _moved_to_another_reseller: 1,
    _also_in_the_wrong_place: 1,
    _broken: 1,
    _claimed_by_a_new_one_that_is_broken: 1,
    _unread: 1,
    _allowed_to_go: 1,
    _open_run: 1,
    _number_claimed_twice: 1,
    _block_around_a_number: 1,
    _number_taken_over: 1,
    _number_on_the_pbx: 1,
    _a_range_of_somebody_on_the_pbx: 1,
    _login_claimed_twice: 1,
    _support_of_another_reseller: 1,
    _support_of_the_same_reseller: 0,
    _login_of_one_that_is_gone: 1,
    _drift_on_the_pbx: 1,
    _row_that_is_none: 1,
    _mark_lost: 1,
    _text_with_a_nul: 1,
    _stranger_in_the_tenant: 1,
    _drift_at_the_desk: 1,
    _applied_lost: 1,
    _number_type: 1,
}
"""What happens, and of how many customers there is no proof any more."""


@pytest.mark.parametrize("happens", LESS, ids=lambda f: f.__name__.strip("_"))
def test_whoever_is_concerned_is_looked_at(world: World, happens: Callable[[World], None]) -> None:
    assert left_out(world) == EVERYBODY
    happens(world)
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


def test_another_version_proves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "__version__", "0.0.1")
    assert left_out(world) == 0


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
        (operations.apply, _renamed),
        (operations.apply, _broken),
        (operations.apply, _open_run),
        (operations.apply, _number_claimed_twice),
        (operations.apply, _drift_at_the_desk),
        (operations.reconcile, _edited),
        (operations.reconcile, _open_run),
        (operations.reconcile, _drift_at_the_desk),
    ],
    ids=lambda f: f.__name__.strip("_"),
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


def test_whoever_was_approved_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    same = world.pbx.fingerprints()
    _drift_on_the_pbx(world)
    monkeypatch.setattr(LocalPbx, "fingerprints", lambda *_args: same)
    with open_unproven(world.root, world.today, {"anna"}) as opened:
        found = operations.plan(opened, today=world.today).plan
    assert [c.customer for c in found.customers] == ["anna"]


def test_apply_makes_its_own_plan_whatever_is_proven(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = world.pbx.fingerprints()
    _drift_on_the_pbx(world)
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
