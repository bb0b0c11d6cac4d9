"""What happens to customers of whom all is proven, and of how many it is proven no more."""

import shutil
from collections.abc import Callable

import by_proofs
import pytest

from tests.stateful import samples
from tests.stateful.proven import (
    DAY,
    HELD,
    SUPPORT,
    by_hand,
    customer,
    holding,
)
from tests.stateful.world import Hazard, Killed, World

PHONES = "tenant = 'anna' AND kind = 'workplace'"
"""Rows of the PBX, for SQL."""


def edited(world: World) -> None:
    world.write("anna", customer("anna", support_login=SUPPORT, premium_calls=True))


def commented(world: World) -> None:
    path = world.root / "customers/bergnetz/anna.yaml"
    path.write_text(f"# a word\n{path.read_text()}")


def renamed(world: World) -> None:
    world.remove("anna")
    world.write("anna-neu", customer("anna", support_login=SUPPORT, was="anna"))


def at_two_resellers(world: World) -> None:
    shutil.copy(world.root / "customers/bergnetz/anna.yaml", world.root / "customers/limmat")


def moved_to_another_reseller(world: World) -> None:
    path = world.root / "customers/bergnetz/anna.yaml"
    path.rename(world.root / "customers/limmat/anna.yaml")


def also_in_the_wrong_place(world: World) -> None:
    shutil.copy(world.root / "customers/bergnetz/anna.yaml", world.root / "customers/anna.yaml")


def broken(world: World) -> None:
    (world.root / "customers/bergnetz/anna.yaml").write_text("version: [")


def claimed_by_a_new_one_that_is_broken(world: World) -> None:
    (world.root / "customers/bergnetz/eva.yaml").write_text("was: anna\nversion: [")


def unread(world: World) -> None:
    folder = world.root / "customers/limmat"
    folder.rename(world.root / "aside")
    folder.symlink_to(world.root / "aside")


def allowed_to_go(world: World) -> None:
    world.allow("anna/customer", samples.TODAY + 3 * DAY)


def open_run(world: World) -> None:
    before = world.files["anna"]
    edited(world)
    with pytest.raises(Killed):
        world.apply(world.plan(), Hazard(3))
    world.close()
    world.write("anna", before)


def number_claimed_twice(world: World) -> None:
    world.write("eva", holding("eva", HELD))


def block_around_a_number(world: World) -> None:
    world.write("eva", holding("eva", HELD[:-1]))


def number_taken_over(world: World) -> None:
    world.write("eva", holding("eva", HELD, **{"from": "carl"}))


def number_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD}', '{{}}', NULL"
    by_hand(world, "pbx", "DELETE FROM objects WHERE tenant = 'carl' AND kind = 'route'")
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def a_range_of_somebody_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD[:-1]}', '{{}}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def a_longer_number_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD}1234567', '{{}}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def a_number_and_more_on_the_pbx(world: World) -> None:
    row = f"'nobody', 'route', '{HELD}x', '{{}}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def phone_that_is_live_at_somebody(world: World) -> None:
    """Nobody has written it there, so it stays, and whoever names it cannot have it."""
    phone = {"model": "snom-d785", "mac": "000413000001"}
    more = "json_set(fields, '$.phone', 'snom-d785 000413000001')"
    where = "tenant = 'carl' AND kind = 'workplace'"
    by_hand(world, "pbx", f"UPDATE objects SET fields = {more} WHERE {where}")  # noqa: S608
    by_proofs.prove(world.root, world.pbx, world.desk, world.today)
    place = samples.workplace("main.eva", number={"stock": "main"}, phone=phone)
    world.write("eva", customer("eva", workplaces=[place]))


def login_claimed_twice(world: World) -> None:
    place = samples.workplace("Main.Anna", number={"stock": "main"})
    eva = customer("eva", workplaces=[place])
    world.write("eva", eva)


def doubled(fields: str) -> str:
    mine = f"SELECT 'berta', kind, key, {fields}, owner FROM objects"  # noqa: S608
    return f"INSERT INTO objects (tenant, kind, key, fields, owner) {mine} WHERE {PHONES}"


def login_doubled_by_hand(world: World) -> None:
    by_hand(world, "pbx", doubled("fields"))


def login_doubled_where_it_cannot_be_read(world: World) -> None:
    by_hand(world, "pbx", doubled("'['"))


def support_of_another_reseller(world: World) -> None:
    eva = customer("eva", support_login=SUPPORT)
    world.write("eva", eva, "limmat")


def support_of_the_same_reseller(world: World) -> None:
    world.write("eva", customer("eva", support_login=SUPPORT))


def login_of_one_that_is_gone(world: World) -> None:
    """Live at a customer without a manifest, and claimed by one whose phones are off."""
    place = samples.workplace("main.dora", number={"stock": "main"})
    world.write("eva", customer("eva", workplaces=[place]))
    world.remove("dora")


def drift_on_the_pbx(world: World) -> None:
    less = "json_set(fields, '$.license', 'phones')"
    by_hand(world, "pbx", f"UPDATE objects SET fields = {less} WHERE {PHONES}")  # noqa: S608


def row_that_is_none(world: World) -> None:
    by_hand(world, "pbx", f"UPDATE objects SET fields = '{{}}' WHERE {PHONES}")  # noqa: S608


def mark_lost(world: World) -> None:
    by_hand(world, "pbx", f"UPDATE objects SET owner = NULL WHERE {PHONES}")  # noqa: S608


def text_with_a_nul(world: World) -> None:
    by_hand(world, "pbx", f"UPDATE objects SET fields = fields || char(0, 65) WHERE {PHONES}")  # noqa: S608


def stranger_in_the_tenant(world: World) -> None:
    row = "'anna', 'workplace', 'hand', '{}', NULL"
    by_hand(world, "pbx", f"INSERT INTO objects (tenant, kind, key, fields, owner) VALUES ({row})")  # noqa: S608


def drift_at_the_desk(world: World) -> None:
    by_hand(world, "desk", "UPDATE accounts SET city = 'Bern' WHERE customer = 'anna'")


def applied_lost(world: World) -> None:
    less = "json_remove(hashes, '$.tenant')"
    by_hand(world, "desk", f"UPDATE noted SET hashes = {less} WHERE customer = 'anna'")  # noqa: S608


def number_type(world: World) -> None:
    by_hand(world, "desk", "UPDATE numbers SET size = '1x' WHERE customer = 'berta'")


LESS: dict[Callable[[World], None], int] = {
    edited: 1,
    commented: 1,
    renamed: 1,
    at_two_resellers: 1,
    moved_to_another_reseller: 1,
    also_in_the_wrong_place: 1,
    broken: 1,
    claimed_by_a_new_one_that_is_broken: 1,
    unread: 1,
    allowed_to_go: 1,
    open_run: 1,
    number_claimed_twice: 1,
    block_around_a_number: 1,
    number_taken_over: 1,
    number_on_the_pbx: 1,
    a_range_of_somebody_on_the_pbx: 1,
    a_longer_number_on_the_pbx: 1,
    a_number_and_more_on_the_pbx: 1,
    phone_that_is_live_at_somebody: 1,
    login_claimed_twice: 1,
    login_doubled_by_hand: 2,
    login_doubled_where_it_cannot_be_read: 1,
    support_of_another_reseller: 1,
    support_of_the_same_reseller: 0,
    login_of_one_that_is_gone: 1,
    drift_on_the_pbx: 1,
    row_that_is_none: 1,
    mark_lost: 1,
    text_with_a_nul: 1,
    stranger_in_the_tenant: 1,
    drift_at_the_desk: 1,
    applied_lost: 1,
    number_type: 1,
}
"""What happens, and of how many customers there is no proof any more."""
