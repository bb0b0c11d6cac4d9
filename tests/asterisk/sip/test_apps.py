"""Apps in a real browser: they register over WSS, talk encrypted, and ring beside the desk phone.

The desk phone and the carrier are sipp; the browser is Chromium with JsSIP.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from docs.console import ROOT, fences

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
PAGE = ROOT / "docs/how-to/apps.md"
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
        name = f"{login} {len(self.browser.apps)}"
        return self.browser.open_app(name, self.url, *self.account(login))

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


@dataclass(frozen=True, slots=True)
class Proxy:
    """nginx, as the page about apps has it."""

    url: str

    @property
    def control(self) -> str:
        return self.url.replace("wss:", "https:").replace("/ws", "/ari/asterisk/info")


@pytest.fixture
def proxy(started: Server, tmp_path: Path) -> Iterator[Proxy]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("there is no nginx: no app came through a proxy")
    (block,) = (f.body for f in fences(PAGE.read_text("utf-8")) if f.lang == "nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for was, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/apps.crt": started.env["ASTERISK_CERTIFICATE"],
        "/etc/ssl/apps.key": started.env["ASTERISK_KEY"],
        "127.0.0.1:8089": started.env["ASTERISK_HTTPS"],
    }.items():
        assert was in block
        block = block.replace(was, here)
    places = "client_body proxy fastcgi uwsgi scgi".split()
    own = "".join(f"{place}_temp_path {tmp_path}/{place};\n" for place in places)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off;\nmaster_process off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{own}{block}}}\n",
        "utf-8",
    )
    process = subprocess.Popen([program, "-c", str(config), "-e", str(tmp_path / "log")])
    try:
        until("nginx listens", lambda: (tmp_path / "pid").exists() or process.poll() is not None)
        assert process.poll() is None, "nginx ended"
        yield Proxy(f"wss://127.0.0.1:{port}/ws")
    finally:
        process.terminate()
        process.wait(PATIENCE)


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


def test_the_user_of_the_desk_phone_is_none_for_an_app(sip: Sip, apps: Apps, anna: Phone) -> None:
    """It registers and rings, and no call comes about: that endpoint speaks plain RTP."""
    app = apps.browser.open_tab("wrong user")
    phone = apps.office.phone(CUSTOMER, "carl")
    assert app.register(apps.url, phone.user, phone.password)["event"] == "registered"
    app.do("call", number="21")
    assert app.wait("failed", "confirmed")["status"] == 488
    with ThreadPoolExecutor() as beside:
        call = beside.submit(sip.call, anna, "23")
        app.wait("rings")
        app.do("answer")
        assert app.wait("failed", "confirmed")["event"] == "failed"
        app.close()
        assert call.result() == 488


def test_a_wrong_password_is_refused(started: Server, apps: Apps) -> None:
    app = apps.browser.open_tab("stranger")
    user, password = apps.account("carl")
    answer = app.register(apps.url, user, f"{password}x")
    assert (answer["event"], answer["status"]) == ("refused", 401)
    assert contacts(started, "carl") == 0
    app.close()


def test_behind_a_proxy(started: Server, sip: Sip, apps: Apps, anna: Phone, proxy: Proxy) -> None:
    """Apps come through and the control does not; who guesses comes from 127.0.0.1."""
    app = apps.browser.open_tab("proxied")
    user, password = apps.account("carl")
    assert app.register(proxy.url, user, password)["event"] == "registered"
    with Echo() as echo, sip.answering(anna, echo.port):
        app.do("call", number="21")
        app.wait("confirmed")
        app.talk(PACKETS)
        app.do("hangup")
        app.wait("ended")
    app.close()
    guesses = apps.browser.open_tab("guesses")
    assert guesses.register(proxy.url, user, "guessed")["status"] == 401
    guesses.close()
    with httpx.Client(verify=False, trust_env=False) as outside:  # noqa: S501 - its own certificate
        assert outside.get(proxy.control).status_code == 404
    log = (Path(started.env["ASTERISK_LOG"]) / "security").read_text("utf-8", "replace")
    failed = [line for line in log.splitlines() if '"ChallengeResponseFailed"' in line]
    assert f'AccountID="{user}"' in failed[-1]
    assert 'RemoteAddress="IPV4/WSS/127.0.0.1/' in failed[-1]


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
    assert app.wait("refused", "registered")["status"] == 401
    app.do("call", number="21")
    assert app.wait("confirmed", "failed")["event"] == "failed"
    app.close()
    desk = office.phone(CUSTOMER, "carl")
    assert sip.register(desk) == 200, "the desk phone goes on with the same password"
