"""What is special about a fleet's database: transactions, portions, presence, what doctor tells."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner.cli.group import main
from provisioner.contract.pbx import Devices
from provisioner.contract.resources import Kind, Workplace
from provisioner.drivers.asterisk.realtime import RealtimePbx, driver
from provisioner.drivers.asterisk.realtime.tables import Tables
from provisioner.errors import ProvisionError, Refused, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace
from tests.postgres.server import Server
from tests.realtime.fleet import ByHandOnTables, Fleet

Open = Callable[..., RealtimePbx]
HOW_TO = Path(__file__).parents[2] / "docs/how-to/asterisk-realtime.md"
PLACE = workplace(license=License.PHONES_APPS, extension="21", name='A; "^3B" <b>')
NAME = f"{SMITHY}--petra-huber"
SECRET = "aB3-long-enough"


def put(pbx: RealtimePbx, *resources: object) -> None:
    for each in resources:
        pbx.put(each, secret=SECRET, key=key())  # type: ignore[arg-type]


def faults(pbx: RealtimePbx, now: datetime | None = None) -> dict[str, str]:
    checks = pbx.checks(now or datetime.now(UTC))
    return {c.name: c.fault.code for c in checks if c.fault is not None}


@pytest.fixture
def whole(pbx: RealtimePbx) -> RealtimePbx:
    put(pbx, tenant(), PLACE, route("0525551200", "petra.huber"))
    return pbx


# What Asterisk reads


def test_what_a_node_splits_at_is_written_as_a_code(whole: RealtimePbx, fleet: Fleet) -> None:
    found = fleet.endpoint(NAME)
    assert found is not None
    assert found["callerid"] == '"A^3B \\"^5E3B\\" <b>" <21>'
    assert PLACE in whole.read([SMITHY])[SMITHY].objects
    put(whole, tenant(name="A; ^B"))
    (row,) = fleet.ask("SELECT value FROM pv_tenants WHERE key = %s", f"prov/{SMITHY}/meta")
    assert '"A^3B ^5EB"' in str(row[0])
    assert fleet.ask("SELECT count(*) FROM pv_tenants") == [(1,)]


@pytest.mark.usefixtures("whole")
def test_passwords_are_digests(fleet: Fleet) -> None:
    found = fleet.ask("SELECT password, password_digest FROM ps_auths ORDER BY id")
    assert len(found) == 2
    assert all(not plain and str(made).startswith("MD5:") for plain, made in found)
    assert SECRET not in str(fleet.ask("SELECT to_jsonb(a)::text FROM ps_auths a"))


def test_who_is_registered_is_asked_of_the_database(whole: RealtimePbx, fleet: Fleet) -> None:
    app = f"{NAME}--app"
    fleet.register(NAME, "1")
    fleet.register(app, "2", address="sip:4a9@192.0.2.1:5060^3Btransport=ws")
    fleet.register(NAME, "3", seconds=-1)
    fleet.register(f"{CAFE}--petra-huber", "4")
    assert whole.registered(SMITHY) == {"petra.huber": Devices(phones=1, apps=1)}
    fleet.register(app, "5", address="sip:x&PJSIP/other--boss@192.0.2.1")
    assert whole.registered(SMITHY) == {"petra.huber": Devices(1, 1, refused=(app,))}
    put(whole, tenant(CAFE, "Café"), workplace(customer=CAFE))
    whole.delete(PLACE, key=key())
    assert whole.registered(SMITHY) == {}
    assert [c for (c,) in fleet.ask("SELECT id FROM ps_contacts")] == [
        f"{CAFE}--petra-huber^3B@4"
    ], "in the same transaction, and nobody else's"


def test_contacts_are_found_by_an_index(fleet: Fleet) -> None:
    for number in range(3):
        fleet.register(NAME, str(number))
    fleet.ask("SET enable_seqscan = off")
    plan = fleet.ask("EXPLAIN SELECT * FROM ps_contacts WHERE id LIKE 'x^3B@%%'")
    fleet.ask("RESET enable_seqscan")
    assert "pv_contacts_id" in str(plan)


def test_a_value_that_a_column_does_not_take_is_refused(whole: RealtimePbx) -> None:
    before = whole.read([SMITHY])
    for fields in ({"webrtc": "perhaps"}, {"dtls_verify": "x" * 50}, {"no_such_column": "x"}):

        def act(db: object, fields: dict[str, str] = fields) -> None:
            Tables(db).put_object("endpoint", NAME, fields)  # type: ignore[arg-type]

        with raises(Refused, "PV547"):
            whole.store.write(act)
    assert whole.read([SMITHY]) == before


# All or nothing


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("gone", [False, True])
def test_a_write_that_dies_anywhere_was_never_begun(
    whole: RealtimePbx, open_pbx: Open, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    wanted = workplace(extension="44", name="P. H.")
    before = rows(fleet)
    names = ("put_object", "delete_object", "put_row", "delete_row")
    for after in range(100):
        left = [after]
        with monkeypatch.context() as patch:
            for name in names:
                patch.setattr(Tables, name, counted(getattr(Tables, name), left))
            pbx = open_pbx()
            try:
                if gone:
                    pbx.delete(PLACE, key=key())
                else:
                    put(pbx, wanted)
                break
            except Died:
                assert rows(fleet) == before
    assert after > 3
    places = [o for o in whole.read([SMITHY])[SMITHY].objects if isinstance(o, Workplace)]
    assert places == ([] if gone else [wanted])
    assert fleet.ask("SELECT count(*) FROM pv_rows WHERE key LIKE %s", "%/pending/%") == [(0,)]


def counted(call: Callable[..., object], left: list[int]) -> Callable[..., object]:
    def dying(*arguments: object) -> object:
        if not left[0]:
            raise Died
        left[0] -= 1
        return call(*arguments)

    return dying


def rows(fleet: Fleet) -> list[object]:
    tables = ("ps_endpoints", "ps_auths", "ps_aors", "pv_routes", "pv_rows")
    return [fleet.ask(f"SELECT to_jsonb(t) FROM {t} t ORDER BY 1") for t in tables]  # noqa: S608


def test_a_run_whose_connections_are_cut_goes_on(whole: RealtimePbx, fleet: Fleet) -> None:
    whole.begin(SMITHY)
    put(whole, workplace("hans.huber"))
    fleet.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'provision' AND datname = current_database()"
    )
    put(whole, workplace("hans.huber", extension="22"))
    whole.flush()
    assert workplace("hans.huber", extension="22") in whole.read([SMITHY])[SMITHY].objects


def test_a_number_goes_to_one_of_many_who_want_it(open_pbx: Open) -> None:
    customers = [CustomerId(f"firma-{letter}") for letter in "abcd"]
    clients = [open_pbx() for _ in customers]
    for pbx, customer in zip(clients, customers, strict=True):
        put(pbx, tenant(customer, "Firma"))
    found: list[str] = []
    begin = threading.Barrier(len(clients))

    def take(pbx: RealtimePbx, customer: CustomerId, digits: str) -> None:
        begin.wait()
        try:
            put(pbx, route(digits, customer=customer))
        except Refused as error:
            found.append(error.code)

    blocks = ("05255520", "0525552011", "0525552", "052555201")
    threads = [
        threading.Thread(target=take, args=each)
        for each in zip(clients, customers, blocks, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["PV512"] * 3


# Many at once


def test_many_are_read_in_portions(
    open_pbx: Open, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids that are the beginning of others, and what lies between them in the order of bytes."""
    names = ("a", "a-b", "a0", "ab", "b", "b-1", *(f"c{n}" for n in range(20)))
    customers = [CustomerId(name) for name in names]
    pbx = open_pbx()
    for number, customer in enumerate(customers):
        digits = f"05255{number:02}"
        put(
            pbx,
            tenant(customer, "x"),
            workplace("a", customer=customer, extension="21"),
            route(f"{digits}123", "a", customer=customer),
            route(digits, customer=customer),
        )
    ByHandOnTables(fleet).by_hand_add("a-b", Kind.ROUTE, "0315550000", target="é")
    whole = {c: pbx.read([c])[c] for c in customers}
    assert all(len(state.objects) == 4 for state in whole.values())
    for portion in (500, 13, 3):
        monkeypatch.setattr(driver, "PORTION", portion)
        found = pbx.read(customers)
        assert {c: set(s.objects) for c, s in found.items()} == {
            c: set(s.objects) for c, s in whole.items()
        }
    assert pbx.size() == 4 * len(customers)
    fleet.set("prov/ab/meta", '{"managed": "provisioner", "name": 5}')
    assert set(customers) - set(pbx.read(customers)) == {CustomerId("ab")}
    assert faults(pbx)["doctor.rows"] == "PV552"


# Doctor


def test_a_whole_fleet_has_no_faults(whole: RealtimePbx) -> None:
    checks = list(whole.checks(datetime.now(UTC)))
    assert not [c.fault for c in checks if c.fault]
    (version,) = [c.params["version"] for c in checks if c.name == "doctor.fleet_version"]
    assert len(str(version)) == 12, "a revision of Alembic's"


def test_clocks_that_differ_are_told(whole: RealtimePbx) -> None:
    assert faults(whole, datetime.now(UTC) + timedelta(hours=1)) == {"doctor.clock": "PV585"}


def test_a_codec_that_no_node_knows_is_told(whole: RealtimePbx, fleet: Fleet) -> None:
    fleet.ask("UPDATE ps_endpoints SET allow = '!all,alaw,ulow' WHERE id = %s", NAME)
    assert faults(whole) == {"doctor.codecs": "PV644"}


def test_registrations_of_nobody_are_told(whole: RealtimePbx, fleet: Fleet) -> None:
    fleet.register(f"{SMITHY}--gone", "1")
    assert faults(whole) == {"doctor.contacts": "PV645"}


def test_phones_without_a_customer_are_told(whole: RealtimePbx, fleet: Fleet) -> None:
    fleet.ask("DELETE FROM pv_rows WHERE key = %s", f"prov/{SMITHY}/meta")
    assert faults(whole) == {"doctor.orphans": "PV589"}


# Tables and rights


@pytest.fixture
def other(postgres: Server, bare: str, fleet: Fleet) -> Iterator[Fleet]:
    """A database with upstream's tables, and none of ours."""
    del fleet
    name = postgres.database(bare)
    made = Fleet(postgres, name)
    yield made
    made.close()
    postgres.drop(name)


@pytest.mark.parametrize("lost", ["index", "column"])
def test_tables_of_another_asterisk_are_told(other: Fleet, open_pbx: Open, lost: str) -> None:
    pbx = open_pbx(**other.options())
    for ask in (lambda: pbx.read([SMITHY]), lambda: put(pbx, tenant())):
        with raises(Unavailable, "PV641"):
            ask()
    assert faults(pbx) == {"doctor.fleet_tables": "PV641"}
    assert pbx.upgrade() == (0, 1)
    assert pbx.upgrade() == (1, 1), "it can be run again"
    put(pbx, tenant(), PLACE)
    if lost == "index":
        other.ask("DROP INDEX pv_contacts_id")
    else:
        other.ask("ALTER TABLE ps_endpoints DROP COLUMN rtcp_mux")
    assert faults(pbx)["doctor.fleet_tables"] == "PV643"


def test_a_database_without_asterisk_is_not_made_one(
    postgres: Server, fleet: Fleet, open_pbx: Open
) -> None:
    del fleet
    name = postgres.database()
    pbx = open_pbx(url=postgres.url(name))
    with raises(Unavailable, "PV640"):
        pbx.upgrade()
    assert postgres.ask(name, "SELECT count(*) FROM pg_tables WHERE tablename ~ '^p[sv]_'") == [
        (0,)
    ]
    pbx.close()
    postgres.drop(name)


def test_the_rights_of_the_how_to_are_enough_and_needed(
    other: Fleet, open_pbx: Open, tmp_path: Path
) -> None:
    open_pbx(**other.options()).upgrade()
    script = HOW_TO.read_text("utf-8").partition("```sql\n")[2].partition("```")[0]
    other.ask(script)
    other.ask("ALTER ROLE provisioner PASSWORD 'canary-pw'")
    (tmp_path / "password").write_text("canary-pw\n")
    url = other.server.url(other.database, user="provisioner")
    pbx = open_pbx(url=url, password_file="password")
    put(pbx, tenant(), PLACE, route("0525551200", "petra.huber"))
    pbx.delete(PLACE, key=key())
    assert faults(pbx) == {}
    with raises(Unavailable, "PV642"):
        pbx.upgrade()
    other.ask("REVOKE DELETE ON ps_contacts FROM provisioner")
    assert faults(pbx) == {"doctor.fleet_rights": "PV642"}
    put(pbx, PLACE)
    with raises(Unavailable, "PV642"):
        pbx.delete(PLACE, key=key())
    other.ask("SET ROLE asterisk")
    assert other.ask("SELECT count(*) FROM pv_tenants") == [(1,)]
    with pytest.raises(Exception, match="permission denied"):
        other.ask("SELECT * FROM pv_rows")
    other.ask("RESET ROLE")
    pbx.close()
    other.ask("DROP OWNED BY asterisk, provisioner")
    other.ask("DROP ROLE asterisk, provisioner")


@pytest.mark.parametrize(
    "options",
    [
        {"sip": "nowhere"},
        {"url": "postgresql://provisioner:canary-pw@h/asterisk"},
        {"url": "mysql://provisioner@h/asterisk"},
        {"user": "provisioner"},
        {"nodes": "http://127.0.0.1:8088"},
        {"nodes": [{"url": "http://pbx.example:8088", "password_file": "secrets/a"}]},
    ],
)
def test_options_that_cannot_be_used(tmp_path: Path, options: dict[str, object]) -> None:
    given = {"url": "postgresql://provisioner@h/asterisk", "sip": "pbx.example:5060"}
    RealtimePbx.open(given, tmp_path).close()
    with raises(ProvisionError) as caught:
        RealtimePbx.open({**given, **options}, tmp_path)
    assert caught.error.code in {"PV506", "PV629", "PV516", "PV501", "PV550"}
    assert "canary" not in str(caught.error)


def test_a_single_asterisk_has_no_tables_to_prepare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = "version: 1\npbx: {driver: local}\ndesk: {driver: sql}\n"
    (tmp_path / "provision.yaml").write_text(config, "utf-8")
    assert main(["asterisk", "upgrade", "--root", str(tmp_path)]) == 1
    assert "PV646" in capsys.readouterr().err
