"""``provision phones write``: from the hand-over to files, one for each phone."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import jsonschema
import orjson
import pyrage
import pytest

from provisioner import durable
from provisioner.cli.commands.schema import told
from provisioner.manifest.sealed import seal_raw
from tests.phones import parsed
from tests.phones.sealed import OTHER_SNOM, PASSWORD, SNOM, YEALINK, Host

HOSTILE = "Müller & <Söhne> \"x\" ]]> 'y'; # = %00 {mac} $MAC"
XML, CFG = "000413A1B2C3.xml", "001565a1b2c3.cfg"


def schema(name: str) -> dict[str, object]:
    return dict(told()[f"{name}.schema.json"])


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "web")


def test_each_phone_gets_a_file_as_its_maker_documents_it(host: Host) -> None:
    host.tell("petra", SNOM, name=HOSTILE, extension="202", srtp="required")
    host.tell("anna", YEALINK, name=HOSTILE, srtp="optional")
    host.write()
    files = host.files()
    assert sorted(files) == [XML, CFG]
    assert parsed.snom(files[XML]) == {
        "user_active": "on",
        "user_realname": HOSTILE,
        "user_name": "werk--petra",
        "user_pname": "werk--petra",
        "user_pass": PASSWORD,
        "user_host": "sip.muster.example",
        "user_outbound": "sip.muster.example:5061;transport=tls",
        "user_idle_text": HOSTILE,
        "user_idle_number": "202",
        "user_srtp": "on",
        "user_savp": "mandatory",
    }
    assert parsed.yealink(files[CFG]) == {
        "account.1.enable": "1",
        "account.1.label": HOSTILE,
        "account.1.display_name": HOSTILE,
        "account.1.auth_name": "werk--anna",
        "account.1.user_name": "werk--anna",
        "account.1.password": PASSWORD,
        "account.1.sip_server.1.address": "sip.muster.example",
        "account.1.sip_server.1.port": "5061",
        "account.1.sip_server.1.transport_type": "2",
        "account.1.srtp_encryption": "1",
    }


def test_only_the_web_servers_group_can_read_it_and_the_password_is_nowhere_else(
    host: Host,
) -> None:
    host.tell("petra", SNOM)
    said = host.write() + host.write("--format", "json") + host.read("list")
    (file,) = host.out.glob("*/*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (
        stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE(host.out.stat().st_mode) == 0o750
    )
    assert len(file.parent.name) == 32
    assert [p for p in host.root.rglob("*") if p.is_file() and PASSWORD in p.read_text()] == [file]
    assert PASSWORD not in said


def test_the_web_servers_group_gets_them_whatever_the_umask(host: Host) -> None:
    host.out.mkdir()
    if os.getuid() == 0:
        os.chown(host.out, -1, 33)
    host.out.chmod(0o2750)
    host.tell("petra", SNOM)
    before = os.umask(0o077)
    try:
        host.write()
    finally:
        os.umask(before)
    (file,) = host.out.glob("*/*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o777 == 0o750
    assert {each.stat().st_gid for each in (file, file.parent)} == {host.out.stat().st_gid}


def test_the_address_comes_from_the_key_and_the_mac_alone(host: Host, tmp_path: Path) -> None:
    host.tell("petra", SNOM)
    first = host.read("list", "--format", "csv")
    host.key.write_text(host.key.read_text().splitlines()[1])  # without age-keygen's comment
    assert host.read("list", "--format", "csv") == first
    other = Host(tmp_path / "another")
    other.tell("petra", SNOM)
    assert other.read("list", "--format", "csv") != first


@pytest.mark.parametrize(
    ("phone", "field", "value"),
    [
        (YEALINK, "name", "%null%"),
        (YEALINK, "name", "a\naccount.1.password = x"),
        (YEALINK, "password", "x\u2028account.1.enable = 0"),
        (SNOM, "name", "a\x07"),
        (SNOM, "extension", "\ufffe"),
        (SNOM, "user", ""),
        (SNOM, "password", " blank"),
    ],
)
def test_what_would_not_reach_the_phone_as_it_is_gets_no_file(
    host: Host, phone: object, field: str, value: str
) -> None:
    host.tell("good", OTHER_SNOM)
    host.tell("bad", phone, **{field: value})
    said = host.write(code=5)
    assert "PV044" in said
    assert "werk/bad" in said
    assert list(host.files()) == ["000413A1B2C4.xml"]


def test_nothing_new_writes_nothing_and_says_so(host: Host) -> None:
    host.tell("petra", SNOM)
    assert "Written: 000413A1B2C3 (Snom D785), werk/petra" in host.write()
    before = host.state()
    assert "Nothing new: 1 file stays as it is." in host.write()
    found = orjson.loads(host.write("--format", "json"))
    jsonschema.validate(found, schema("phone-files"))
    assert (found["written"], found["removed"], found["unchanged"]) == ([], [], 1)
    assert host.state() == before


def test_the_file_of_a_phone_that_is_gone_goes(host: Host) -> None:
    host.tell("petra", SNOM)
    host.tell("anna", YEALINK)
    host.write()
    host.tell("petra", None, password=None)
    host.tell("anna", OTHER_SNOM, password=None)
    said = host.write()
    assert "Removed: 000413A1B2C3, werk/petra" in said
    assert list(host.files()) == ["000413A1B2C4.xml"]
    assert parsed.snom(host.files()["000413A1B2C4.xml"])["user_pass"] == PASSWORD
    assert len([*host.out.iterdir()]) == 2


@pytest.mark.parametrize(("more", "code"), [({"name": "a\x07"}, "PV044"), ({}, "PV040")])
def test_what_cannot_be_written_leaves_nothing_to_a_phone_that_was_given_up(
    host: Host, more: dict[str, str], code: str
) -> None:
    host.tell("petra", SNOM)
    host.write()
    unknown = str(pyrage.x25519.Identity.generate().to_public())
    host.tell("petra", SNOM, password=None, name="a\x07")
    assert "PV046" not in host.write(code=1)
    assert list(host.files()) == [XML]
    if not more:
        host.tell("petra", SNOM, recipient=unknown)
    host.tell("petra", OTHER_SNOM, password=None, **more)
    host.tell("anna", {**SNOM, "model": "snom-d865"})
    assert code in host.write(code=5)
    assert parsed.snom(host.files()[XML])["user_name"] == "werk--anna"
    host.tell("anna", None)
    host.write(code=5)
    assert host.files() == {}


def test_a_phone_of_another_maker_has_another_file(host: Host) -> None:
    host.tell("petra", {**SNOM, "mac": YEALINK["mac"]})
    host.write()
    host.tell("petra", YEALINK, password=None)
    host.write()
    assert list(host.files()) == [CFG]


def test_a_renamed_login_takes_its_phone_along(host: Host) -> None:
    host.tell("petra", SNOM, password="the-former-one")
    host.write()
    host.tell("petra", None, password=None)
    host.tell("petra.huber", SNOM)
    said = host.write()
    assert parsed.snom(host.files()[XML])["user_name"] == "werk--petra.huber"
    assert "Removed" not in said


def test_one_phone_is_not_two_peoples(host: Host) -> None:
    host.tell("petra", SNOM)
    host.write()
    before = host.state()
    host.tell("anna", SNOM)
    assert "PV041" in host.write(code=1)
    assert host.state() == before
    host.tell("petra", None)
    host.write()
    assert parsed.snom(host.files()[XML])["user_name"] == "werk--anna"


def test_the_phone_of_somebody_who_cannot_be_read_is_not_taken_away(host: Host) -> None:
    host.tell("petra", SNOM)
    host.write()
    before = host.state()
    host.tell("petra", None, recipient=str(pyrage.x25519.Identity.generate().to_public()))
    host.tell("anna", SNOM)
    said = host.write(code=1)
    assert "PV315" in said
    assert "PV041" in said
    assert "Nothing new" in said, "the phone keeps its file"
    assert host.state() == before


def test_with_the_key_of_another_host_nothing_is_said_to_be_new_or_not(host: Host) -> None:
    host.tell("petra", SNOM, recipient=str(pyrage.x25519.Identity.generate().to_public()))
    said = host.write(code=1)
    assert "PV315" in said
    assert "Nothing new" not in said


def test_an_older_password_is_not_taken_for_one_that_does_not_open(host: Host) -> None:
    host.tell("good", OTHER_SNOM)
    host.tell("petra", SNOM)
    host.write()
    before = host.files()
    host.tell("petra", SNOM, recipient=str(pyrage.x25519.Identity.generate().to_public()))
    host.tell("petra", SNOM, password=None, name="Petra")
    assert "PV040" in host.write(code=5)
    assert host.files() == before


def test_damage_is_told_and_the_others_go_on(host: Host) -> None:
    host.tell("petra", SNOM)
    host.tell("cut", YEALINK)
    whole = host.file.read_bytes()
    host.file.write_bytes(whole[:-200] + b"\nxx\n")
    host.tell("anna", OTHER_SNOM)
    host.tell("new", {"model": "snom-d9999", "mac": "000413A1B2C9"})
    said = host.write(code=5)
    assert [code for code in ("PV314", "PV045", "PV049") if code not in said] == []
    assert sorted(host.files()) == [XML, "000413A1B2C4.xml"]


def test_what_the_hand_over_does_not_know_any_more_stays(host: Host) -> None:
    host.tell("petra", SNOM)
    host.write()
    host.file.write_bytes(b"")
    said = host.write()
    assert "PV046" in said
    assert list(host.files()) == [XML]
    next(host.out.glob("*/*")).unlink()  # as the remedy says
    assert "PV046" not in host.write()


def test_a_file_of_somebody_else_is_left_alone(host: Host) -> None:
    host.tell("petra", SNOM)
    host.write()
    (file,) = host.out.glob("*/*")
    (host.out / ".written.json").unlink()
    file.write_text("mine")
    host.tell("anna", YEALINK)
    assert "PV042" in host.write(code=5)
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 1, "files": {"../host.key": {}}}', '{"version": 2}']
)
def test_a_list_that_cannot_be_trusted_stops_it(host: Host, content: str) -> None:
    host.tell("petra", SNOM)
    host.write()
    before = host.files()
    place = '{"customer": "a", "login": "b", "mac": "c"}'
    (host.out / ".written.json").write_text(content.replace("{}", place))
    host.tell("petra", None)
    assert "PV043" in host.write(code=3)
    assert host.files() == before
    assert host.key.exists()


def test_a_link_leads_nowhere(host: Host, tmp_path: Path) -> None:
    host.tell("petra", SNOM)
    host.write()
    (file,) = host.out.glob("*/*")
    elsewhere = tmp_path / "elsewhere"
    file.parent.rename(elsewhere)
    file.parent.symlink_to(elsewhere)
    host.tell("petra", None)
    assert "PV461" in host.write(code=1)
    assert (elsewhere / XML).exists()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", range(9))
def test_a_run_that_is_killed_is_finished_by_the_next(
    host: Host, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.tell("old", SNOM)
    host.write()
    host.tell("old", None)
    host.tell("petra", OTHER_SNOM)
    host.tell("anna", YEALINK)
    left = [step]

    def until(function: Callable[..., None]) -> Callable[..., None]:
        def called(*arguments: Path) -> None:
            if not left[0]:
                left[0] = -1
                begun = arguments[0]
                if begun.is_file():  # what is on disk then stays, under the name that it has
                    begun.with_name(f"{begun.name}left").write_bytes(begun.read_bytes())
                raise Killed
            left[0] -= 1
            function(*arguments)

        return called

    with monkeypatch.context() as patched:
        patched.setattr(durable, "move", until(durable.move))
        patched.setattr(durable, "sync_folder", until(durable.sync_folder))
        with pytest.raises(Killed):
            host.write()
    host.write()
    assert sorted(host.files()) == ["000413A1B2C4.xml", CFG]
    assert len([*host.out.rglob("*")]) == 5  # two folders, two files, the list
    assert "Nothing new: 2 files stay as they are." in host.write()


def test_what_is_no_hand_over_for_phones_is_told(host: Host) -> None:
    host.tell("petra", SNOM, kind="workplace")
    assert "PV048" in host.write(code=1)
    host.file.write_text("nothing of ours")
    assert "PV048" in host.write(code=1)


def test_it_needs_phones_in_provision_yaml(host: Host) -> None:
    config = host.root / "provision.yaml"
    config.write_text(config.read_text().partition("\nphones:")[0])
    assert "PV047" in host.write(code=3)


def test_lists_tell_portals_the_address_and_programs_all(host: Host) -> None:
    host.tell("petra", SNOM)
    host.tell("anna", YEALINK)
    host.write()
    found = orjson.loads(host.read("list", "--format", "json"))
    jsonschema.validate(found, schema("phones"))
    snom, yealink = sorted(found["phones"], key=lambda each: str(each["mac"]))
    paths = {path.name: str(path.relative_to(host.out)) for path in host.out.glob("*/*")}
    assert snom["url"] == f"https://phones.muster.example/{paths[XML]}"
    assert yealink["url"] + CFG == f"https://phones.muster.example/{paths[CFG]}"
    header, first, _ = host.read("list", "--format", "csv").splitlines()
    assert header == "mac,url,model,customer,login"
    assert first == f"001565A1B2C3,{yealink['url']},yealink-t54w,werk,anna"
    host.columns = "80"
    narrow = host.read("list").splitlines()
    assert max(map(len, narrow)) <= 80
    assert {snom["url"], yealink["url"]} <= {*narrow}
    host.columns = "200"
    wide = host.read("list").splitlines()
    assert len(wide) == 4
    assert wide[2].endswith(f"  anna   {yealink['url']}")


PLACE = {"customer": "werk", "kind": "phone", "login": "petra"}
WHOLE = {"user": "u", "password": PASSWORD, "name": None, "extension": None, "srtp": None}


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        None,
        {**PLACE, "customer": 5},
        PLACE,
        {**PLACE, **WHOLE},
        {**PLACE, **WHOLE, "phone": "000413A1B2C3"},
        {**PLACE, **WHOLE, "phone": {"model": "snom-d785"}},
        {**PLACE, **WHOLE, "phone": {"model": "snom-d785", "mac": "../../etc/x"}},
        {**PLACE, **WHOLE, "phone": SNOM, "password": 7},
        {**PLACE, **WHOLE, "phone": SNOM, "srtp": "maybe"},
        {**PLACE, **WHOLE, "phone": SNOM, "name": ["x"]},
    ],
)
def test_an_entry_that_makes_no_sense_is_told_and_harms_nobody(host: Host, body: object) -> None:
    host.tell("anna", YEALINK)
    sealed = seal_raw(orjson.dumps(body), [host.recipient])
    with host.file.open("ab") as file:
        file.write(orjson.dumps({**PLACE, "sealed": sealed}) + b"\n")
    said = host.write(code=5)
    assert "PV314" in said or "PV045" in said
    assert list(host.files()) == [CFG]


def test_names_of_places_are_data_too(host: Host) -> None:
    """Whoever has the public key can have written them, and that key is no secret."""
    host.tell("\x1b[2J\n../x", SNOM, name="x", user="u", customer="../../\x1b]0;x\x07")
    said = host.write("--format", "json") + host.read("list")
    assert "\x1b" not in said + host.read("list", "--format", "csv")
    assert list(host.files()) == [XML]
    host.tell("\x1b[2J\n../x", None, customer="../../\x1b]0;x\x07")
    assert "\x1b" not in host.write()
    assert host.files() == {}


def test_a_folder_that_is_not_named_is_not_this_one(host: Host) -> None:
    host.tell("petra", SNOM)
    host.read("write", "--out", "", code=64)
    assert not list(host.root.glob(".written*"))


def test_a_yealink_without_a_name_shows_its_extension_once(host: Host) -> None:
    host.tell("lift", YEALINK, extension="22")
    host.write()
    (content,) = host.files().values()
    assert b"account.1.label = 22\n" in content
