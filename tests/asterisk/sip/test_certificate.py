"""``provision asterisk certificate`` on a real Asterisk, and what doctor and check say of TLS."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from pyrage.x25519 import Identity

from provisioner.drivers.asterisk import renewal
from provisioner.drivers.asterisk.certificate import Pair, serial
from provisioner.drivers.asterisk.listeners import HTTPS, SIP, Listener, of_folder
from provisioner.drivers.asterisk.renewal import Renewal
from provisioner.errors import SystemFault
from tests.asterisk.server import Server
from tests.asterisk.sip.encrypted import TLSPhone
from tests.asterisk.sip.raw import address
from tests.asterisk.sip.sip import Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace
from tests.certified import Made, made

NAMES = ("pbx.example", "localhost")
KILLED = """
import os, signal, sys
from provisioner import durable
from provisioner.cli.main import run
moves, move = iter(range(int(sys.argv.pop(1)))), durable.move
def killed(made, path):
    if next(moves, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    move(made, path)
durable.move = killed
run()
"""
"""The command, which dies before one of its files gets its name."""


class Office:
    """A workspace, and the files with which its Asterisk speaks TLS."""

    def __init__(self, workspace: Workspace, server: Server, folder: Path) -> None:
        self.workspace, self.server, self._folder = workspace, server, folder
        self.etc = (server.folder / "server").resolve() / "etc"
        env = server.env
        self.ports = {SIP: env["ASTERISK_TLS"], HTTPS: env["ASTERISK_HTTPS"]}
        self.certificate, self.key = (
            Path(env[name]) for name in ("ASTERISK_CERTIFICATE", "ASTERISK_KEY")
        )
        self.run, self._count = workspace.run, 0
        self.configure()

    def configure(self, **parts: object) -> None:
        options = {**self.server.options, "sip": self.server.env["ASTERISK_SIP"]}
        self.workspace.configure(pbx={"driver": "asterisk", **options}, **parts)

    def arguments(self, pair: Made, *, key: bytes = b"") -> tuple[str, ...]:
        """Those of a renewal with a pair, or with a key that is not its own."""
        self._count += 1
        files = [self._folder / f"{self._count}.{name}" for name in ("pem", "key")]
        for file, data in zip(files, (pair.certificate, key or pair.key), strict=True):
            file.write_bytes(data)
        pem, secret = map(str, files)
        return ("asterisk", "certificate", str(self.etc), "--certificate", pem, "--key", secret)

    def renew(self, pair: Made) -> str:
        return self.run(*self.arguments(pair))

    def lay(self, pair: Made, *, key: bytes = b"", read: bool = False) -> None:
        """By hand, into the files as they are; ``read``: Asterisk is told to read them."""
        self.certificate.write_bytes(pair.certificate)
        self.key.write_bytes(key or pair.key)
        if read:
            os.utime(self.etc / "http.conf")
            for module in ("http", "res_pjsip.so"):
                assert "Success" in self.server.db("Reload", Module=module)

    def served(self) -> dict[str, str]:
        """Serial numbers by port."""
        found = {}
        for what, port in self.ports.items():
            pem = ssl.get_server_certificate(address(port), timeout=30)
            found[what] = serial(x509.load_pem_x509_certificate(pem.encode()))
        return found

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        """All of the folder, with owner and mode."""
        return {
            file.name: (file.read_bytes(), file.stat().st_uid, file.stat().st_mode)
            for file in self.etc.iterdir()
        }

    def doctor(self) -> Counter[str]:
        """How often it says each code of an error or a warning, but for the number that this
        workspace shows on emergency calls."""
        told = self.run("doctor", code=1)
        found = Counter(re.findall(r"^(?:error|warning)\[(PV\d+)\]", told, re.MULTILINE))
        assert found.pop("PV612") == 1
        return found

    def listeners(self) -> list[Listener]:
        texts = [(self.etc / name).read_text("utf-8") for name in ("pjsip.conf", "http.conf")]
        return of_folder(self.etc, *texts)


def both(pair: Made) -> dict[str, str]:
    return dict.fromkeys((SIP, HTTPS), serial(pair.leaf))


@pytest.fixture(scope="module")
def office(
    fresh: Callable[[], Workspace], started: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    workspace = fresh()
    if "ASTERISK_TLS" not in started.env:
        pytest.skip("this Asterisk has no TLS: there is no openssl")
    workplaces = [workplace("anna", extension="21"), workplace("beat", extension="22")]
    workspace.customer("muster-ag", manifest("Muster AG", workplaces=workplaces))
    workspace.apply("2026-11-24")
    office = Office(workspace, started, tmp_path_factory.mktemp("pairs"))
    before = {file: file.read_bytes() for file in (office.certificate, office.key)}
    yield office
    for file, data in before.items():
        file.write_bytes(data)
        renewal.before(file).unlink(missing_ok=True)
    os.utime(office.etc / "http.conf")
    for module in ("http", "res_pjsip.so"):
        started.db("Reload", Module=module)


@pytest.fixture
def good(office: Office) -> Made:
    """What is served and on disk when the test begins, whatever was there before."""
    pair = made(NAMES)
    office.run(*office.arguments(pair), "--name", NAMES[0])
    return pair


def test_a_call_goes_on_while_the_certificate_is_renewed(
    office: Office, good: Made, sip: Sip
) -> None:
    anna = office.workspace.phone("muster-ag", "anna")
    beat = office.workspace.phone("muster-ag", "beat")
    assert sip.register(beat) == 200
    new = made((*NAMES, "apps.example"))
    before = office.files()
    with sip.answering(beat), TLSPhone(address(office.ports[SIP]), anna) as phone:
        assert phone.call("22") == 200
        told = office.renew(new)
        assert office.served() == both(new)
        assert office.server.db("CoreShowChannels").count("Event: CoreShowChannel\r") == 2
        assert phone.hang_up() == 200
    for what, port in office.ports.items():
        names = "apps.example, localhost, pbx.example"
        until = f"{new.leaf.not_valid_after_utc:%d.%m.%Y}"
        line = f"{what} at {port}: serial {serial(new.leaf)}, for {names}, until {until}"
        assert line in " ".join(told.split())
    assert "is signed by itself" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= 120
    after = office.files()
    for file, pem, old in (
        (office.certificate, new.certificate, good.certificate),
        (office.key, new.key, good.key),
    ):
        assert after[file.name] == (pem, *before[file.name][1:])
        assert after[f"{file.name}.before"] == (old, *before[file.name][1:])
    with TLSPhone(address(office.ports[SIP]), anna) as phone:  # new calls, too
        assert phone.call("99") == 404
    office.renew(new)  # again: there is nothing to write, and the pair from before stays
    assert office.files() == after


def test_a_bad_pair_changes_nothing(office: Office, good: Made) -> None:
    before = office.files()
    other, ended = made(NAMES), made(NAMES, last=-0.5)
    for arguments, code in (
        (office.arguments(good, key=other.key), "PV833"),
        (office.arguments(ended), "PV835"),
        (office.arguments(made(NAMES[:1])), "PV837"),
        ((*office.arguments(made(NAMES)), "--name", "neu.example"), "PV837"),
    ):
        assert code in office.run(*arguments, code=3)
    huge = list(office.arguments(good))
    Path(huge[4]).write_bytes(good.certificate * 200)
    assert "PV032" in office.run(*huge, code=64)
    assert office.files() == before
    assert office.served() == both(good)


def test_what_doctor_and_check_tell(
    office: Office, good: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    sipp = Path(office.server.env["ASTERISK_SIPP"]).parent
    monkeypatch.setenv("PATH", f"{sipp}{os.pathsep}{os.environ['PATH']}")
    check = ("check", "muster-ag")
    assert office.doctor() == {}
    healthy = office.run(*check)
    for what, port in office.ports.items():
        assert f"ok     TLS for {what} at {port}" in healthy

    phones = {"recipient": str(Identity.generate().to_public()), "url": "https://phones.example/"}
    for registrar, transport, code in (
        (NAMES[0], "tls", {}),
        ("other.example", "tls", {"PV658": 1}),
        (NAMES[0], "tcp", {"PV659": 1}),
    ):
        more = {"registrar": registrar, "transport": transport}
        office.configure(phones={**phones, **more})
        assert office.doctor() == code
    office.configure()

    office.lay(good, key=made().key)  # nothing shows it yet but the disk
    assert office.doctor() == {"PV833": 1}
    assert "PV833" in office.run(*check, code=1)
    office.lay(good, key=made().key, read=True)
    assert office.doctor() == {"PV833": 1, "PV695": 2}
    assert office.run(*check, code=1).count("error[PV695]") == 2
    office.run(*office.arguments(good), "--name", NAMES[0])
    assert office.served() == both(good)

    office.lay(made(NAMES))
    assert office.doctor() == {"PV697": 2}
    office.lay(made(NAMES, last=-0.1), read=True)
    assert office.run(*check, code=1).count("error[PV835]") == 2
    authority = made((), subject="Authority")
    alone = made(NAMES, signer=authority, last=5.5, fetched=True)
    told = office.renew(alone)
    assert "warning[PV836]" in told
    assert "warning[PV657]" in told
    assert office.doctor() == {"PV836": 2}
    assert office.run(*check).count("days left: 5") == 2


@pytest.mark.parametrize("moves", [1, 3, 4])
def test_who_is_killed_between_two_files_runs_it_again(
    office: Office, good: Made, moves: int
) -> None:
    """Two files are kept first, then two are written."""
    new = made(NAMES)
    arguments = office.arguments(new)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(moves), *arguments],
        cwd=office.workspace.root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == (0 if moves == 4 else -signal.SIGKILL)
    assert office.served() == both(new if moves == 4 else good)
    if moves == 3:
        assert office.doctor() == {"PV833": 1}
    office.run(*arguments)
    assert office.served() == both(new)
    kept = office.files()[f"{office.key.name}.before"][0]
    assert kept == good.key
    assert office.doctor() == {}
    assert not [*office.etc.glob(".*")]  # nor a key that nobody knows of


class Deaf:
    """A control that says that it has reloaded, and reloads nothing."""

    url = "http://127.0.0.1:1"

    def version(self) -> str:
        return "22"

    def reload(self, module: str) -> None:
        pass


def test_without_a_proof_the_old_pair_comes_back(
    office: Office, good: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PATIENCE", 0.2)
    new = made(NAMES)
    pair = Pair(new.certificate, new.key, new.leaf)
    deaf = Renewal(office.listeners(), Deaf(), office.etc / "http.conf")
    with pytest.raises(SystemFault) as error:
        deaf.carry_out(pair)
    assert error.value.code == "PV654"
    assert office.key.read_bytes() == good.key
    assert office.certificate.read_bytes() == good.certificate
    for file in (office.certificate, office.key):
        renewal.before(file).unlink()
    office.lay(good, key=made().key)
    with pytest.raises(SystemFault) as error:
        deaf.carry_out(pair)
    assert error.value.code == "PV699"


def test_what_is_not_the_folder_of_this_pbx(office: Office, good: Made, tmp_path: Path) -> None:
    arguments = list(office.arguments(good))
    arguments[2] = str(tmp_path)
    assert "PV652" in office.run(*arguments, code=3)
    for name in ("pjsip.conf", "http.conf"):
        shutil.copy(office.etc / name, tmp_path)
    http = tmp_path / "http.conf"
    http.write_text(http.read_text("utf-8").replace("bindport = ", "bindport = 1"), "utf-8")
    assert "PV698" in office.run(*arguments, code=3)
    shutil.copy(office.etc / "http.conf", tmp_path)
    link = tmp_path / "pbx.key"
    link.symlink_to(office.key)
    for file in (http, tmp_path / "pjsip.conf"):
        file.write_text(file.read_text("utf-8").replace(str(office.key), str(link)), "utf-8")
    assert "PV653" in office.run(*arguments, code=3)
