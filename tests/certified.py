"""Certificates and keys that tests make for themselves, good ones and bad ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
NAME = "pbx.example"


@dataclass(frozen=True)
class Made:
    """``certificate`` and ``key`` in PEM."""

    leaf: x509.Certificate
    private: Key

    @property
    def certificate(self) -> bytes:
        return self.leaf.public_bytes(Encoding.PEM)

    @property
    def key(self) -> bytes:
        return self.locked("")

    def locked(self, passphrase: str) -> bytes:
        """The key, closed with a passphrase if it is not empty."""
        closed = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed)


def made(
    names: Sequence[str] = (NAME,),
    *,
    signer: Made | None = None,
    private: Key | None = None,
    first: float = -1,
    last: float = 90,
    now: datetime | None = None,
    subject: str = "",
    fetched: bool = False,
) -> Made:
    """Valid from ``first`` to ``last``, in days from ``now``; signed by itself without a
    ``signer``.  ``fetched``: it tells where that one's certificate is."""
    now = now or datetime.now(UTC)
    own = private or ec.generate_private_key(ec.SECP256R1())
    called = _named(subject or (names[0] if names else NAME))
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(signer.leaf.subject if signer else called)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=first))
        .not_valid_after(now + timedelta(days=last))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    if fetched:
        place = x509.UniformResourceIdentifier("http://authority.example/between.der")
        how = AuthorityInformationAccessOID.CA_ISSUERS
        told = x509.AuthorityInformationAccess([x509.AccessDescription(how, place)])
        builder = builder.add_extension(told, critical=False)
    signing = signer.private if signer else own
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signing, digest), own)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
