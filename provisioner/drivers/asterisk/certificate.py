"""Whether a certificate and its key are a pair that Asterisk can use and phones accept.  Pure.

Everything here works on bytes: nothing is in place before it has passed.  The package of the extra
``tls`` is needed: see :mod:`.extra`.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import AuthorityInformationAccessOID

from provisioner.codes import Code
from provisioner.codes.certificates import (
    CertificateEndsSoon,
    CertificateIsOutOfTime,
    ChainIsBroken,
    ChainMayBeMissing,
    KeyDoesNotFitTheCertificate,
    NameNotInTheCertificate,
    NoCertificateInTheFile,
    NoPrivateKeyInTheFile,
    PrivateKeyHasAPassphrase,
    TooWeakForPhones,
)
from provisioner.errors import PolicyError

SOON = 14
"""Days before its end from which on a certificate is warned of."""
MOST = 10
"""Certificates in one file: a longer chain is none that a phone takes."""
_RSA_BITS = 2048
_CURVES = frozenset({"secp256r1", "secp384r1"})
_HOST = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9.-]*", re.ASCII)
_WEAK_HASHES = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Pair:
    """``certificate`` and ``key`` in PEM; of a file that holds a key beside certificates, these
    alone, since Asterisk's may be read by anybody.  ``leaf``: what is proved to phones; ``length``
    certificates are in its chain."""

    certificate: bytes
    key: bytes
    leaf: x509.Certificate
    length: int = 1

    @property
    def self_signed(self) -> bool:
        return self.leaf.issuer == self.leaf.subject


def pair(certificate: bytes, key: bytes, files: tuple[str, str], now: datetime) -> Pair:
    """The two as a pair; ``files`` are their names in errors.

    Raises PolicyError PV830 to PV835, PV838.
    """
    file = files[0]
    chain = certificates(certificate, file)
    agree(chain[0], key, files)
    for number, (signed, signer) in enumerate(pairwise(chain), 2):
        if not _signs(signer, signed):
            raise PolicyError(ChainIsBroken(file=file, number=number))
    for each in chain:
        if weakness := _weakness(each):
            raise PolicyError(TooWeakForPhones(file=file, found=weakness))
        if late := out_of_time(each, now, file):
            raise PolicyError(late)
    alone = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    return Pair(alone, key, chain[0], len(chain))


def chain_missing(pair: Pair, before: int, file: str) -> Code | None:
    """PV657 for a certificate that stands alone, where there were ``before`` in its place, or where
    it tells from where to fetch the one that signed it, as those of public authorities do."""
    if pair.length > 1 or pair.self_signed:
        return None
    fetched = before > 1 or _says_where_its_signer_is(pair.leaf)
    return ChainMayBeMissing(file=file) if fetched else None


def _says_where_its_signer_is(found: x509.Certificate) -> bool:
    try:
        told = found.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return any(each.access_method == AuthorityInformationAccessOID.CA_ISSUERS for each in told)


def certificates(data: bytes, file: str) -> list[x509.Certificate]:
    """All of a file, as they stand.  Raises PolicyError PV830, PV834 for more than a chain has."""
    try:
        found = x509.load_pem_x509_certificates(data)
    except (ValueError, UnsupportedAlgorithm):
        raise PolicyError(NoCertificateInTheFile(file=file)) from None
    if len(found) > MOST:
        raise PolicyError(ChainIsBroken(file=file, number=MOST + 1))
    return found


def of_der(data: bytes) -> x509.Certificate | None:
    """None where it is no certificate."""
    try:
        return x509.load_der_x509_certificate(data)
    except (ValueError, UnsupportedAlgorithm):
        return None


def fits(certificate: bytes, key: bytes) -> bool:
    """Whether Asterisk could serve the two, whoever they are for and until when."""
    try:
        agree(certificates(certificate, "")[0], key, ("", ""))
    except PolicyError:
        return False
    return True


def agree(leaf: x509.Certificate, key: bytes, files: tuple[str, str]) -> None:
    """Whether it is the key of ``leaf``.  Raises PolicyError PV831 to PV833."""
    file, key_file = files
    try:
        private = load_pem_private_key(key, password=None)
    except TypeError:
        raise PolicyError(PrivateKeyHasAPassphrase(file=key_file)) from None
    except (ValueError, UnsupportedAlgorithm):
        raise PolicyError(NoPrivateKeyInTheFile(file=key_file)) from None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise PolicyError(KeyDoesNotFitTheCertificate(certificate=file, key=key_file))


def _signs(signer: x509.Certificate, signed: x509.Certificate) -> bool:
    try:
        signed.verify_directly_issued_by(signer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _weakness(found: x509.Certificate) -> str:
    """What phones or Asterisk's TLS refuse; empty if there is nothing."""
    public = found.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < _RSA_BITS:
            return f"RSA {public.key_size}"
    elif isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.name not in _CURVES:
            return public.curve.name
    else:
        return type(public).__name__.removesuffix("PublicKey").strip("_")
    try:
        hashed = found.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return found.signature_algorithm_oid.dotted_string
    if found.issuer != found.subject and hashed is not None and hashed.name in _WEAK_HASHES:
        return hashed.name.upper()
    return ""


def out_of_time(found: x509.Certificate, now: datetime, place: str) -> Code | None:
    """PV835 for one that has ended, or that has not begun."""
    if found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        return None
    first = found.not_valid_before_utc.date().isoformat()
    return CertificateIsOutOfTime(first=first, last=last_day(found).isoformat(), place=place)


def ends_soon(found: x509.Certificate, now: datetime, place: str) -> Code | None:
    """PV836 for one that has less than two weeks left."""
    days = (found.not_valid_after_utc - now).days
    if days >= SOON:
        return None
    return CertificateEndsSoon(days=days, last=last_day(found).isoformat(), place=place)


def der(found: x509.Certificate) -> bytes:
    return found.public_bytes(Encoding.DER)


def last_day(found: x509.Certificate) -> date:
    return found.not_valid_after_utc.date()


def serial(found: x509.Certificate) -> str:
    """As ``openssl x509 -serial`` writes it."""
    digits = f"{found.serial_number:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def names(found: x509.Certificate) -> list[str]:
    """Those that a phone compares, sorted: DNS names and addresses; the common name if there are
    none, as old phones do."""
    return sorted({*_alternatives(found)} or {*_common_names(found)})


def main_name(found: x509.Certificate) -> str:
    """The first that is a host's, as who orders a certificate puts it first; empty if there is
    none."""
    given = [*_alternatives(found)] or [*_common_names(found)]
    return next(filter(_HOST.fullmatch, given), "")


def _alternatives(found: x509.Certificate) -> Iterator[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return
    yield from (name.lower() for name in names.get_values_for_type(x509.DNSName))
    yield from map(str, names.get_values_for_type(x509.IPAddress))


def _common_names(found: x509.Certificate) -> Iterator[str]:
    for each in found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME):
        if isinstance(each.value, str):
            yield each.value.lower()


def need_names(found: x509.Certificate, wanted: Iterable[str], file: str) -> None:
    """Raises PolicyError PV837 for the first name that a phone would miss."""
    there = names(found)
    for name in sorted(set(wanted)):
        if not _covered(name.lower(), there):
            raise PolicyError(NameNotInTheCertificate(file=file, name=name))


def covers(found: x509.Certificate, name: str) -> bool:
    """Whether phones that are told ``name`` accept it."""
    return _covered(name.lower(), names(found))


def _covered(name: str, there: Collection[str]) -> bool:
    """A star stands for one label (RFC 6125)."""
    host, dot, domain = name.partition(".")
    return name in there or bool(host and dot and f"*.{domain}" in there)
