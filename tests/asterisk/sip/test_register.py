"""A phone registers with what the manifest says, and with nothing else (R15, R17, R19)."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from provisioner.drivers.asterisk.objects import Digests, digest
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
NUMBER = "+41525557000"
"""The first of the operator's stock."""
MUSTER = manifest(
    "Muster AG",
    numbers=[{"id": "main", "area": "052"}],
    workplaces=[
        workplace("anna", extension="21", number={"stock": "main"}),
        workplace("Beat.Keller", extension="12"),
        workplace("dora", extension="13", license="phones+apps", use="desk"),
        workplace("emil", extension="24"),
    ],
)
NACHBAR = manifest("Nachbar GmbH", workplaces=[workplace("anna", extension="21")])


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer("muster-ag", MUSTER)
    made.customer("nachbar", NACHBAR)
    made.apply(DAY)
    return made


def test_r19_the_right_password_registers(office: Workspace, sip: Sip) -> None:
    for login in ("anna", "Beat.Keller", "dora"):
        assert sip.register(office.phone("muster-ag", login)) == 200, login


def test_r15_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    office: Workspace, sip: Sip
) -> None:
    right = office.phone("muster-ag", "anna")
    assert sip.register(Phone(right.user, right.password[:-1])) == 401
    assert sip.register(Phone(right.user, "-looks-like-an-option")) == 401
    assert sip.register(Phone("muster-ag--nobody", right.password)) == 401
    assert sip.register(Phone(right.user, right.password)) == 200


def test_r15_the_same_login_of_another_customer_is_another_one(office: Workspace, sip: Sip) -> None:
    mine, theirs = office.phone("muster-ag", "anna"), office.phone("nachbar", "anna")
    assert mine.password != theirs.password
    assert sip.register(Phone(theirs.user, mine.password)) == 401
    assert sip.register(theirs) == 200


def test_r17_a_second_desk_phone_takes_the_place_of_the_first(office: Workspace, sip: Sip) -> None:
    first, second = office.phone("muster-ag", "anna"), office.phone("muster-ag", "anna")
    assert sip.register(first) == 200
    (contact,) = sip.bindings(second)
    assert f":{second.port}>" in contact
    with sip.answering(first) as left, sip.answering(second) as rings:
        assert sip.carrier_calls(NUMBER) == 200
    assert rings.rang
    assert not left.rang


def test_r17_with_apps_five_devices_register_and_all_ring(office: Workspace, sip: Sip) -> None:
    devices = [office.phone("muster-ag", "dora") for _ in range(6)]
    for device in devices[:5]:
        assert sip.register(device) == 200
    assert len(sip.bindings(devices[5])) == 5, "the sixth takes the place of the oldest"
    app = Phone(f"{devices[0].user}--app", devices[0].password)
    assert sip.register(app) == 200
    desk_only = office.phone("muster-ag", "anna")
    app = Phone(f"{desk_only.user}--app", desk_only.password)
    assert sip.register(app) == 401, "without that license there is no app"


def test_apps_of_an_earlier_version_register_until_the_next_password(
    office: Workspace, sip: Sip, started: Server
) -> None:
    """They gave the desk phone's user as theirs, and had no auth of their own."""
    desk = office.phone("muster-ag", "dora")
    app = Phone(f"{desk.user}--app", desk.password)
    former = Digests(digest(desk.user, desk.password)).fingerprint()
    started.delete("auth", app.user)
    started.write("endpoint", app.user, {"auth": desk.user})
    started.write("endpoint", desk.user, {"@secret": former})
    assert "nothing to do" in office.plan(DAY), "nobody has to do anything about them"
    assert sip.register(app, login=desk.user) == 200
    assert sip.register(app) == 401
    changed = deepcopy(MUSTER)
    changed["workplaces"][2]["password"] = {"generate": True, "generation": 2}
    office.customer("muster-ag", changed)
    office.apply(DAY)
    renewed = Phone(app.user, office.phone("muster-ag", "dora").password)
    assert sip.register(renewed) == 200
    assert sip.register(renewed, login=desk.user) == 401
    office.customer("muster-ag", MUSTER)
    office.apply(DAY)


def test_r14_the_password_changes_with_its_generation(office: Workspace, sip: Sip) -> None:
    old = office.phone("muster-ag", "emil")
    assert sip.register(old) == 200
    changed = deepcopy(MUSTER)
    changed["workplaces"][3]["password"] = {"generate": True, "generation": 2}
    office.customer("muster-ag", changed)
    office.apply(DAY)
    new = office.phone("muster-ag", "emil")
    assert new.password != old.password
    assert sip.register(old) == 401
    assert sip.register(new) == 200
    office.customer("muster-ag", MUSTER)
    office.apply(DAY)


def test_r15_a_workplace_that_is_deleted_is_nobody(
    office: Workspace, sip: Sip, started: Server
) -> None:
    gone, stays = office.phone("muster-ag", "emil"), office.phone("muster-ag", "anna")
    assert sip.register(gone) == 200
    assert sip.register(stays) == 200
    changed = deepcopy(MUSTER)
    del changed["workplaces"][3]
    office.customer("muster-ag", changed)
    office.apply(DAY)
    assert sip.register(gone) == 401
    assert sip.call(stays, "24") == 404
    assert not [key for key in started.rows("registrar") if gone.user in key]
    office.customer("muster-ag", MUSTER)
    office.apply(DAY)
    back = office.phone("muster-ag", "emil")
    assert sip.register(gone) == 401, "it comes back with a new password"
    assert sip.register(back) == 200
