"""Commands of two pages that look at a live PBX, as they stand there."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.console import fences

from tests.asterisk.conftest import ROOT
from tests.asterisk.server import Server

Run = Callable[..., str]


def command(heading: str, number: int, page: str = "hardening") -> str:
    """The ``number``-th fence below a heading."""
    text = (ROOT / f"docs/how-to/{page}.md").read_text("utf-8")
    below = text.partition(f"# {heading}\n")[2]
    return [fence.body for fence in fences(below) if fence.lang == "sh"][number]


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    """Runs a command of the page with ``asterisk`` as this server's console."""
    sipp = Path(server.env["ASTERISK_SIPP"]).read_text("utf-8")
    config = (server.folder / "server").resolve() / "etc/asterisk.conf"
    console = tmp_path / "asterisk"
    console.write_text(sipp.replace("bin/sipp'", f"sbin/asterisk' -C '{config}'"), "utf-8")
    console.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    def call(script: str, code: int = 0, log: Path = Path(server.env["ASTERISK_LOG"])) -> str:
        ran = subprocess.run(
            ["bash", "-c", script.replace("/var/log/asterisk", str(log))],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    return call


def set_up(server: Server, name: str) -> None:
    server.write("aor", name, {"max_contacts": "1"})
    server.write("auth", name, {"auth_type": "userpass", "username": name, "password": "x"})
    server.write("endpoint", name, {"aors": name, "auth": name, "allow": "!all,alaw"})


def test_workplaces_that_nobody_removed(run: Run, server: Server) -> None:
    heading = "Workplaces that nobody removed"
    assert run(command(heading, 0), code=1) == ""
    for name in ("muster-ag--app", "muster-ag--anna", "muster-ag--anna--app", "app-ag--app-2"):
        set_up(server, name)
    found = run(command(heading, 0)).split()
    assert sorted(found) == [f"/ps/{s}/muster-ag--app" for s in ("aor", "auth", "endpoint")]
    assert run(command(heading, 1)).count("removed") == 3
    assert run(command(heading, 0), code=1) == ""
    assert server.fields("endpoint", "muster-ag--anna--app") is not None


def test_contacts_that_lead_elsewhere(run: Run, server: Server) -> None:
    heading = "Contacts that lead elsewhere"
    names = ("anna", "beat", "carl", "dora")
    anna, beat, carl, dora = (f"contact/muster-ag--{n};@{n[0] * 32}" for n in names)
    uris = {
        anna: "sip:muster-ag--anna@192.0.2.7:5060",
        beat: "sip:x&PJSIP/other--boss@192.0.2.7:5060",
        carl: "sip:x,Local@192.0.2.7:5060",
        dora: "sip:+41900123456@192.0.2.10",
    }
    for key, uri in uris.items():
        row = {"via_addr": "192.0.2.7", "uri": uri, "user_agent": "Phone, large & red"}
        server.set("registrar", key, json.dumps(row, separators=(",", ":")))
    found = re.findall(r"/registrar/(.*):\n", run(command(heading, 0)))
    assert found == [beat, carl, dora]
    for key in found:
        assert "removed" in run(re.sub(r"contact/[^']+", key, command(heading, 1)))
    assert run(command(heading, 0), code=1) == ""
    assert server.rows("registrar").keys() == {anna}


def test_who_registers_without_tls(run: Run, server: Server) -> None:
    uris = {
        "anna": "sip:muster-ag--anna@192.0.2.7:5060;ob",
        "beat": "sip:muster-ag--beat@192.0.2.7:5061;transport=TLS;ob",
        "carl--app": "sip:x7@192.0.2.8:51000;transport=ws",
    }
    for login, uri in uris.items():
        row = {"via_addr": "192.0.2.7", "uri": uri, "user_agent": ";transport=tls"}
        key = f"contact/muster-ag--{login};@{'0' * 32}"
        server.set("registrar", key, json.dumps(row, separators=(",", ":")))
    found = run(command("Only encrypted phones", 0, "encryption"))
    assert found.split() == ["/registrar/contact/muster-ag--anna"]


def test_who_guesses_now(run: Run, tmp_path: Path) -> None:
    """A log of its own: the server's tells what other tests did."""
    line = (
        'SecurityEvent="ChallengeResponseFailed",SessionID="x/y",LocalAddress="IPV4/UDP/192.0.2.1/5060",'
        'RemoteAddress="IPV{}/UDP/{}/57960",Challenge="1",Response="2",ExpectedResponse=""\n'
    )
    lines = [line.format(*each) for each in (("4", "192.0.2.7"), ("6", "2001:db8::7")) * 50]
    (tmp_path / "security").write_text("".join(lines) + lines[0], "utf-8")
    found = run(command("What the security log shows", 0), log=tmp_path).split()
    assert found == ["51", "192.0.2.7", "50", "2001:db8::7"]


def test_lists_are_made_known(run: Run) -> None:
    reload, *_ = command("Addresses for a workplace", 0).splitlines()
    assert "reloaded successfully" in run(reload)
