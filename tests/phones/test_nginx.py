"""``provision phones nginx``: each phone gets its own file, by its factory certificate alone."""

from collections.abc import Iterator

import pytest

from tests.phones import web
from tests.phones.sealed import PASSWORD, SNOM, YEALINK, Host
from tests.phones.web import Makers, Web

NOTHING = 404


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    web.needed()
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    host = Host(tmp_path_factory.mktemp("web"), url="https://phones.muster.example/v1/")
    host.tell("petra", SNOM)
    host.tell("anna", YEALINK)
    host.write()
    return host


@pytest.fixture(scope="module")
def site(host: Host, makers: Makers) -> Iterator[Web]:
    files = {"--certificate": "web.pem", "--key": "web.key", "--ca": "makers.pem"}
    given = [part for name, file in files.items() for part in (name, makers.path(file))]
    ran = host.run("nginx", "--out", str(host.out), *given)
    assert ran.returncode == 0, ran.stderr
    with web.serving(host.root / "nginx", ran.stdout.decode(), makers) as site:
        yield site


@pytest.fixture(scope="module")
def snom(host: Host) -> str:
    (file,) = host.out.glob("*/*.xml")
    return f"v1/{file.relative_to(host.out)}"


@pytest.fixture(scope="module")
def yealink(host: Host) -> str:
    (file,) = host.out.glob("*/*.cfg")
    return f"v1/{file.relative_to(host.out)}"


@pytest.mark.parametrize(
    "subject",
    [
        "/O=Snom Technology/CN=000413A1B2C3",
        "/CN=000413a1b2c3/O=Snom Technology",
        "/C=DE/CN=00:04:13:A1:B2:C3",
        "/CN=00-04-13-a1-b2-c3/OU=phones",
    ],
)
def test_a_phone_gets_its_file_however_its_maker_spells_the_mac(
    site: Web, makers: Makers, snom: str, subject: str
) -> None:
    got = site.get(snom, makers.certificate(subject))
    assert got.status_code == 200
    assert PASSWORD in got.text
    assert got.headers["content-type"] == "application/xml"
    assert got.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("subject", "ca", "days"),
    [
        ("/CN=001565A1B2C3", "makers", 30),  # another phone
        ("/CN=Yealink", "makers", 30),  # what many phones share
        ("/CN=000413A1B2C3", "somebody", 30),
        ("/CN=000413A1B2C3", "makers", -1),  # expired
        ("/CN=001565A1B2C3/CN=000413A1B2C3", "makers", 30),
        ("/CN=000413A1B2C3/CN=001565A1B2C3", "makers", 30),
        ("/O=x,CN=000413A1B2C3/OU=y", "makers", 30),
        ("/CN=000413A1B2C3,OU=x", "makers", 30),
        ("/CN=000413A1B2C30", "makers", 30),
        ("/CN=000413A1B2", "makers", 30),
        ("/OU=000413A1B2C3", "makers", 30),
    ],
)
def test_whoever_has_another_certificate_learns_nothing(
    site: Web, makers: Makers, snom: str, subject: str, ca: str, days: int
) -> None:
    got = site.get(snom, makers.certificate(subject, ca, days))
    assert got.status_code == NOTHING
    assert got.content == site.get("whatever").content


def test_without_a_certificate_there_is_nothing(site: Web, snom: str, yealink: str) -> None:
    for path in ("", "v1/", snom, yealink, snom.rpartition("/")[0] + "/", "v1/.written.json"):
        assert site.get(path).status_code == NOTHING


def test_a_phone_gets_nothing_but_its_file(
    site: Web, makers: Makers, snom: str, yealink: str
) -> None:
    pair = makers.certificate("/CN=001565A1B2C3")
    assert site.get(yealink, pair).status_code == 200
    folder, _, name = yealink.rpartition("/")
    for path in (snom, folder, f"{folder}/", f"{folder}/y000000000108.cfg", "v1/.written.json"):
        assert site.get(path, pair).status_code == NOTHING
    for path in (f"{folder}/%2e/{name}x", f"v1/{name}", yealink + ".bak"):
        assert site.get(path, pair).status_code == NOTHING


def test_the_log_says_whose_certificate_it_was(site: Web, makers: Makers) -> None:
    site.get("v1/asked", makers.certificate("/O=Maker/CN=001565A1B2C4"))
    assert 'SUCCESS "CN=001565A1B2C4,O=Maker"' in site.logged("v1/asked")
    site.get("v1/bare")
    assert site.logged("v1/bare").endswith('404 NONE "-"')


def test_it_is_only_read(site: Web, makers: Makers, yealink: str) -> None:
    pair = makers.certificate("/CN=001565A1B2C3")
    head = site.get(yealink, pair, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        assert site.get(yealink, pair, method).status_code == NOTHING


@pytest.mark.parametrize("path", ["relative", "/srv/a b", "/srv/$uri", "/srv/x;return", '/srv/"'])
def test_a_path_that_nginx_would_read_otherwise_is_refused(host: Host, path: str) -> None:
    ran = host.run("nginx", "--out", path)
    assert ran.returncode == 64
    assert not ran.stdout
