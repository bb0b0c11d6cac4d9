"""Someone works on the PBX itself (R16): declared fields are put back, all else is left alone."""

import hashlib
from collections.abc import Callable

import pytest

from provisioner.contract.resources import Kind
from tests.asterisk.server import ByHandOnAsterisk, Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
MUSTER = manifest(
    "Muster AG",
    numbers=[{"id": "main", "area": "052"}],
    workplaces=[
        workplace("anna", name="Anna Müller", extension="21", number={"stock": "main"}),
        workplace("beat", extension="12"),
    ],
)


@pytest.fixture
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer("muster-ag", MUSTER)
    made.apply(DAY)
    return made


def test_r16_a_password_set_by_hand_is_replaced_by_a_new_one(
    office: Workspace, sip: Sip, started: Server
) -> None:
    name = "muster-ag--beat"
    known = office.phone("muster-ag", "beat")
    by_hand = Phone(name, "secret-by-hand")
    hashed = hashlib.md5(f"{name}:asterisk:{by_hand.password}".encode()).hexdigest()  # noqa: S324 - as SIP has it
    started.write("auth", name, {"password_digest": f"MD5:{hashed}"})
    assert sip.register(by_hand) == 200
    assert sip.register(known) == 401

    shown = office.plan(DAY, code=2)
    assert "workplace beat" in shown
    assert "workplace anna" not in shown
    office.apply(DAY)
    assert sip.register(by_hand) == 401
    assert sip.register(known) == 401, "nobody knows whether that one is known to others too"
    assert sip.register(office.phone("muster-ag", "beat")) == 200
    assert "nothing to do" in office.plan(DAY)


def test_r16_only_declared_fields_are_repaired(
    office: Workspace, sip: Sip, started: Server
) -> None:
    name = "muster-ag--anna"
    started.write(
        "endpoint",
        name,
        {"callerid": '"Nobody" <99>', "device_state_busy_at": "1", "language": "de"},
    )
    started.set("did", "+41525557000", "muster-ag--beat")
    anna, beat = office.phone("muster-ag", "anna"), office.phone("muster-ag", "beat")
    assert sip.register(anna) == sip.register(beat) == 200
    with sip.answering(beat) as rings:
        assert sip.call(anna, "12") == 200
    assert rings.shown.startswith('"Nobody" <sip:99@')
    with sip.answering(beat) as rings:
        assert sip.carrier_calls("+41525557000") == 200
    assert rings.rang

    shown = office.plan(DAY, code=2)
    assert "0 to add, 2 to change, 0 to destroy" in shown
    office.apply(DAY)
    fields = started.fields("endpoint", name)
    assert fields is not None
    assert (fields["device_state_busy_at"], fields["language"]) == ("1", "de")
    with sip.answering(beat) as rings:
        assert sip.call(anna, "12") == 200
    assert rings.shown.startswith('"Anna Müller" <sip:21@')
    with sip.answering(anna) as rings:
        assert sip.carrier_calls("+41525557000") == 200
    assert rings.rang
    assert sip.register(anna) == 200, "the password has not changed"


def test_r16_foreign_endpoints_are_left_alone(office: Workspace, sip: Sip, started: Server) -> None:
    """Inside the customer and beside it: never changed, never listed as a delete."""
    by_hand = ByHandOnAsterisk(started)
    for login in ("door", "lift"):
        name = f"muster-ag--{login}"
        started.write("aor", name, {"max_contacts": "1"})
        started.write(
            "auth", name, {"auth_type": "userpass", "username": name, "password": "by-hand"}
        )
        fields = {"aors": name, "auth": name, "allow": "!all,alaw", "tenantid": "muster-ag"}
        started.write("endpoint", name, {**fields, "context": "from-workplace"})
    started.set("ext/muster-ag", "90", "muster-ag--door")
    started.write("aor", "receptionist", {"max_contacts": "1"})
    before = {n: started.fields("endpoint", n) for n in ("muster-ag--door", "muster-ag--lift")}

    assert "nothing to do" in office.plan(DAY)
    office.customer("muster-ag", {**MUSTER, "workplaces": MUSTER["workplaces"][:1]})
    shown = office.plan(DAY, code=2)
    assert "workplace beat" in shown
    assert "door" not in shown
    office.apply(DAY)
    after = {n: started.fields("endpoint", n) for n in before}
    assert after == before
    assert started.fields("aor", "receptionist") is not None
    door, anna = Phone("muster-ag--door", "by-hand"), office.phone("muster-ag", "anna")
    assert sip.register(door) == sip.register(anna) == 200
    with sip.answering(door) as rings:
        assert sip.call(anna, "90") == 200
    assert rings.rang
    assert by_hand.by_hand_look("muster-ag", Kind.WORKPLACE, "beat") is None


def test_r16_a_foreign_object_in_our_place_is_refused(
    office: Workspace, sip: Sip, started: Server
) -> None:
    name = "muster-ag--carl"
    started.write("aor", name, {"max_contacts": "1"})
    started.write("auth", name, {"auth_type": "userpass", "username": name, "password": "by-hand"})
    started.write("endpoint", name, {"aors": name, "auth": name, "allow": "!all,alaw"})
    carl = workplace("carl", extension="13")
    office.customer("muster-ag", {**MUSTER, "workplaces": [*MUSTER["workplaces"], carl]})
    shown = office.plan(DAY, code=3)
    assert "carl" in shown
    office.run("apply", "--at", DAY, "--auto-approve", code=3)
    assert sip.register(Phone(name, "by-hand")) == 200


def test_r16_deleted_by_hand_is_set_up_again(office: Workspace, sip: Sip, started: Server) -> None:
    name = "muster-ag--anna"
    for sort in ("endpoint", "auth", "aor"):
        started.delete(sort, name)
    assert sip.register(office.phone("muster-ag", "anna")) == 401
    assert sip.carrier_calls("+41525557000") == 480
    office.plan(DAY, code=2)
    office.apply(DAY)
    anna = office.phone("muster-ag", "anna")
    assert sip.register(anna) == 200
    with sip.answering(anna) as rings:
        assert sip.carrier_calls("+41525557000") == 200
    assert rings.rang
