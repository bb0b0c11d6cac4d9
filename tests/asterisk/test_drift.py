"""What someone changes on Asterisk by hand: declared fields are found and repaired, others stay."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from provisioner.contract.pbx import Foreign
from provisioner.contract.resources import NO_NUMBER, Admin, Kind, NumberRef, Workplace
from provisioner.drivers.asterisk import AsteriskPbx, objects
from provisioner.errors import Refused
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import E164, DdiBlock
from provisioner.telephony.srtp import Srtp
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace
from tests.asterisk.server import Server

PASSWORD = "aB3-long-enough"
NAME = "schmiedeisen--petra-huber"
APP = f"{NAME}--app"
WHOLE = workplace(
    name='Petra "Chefin" Hübér',
    license=License.PHONES_APPS,
    extension="21",
    caller_id=NumberRef.literal("0525551200"),
    srtp=Srtp.OPTIONAL,
)


def put(pbx: AsteriskPbx, *resources: object, secret: str | None = None) -> None:
    for each in resources:
        pbx.put(each, secret=secret, key=key())  # type: ignore[arg-type]


def found(pbx: AsteriskPbx) -> Workplace:
    (one,) = (o for o in pbx.read([SMITHY])[SMITHY].objects if o.kind is Kind.WORKPLACE)
    assert isinstance(one, Workplace)
    return one


@pytest.fixture
def whole(pbx: AsteriskPbx) -> AsteriskPbx:
    """A PBX with one customer that declares everything."""
    put(pbx, tenant())
    put(pbx, WHOLE, secret=PASSWORD)
    assert found(pbx) == WHOLE
    return pbx


def endpoint(**fields: str) -> Callable[[Server], None]:
    return lambda server: server.write("endpoint", NAME, fields)


BY_HAND: Mapping[str, tuple[str, Callable[[Server], None]]] = {
    "name": ("name", endpoint(callerid='"Somebody" <21>')),
    "shown extension": ("extension", endpoint(callerid='"Petra \\"Chefin\\" Hübér" <99>')),
    "dialled extension gone": ("extension", lambda s: s.unset("ext/schmiedeisen", "21")),
    "dialled extension leads elsewhere": (
        "extension",
        lambda s: s.set("ext/schmiedeisen", "21", "schmiedeisen--hans"),
    ),
    "caller id": ("caller_id", endpoint(callerid_tag="+41525559999")),
    "no caller id": ("caller_id", endpoint(callerid_tag="")),
    "more contacts": ("license", lambda s: s.write("aor", NAME, {"max_contacts": "50"})),
    "AOR gone": ("license", lambda s: s.delete("aor", NAME)),
    "app gone": ("license", lambda s: s.delete("endpoint", APP)),
    "app with another number": (
        "license",
        lambda s: s.write("endpoint", APP, {"callerid_tag": "+41525559999"}),
    ),
    "another tenant": ("license", endpoint(tenantid="cafe-sonne")),
    "another context": ("license", endpoint(context="from-trunk")),
    "other codecs": ("license", endpoint(allow="!all,ulaw")),
    "encryption asked for": ("srtp", endpoint(media_encryption_optimistic="no")),
    "encryption gone": ("srtp", endpoint(media_encryption="no")),
    "a desk phone with an app's encryption": ("license srtp", endpoint(media_encryption="dtls")),
    "a desk phone made an app": ("license srtp", endpoint(webrtc="yes")),
    "the license's mark": ("license", endpoint(**{"@license": "phones"})),
    "password": (
        "credential",
        lambda s: s.write("auth", NAME, {"password_digest": "MD5:" + "0" * 32}),
    ),
    "password in clear": (
        "credential",
        lambda s: s.write("auth", NAME, {"password": "x", "auth_type": "userpass"}),
    ),
    "auth gone": ("credential", lambda s: s.delete("auth", NAME)),
    "an app's password": (
        "credential",
        lambda s: s.write("auth", APP, {"password_digest": "MD5:" + "0" * 32}),
    ),
    "an app checked by another password": (
        "license",
        lambda s: s.write("endpoint", APP, {"auth": NAME}),
    ),
    "the password's version": ("credential", endpoint(**{"@credential": "generated:7"})),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_r15_drift_in_a_declared_field_is_found_and_repaired(
    whole: AsteriskPbx, server: Server, case: str
) -> None:
    fields, change = BY_HAND[case]
    change(server)
    now = found(whole)
    wrong = [
        n
        for n in ("name", "license", "extension", "caller_id", "credential", "srtp")
        if getattr(now, n) != getattr(WHOLE, n)
    ]
    assert wrong == fields.split()
    put(whole, WHOLE, secret=PASSWORD)
    assert found(whole) == WHOLE
    assert not [k for k in server.rows("prov/schmiedeisen") if k.startswith("pending/")]


def test_encryption_that_nobody_declared_stays_and_is_read(
    pbx: AsteriskPbx, server: Server
) -> None:
    put(pbx, tenant(), workplace())
    for optimistic, srtp in (("no", Srtp.REQUIRED), ("yes", Srtp.OPTIONAL)):
        by_hand = {"media_encryption": "sdes", "media_encryption_optimistic": optimistic}
        server.write("endpoint", NAME, by_hand)
        assert found(pbx) == workplace(srtp=srtp)
        for license_ in (License.PHONES_APPS, License.PHONES):
            put(pbx, workplace(license=license_))
            assert found(pbx) == workplace(license=license_, srtp=srtp)
        theirs = {"@managed": "", "@customer": "", **by_hand}
        server.write("endpoint", "schmiedeisen--hans", theirs)
        (foreign,) = pbx.foreign(SMITHY)
        assert isinstance(foreign.found, Workplace)
        assert foreign.found.srtp is srtp


@pytest.mark.parametrize("license_", License)
def test_an_app_without_its_auth_is_found_and_repaired(
    whole: AsteriskPbx, server: Server, license_: License
) -> None:
    """Also where no app may register: whoever gets that license later has to have it."""
    wanted = replace(WHOLE, license=license_)
    put(whole, wanted)
    server.delete("auth", APP)
    assert found(whole).credential == ""
    put(whole, wanted, secret=PASSWORD)
    assert found(whole) == wanted
    assert (server.fields("auth", APP) or {})["username"] == APP


def test_r16_what_is_not_declared_stays(whole: AsteriskPbx, server: Server) -> None:
    server.write("endpoint", NAME, {"language": "de", "device_state_busy_at": "1"})
    server.write("aor", NAME, {"qualify_frequency": "30"})
    server.set("ext/schmiedeisen", "77", NAME)
    put(whole, replace(WHOLE, extension="12", license=License.PHONES), secret="another-one-2")
    assert found(whole) == replace(WHOLE, extension="12", license=License.PHONES)
    fields = server.fields("endpoint", NAME) or {}
    assert (fields["language"], fields["device_state_busy_at"]) == ("de", "1")
    assert (server.fields("aor", NAME) or {})["qualify_frequency"] == "30"
    assert server.rows("ext/schmiedeisen") == {"12": NAME, "77": NAME}


def test_r17_license_changes_there_and_back(whole: AsteriskPbx, server: Server) -> None:
    """``webrtc`` and what comes with it are not left behind."""
    before = server.fields("endpoint", NAME)
    put(whole, replace(WHOLE, license=License.PHONES))
    assert found(whole) == replace(WHOLE, license=License.PHONES)
    assert server.fields("endpoint", APP) is None
    assert server.fields("aor", APP) is None
    assert (server.fields("aor", NAME) or {})["max_contacts"] == "1"
    put(whole, WHOLE)
    assert found(whole) == WHOLE
    assert server.fields("endpoint", NAME) == before
    app = server.fields("endpoint", APP) or {}
    assert (app["webrtc"], app["use_avpf"], app["media_encryption"]) == ("yes", "true", "dtls")


def test_apps_of_an_earlier_version_keep_their_password(whole: AsteriskPbx, server: Server) -> None:
    """They were checked by the desk phone's; a new password gives them one of their own."""
    former = objects.Digests(objects.digest(NAME, PASSWORD))
    server.delete("auth", APP)
    server.write("endpoint", APP, {"auth": NAME})
    server.write("endpoint", NAME, {"@secret": former.fingerprint()})
    assert found(whole) == WHOLE
    put(whole, replace(WHOLE, license=License.PHONES))
    put(whole, WHOLE)
    assert found(whole) == WHOLE
    assert (server.fields("endpoint", APP) or {})["auth"] == NAME
    put(whole, replace(WHOLE, credential="generated:2"), secret=PASSWORD)
    assert found(whole) == replace(WHOLE, credential="generated:2")
    assert (server.fields("endpoint", APP) or {})["auth"] == APP
    assert (server.fields("auth", APP) or {})["username"] == APP


def test_r15_capitals_in_logins_survive(pbx: AsteriskPbx) -> None:
    somebody = workplace("Petra.HUBER")
    put(pbx, tenant(), somebody, route("0525551200", "Petra.HUBER"))
    objects = pbx.read([SMITHY])[SMITHY].objects
    assert somebody in objects
    assert route("0525551200", "Petra.HUBER") in objects


def test_a_withdrawn_caller_id_is_nobody_s(pbx: AsteriskPbx) -> None:
    put(pbx, tenant(), workplace(caller_id=NumberRef.literal("0525551200")))
    put(pbx, workplace(caller_id=NO_NUMBER))
    assert found(pbx).caller_id == NO_NUMBER


def test_extensions_can_be_swapped(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant(), workplace(extension="21"), workplace("hans", extension="12"))
    put(pbx, workplace(extension="12"), workplace("hans", extension="21"))
    assert server.rows("ext/schmiedeisen") == {"12": NAME, "21": "schmiedeisen--hans"}
    assert workplace("hans", extension="21") in pbx.read([SMITHY])[SMITHY].objects


def test_an_extension_of_something_foreign_is_refused(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant())
    server.set("ext/schmiedeisen", "21", "fax-in-the-cellar")
    with raises(Refused, "PV512"):
        pbx.put(workplace(extension="21"), secret=None, key=key())
    assert server.rows("ext/schmiedeisen") == {"21": "fax-in-the-cellar"}


# Routes


def test_r12_rows_of_numbers_are_what_the_dialplan_reads(pbx: AsteriskPbx, server: Server) -> None:
    put(
        pbx,
        tenant(),
        workplace(),
        route("0525551200", "petra.huber"),
        route("0525551201"),
        route("05255520", "petra.huber"),
        route("0525552011", ""),
    )
    assert server.rows("did") == {
        "+41525551200": NAME,
        "+41525551201": "schmiedeisen--?",
        "+41525552011": "schmiedeisen--",
    }
    assert server.rows("blk") == {"+415255520": NAME}
    pbx.delete(route("0525552011"), key=key())
    assert "+41525552011" not in server.rows("did")
    assert "number/0525552011" not in server.rows("prov/schmiedeisen")


@pytest.mark.parametrize("value", ["schmiedeisen--somebody-else", "schmiedeisen--", None])
def test_r12_drift_of_a_route_is_found_and_repaired(
    pbx: AsteriskPbx, server: Server, value: str | None
) -> None:
    wanted = route("0525551200", "petra.huber")
    put(pbx, tenant(), workplace(), wanted)
    if value is None:
        server.unset("did", "+41525551200")
    else:
        server.set("did", "+41525551200", value)
    assert wanted not in pbx.read([SMITHY])[SMITHY].objects
    put(pbx, wanted)
    assert wanted in pbx.read([SMITHY])[SMITHY].objects


def test_r11_a_route_taken_over_by_hand_is_refused(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant(), route("0525551200"))
    server.set("did", "+41525551200", "cafe-sonne--theke")
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
    with raises(Refused, "PV512"):
        pbx.put(route("0525551200"), secret=None, key=key())
    with raises(Refused, "PV512"):
        pbx.delete(route("0525551200"), key=key())
    assert dict(pbx.holders([E164("0525551200")])) == {E164("0525551200"): ""}


def test_r11_a_route_added_by_hand_in_a_tenant_is_foreign_and_the_customer_s(
    pbx: AsteriskPbx, server: Server
) -> None:
    put(pbx, tenant(), route("0525551200"))
    server.set("did", "+41525551299", "schmiedeisen--petra-huber")
    state = pbx.read([SMITHY])[SMITHY]
    assert state.foreign == (Foreign(Kind.ROUTE, "0525551299"),)
    with raises(Refused, "PV512"):
        pbx.put(route("0525551299"), secret=None, key=key())
    assert dict(pbx.holders([DdiBlock("052555129")])) == {DdiBlock("052555129"): str(SMITHY)}


# Many customers


def test_reading_all_at_once_and_one_by_one_agree(
    whole: AsteriskPbx, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    admin = Admin(customer=CAFE, login="chef", credential="generated:1")
    put(whole, tenant(CAFE), admin, workplace("theke", CAFE), route("0525552011", "theke", CAFE))
    put(whole, route("0525551200", "petra.huber"))
    server.write("endpoint", "cafe-sonne--fremd", {"allow": "!all,alaw"})
    one_by_one = whole.read([SMITHY, CAFE])
    monkeypatch.setattr("provisioner.drivers.asterisk.reading.FEW", 0)
    assert whole.read([SMITHY, CAFE]) == one_by_one
    assert one_by_one[CAFE].foreign == (Foreign(Kind.WORKPLACE, "fremd"),)
    assert whole.size() == 3 + 4


@pytest.mark.parametrize("fleet", [2, 12])
def test_calls_for_one_customer_do_not_grow_with_the_fleet(pbx: AsteriskPbx, fleet: int) -> None:
    for n in range(fleet):
        put(pbx, tenant(c := type(SMITHY)(f"customer-{n}")), workplace("a", c))
    put(pbx, tenant(), workplace(), route("0525551200", "petra.huber"))
    calls = []
    send = pbx.wire.send
    pbx.wire.send = lambda *a, **k: (calls.append(a), send(*a, **k))[1]  # type: ignore[method-assign]
    pbx.read([SMITHY])
    assert len(calls) == 7
