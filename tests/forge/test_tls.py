"""The token goes to a host that proves who it is, and to no other."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from forge.double.github import GitHubApi
from forge.double.server import TOKEN, Double
from forge.double.world import APP, World

from provisioner.codes.forge import CertificatesThatCannotBeRead, ForgeCannotBeReached
from provisioner.errors import Refused, Unavailable
from provisioner.forge.github import GitHub
from provisioner.testing.values import raises


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1, signed by itself; the key stands before it."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, made, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    asked = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj /CN=double -addext subjectAltName=IP:127.0.0.1"
    ).split()
    where = ("-keyout", str(key), "-out", str(made))
    subprocess.run([*asked, *where], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


@pytest.fixture
def double(certificate: Path) -> Iterator[Double]:
    world = World()
    made = Double(world, GitHubApi(world), certificate=certificate)
    yield made
    made.close()


def opened(double: Double, authorities: Path | None) -> GitHub:
    return GitHub(
        repository=double.world.repository,
        project=double.world.project,
        recorder=APP,
        token=TOKEN,
        api=double.url,
        authorities=authorities,
        sleep=double.sleep,
    )


def test_an_own_authority_is_trusted_if_it_is_named(double: Double, certificate: Path) -> None:
    forge = opened(double, certificate.with_name("certificate.pem"))
    assert forge.rights().project == double.world.project
    forge.close()


def test_and_else_not(double: Double) -> None:
    forge = opened(double, None)
    with raises(Unavailable, ForgeCannotBeReached.code):
        forge.rights()
    forge.close()
    assert double.asked == [], "the token was not sent"


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\x00"])
def test_a_file_of_certificates_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    with raises(Refused, CertificatesThatCannotBeRead.code) as caught:
        GitHub(repository="o/r", project=1, recorder=1, token="x", authorities=file)
    assert caught.error
    assert caught.error.params["file"] == "authorities.pem"
