"""Options of ``provision asterisk config`` for phones and apps that encrypt."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from provisioner.cli.group import main
from tests.certified import made

Pair = Callable[[str], list[str]]
PLACES = ("--tls", "192.0.2.10:5061", "--https", "192.0.2.10:8089")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Makes a key and its certificate by a name; the options that name them."""

    def make(name: str) -> list[str]:
        certificate, key = tmp_path / f"{name}.crt", tmp_path / f"{name}.key"
        made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=pbx.example"
        command = ["openssl", *made.split(), "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        return ["--certificate", str(certificate), "--key", str(key)]

    return make


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asterisk").mkdir()
    return tmp_path / "asterisk"


def config(folder: Path, *options: str) -> int:
    return main(["asterisk", "config", str(folder), "--carrier", "192.0.2.20", *options])


def sections(folder: Path, name: str) -> list[tuple[str, dict[str, str]]]:
    """The sections of a file of Asterisk, in order; of a key that is there twice the last."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in (folder / name).read_text("utf-8").splitlines():
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        elif " = " in line and not line.startswith(";"):
            key, _, value = line.partition(" = ")
            found[-1][1][key] = value
    return found


def test_transports_https_and_their_pair(folder: Path, pair: Pair) -> None:
    given = pair("pbx")
    assert config(folder, *PLACES, *given) == 0
    transports = {
        name: each for name, each in sections(folder, "pjsip.conf") if each["type"] == "transport"
    }
    assert transports == {
        "udp": {"type": "transport", "protocol": "udp", "bind": "0.0.0.0:5060"},
        "tls": {
            "type": "transport",
            "protocol": "tls",
            "bind": "192.0.2.10:5061",
            "cert_file": given[1],
            "priv_key_file": given[3],
            "method": "tlsv1_2",
        },
        "wss": {"type": "transport", "protocol": "wss", "bind": "0.0.0.0:5060"},
    }
    general = dict(sections(folder, "http.conf"))["general"]
    assert general["bindaddr"] == "127.0.0.1"
    assert {n: v for n, v in general.items() if n.startswith("tls")} == {
        "tlsenable": "yes",
        "tlsbindaddr": "192.0.2.10:8089",
        "tlscertfile": given[1],
        "tlsprivatekey": given[3],
        "tlsdisablev1": "yes",
        "tlsdisablev11": "yes",
    }
    for letter in "aArRmM":
        restriction = dict(sections(folder, "http.conf"))[f"/{letter}"]
        assert restriction["type"] == "restriction"
        assert restriction["permit"] == "127.0.0.1/32"


@pytest.mark.parametrize(
    "options", [(), ("--only", "pjsip.conf"), ("--database", "db.example/asterisk")]
)
def test_what_provision_yaml_has_to_say_is_there_to_be_copied(
    folder: Path,
    pair: Pair,
    options: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "secret").write_text("a-password", "utf-8")
    (tmp_path / "secret").chmod(0o600)
    password = ("--database-password", "secret") if "--database" in options else ()
    assert config(folder, *PLACES, *pair("pbx"), *options, *password) == 0
    printed = "".join(line for line in capsys.readouterr().out.splitlines(True) if line[:2] == "  ")
    pbx = yaml.safe_load(printed)["pbx"]
    assert (pbx["sip"], pbx["wss"]) == ("pbx.example:5061", "pbx.example:8089")


@pytest.mark.parametrize(
    ("options", "bind"), [((), "0.0.0.0:5060"), (("--carrier-sip", "192.0.2.9:5070"),) * 2]
)
def test_without_plain_phones_the_carrier_has_a_place_of_its_own(
    folder: Path, pair: Pair, options: tuple[str, ...], bind: str | tuple[str, ...]
) -> None:
    assert config(folder, *PLACES, *pair("pbx"), "--sip", "none", *options) == 0
    found = sections(folder, "pjsip.conf")
    udp = {name: each["bind"] for name, each in found if each.get("protocol") == "udp"}
    assert udp == {"carrier": bind if isinstance(bind, str) else bind[1]}
    assert next(each for name, each in found if name == "trunk")["transport"] == "carrier"
    order = dict(found)["global"]["endpoint_identifier_order"].split(",")
    assert order.index("ip") < order.index("header") < order.index("username")


def test_without_a_carrier_nothing_listens_on_udp(folder: Path, pair: Pair) -> None:
    line = ["asterisk", "config", str(folder), *PLACES, *pair("pbx"), "--sip", "none"]
    assert main(line) == 0
    assert "protocol = udp" not in (folder / "pjsip.conf").read_text("utf-8")


def test_a_pair_that_asterisk_would_not_serve_is_refused_before_anything_is_written(
    folder: Path, pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = pair("pbx")[1::2]
    other = pair("other")[3]
    rsa, sealed = tmp_path / "rsa.key", tmp_path / "sealed.key"
    for line in (
        f"genrsa -out {rsa} 2048",
        f"pkey -in {key} -aes256 -passout pass:secret -out {sealed}",
    ):
        subprocess.run(["openssl", *line.split()], check=True, capture_output=True)
    for first, second, code in (
        (certificate, other, "PV655"),
        (certificate, str(rsa), "PV655"),
        (key, certificate, "PV656"),
        (certificate, str(sealed), "PV656"),
        (certificate, str(tmp_path / "nowhere"), "PV020"),
        (str(tmp_path), key, "PV031"),
    ):
        given = ("--certificate", first, "--key", second)
        assert config(folder, *PLACES, *given) != 0
        assert f"{code}" in capsys.readouterr().err, (first, second)
    assert list(folder.iterdir()) == []


def test_a_pair_that_phones_would_refuse_is_refused_as_in_a_renewal(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    old = made(first=-60, last=-1, now=now)
    weak = made(private=rsa.generate_private_key(65537, 1024), now=now)  # noqa: S505 - to be refused
    rare = made(private=ed25519.Ed25519PrivateKey.generate(), now=now)
    for each, code in ((old, "PV835"), (weak, "PV838"), (rare, "PV838")):
        certificate, key = tmp_path / "each.crt", tmp_path / "each.key"
        certificate.write_bytes(each.certificate)
        key.write_bytes(each.key)
        given = ("--certificate", str(certificate), "--key", str(key))
        assert config(folder, *PLACES, *given) == 3
        assert code in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_path_that_asterisk_would_cut_off(folder: Path, pair: Pair) -> None:
    (folder.parent / "a;b").mkdir()
    certificate, key = pair("a;b/pbx")[1::2]
    assert config(folder, *PLACES, "--certificate", certificate, "--key", key) == 64
    assert list(folder.iterdir()) == []
