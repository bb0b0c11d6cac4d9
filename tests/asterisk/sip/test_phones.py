"""A manifest with a MAC, apply, the web host, nginx, and a phone that registers with its file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.telephony.phones import Mac
from tests.asterisk.server import Server
from tests.asterisk.sip.workspace import Workspace, manifest, workplace
from tests.phones import baresip, parsed, web
from tests.phones.baresip import Account
from tests.phones.web import Makers, Web

DAY = "2026-12-01"
SNOM, OTHER, YEALINK = Mac("000413A1B2C3"), Mac("000413A1B2C4"), Mac("001565A1B2C3")
HOSTILE = "Ä & <b> \"q\" 'x'; # = {mac}"


class Chain:
    """A workspace that configures phones, and the host from which they fetch their files."""

    def __init__(self, work: Workspace, makers: Makers, folder: Path, registrar: str) -> None:
        self.work, self.makers, self.folder = work, makers, folder
        self.key, self.out = folder / "host.key", folder / "srv"
        recipient = work.run("secret", "keygen", "--out", str(self.key)).splitlines()[-1].strip()
        self.settings = {
            "recipient": recipient,
            "registrar": registrar,
            "transport": "udp",
            "url": "https://phones.muster.example/",
        }
        work.configure(phones=self.settings)

    @property
    def given(self) -> list[str]:
        return ["--handover", str(self.work.root / "handover/phones.jsonl"), "-i", str(self.key)]

    def apply(self, **phones: tuple[str, Mac]) -> str:
        """Login → model and MAC; what apply says, and then the web host."""
        places = [
            workplace(login, name=HOSTILE, phone={"model": model, "mac": str(mac)})
            for login, (model, mac) in phones.items()
        ]
        self.work.customer("werk", manifest("Werk AG", workplaces=[*places, workplace("plain")]))
        said = self.work.apply(DAY)
        return said + self.work.run("phones", "write", *self.given, "--out", str(self.out))

    def paths(self) -> dict[str, str]:
        """Name of each file → its path."""
        return {path.name: str(path.relative_to(self.out)) for path in self.out.glob("*/*")}

    def fetched(self, site: Web, name: str, mac: Mac) -> dict[str, str]:
        """What the phone with this MAC reads, over HTTPS."""
        got = site.get(self.paths()[name], self.makers.certificate(f"/CN={mac}"))
        assert got.status_code == 200
        return parsed.file(name, got.content)

    def block(self) -> str:
        files = {"--certificate": "web.pem", "--key": "web.key", "--ca": "makers.pem"}
        given = [part for name, file in files.items() for part in (name, self.makers.path(file))]
        return self.work.run("phones", "nginx", "--out", str(self.out), *given)


@pytest.fixture
def chain(fresh: Callable[[], Workspace], started: Server, tmp_path: Path) -> Chain:
    web.needed()
    baresip.needed()
    work = fresh()
    return Chain(work, Makers(tmp_path / "makers"), tmp_path, started.env["ASTERISK_SIP"])


def test_a_phone_with_its_factory_certificate_registers(chain: Chain, tmp_path: Path) -> None:
    said = chain.apply(petra=("snom-d785", SNOM), anna=("yealink-t54w", YEALINK))
    with web.serving(tmp_path / "nginx", chain.block(), chain.makers) as site:
        snom = Account.of_snom(chain.fetched(site, f"{SNOM}.xml", SNOM))
        yealink = Account.of_yealink(chain.fetched(site, "001565a1b2c3.cfg", YEALINK))
        assert snom.shown == yealink.shown == HOSTILE
        for name, account in (("snom", snom), ("yealink", yealink)):
            assert baresip.register(account, tmp_path / "set" / name) == 200
        wrong = replace(snom, password=yealink.password)
        assert baresip.register(wrong, tmp_path / "set/wrong") == 401
        path = chain.paths()[f"{SNOM}.xml"]
        another = chain.makers.certificate(f"/CN={YEALINK}")
        assert site.get(path, another).status_code == site.get(path).status_code == 404

        # Another phone on the desk: the former one finds nothing any more.
        said += chain.apply(petra=("snom-d785", OTHER), anna=("yealink-t54w", YEALINK))
        assert site.get(path, chain.makers.certificate(f"/CN={SNOM}")).status_code == 404
        changed = Account.of_snom(chain.fetched(site, f"{OTHER}.xml", OTHER))
        assert baresip.register(changed, tmp_path / "set/other") == 200

        # No phone any more.
        gone = chain.paths()["001565a1b2c3.cfg"]
        said += chain.apply(petra=("snom-d785", OTHER))
        assert site.get(gone, another).status_code == 404

    assert list(chain.paths()) == [f"{OTHER}.xml"]
    (file,) = chain.out.glob("*/*")
    passwords = {each.password.encode() for each in (snom, yealink, changed)}
    theirs = tmp_path / "set"  # what the phones themselves keep
    for path in (p for top in (tmp_path, chain.work.root) for p in top.rglob("*")):
        if path.is_file() and path != file and theirs not in path.parents:
            assert not [each for each in passwords if each in path.read_bytes()], path
    assert not [each for each in passwords if each in said.encode()]


def test_who_has_another_login_keeps_the_phone(chain: Chain, tmp_path: Path) -> None:
    chain.apply(petra=("snom-d785", SNOM))
    before = chain.paths()
    chain.work.run("rename", "werk/petra", "petra.huber")
    chain.work.apply(DAY)
    chain.work.run("phones", "write", *chain.given, "--out", str(chain.out))
    assert chain.paths() == before
    found = Account.of_snom(parsed.snom((chain.out / before[f"{SNOM}.xml"]).read_bytes()))
    assert found.user == "werk--petra-huber"
    assert baresip.register(found, tmp_path / "set") == 200
