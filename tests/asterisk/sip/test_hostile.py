"""Attacks that a SIP stack would not let one try: what is called, from where, and who rings."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from provisioner.drivers.asterisk.config import MOST
from tests.asterisk.server import Server
from tests.asterisk.sip.raw import BROWSER, PATIENCE, Address, RawPhone, address, header
from tests.asterisk.sip.sip import free_port
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
PREMIUM = "+41900123456"
HIDDEN = '"Anonymous" <sip:anonymous@anonymous.invalid>'
Make = Callable[..., RawPhone]


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    """Nobody may call abroad or premium numbers."""
    made = fresh()
    made.configure(calls={"simultaneous": "100", "international": "0"})
    number = [{"id": "main", "area": "052"}]
    anna = workplace("anna", extension="21", number={"stock": "main"})
    apps = {"login": "beat", "license": "phones+apps", "extension": "22"}
    muster = [anna, apps, workplace("none", extension="24")]
    made.customer("muster-ag", manifest("Muster AG", numbers=number, workplaces=muster))
    boss = workplace("boss", extension="31", number={"stock": "main"})
    made.customer("nachbar", manifest("Nachbar GmbH", numbers=number, workplaces=[boss]))
    made.apply(DAY)
    return made


@pytest.fixture
def outside(started: Server) -> Address:
    return address(started.env["ASTERISK_CARRIER"])


@pytest.fixture
def phone(office: Workspace, started: Server) -> Iterator[Make]:
    """``CUSTOMER/LOGIN``, or somebody without a password; nothing is registered at first."""
    for key in started.rows("registrar"):
        started.unset("registrar", key)
    server = address(started.env["ASTERISK_SIP"])
    with ExitStack() as stack:

        def make(
            who: str = "",
            ip: str = "127.0.0.1",
            port: int = 0,
            *,
            app: bool = False,
            **more: object,
        ) -> RawPhone:
            own = office.phone(*who.split("/")) if who else None
            user = f"{own.user}--app" if own and app else own.user if own else ""
            login = {"user": user, "password": own.password} if own else {}
            place = ip, port or free_port(ip)
            made = RawPhone(server, place, **login, **more)  # type: ignore[arg-type]
            return stack.enter_context(made)

        yield make


@pytest.fixture
def carrier(phone: Make, outside: Address) -> RawPhone:
    return phone(ip=outside[0], port=outside[1])


def number_of(started: Server, endpoint: str) -> str:
    return next(number for number, leads in started.rows("did").items() if leads == endpoint)


def two_contacts(evil: RawPhone, second: str) -> None:
    """Asterisk replaces the address of the first by where it came from, and of that alone."""
    assert evil.register(f"<sip:x@{evil.ip}:{evil.port}>;expires=0", f"<{second}>") == 200


# Contacts


@pytest.mark.parametrize("user", [PREMIUM, "112", "+4915112345678", "muster-ag--none", "x"])
def test_a_second_contact_does_not_call_the_carrier(
    phone: Make, carrier: RawPhone, user: str
) -> None:
    evil, anna = phone("muster-ag/none"), phone("muster-ag/anna")
    two_contacts(evil, f"sip:{user}@{carrier.ip}:{carrier.port}")
    assert anna.call("24") == 480
    assert not carrier.invites


def test_nobody_is_billed_for_another_customers_contact(
    phone: Make, carrier: RawPhone, started: Server
) -> None:
    evil, boss = phone("muster-ag/anna"), phone("nachbar/boss")
    two_contacts(evil, f"sip:{PREMIUM}@{carrier.ip}:{carrier.port}")
    assert boss.call(number_of(started, "muster-ag--anna")) == 480
    assert not carrier.invites


@pytest.mark.parametrize("user", ["x", "nachbar--boss", "41441112233"])
@pytest.mark.parametrize("rest", ["", ";transport=udp", ";transport=ws", ";x=y;transport=ws"])
def test_a_second_contact_does_not_ring_at_another_customers(
    phone: Make, user: str, rest: str
) -> None:
    boss, evil, anna = phone("nachbar/boss"), phone("muster-ag/none"), phone("muster-ag/anna")
    boss.register()
    two_contacts(evil, f"sip:{user}@{boss.ip}:{boss.port}{rest}")
    anna.call("24")
    assert not boss.invites


@pytest.mark.parametrize("name", ["maddr", "%6daddr", "%256daddr", "%25256daddr", "x;%256Daddr"])
def test_no_spelling_of_maddr_leads_elsewhere(phone: Make, outside: Address, name: str) -> None:
    """The phone chooses its own port, so also that of the carrier."""
    carrier = phone(ip=outside[0], port=outside[1])
    evil, anna = phone("muster-ag/none", "127.0.0.7", outside[1]), phone("muster-ag/anna")
    for user in (PREMIUM, evil.user):
        evil.register(f"<sip:{user}@{evil.ip}:{evil.port};{name}={outside[0]}>")
        anna.call("24")
    assert not carrier.invites


def test_long_contacts_do_not_silence_the_others(phone: Make) -> None:
    honest, anna = phone("muster-ag/beat"), phone("muster-ag/anna")
    long = [phone("muster-ag/beat") for _ in range(4)]
    for each in long:
        own = f"sip:{each.user}@{each.ip}:{each.port}"
        assert each.register(f"<{own};x={'y' * 380}>") == 200
    assert honest.register() == 200
    assert anna.call("22") == 486
    assert len(honest.invites) == 1
    assert not any(each.invites for each in long)


def test_devices_that_add_to_their_user_ring(phone: Make) -> None:
    """As some phones do, to tell their accounts apart."""
    anna, beat = phone("muster-ag/anna"), phone("muster-ag/beat")
    beat.register(f"<sip:{beat.user}-0x5581c0@{beat.ip}:{beat.port};ob;line=a1>")
    assert anna.call("22") == 486
    assert len(beat.invites) == 1


# Who calls


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.5"])
def test_a_name_makes_nobody_the_carrier(phone: Make, started: Server, ip: str) -> None:
    anna, stranger = phone("muster-ag/anna"), phone(ip=ip)
    anna.register()
    number = number_of(started, "muster-ag--anna")
    assert stranger.call(number, caller='"Kantonspolizei" <sip:trunk@h>') == 401
    assert not anna.invites


def test_who_calls_himself_the_carrier_reaches_112(phone: Make, carrier: RawPhone) -> None:
    assert phone("muster-ag/none").call("112", caller="<sip:trunk@h>") == 486
    assert len(carrier.invites) == 1


@pytest.mark.parametrize("caller", [HIDDEN, "<sip:trunk@h>", "<sip:muster-ag--boss@h>"])
def test_an_app_that_hides_its_user_calls(phone: Make, carrier: RawPhone, caller: str) -> None:
    """By its user it is told from the desk phone, which cannot talk to a browser."""
    app, anna = phone("muster-ag/beat", app=True, offer=BROWSER), phone("muster-ag/anna")
    assert anna.register() == 200
    assert [app.call(number, caller=caller) for number in ("112", "21")] == [486, 486]
    assert (len(carrier.invites), len(anna.invites)) == (1, 1)


@pytest.mark.parametrize("name", ["x\x1b[31m", "a\rEvil: 1", 'quote\\"', "${SHELL(id)}"])
def test_the_name_from_outside_is_plain_text(
    phone: Make, carrier: RawPhone, started: Server, name: str
) -> None:
    anna = phone("muster-ag/anna")
    anna.register()
    carrier.call(number_of(started, "muster-ag--anna"), caller=f'"{name}" <sip:+41441112233@c>')
    shown = header(anna.invites[0], "From")
    assert re.fullmatch(r'("[^"\\\x00-\x1f]*" )?<sip:\+41441112233@.*', shown), shown


# What is called


@pytest.mark.parametrize(
    "dialled",
    [
        *("+41+900123456", "0041+900123456", "+410+0900123456", "+41+49301234567", "0+900123456"),
        *("+4149301234567", "+4100493012345", "+41811", "+411811", "+4190012345", "00410900123456"),
        *("+0900123456", "000900123456", "+0041900123456", "00041900123456", "+41+525557000"),
    ],
)
def test_what_is_no_number_goes_nowhere(phone: Make, carrier: RawPhone, dialled: str) -> None:
    assert phone("muster-ag/anna").call(dialled) in {403, 404}
    assert not carrier.invites


@pytest.mark.parametrize("login", ["anna", "none"])
@pytest.mark.parametrize(
    "dialled",
    [
        *("112#", "112%23", "*31#112", "#31#112", "*31%23112", "00112", "+112", "+410112"),
        *("00410112", "0112#", "112;phone-context=+41", "112;isub=1", "144;user=phone"),
    ],
)
def test_whoever_dials_for_help_in_a_hurry_is_put_through(
    phone: Make, carrier: RawPhone, login: str, dialled: str
) -> None:
    assert phone(f"muster-ag/{login}").call(dialled) == 486
    (invite,) = carrier.invites
    assert re.match(r"INVITE sip:1(12|44)@", invite)


def test_one_password_does_not_tie_up_all_lines(phone: Make, carrier: RawPhone) -> None:
    """And from the same phone 112 goes through, however many calls it has."""
    rung = threading.Event()
    anna, evil = phone("muster-ag/anna", hold=rung), phone("muster-ag/none")
    anna.register()
    found: list[int] = []
    calls = [
        threading.Thread(target=lambda: found.append(evil.call("21"))) for _ in range(MOST + 5)
    ]
    for each in calls:
        each.start()
    until = time.monotonic() + PATIENCE
    while len(anna.invites) + found.count(503) < len(calls):
        assert time.monotonic() < until, (len(anna.invites), found)
        time.sleep(0.05)
    assert evil.call("112") == 486
    rung.set()
    for each in calls:
        each.join(PATIENCE)
    refused = found.count(503)  # one that is being refused counts while it is there
    assert 5 <= refused < MOST
    assert len(anna.invites) == MOST + 5 - refused
    assert len(carrier.invites) == 1
