"""What a phone, an app or the carrier sends is input: none of it leads a call elsewhere."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import SECONDS, Phone, Sip, SipError
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
HERE = "127.0.0.1:{port}"
SHELL = "%24%7BSHELL(touch%20{file})%7D"
CONTACTS = {
    "another customer's phone": "<sip:x&PJSIP/nachbar--boss&PJSIP/z@HERE>",
    "another customer's phone, encoded": "<sip:x%26PJSIP%2Fnachbar--boss%26PJSIP%2Fz@HERE>",
    "a parameter": "<sip:x@HERE;a=b&PJSIP/nachbar--boss>",
    "a comma": "<sip:x,60,gL(1)@HERE>",
    "a pipe": "<sip:x%7C60%7Cg@HERE>",
    "a second @": "<sip:x%40y@HERE>",
    "a channel of another kind": "<sip:x&Local/+41441112233%40outside&PJSIP/z@HERE>",
    "a function": "<sip:SHELL@HERE>",
    "an expression": "<sip:%24%5B1+1%5D@HERE>",
    "quotes": "<sip:x%22=%22@HERE>",
    "a line break, encoded": "<sip:x%0d%0aRoute:%20%3csip:127.0.0.2%3e@HERE>",
    "an address in an address": "<sip:sip:x%40127.0.0.2@HERE>",
    "another place, by maddr": "<sip:+41441112233@HERE;maddr=127.0.0.2>",
    "another place, by MADDR": "<sip:+41441112233@HERE;x=y;MADDR=127.0.0.2>",
    "headers": "<sip:x@HERE?Route=%3Csip:127.0.0.2%3E>",
    "no user": "<sip:@HERE>",
    "a very long one": f"<sip:{'x' * 700}&PJSIP/nachbar--boss@HERE>",
    "a name": '"x" & "PJSIP/nachbar--boss" <sip:x&PJSIP/nachbar--boss@HERE>',
}

UNANSWERED = {CONTACTS[name] for name in ("a line break, encoded", "no user", "a name")}
"""Asterisk takes them for no SIP at all: the less is waited for an answer."""


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer(
        "muster-ag",
        manifest(
            "Muster AG",
            numbers=[{"id": "main", "area": "052"}],
            workplaces=[
                workplace("anna", extension="21", number={"stock": "main"}),
                {"login": "beat", "license": "phones+apps", "extension": "22"},
            ],
        ),
    )
    made.customer("nachbar", manifest("Nachbar GmbH", workplaces=[workplace("boss")]))
    made.apply(DAY)
    return made


@pytest.fixture
def anna(office: Workspace) -> Phone:
    return office.phone("muster-ag", "anna")


@pytest.fixture
def boss(office: Workspace, sip: Sip) -> Phone:
    found = office.phone("nachbar", "boss")
    assert sip.register(found) == 200
    return found


def devices(office: Workspace, count: int) -> list[Phone]:
    """So many devices of one workplace."""
    own = office.phone("muster-ag", "beat")
    return [Phone(own.user, own.password) for _ in range(count)]


def forget(started: Server, name: str) -> None:
    """Nothing is registered there any more."""
    for key in started.rows("registrar"):
        if f"/{name};@" in f"/{key}":
            started.unset("registrar", key)


def made_up(contact: str, phone: Phone, file: Path) -> str:
    shell = SHELL.format(file=file)
    return contact.replace("HERE", HERE.format(port=phone.port)).replace("SHELL", shell)


def told_of(office: Workspace, login: str) -> dict[str, Any]:
    """What status tells of a workplace."""
    told = office.run("status", "muster-ag", "--workplaces", "--format", "json")
    rows = json.JSONDecoder().raw_decode(told[told.index("{") :])[0]["workplaces"]
    found: dict[str, Any] = next(row for row in rows if row["login"] == login)
    return found


@pytest.mark.parametrize("contact", CONTACTS.values(), ids=CONTACTS)
def test_a_contact_leads_nowhere_else(
    sip: Sip, started: Server, office: Workspace, anna: Phone, boss: Phone, contact: str
) -> None:
    """Neither to another customer's phone nor to the carrier, and nothing runs."""
    file = office.root / "ran"
    callers = devices(office, 1)[0]
    attacker = Phone(anna.user, anna.password)
    forget(started, anna.user)
    try:
        with suppress(SipError):  # what is no SIP at all is refused with 400 or not answered
            patience = 5 if contact in UNANSWERED else SECONDS
            sip.register(attacker, contact=made_up(contact, attacker, file), patience=patience)
        others = sip.answering(boss), sip.carrier_answering()
        with others[0] as other, others[1] as outside, sip.ringing(attacker) as own:
            assert sip.call(callers, "21") in {480, 486}, "nobody, or the attacker's own phone"
        told = told_of(office, "anna")
        assert told["phones"] == own.rang, "status knows which of them ring"
        assert told["devices"] == told["phones"] + told["refused"]
        assert not other.rang
        assert not outside.rang
        assert not file.exists()
    finally:
        forget(started, anna.user)


def test_one_bad_contact_does_not_silence_the_others(
    sip: Sip, started: Server, office: Workspace, anna: Phone, boss: Phone
) -> None:
    forget(started, "muster-ag--beat")
    good, bad, late = devices(office, 3)
    assert sip.register(good) == 200
    sip.register(bad, contact=made_up(CONTACTS["another customer's phone"], bad, Path("x")))
    assert sip.register(late) == 200
    with sip.ringing(good) as one, sip.ringing(late) as two, sip.answering(boss) as other:
        assert sip.call(anna, "22") == 486
    assert one.rang
    assert two.rang
    assert not other.rang
    told = office.run("status", "muster-ag")
    assert re.search(r"^beat .* 2 phones only, 1 that no call rings$", told, re.MULTILINE), told
    assert "PV660" in told
    assert "muster-ag--beat" in told
    assert "PJSIP" not in told


def test_five_devices_of_one_workplace_all_ring(
    sip: Sip, started: Server, office: Workspace, anna: Phone
) -> None:
    forget(started, "muster-ag--beat")
    five = devices(office, 5)
    contacts = (
        "<sip:{user}@{at}>",
        "<sip:{user}@{at};transport=udp;line=ey8dfk29>",
        '"Beat" <sip:{user}-0x5581c0@{at};ob>;+sip.instance="<urn:uuid:1>"',
        "<sip:{user}@{at};rinstance=ab12_c;q=[1]>",
        "<sip:{user}~2@{at};transport=UDP>",
    )
    for device, contact in zip(five, contacts, strict=True):
        at = HERE.format(port=device.port)
        assert sip.register(device, contact=contact.format(user=device.user, at=at)) == 200
    with ExitStack() as stack:
        rings = [stack.enter_context(sip.ringing(device)) for device in five]
        assert sip.call(anna, "22") == 486
    assert [each.rang for each in rings] == [True] * 5


@pytest.mark.parametrize(
    ("desk", "app"), [(True, False), (False, True), (True, True)], ids=["desk", "app", "both"]
)
def test_desk_and_app_ring(
    sip: Sip, started: Server, office: Workspace, anna: Phone, *, desk: bool, app: bool
) -> None:
    """Whichever of the two is on. The app is played by a SIP client: what counts is who rings."""
    for name in ("muster-ag--beat", "muster-ag--beat--app"):
        forget(started, name)
    phone = devices(office, 1)[0]
    browser = Phone(f"{phone.user}--app", phone.password)
    if desk:
        assert sip.register(phone) == 200
    if app:
        assert sip.register(browser) == 200
    with sip.ringing(phone) as one, sip.ringing(browser) as two:
        assert sip.call(anna, "22") == 486
    assert (one.rang, two.rang) == (desk, app)


@pytest.mark.parametrize(
    "called",
    [
        "+41441112233&PJSIP/nachbar--boss",
        "0441112233%26PJSIP/nachbar--boss",
        "00441112233,60,g",
        "+1%7C60",
        "22&PJSIP/nachbar--boss",
        "22%2C1",
        "2%24%7BEXTEN%7D",
        "+4%24%5B1+1%5D",
        "%22%3D%22%22",
        "22%0d%0aRoute:x",
        "Local/22%40dialled",
        "h",
    ],
)
def test_what_is_called_is_digits(sip: Sip, anna: Phone, boss: Phone, called: str) -> None:
    assert sip.register(anna) == 200
    with sip.answering(boss) as other, sip.carrier_answering() as outside:
        assert sip.call(anna, called) in {400, 404}
        assert sip.carrier_calls(called) in {400, 404}
    assert not other.rang
    assert not outside.rang


@pytest.mark.parametrize(
    "shown",
    [
        '"Chef" <sip:99@127.0.0.1>',
        '"x${SHELL(true)}" <sip:muster-ag--beat@127.0.0.1>',
    ],
)
def test_inside_nobody_gives_himself_a_name(
    sip: Sip, office: Workspace, anna: Phone, shown: str
) -> None:
    """Beat has no name: his phone cannot make one up for the others to see."""
    beat = devices(office, 1)[0]
    assert sip.register(anna) == 200
    with sip.answering(anna) as rings:
        assert sip.call(beat, "21", shown=shown, more="Diversion: <sip:+41900123456@x>") == 200
    assert "Chef" not in rings.shown
    assert "SHELL" not in rings.shown
    assert rings.shown.startswith('"" <sip:22@') or rings.shown.startswith("<sip:22@")
    assert not rings.header("Diversion")


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        ('"Muster" <sip:+41441112233@carrier.example>', '"Muster" <sip:+41441112233@'),
        ('"a&b,c${EXTEN}" <sip:+41441112233@carrier.example>', "<sip:+41441112233@"),
        ("<sip:x&PJSIP/nachbar--boss@carrier.example>", "sip:"),
    ],
)
def test_who_calls_from_outside_is_a_number(
    sip: Sip, office: Workspace, anna: Phone, boss: Phone, shown: str, seen: str
) -> None:
    main = next(
        "+41" + line.replace(" ", "")[1:10]
        for line in office.run("status", "muster-ag").splitlines()
        if "stock, main" in line
    )
    assert sip.register(anna) == 200
    with sip.answering(anna) as rings, sip.answering(boss) as other:
        assert sip.carrier_calls(main, shown=shown, more="Diversion: <sip:a&b@x>") == 200
    assert seen in rings.shown
    assert "PJSIP" not in rings.shown
    assert not rings.header("Diversion")
    assert not other.rang
