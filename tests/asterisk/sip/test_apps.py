"""Apps in a real browser: they register over WSS, talk encrypted, and ring beside the desk phone.

The desk phone and the carrier are sipp; the browser is Chromium with JsSIP.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.asterisk.apps.browser import (
    PATIENCE,
    App,
    Browser,
    CannotBrowse,
    browsing,
    spki,
)
from tests.asterisk.apps.echo import Echo
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
CUSTOMER = "muster-ag"
PACKETS = 25
"""So many have to go each way: half a second of a talk."""


def person(login: str, **more: object) -> dict[str, object]:
    return {"login": login, "license": "phones+apps", "use": "desk", **more}


@dataclass(frozen=True, slots=True)
class Apps:
    """A customer with apps: where they register, and what they are told to enter."""

    browser: Browser
    office: Workspace
    url: str
    number: str
    """Rings at beat."""

    def open(self, login: str) -> App:
        """A tab with the app of a workplace, registered."""
        app = self.browser.open_tab(f"{login} {len(self.browser.apps)}")
        assert app.register(self.url, *self.account(login))["event"] == "registered"
        return app

    def account(self, login: str) -> tuple[str, str]:
        phone = self.office.phone(CUSTOMER, login)
        return f"{phone.user}--app", phone.password


@pytest.fixture(scope="module")
def browser(started: Server) -> Iterator[Browser]:
    """Lets the server's own certificate pass; skips with one reason where it cannot run."""
    started.start()
    if "ASTERISK_HTTPS" not in started.env:
        pytest.skip("there is no openssl: no app registered")
    try:
        with browsing(spki(Path(started.env["ASTERISK_CERTIFICATE"]))) as made:
            yield made
    except CannotBrowse as reason:
        pytest.skip(f"{reason}: no app registered")


@pytest.fixture(scope="module")
def apps(started: Server, browser: Browser, fresh: Callable[[], Workspace]) -> Apps:
    made = fresh()
    made.customer(
        CUSTOMER,
        manifest(
            "Muster AG",
            numbers=[{"id": "main", "area": "052"}],
            workplaces=[
                workplace("anna", extension="21"),
                person("beat", extension="22", number={"stock": "main"}),
                person("carl", extension="23"),
            ],
        ),
    )
    made.apply(DAY)
    row = re.search(r"^(0[\d ]+?)  .*beat", made.run("status", CUSTOMER), re.MULTILINE)
    assert row
    url = f"wss://{started.env['ASTERISK_HTTPS']}/ws"
    return Apps(browser, made, url, f"+41{row[1].replace(' ', '')[1:]}")


@pytest.fixture
def desk(apps: Apps, sip: Sip) -> Iterator[Phone]:
    """Beat's desk phone, registered."""
    phone = apps.office.phone(CUSTOMER, "beat")
    assert sip.register(phone) == 200
    yield phone
    assert sip.register(phone, expires=0) == 200


@pytest.fixture
def anna(apps: Apps, sip: Sip) -> Phone:
    phone = apps.office.phone(CUSTOMER, "anna")
    assert sip.register(phone) == 200
    return phone


@pytest.fixture
def app(apps: Apps) -> Iterator[App]:
    """Beat's app, registered."""
    made = apps.open("beat")
    yield made
    made.close()


def until(what: str, so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end, f"not yet: {what}"
        time.sleep(0.05)


def contacts(server: Server, login: str) -> int:
    """Of the workplace's apps."""
    return sum(f"/{CUSTOMER}--{login}--app;@" in f"/{k}" for k in server.rows("registrar/contact"))


def test_an_app_calls_a_desk_phone(sip: Sip, anna: Phone, app: App) -> None:
    with Echo() as echo, sip.answering(anna, echo.port) as rings:
        app.do("call", number="21")
        app.wait("confirmed")
        heard = app.talk(PACKETS)
        app.do("hangup")
        app.wait("ended")
    assert rings.shown.startswith('"22" <sip:22@') or rings.shown.startswith("<sip:22@")
    assert heard["codec"] == "audio/PCMA"
    assert echo.packets >= PACKETS


def test_a_desk_phone_calls_an_app(sip: Sip, anna: Phone, app: App) -> None:
    with Echo() as echo, ThreadPoolExecutor() as beside:
        call = beside.submit(sip.hold, anna, "22", echo.port)
        assert app.wait("rings")["user"] == "21"
        app.do("answer")
        app.wait("confirmed")
        app.talk(PACKETS)
        app.do("hangup")
        assert call.result() == 200
    assert echo.packets >= PACKETS


def test_both_ring_and_the_app_answers(sip: Sip, apps: Apps, desk: Phone, app: App) -> None:
    with sip.cancelled(desk) as rings, ThreadPoolExecutor() as beside:
        call = beside.submit(sip.carrier_calls, apps.number)
        rings.wait_for_calls(1)
        assert app.wait("rings")["user"] == "+41441112233"
        app.do("answer")
        app.wait("confirmed")
        assert call.result() == 200
    assert rings.rang
    assert [m.first.split()[0] for m in rings.messages if m.received and not m.status] == [
        *("INVITE", "CANCEL", "ACK"),
    ]
    app.wait("ended")


def test_both_ring_and_the_desk_phone_answers(sip: Sip, apps: Apps, desk: Phone, app: App) -> None:
    with sip.answering(desk) as rings:
        assert sip.carrier_calls(apps.number) == 200
    assert rings.rang
    app.wait("rings")
    assert app.wait("failed")["cause"] == "Canceled"


def test_two_apps_of_one_workplace_ring(sip: Sip, apps: Apps, anna: Phone, app: App) -> None:
    other = apps.open("beat")
    with Echo() as echo, ThreadPoolExecutor() as beside:
        call = beside.submit(sip.hold, anna, "22", echo.port)
        app.wait("rings")
        other.wait("rings")
        other.do("answer")
        other.wait("confirmed")
        assert app.wait("failed")["cause"] == "Canceled"
        other.do("hangup")
        assert call.result() == 200
    other.close()


def test_status_tells_phone_and_app_apart(sip: Sip, apps: Apps, desk: Phone, app: App) -> None:
    def told() -> tuple[str, str]:
        table = apps.office.run("status", CUSTOMER, "--workplaces")
        rows = apps.office.run("status", CUSTOMER, "--workplaces", "--format", "csv").splitlines()
        shown = next(line for line in table.splitlines() if line.startswith("beat "))
        return shown.split("  ")[-1].strip(), next(r for r in rows if r.startswith("beat,"))

    assert told() == ("phone and app", "beat,phones+apps,22,2,1,1,0")
    assert sip.register(desk, expires=0) == 200
    assert told() == ("app only", "beat,phones+apps,22,1,0,1,0")
    assert app.heard("registered")


def test_whoever_closes_the_page_is_gone(
    started: Server, sip: Sip, apps: Apps, anna: Phone
) -> None:
    app = apps.open("carl")
    assert contacts(started, "carl") == 1
    app.close()
    until("the contact is gone", lambda: contacts(started, "carl") == 0)
    assert sip.call(anna, "23") == 480


def test_a_wrong_password_is_refused(started: Server, apps: Apps) -> None:
    app = apps.browser.open_tab("stranger")
    user, password = apps.account("carl")
    answer = app.register(apps.url, user, f"{password}x")
    assert (answer["event"], answer["status"]) == ("refused", 401)
    assert contacts(started, "carl") == 0
    app.close()


def test_an_unknown_certificate_is_refused(started: Server, apps: Apps) -> None:
    """By the browser: it has nothing that says that the certificate is good."""
    with browsing() as strict:
        app = strict.open_tab("careful")
        answer = app.register(apps.url, *apps.account("carl"))
        assert answer["event"] == "disconnected"
        assert not app.heard("connected")
    assert contacts(started, "carl") == 0


def test_without_its_licence_an_app_is_logged_out(
    started: Server, sip: Sip, apps: Apps, anna: Phone
) -> None:
    office = apps.office
    app = apps.open("carl")
    path = office.root / "customers" / "muster" / f"{CUSTOMER}.yaml"
    before = path.read_text("utf-8")
    carl = before.index("login: carl")
    path.write_text(before[:carl] + before[carl:].replace("phones+apps", "phones"), "utf-8")
    assert "carl" in office.plan(DAY, code=2)
    office.apply(DAY)
    assert contacts(started, "carl") == 0
    assert sip.call(anna, "23") == 480
    app.do("again")
    assert app.wait("refused", "registered")["event"] == "refused"
    app.do("call", number="21")
    assert app.wait("confirmed", "failed")["event"] == "failed"
    app.close()
    desk = office.phone(CUSTOMER, "carl")
    assert sip.register(desk) == 200, "the desk phone goes on with the same password"
