"""Phones over TLS and SRTP, and what is refused to those that do neither."""

import hashlib
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from provisioner.drivers.asterisk import AsteriskPbx
from tests.asterisk.conftest import run_script
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Sip, free_port
from tests.asterisk.sip.softphone import Softphone, softphone
from tests.asterisk.sip.workspace import Workspace, manifest, sip_user, workplace

DAY = "2026-11-24"
NUMBER = "+41525557000"
"""The first of the operator's stock."""
OFFICE = manifest(
    "Muster AG",
    numbers=[{"id": "main", "area": "052"}],
    workplaces=[
        workplace("peer", extension="20", srtp="off"),
        workplace("required", extension="21", srtp="required", number={"stock": "main"}),
        workplace("optional", extension="22", srtp="optional"),
        workplace("off", extension="23", srtp="off"),
    ],
)
EXTENSION = {"required": "21", "optional": "22", "off": "23"}
PLAIN, MUST, CAN = ("SIP", ""), ("TLS", "srtp-mand"), ("TLS", "srtp")
"""A phone: by which address it comes, and how it encrypts."""
On = Callable[[str, tuple[str, str]], AbstractContextManager[Softphone]]
REFUSED = "488 Not Acceptable Here"


@dataclass
class Office:
    """A customer on an Asterisk, and phones with what the reseller got."""

    server: Server
    workspace: Workspace
    folder: Path

    def on(self, login: str, kind: tuple[str, str]) -> AbstractContextManager[Softphone]:
        scheme, media = kind
        transport = "tls" if scheme == "TLS" else "udp"
        return softphone(
            self.folder / f"{login}-{len([*self.folder.iterdir()])}",
            self.workspace.phone("muster-ag", login),
            f"{self.server.env[f'ASTERISK_{scheme}']};transport={transport}",
            authority=self.server.env["ASTERISK_CERTIFICATE"],
            media=media,
        )

    def at(self, extension: str, kind: tuple[str, str]) -> str:
        return f"sip:{extension}@{self.server.env[f'ASTERISK_{kind[0]}']}"


def needs_tls(server: Server) -> None:
    if "ASTERISK_TLS" not in server.env:
        pytest.skip("there is no openssl to make a certificate")


@pytest.fixture(scope="module")
def office(
    started: Server, fresh: Callable[[], Workspace], tmp_path_factory: pytest.TempPathFactory
) -> Office:
    needs_tls(started)
    made = fresh()
    made.customer("muster-ag", OFFICE)
    made.apply(DAY)
    return Office(started, made, tmp_path_factory.mktemp("phones"))


@pytest.fixture(scope="module")
def peer(office: Office) -> Iterator[Softphone]:
    """A phone without TLS and SRTP, whom the others call."""
    with office.on("peer", PLAIN) as phone:
        assert phone.registered
        yield phone


@pytest.mark.parametrize(
    ("login", "kind", "to_it", "from_it"),
    [
        ("off", MUST, None, None),
        ("required", MUST, True, True),
        ("required", PLAIN, None, None),
        ("optional", PLAIN, False, False),
        ("optional", MUST, None, True),
        ("optional", CAN, True, True),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_who_talks_with_whom(
    office: Office,
    peer: Softphone,
    login: str,
    kind: tuple[str, str],
    to_it: bool | None,
    from_it: bool | None,
) -> None:
    """Encrypted, in clear, or not at all (None)."""
    with office.on(login, kind) as phone:
        assert phone.registered
        calls = [
            (from_it, phone, peer, office.at("20", kind)),
            (to_it, peer, phone, office.at(EXTENSION[login], PLAIN)),
        ]
        for secured, caller, callee, where in calls:
            callee.seen.clear()
            reason = caller.call(where)
            if secured is None:
                assert reason == REFUSED, caller.log
                continue
            assert reason == ""
            for side in (caller, callee):
                side.wait_until_heard()
            caller.hang_up()
            callee.wait_until_over()
            assert (phone.secured, peer.secured) == (secured, False)


# A server on which phones have to encrypt


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("strict")
    server = Server(folder, run_script, encrypted=True)
    try:
        server.start()
        made = Workspace(tmp_path_factory.mktemp("workspace"), server.options)
        made.customer("muster-ag", OFFICE)
        made.apply(DAY)
        (folder / "phones").mkdir()
        yield Office(server, made, folder / "phones")
    finally:
        server.close()


def test_a_phone_without_tls_is_refused_and_the_carrier_is_not(
    strict: Office, tmp_path: Path
) -> None:
    sip = Sip(strict.server.env, tmp_path)
    phone = strict.workspace.phone("muster-ag", "required")
    assert sip.register(phone) == 403
    with strict.on("required", MUST) as desk:
        assert desk.registered
        assert sip.call(phone, "20") == 404
        assert sip.carrier_calls(NUMBER) == 200
        desk.wait_until_over()
        assert desk.secured
        with sip.carrier_answering() as outside:
            assert desk.call(strict.at("0441112233", MUST)) == ""
            desk.hang_up()
        assert outside.shown == f"<sip:{NUMBER}@127.0.0.1>"
        assert strict.server.state(sip_user("muster-ag", "required")) == "online"


def test_check_tries_passwords_over_tls(
    strict: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any tool, and with whichever port the PBX is told by."""
    monkeypatch.setenv("PATH", str(tmp_path))
    proof = ("--handover", "handover/muster.jsonl", "-i", str(strict.workspace.key))
    phone = strict.workspace.phone("muster-ag", "required")
    shown = strict.workspace.run("check", "muster-ag", *proof)
    assert f"SIP  {strict.server.env['ASTERISK_TLS']}  (TLS)" in shown
    assert len(re.findall(r"ok +\S+ +the password registers; 0 devices", shown)) == 4
    assert phone.password not in shown
    assert strict.server.rows("registrar") == {}

    user = sip_user("muster-ag", "required")
    wrong = hashlib.md5(f"{user}:asterisk:else".encode(), usedforsecurity=False).hexdigest()
    strict.server.write("auth", user, {"password_digest": f"MD5:{wrong}"})
    shown = strict.workspace.run("check", "muster-ag", *proof, code=1)
    assert shown.count("PV594") == 2  # its line, and the fault
    assert "required  refused (401)" in shown
    silent = f"127.0.0.1:{free_port('127.0.0.1')}"
    shown = strict.workspace.run("check", "muster-ag", "--sip", silent, code=1)
    assert "PV593" in shown
    assert f"ok     TLS for SIP at {strict.server.env['ASTERISK_TLS']}" in shown


def test_doctor_is_content_with_a_server_for_encrypted_phones(
    strict: Office, tmp_path: Path
) -> None:
    pbx = AsteriskPbx.open(strict.server.options, tmp_path)
    found = {check.name: check.fault for check in pbx.checks(datetime.now(UTC))}
    pbx.close()
    assert "doctor.trunk" in found
    assert not any(found.values())


# What everybody on the network sees


def shows(server: Server, where: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """openssl, which has to be content with the certificate and the name in it."""
    authority = ["-CAfile", server.env["ASTERISK_CERTIFICATE"], "-verify_return_error"]
    return subprocess.run(
        ["openssl", "s_client", "-connect", server.env[where], *authority, *options],
        input="",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("where", ["ASTERISK_TLS", "ASTERISK_HTTPS"])
def test_tls_is_new_enough_and_proves_who_the_pbx_is(started: Server, where: str) -> None:
    started.start()
    needs_tls(started)
    named = ("-verify_hostname", "pbx.example")
    assert shows(started, where, *named, "-tls1_2").returncode == 0
    assert "hostname mismatch" in shows(started, where, "-verify_hostname", "b.example").stderr
    for old in ("-tls1", "-tls1_1"):
        ran = shows(started, where, old, "-cipher", "ALL:@SECLEVEL=0")
        assert ran.returncode != 0
        assert "alert protocol version" in ran.stderr


def test_only_apps_are_served_over_https_from_elsewhere(started: Server) -> None:
    started.start()
    needs_tls(started)
    user = (started.env["ASTERISK_USER"], started.password)
    context = ssl.create_default_context(cafile=started.env["ASTERISK_CERTIFICATE"])
    transport = httpx.HTTPTransport(local_address="127.0.0.2", verify=context)
    url = f"https://{started.env['ASTERISK_HTTPS']}"
    with httpx.Client(transport=transport, timeout=30, auth=user) as elsewhere:
        for page in ("ari/asterisk/ping", "ARI/asterisk/ping", "rawman", "manager"):
            assert elsewhere.get(f"{url}/{page}").status_code == 403, page
        assert elsewhere.get(f"{url}/ws").status_code == 426
    assert started.http.get("/ari/asterisk/ping").status_code == 200
