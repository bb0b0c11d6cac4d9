"""Two real Asterisks on one database: a phone at one of them is everybody's, nothing is reloaded.

The whole file is one fleet and one customer; what a test changes it puts back.
"""

import re
import sqlite3
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from provisioner.drivers.asterisk.realtime import RealtimePbx
from provisioner.telephony.calls import EMERGENCY_NUMBERS
from provisioner.telephony.identity import CustomerId
from tests.asterisk.apps.browser import CannotBrowse, browsing, spki
from tests.asterisk.conftest import run_script
from tests.asterisk.sip.raw import address
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace
from tests.certified import made
from tests.realtime.nodes import Nodes

DAY = "2026-11-24"
NUMBER = "+41525557000"
NAME = 'Anna; "^3B" Müller, der längste Name der ganzen Stadt'
MUSTER = manifest(
    "Muster; ^AG",
    numbers=[{"id": "main", "area": "052"}],
    workplaces=[
        workplace("anna", name=NAME, extension="21", number={"stock": "main"}),
        workplace("beat.keller", extension="12"),
        workplace("dora", extension="13", license="phones+apps", use="desk"),
        workplace("emil", extension="24"),
    ],
)
NACHBAR = manifest("Nachbar GmbH", workplaces=[workplace("anna", extension="21")])


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    nodes = Nodes(tmp_path_factory.mktemp("fleet"), run_script)
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.stop()


@pytest.fixture(scope="module")
def office(fleet: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("workspace"), fleet.options())
    made.customer("muster-ag", MUSTER)
    made.customer("nachbar", NACHBAR)
    made.apply(DAY)
    return made


@pytest.fixture
def a(fleet: Nodes, tmp_path: Path) -> Sip:
    return Sip(fleet.env("a"), tmp_path)


@pytest.fixture
def b(fleet: Nodes, tmp_path: Path) -> Sip:
    return Sip(fleet.env("b"), tmp_path)


def registered(fleet: Nodes, root: Path) -> dict[str, int]:
    options = {name: value for name, value in fleet.options().items() if name != "driver"}
    pbx = RealtimePbx.open(options, root)
    try:
        found = pbx.registered(CustomerId("muster-ag"))
        return {login: each.phones for login, each in found.items()}
    finally:
        pbx.close()


def test_an_app_is_reached_from_the_node_where_it_is(
    fleet: Nodes, office: Workspace, a: Sip, b: Sip
) -> None:
    """Its connection leads nowhere else: from another node the desk phone beside it rings alone."""
    anna, desk = office.phone("muster-ag", "anna"), office.phone("muster-ag", "dora")
    env = fleet.env("a")
    if "ASTERISK_HTTPS" not in env:
        pytest.skip("there is no openssl: no app registered at a node")
    assert b.register(desk) == 200
    try:
        with browsing(spki(Path(env["ASTERISK_CERTIFICATE"]))) as browser:
            url, user = f"wss://{env['ASTERISK_HTTPS']}/ws", f"{desk.user}--app"
            app = browser.open_app("dora", url, user, desk.password)
            assert "phone and app" in office.run("status", "muster-ag", "--workplaces")
            with b.answering(desk) as rings:
                assert b.call(anna, "13") == 200
            assert rings.rang
            assert not app.heard("rings")
            with a.cancelled(desk) as rings, ThreadPoolExecutor() as beside:
                call = beside.submit(a.call, anna, "13")
                app.wait("rings")
                rings.wait_for_calls(1)
                app.do("answer")
                assert call.result() == 200
    except CannotBrowse as reason:
        pytest.skip(f"{reason}: no app registered at a node")
    finally:
        assert b.register(desk, expires=0) == 200


def test_a_phone_at_one_node_is_reached_from_the_other(
    fleet: Nodes, office: Workspace, a: Sip, b: Sip
) -> None:
    anna, beat = office.phone("muster-ag", "anna"), office.phone("muster-ag", "beat.keller")
    assert a.register(anna) == 200
    assert b.register(beat) == 200
    with a.answering(anna) as rings:
        assert b.call(beat, "21") == 200
    assert rings.rang
    with b.answering(beat) as rings:
        assert a.call(anna, "12") == 200
    name = NAME.replace('"', r"\"")
    assert rings.header("From").startswith(f'"{name}" <sip:21@')
    for node in (a, b):
        with node.answering(anna) as rings:
            assert node.carrier_calls(NUMBER) == 200
        assert rings.rang
        with node.carrier_answering() as outside:
            assert node.call(anna, "0441112233") == 200
        assert outside.shown.startswith(f"<sip:{NUMBER}@")
        with node.carrier_answering() as outside:
            assert node.call(beat, "112") == 200
        assert outside.called.startswith("sip:112@")
        assert node.call(beat, "0441112233") == 403
        assert node.carrier_calls("+41525557999") == 404
    there = office.phone("nachbar", "anna")
    assert b.register(there) == 200
    assert b.call(there, "12") == 404, "another customer's extension"
    assert registered(fleet, office.root) == {"anna": 1, "beat.keller": 1}
    assert a.register(anna, expires=0) == 200
    assert registered(fleet, office.root) == {"beat.keller": 1}
    assert b.call(beat, "21") == 480


def test_what_is_hidden_and_barred_is_so_at_each_node(office: Workspace, a: Sip, b: Sip) -> None:
    changed = deepcopy(MUSTER) | {"barred": ["international"]}
    changed["workplaces"][0]["hide_number"] = True
    office.customer("muster-ag", changed)
    office.apply(DAY)
    anna = office.phone("muster-ag", "anna")
    try:
        for node in (a, b):
            with node.carrier_answering() as outside:
                assert node.call(anna, "0441112233") == 200
            assert "anonymous.invalid" in outside.shown
            assert outside.header("P-Asserted-Identity").startswith(f"<sip:{NUMBER}@")
            with node.carrier_answering() as outside:
                assert node.call(anna, "112") == 200
            assert outside.shown.startswith(f"<sip:{NUMBER}@")
            assert node.call(anna, "0049301234567") == 403
    finally:
        office.customer("muster-ag", MUSTER)
        office.apply(DAY)


def test_desk_phone_and_app_ring_wherever_they_are(office: Workspace, a: Sip, b: Sip) -> None:
    desk = office.phone("muster-ag", "dora")
    app = Phone(f"{desk.user}--app", desk.password)
    assert a.register(desk) == 200
    assert b.register(app) == 200
    with a.answering(desk) as rings:
        assert b.call(office.phone("muster-ag", "beat.keller"), "13") == 200
    assert rings.rang


def test_a_contact_that_names_others_rings_nobody(office: Workspace, a: Sip, b: Sip) -> None:
    anna, beat = office.phone("muster-ag", "anna"), office.phone("muster-ag", "beat.keller")
    victim = office.phone("nachbar", "anna")
    assert b.register(victim) == 200
    hostile = f"<sip:{anna.user}&PJSIP/{victim.user}&x@{anna.address}:{anna.port}>"
    assert a.register(anna, contact=hostile) == 200
    with b.ringing(victim) as rings:
        assert b.call(beat, "21") == 480
    assert not rings.rang


def test_a_node_that_dies_takes_nobody_with_it(
    fleet: Nodes, office: Workspace, a: Sip, b: Sip
) -> None:
    anna, beat = office.phone("muster-ag", "anna"), office.phone("muster-ag", "beat.keller")
    assert a.register(anna) == 200
    fleet.kill("a")
    with b.answering(anna) as rings:
        assert b.call(beat, "21") == 200
    assert rings.rang
    assert b.register(anna) == 200
    fleet.start()
    with a.answering(anna) as rings:
        assert a.call(beat, "21") == 200
    assert rings.rang


def test_a_change_counts_at_every_node_at_once(
    fleet: Nodes, office: Workspace, a: Sip, b: Sip
) -> None:
    old = office.phone("muster-ag", "emil")
    assert a.register(old) == 200
    changed = deepcopy(MUSTER)
    changed["workplaces"][3]["password"] = {"generate": True, "generation": 2}
    changed["workplaces"].append(workplace("fritz", extension="25"))
    office.customer("muster-ag", changed)
    office.apply(DAY)
    new, fritz = office.phone("muster-ag", "emil"), office.phone("muster-ag", "fritz")
    for node in (a, b):
        assert node.register(old) == 401
        assert node.register(new) == 200
        assert node.register(fritz) == 200
    del changed["workplaces"][3:]
    office.customer("muster-ag", changed)
    office.apply(DAY)
    for node in (a, b):
        assert node.register(new) == 401
        assert node.register(fritz) == 401
    assert "emil" not in registered(fleet, office.root)
    office.customer("muster-ag", MUSTER)
    office.apply(DAY)
    assert "nothing to do" in office.plan(DAY)


def test_the_database_goes_away_and_comes_back(
    fleet: Nodes, office: Workspace, a: Sip, b: Sip
) -> None:
    anna, beat = office.phone("muster-ag", "anna"), office.phone("muster-ag", "beat.keller")
    assert a.register(anna) == 200
    fleet.stop_database()
    assert b.register(beat) != 200
    fleet.start()
    assert b.register(beat) == 200
    with a.answering(anna) as rings:
        assert b.call(beat, "21") == 200
    assert rings.rang


def test_doctor_asks_each_node(fleet: Nodes, office: Workspace) -> None:
    told = office.run("doctor")
    assert "PV" not in told
    assert "Asterisk’s tables at " in told
    assert "no nodes are named" in told
    named = [
        {"url": env["ASTERISK_URL"], "password_file": env["ASTERISK_PASSWORD_FILE"]}
        for env in map(fleet.env, ("a", "b"))
    ]
    nowhere = {**named[0], "url": "http://127.0.0.1:1"}
    options = fleet.options()
    root = office.root

    def checks(**more: object) -> list[tuple[str, str, str]]:
        given = {n: v for n, v in {**options, **more}.items() if n != "driver"}
        pbx = RealtimePbx.open(given, root)
        try:
            found = [*pbx.checks(datetime.now(UTC))]
        finally:
            pbx.close()
        return [
            (c.name, str(c.params["node"]), c.fault.code if c.fault else "")
            for c in found
            if c.name.startswith("doctor.node")
        ]

    urls = [each["url"] for each in named]
    asked = ("node", "node_reads", "node_control")
    assert checks(nodes=[*named, nowhere]) == [
        *((f"doctor.{each}", url, "") for url in urls for each in asked),
        ("doctor.node", nowhere["url"], "PV541"),
    ]
    server = fleet.env("postgres")
    owner = f"host=127.0.0.1 port={server['PGPORT']} user=owner dbname=asterisk"
    with psycopg.connect(owner, passfile=server["PGPASSFILE"], autocommit=True) as db:
        db.execute("REVOKE SELECT ON ps_aors FROM asterisk")
        assert ("doctor.node_reads", urls[0], "PV647") in checks(nodes=named)
        db.execute("GRANT SELECT ON ps_aors TO asterisk")
        left = db.execute("SELECT count(*) FROM ps_aors WHERE id LIKE 'prov-probe%'").fetchone()
    assert left == (0,)


def test_doctor_asks_each_node_for_its_emergency_numbers(fleet: Nodes, office: Workspace) -> None:
    nodes = [
        {"url": env["ASTERISK_URL"], "password_file": env["ASTERISK_PASSWORD_FILE"]}
        for env in map(fleet.env, ("a", "b"))
    ]
    pbx = {**fleet.options(), "nodes": nodes}
    try:
        numbers = ["1414", *EMERGENCY_NUMBERS]
        office.configure(pbx=pbx, emergency_caller="0445550101", emergency_numbers=numbers)
        told = office.run("doctor", code=1)
    finally:
        office.configure()
    for node in nodes:
        assert f"[PV650]: The node {node['url']} does not connect 1414." in told
        assert f"at the node {node['url']}, but" in told
    assert told.count("[PV651]: ") == len(nodes)


def test_one_node_gets_a_new_certificate(fleet: Nodes, office: Workspace, tmp_path: Path) -> None:
    env = [fleet.env(name) for name in ("a", "b")]
    if "ASTERISK_TLS" not in env[0]:
        pytest.skip("these nodes have no TLS: there is no openssl")
    ports = [each[name] for each in env for name in ("ASTERISK_TLS", "ASTERISK_HTTPS")]
    named = [
        {"url": each["ASTERISK_URL"], "password_file": each["ASTERISK_PASSWORD_FILE"]}
        for each in env
    ]

    def served() -> list[str]:
        return [ssl.get_server_certificate(address(port), timeout=60) for port in ports]

    new, before = made(("pbx.example", "localhost")), served()
    files = [tmp_path / "new.pem", tmp_path / "new.key"]
    for file, data in zip(files, (new.certificate, new.key), strict=True):
        file.write_bytes(data)
    pair = ("--certificate", str(files[0]), "--key", str(files[1]), "--name", "pbx.example")
    folders = [str(Path(each["ASTERISK_CERTIFICATE"]).parent) for each in env]
    try:
        office.configure(pbx={**fleet.options(), "nodes": named[1:]})
        assert "PV698" in office.run("asterisk", "certificate", folders[0], *pair, code=3)
        office.configure(pbx={**fleet.options(), "nodes": named})
        office.run("asterisk", "certificate", folders[0], *pair, "--verbose")
        told = office.run("doctor", code=1)  # for the number that emergency calls show
    finally:
        office.configure()
    leaf = ssl.PEM_cert_to_DER_cert(new.certificate.decode())
    assert [*map(ssl.PEM_cert_to_DER_cert, served()[:2])] == [leaf, leaf]
    assert served()[2:] == before[2:]
    for port in ports:
        assert re.search(rf"ok    TLS for (SIP|HTTPS) at {port}", told)


def test_a_plan_by_proofs_sees_what_somebody_changes(fleet: Nodes, office: Workspace) -> None:
    office.apply(DAY)
    with closing(sqlite3.connect(office.root / "state/desk.sqlite")) as desk:
        proven = [customer for (customer,) in desk.execute("SELECT customer FROM proofs")]
    assert "muster-ag" in proven
    office.plan(DAY)
    server = fleet.env("postgres")
    owner = f"host=127.0.0.1 port={server['PGPORT']} user=owner dbname=asterisk"
    changes = (
        "UPDATE ps_aors SET max_contacts = 7 WHERE id = 'muster-ag--beat-keller'",
        "DELETE FROM pv_routes WHERE key = 'ext/muster-ag/12'",
        f"DELETE FROM pv_routes WHERE key = 'did/{NUMBER}'",  # noqa: S608 - ours
        "DELETE FROM pv_rows WHERE key = 'prov/muster-ag/meta'",
    )
    for change in changes:
        with psycopg.connect(owner, passfile=server["PGPASSFILE"], autocommit=True) as db:
            assert db.execute(change).rowcount == 1, change
        assert "muster-ag" in office.plan(DAY, code=2), change
        office.apply(DAY)
        office.plan(DAY)
