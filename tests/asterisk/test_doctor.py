"""``provision doctor`` and ``provision asterisk config`` against a real server."""

import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner.cli.group import main
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.telephony.calls import EMERGENCY_NUMBERS
from provisioner.testing.values import key, tenant, workplace
from tests.asterisk.acl import give_list
from tests.asterisk.server import Server

Open = Callable[..., AsteriskPbx]


def faults(pbx: AsteriskPbx, now: datetime | None = None) -> dict[str, str]:
    """Code by check, of those that fail."""
    found = pbx.checks(now or datetime.now(UTC))
    return {c.name.removeprefix("doctor."): c.fault.code for c in found if c.fault}


def test_a_pbx_that_is_set_up_right_passes_and_keeps_nothing(
    pbx: AsteriskPbx, server: Server
) -> None:
    assert faults(pbx) == {}
    assert not any(server.rows(f"ps/{sort}") for sort in ("aor", "auth", "endpoint"))


def test_clock_and_password_file(open_pbx: Open, tmp_path: Path, server: Server) -> None:
    secret = tmp_path / "secret"
    secret.write_text(server.password, "utf-8")
    secret.chmod(0o644)
    wrong = faults(open_pbx(password_file="secret"), datetime.now(UTC) + timedelta(seconds=30))
    assert wrong == {"clock": "PV585", "password_file": "PV586"}


def test_a_pbx_out_of_reach_ends_the_checks(open_pbx: Open) -> None:
    assert faults(open_pbx(url="http://127.0.0.1:1")) == {"reachable": "PV541"}


@pytest.mark.parametrize("left", ["endpoint", "aor"])
def test_phones_of_a_customer_that_is_gone_are_told(
    pbx: AsteriskPbx, server: Server, left: str
) -> None:
    """What an earlier version left behind: a workplace with the login ``app``."""
    pbx.put(tenant(), secret=None, key=key())
    pbx.put(workplace("app"), secret=None, key=key())
    assert faults(pbx) == {}
    server.unset("prov/schmiedeisen", "meta")
    for sort in {"endpoint", "auth", "aor"} - {left}:
        server.delete(sort, "schmiedeisen--app")
        server.unset(f"ps/{sort}", "schmiedeisen--app")
    assert faults(pbx) == {"orphans": "PV589"}


def test_a_write_that_did_not_end_is_told(pbx: AsteriskPbx, server: Server) -> None:
    pbx.put(tenant(), secret=None, key=key())
    pbx.put(workplace(), secret=None, key=key())
    server.set("prov/schmiedeisen", "pending/schmiedeisen--petra-huber", '{"before":{}}')
    assert faults(pbx) == {"unfinished": "PV587"}


@pytest.mark.parametrize(("given", "kept"), [("permit", "acl"), ("contact_permit", "contact_acl")])
def test_addresses_in_an_endpoint_s_own_fields_are_told(
    pbx: AsteriskPbx, server: Server, given: str, kept: str
) -> None:
    server.write("endpoint", "by-hand", {"allow": "!all,alaw", given: "127.0.0.0/8"})
    fields = server.fields("endpoint", "by-hand")
    assert fields is not None
    assert fields[kept] == "deny/permit"
    assert faults(pbx) == {"acl": "PV611"}
    # the remedy
    option = ["--contact"] if kept == "contact_acl" else []
    for name in ("office", ""):
        give_list(server, "by-hand", name, *option, lists={"office": ["127.0.0.0/8"]})
        fields = server.fields("endpoint", "by-hand")
        assert fields is not None
        assert fields[kept] == name
        assert faults(pbx) == {}


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "expected"),
    [
        ("sorcery.conf", "^endpoint=astdb,ps$", "endpoint=memory", {"storage": "PV582"}),
        ("sorcery.conf", "^aor=astdb,ps\n", "", {"storage": "PV582"}),
        ("extensions.conf", r"^\[from-workplace\]", "[elsewhere]", {"dialplan": "PV583"}),
        ("manager.conf", "^(read|write) = system,reporting", r"\1 = system", {"dialplan": "PV584"}),
        ("ari.conf", "^read_only = no", "read_only = yes", {"storage": "PV582"}),
        ("pjsip.conf", "^identify_by = ip\n", "", {"trunk": "PV613"}),
    ],
)
def test_what_is_set_up_wrong_is_told_with_its_remedy(
    misconfigured: Callable[[str, str, str], None],
    open_pbx: Open,
    file: str,
    pattern: str,
    replacement: str,
    expected: dict[str, str],
) -> None:
    misconfigured(file, pattern, replacement)
    assert faults(open_pbx()) == expected


@pytest.mark.parametrize(
    ("file", "pattern", "missing"),
    [
        ("extensions.conf", r"^exten => .*117#?,.*\n", {"117"}),
        ("extensions.conf", r"^\[emergency\]", {*EMERGENCY_NUMBERS}),
        ("pjsip.conf", r"^\[trunk\]", {*EMERGENCY_NUMBERS}),
    ],
    ids=["one is missing", "an earlier version's dialplan", "no carrier"],
)
def test_which_emergency_numbers_are_connected(
    misconfigured: Callable[[str, str, str], None],
    open_pbx: Open,
    file: str,
    pattern: str,
    missing: set[str],
) -> None:
    (line,) = open_pbx().emergency_lines()
    assert {*EMERGENCY_NUMBERS} <= {*line.numbers()}
    misconfigured(file, pattern, "[elsewhere]" if "[" in pattern[:3] else "")
    (line,) = open_pbx().emergency_lines()
    assert {*EMERGENCY_NUMBERS} - {*line.numbers()} == missing


def test_without_rights_nothing_is_read(
    misconfigured: Callable[[str, str, str], None], open_pbx: Open
) -> None:
    misconfigured("manager.conf", "^(read|write) = system,reporting", r"\1 = call")
    assert set(faults(open_pbx()).values()) == {"PV584"}


# The commands


def workspace(folder: Path, pbx: str) -> Path:
    folder.mkdir()
    text = f"version: 1\npbx: {{{pbx}}}\ndesk: {{driver: sql}}\n"
    (folder / "provision.yaml").write_text(text, "utf-8")
    (folder / "customers").mkdir()
    return folder


def test_doctor_says_what_is_fine(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ", ".join(f"{n}: '{v}'" for n, v in server.options.items())
    root = workspace(tmp_path / "ws", f"driver: asterisk, {options}")
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    encrypted = 5 if "ASTERISK_TLS" in server.env else 0  # the pair, and two checks of each port
    of_pbx = out.partition("\nPBX  ")[2].partition("\nDesk  ")[0]
    assert of_pbx.count("  ok    ") == 17 + encrypted
    assert server.password not in out


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("emergency_numbers: [112, 117, 118, 144, 1414]", "PV588]: The PBX does not connect 1414."),
        ('emergency_caller: "0445550100"', "PV612]: Where nothing else is known, emergency calls"),
    ],
)
def test_doctor_tells_where_the_dialplan_lags_behind(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, said: str
) -> None:
    options = ", ".join(f"{n}: '{v}'" for n, v in server.options.items())
    root = workspace(tmp_path / "ws", f"driver: asterisk, {options}")
    with (root / "provision.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{setting}\n")
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 1
    err = capsys.readouterr().err
    assert f"error[{said}" in err
    assert "--only extensions.conf" in err


def test_doctor_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = workspace(tmp_path / "ws", "driver: local, path: pbx.sqlite")
    (root / "pbx.sqlite").write_bytes(b"no database" * 100)
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 1
    out, err = capsys.readouterr()
    assert "PV502" in out
    assert "Restore the file from a backup" in err


def test_doctor_knows_a_file_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = workspace(tmp_path / "ws", "driver: local, path: pbx.sqlite")
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 0
    from provisioner.drivers.local import LocalPbx

    pbx = LocalPbx.open({"path": "pbx.sqlite"}, root)
    pbx.put(tenant(), secret=None, key=key())
    pbx.close()
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 0
    (root / "pbx.sqlite").chmod(0o644)
    assert main(["doctor", "-C", str(root), "--lang", "en"]) == 1
    assert "chmod 600" in capsys.readouterr().err


def test_config_writes_once_and_keeps_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "sorcery.conf").write_text("; mine\n", "utf-8")
    command = ["asterisk", "config", str(folder), "--lang", "en", "--carrier", "192.0.2.10"]
    assert main(command) == 3
    assert "PV580" in capsys.readouterr().err
    assert [f.name for f in folder.iterdir()] == ["sorcery.conf"]
    assert main([*command, "--replace"]) == 0
    shown = capsys.readouterr().out
    secret = (folder / "provision.secret").read_text("utf-8").strip()
    assert len(secret) >= 32
    assert secret not in shown
    assert (folder / "sorcery.conf.before").read_text("utf-8") == "; mine\n"
    for name in ("ari.conf", "manager.conf", "provision.secret"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        assert secret in (folder / name).read_text("utf-8")
    assert not re.findall(r"@[A-Z_]+@", "".join(f.read_text("utf-8") for f in folder.iterdir()))
    assert "match = 192.0.2.10" in (folder / "pjsip.conf").read_text("utf-8")
    assert main([*command, "--replace"]) == 0
    assert (folder / "provision.secret").read_text("utf-8").strip() != secret
    assert not (folder / "provision.secret.before").exists()
    assert (folder / "sorcery.conf.before").read_text("utf-8") == "; mine\n"
    assert (folder / "sorcery.conf.before2").exists()


def test_config_writes_one_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After a change of the emergency numbers: all else stays as it was made."""
    folder, root = tmp_path / "etc", workspace(tmp_path / "ws", "driver: local")
    folder.mkdir()
    command = ["asterisk", "config", str(folder), "-C", str(root), "--lang", "en", "--replace"]
    assert main(command) == 0
    assert "no emergency_caller in provision.yaml" in capsys.readouterr().err
    before = {f.name: f.read_text("utf-8") for f in folder.iterdir()}
    with (root / "provision.yaml").open("a", encoding="utf-8") as file:
        file.write(
            'emergency_numbers: [112, 117, 118, 144, 1414]\nemergency_caller: "0445550100"\n'
        )
    assert main([*command, "--only", "extensions.conf"]) == 0
    shown = capsys.readouterr()
    assert "112, 117, 118, 144, 1414" in shown.out
    assert "0445550100" in shown.out
    assert shown.err == ""
    after = {f.name: f.read_text("utf-8") for f in folder.iterdir()}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"extensions.conf", "extensions.conf.before"}
    for wrong in ("ari.conf", "nothing.conf"):
        assert main([*command, "--only", wrong]) == 64


def test_config_says_that_it_found_no_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["asterisk", "config", str(tmp_path), "-C", str(tmp_path), "--lang", "en"]) == 0
    assert "no provision.yaml here" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--carrier", "evil\n[x]"],
        ["--sip", "nowhere"],
        ["--user", "a]b"],
        ["--http-port", "0"],
        ["--carrier", "192.0.2.1:99999"],
    ],
)
def test_config_takes_no_line_breaks_and_no_nonsense(tmp_path: Path, options: list[str]) -> None:
    assert main(["asterisk", "config", str(tmp_path), *options]) == 64
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"url": "http://192.0.2.1:8088"}, "PV550"),
        ({"url": "http://pbx.example"}, "PV550"),
        ({"url": "ftp://127.0.0.1"}, "PV506"),
        ({"url": "http://user:pw@127.0.0.1"}, "PV506"),
        ({"url": "http://127.0.0.1/ari"}, "PV506"),
        ({"url": "http://127.0.0.1:99999"}, "PV506"),
        ({"concurrency": "9"}, "PV506"),
        ({"concurrency": "0"}, "PV506"),
        ({"timeout": "0"}, "PV506"),
        ({"timeout": "101"}, "PV597"),
        ({"answer_timeout": "101"}, "PV597"),
        ({"call_timeout": "101"}, "PV597"),
        ({"patience": "101"}, "PV597"),
        ({"sip": "pbx.example"}, "PV506"),
        ({"wss": "wss://pbx.example:8089"}, "PV506"),
        ({"wss": "pbx.example:99999"}, "PV506"),
        ({"wss": ""}, "PV506"),
        ({"password": "x"}, "PV501"),
        ({"password_file": ""}, "PV506"),
    ],
)
def test_options_are_checked_before_anything_is_reached(
    options: dict[str, str], code: str, tmp_path: Path
) -> None:
    from provisioner.drivers.options import OptionError

    good = {"url": "https://pbx.example", "password_file": "secret"}
    AsteriskPbx.open(good, tmp_path)
    AsteriskPbx.open({**good, "url": "http://[::1]:8088/"}, tmp_path)
    with pytest.raises(OptionError) as caught:
        AsteriskPbx.open({**good, **options}, tmp_path)
    assert caught.value.code == code
