"""Pairs that Asterisk must not get, and the ones that it may."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from provisioner.drivers.asterisk import certificate
from provisioner.errors import PolicyError
from tests.certified import Made, made

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FILES = ("new.pem", "new.key")
ROOT = made((), subject="Root of Muster", now=NOW)
BETWEEN = made((), subject="Between", signer=ROOT, now=NOW)
GOOD = made(signer=BETWEEN, now=NOW)
CHAIN = GOOD.certificate + BETWEEN.certificate + ROOT.certificate
RSA = rsa.generate_private_key(65537, 2048)


def refused(chain: bytes, key: bytes) -> dict[str, str | int]:
    with pytest.raises(PolicyError) as error:
        certificate.pair(chain, key, FILES, NOW)
    return {"code": error.value.code, **error.value.params}


@pytest.mark.parametrize(
    ("chain", "key"),
    [
        (CHAIN, GOOD.key),
        (GOOD.certificate, GOOD.key),
        ((own := made(now=NOW)).certificate, own.key),
        ((strong := made(now=NOW, private=RSA)).certificate, strong.key),
    ],
    ids=["a chain", "without its root", "signed by itself", "RSA"],
)
def test_good_pairs(chain: bytes, key: bytes) -> None:
    found = certificate.pair(chain, key, FILES, NOW)
    assert (found.certificate, found.key) == (chain, key)
    assert certificate.names(found.leaf) == ["pbx.example"]
    assert found.self_signed is (chain in {own.certificate, strong.certificate})


def test_a_file_that_holds_the_key_too_does_not_bring_it_where_everybody_reads() -> None:
    found = certificate.pair(b"a text\n" + GOOD.key + CHAIN + GOOD.key, GOOD.key, FILES, NOW)
    assert found.certificate == CHAIN


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 1000, GOOD.key, GOOD.certificate[:-60], b"-----BEGIN CERTIFICATE-----"],
    ids=["empty", "zeros", "a key", "cut off", "a line"],
)
def test_what_is_no_certificate(data: bytes) -> None:
    assert refused(data, GOOD.key) == {"code": "PV830", "file": "new.pem"}


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 99, GOOD.certificate, GOOD.key[:-60]],
    ids=["empty", "no text", "a certificate", "cut off"],
)
def test_what_is_no_key(data: bytes) -> None:
    assert refused(CHAIN, data) == {"code": "PV831", "file": "new.key"}


def test_a_key_with_a_passphrase_and_the_key_of_another_certificate() -> None:
    assert refused(CHAIN, GOOD.locked("secret")) == {"code": "PV832", "file": "new.key"}
    other = {"code": "PV833", "certificate": "new.pem", "key": "new.key"}
    assert refused(CHAIN, BETWEEN.key) == other
    assert refused(CHAIN, made(private=RSA).key) == other
    assert not certificate.fits(CHAIN, BETWEEN.key)
    assert certificate.fits(CHAIN, GOOD.key)


@pytest.mark.parametrize(
    ("chain", "number"),
    [
        (GOOD.certificate + ROOT.certificate, 2),
        (CHAIN + GOOD.certificate, 4),
        (GOOD.certificate * 11, 11),
    ],
    ids=["a link is missing", "one too many", "without end"],
)
def test_a_broken_chain(chain: bytes, number: int) -> None:
    assert refused(chain, GOOD.key) == {"code": "PV834", "file": "new.pem", "number": number}


def test_a_chain_that_was_left_out() -> None:
    def told(*chain: Made, before: int = 0) -> bool:
        file = b"".join(each.certificate for each in chain)
        found = certificate.pair(file, chain[0].key, ("new.pem", "new.key"), NOW)
        missing = certificate.chain_missing(found, before, "new.pem")
        assert missing is None or (missing.code, missing.params) == ("PV657", {"file": "new.pem"})
        return missing is not None

    public = made(signer=BETWEEN, now=NOW, fetched=True)
    assert told(GOOD, before=2)
    assert told(public)
    assert not told(public, BETWEEN)
    assert not told(GOOD, before=1), "signed by what phones know"
    assert not told(made(now=NOW, fetched=True), before=2), "signed by itself"


def test_the_signer_first() -> None:
    assert refused(BETWEEN.certificate + GOOD.certificate, BETWEEN.key)["code"] == "PV834"


@pytest.mark.parametrize(("first", "last"), [(-30, -0.01), (0.01, 30)], ids=["ended", "begins"])
def test_out_of_its_time(first: float, last: float) -> None:
    late = made(first=first, last=last, now=NOW)
    found = refused(late.certificate, late.key)
    assert found["code"] == "PV835"
    assert found["place"] == "new.pem"
    signer = made((), subject="Old", first=first, last=last, now=NOW)
    signed = made(signer=signer, now=NOW)
    assert refused(signed.certificate + signer.certificate, signed.key)["code"] == "PV835"


def test_two_weeks_before_its_end_it_is_warned_of() -> None:
    assert certificate.ends_soon(made(last=14.1, now=NOW).leaf, NOW, "x") is None
    soon = certificate.ends_soon(made(last=13.9, now=NOW).leaf, NOW, "x")
    assert soon is not None
    assert (soon.code, soon.params) == ("PV836", {"days": 13, "last": "2026-12-14", "place": "x"})


@pytest.mark.parametrize(
    ("weak", "found"),
    [
        (made(now=NOW, private=rsa.generate_private_key(65537, 1024)), "RSA 1024"),  # noqa: S505
        (made(now=NOW, private=ec.generate_private_key(ec.SECP521R1())), "secp521r1"),
        (made(now=NOW, private=ed25519.Ed25519PrivateKey.generate()), "Ed25519"),
    ],
    ids=["short", "curve", "kind"],
)
def test_too_weak_or_too_rare(weak: Made, found: str) -> None:
    expected = {"code": "PV838", "file": "new.pem", "found": found}
    assert refused(weak.certificate, weak.key) == expected


def test_a_signature_that_phones_refuse(tmp_path: Path) -> None:
    """By openssl: the package makes none."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("there is no openssl to sign with SHA-1")
    for name, one in (("root", ROOT), ("own", GOOD)):
        (tmp_path / f"{name}.key").write_bytes(one.key)
    (tmp_path / "root.pem").write_bytes(ROOT.certificate)
    request = ("req", "-new", "-key", "own.key", "-subj", "/CN=pbx.example", "-out", "own.req")
    sign = "x509 -req -in own.req -CA root.pem -CAkey root.key -CAcreateserial -sha1 -out own.pem"
    for command in (request, sign.split()):
        subprocess.run([openssl, *command], cwd=tmp_path, check=True, capture_output=True)
    chain = (tmp_path / "own.pem").read_bytes()
    with pytest.raises(PolicyError) as error:
        certificate.pair(chain, GOOD.key, FILES, datetime.now(UTC))
    assert error.value.params == {"file": "new.pem", "found": "SHA1"}


def test_names_that_phones_use_are_kept() -> None:
    leaf = made(("sip.example", "*.pbx.example")).leaf
    certificate.need_names(leaf, ["SIP.example", "a.pbx.example"], "new.pem")
    for lost in ("pbx.example", "a.b.pbx.example", "192.0.2.1"):
        with pytest.raises(PolicyError) as error:
            certificate.need_names(leaf, ["sip.example", lost], "new.pem")
        assert error.value.params == {"file": "new.pem", "name": lost}
        assert error.value.code == "PV837"
    assert certificate.names(made((), subject="old.example").leaf) == ["old.example"]
