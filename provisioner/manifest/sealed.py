"""Sealed passwords: age envelopes that open only at the place that they were made for.

age has no associated data, so the place stands inside the envelope: a blob copied into another
manifest, or to another login, is refused.  Padded, so that its length does not tell the password's.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from provisioner.codes.secrets import (
    NoUsablePublicKey,
    PasswordTooWeak,
    SealedForAnotherPlace,
    SealedPasswordDoesNotOpen,
)
from provisioner.errors import ProvisionError

if TYPE_CHECKING:
    import pyrage

_PAD = 128
_OTHER_KEY = "No matching keys found"
"""What age says of a whole envelope that was sealed to others."""
_POLICY = re.compile(r"[\x21-\x7e]{12,128}", re.ASCII)


class SealError(ProvisionError):
    """Cannot be sealed or opened; never says what is inside."""

    exit_code = 3


class Damaged(SealError):
    """No whole envelope: there is no key that opens it."""


def context(customer: str, role: str, login: str) -> str:
    """Where a password belongs: ``customer#workplace/login``; ``role`` is the resource's kind."""
    return f"{customer}#{role}/{login}"


def seal(secret: str, place: str, recipients: Sequence[str]) -> str:
    """Base64 of an age envelope for ``recipients`` (age or ssh public keys).

    Raises SealError PV305 (password too weak), PV306 (no recipient, or one that is no key).
    """
    if not _POLICY.fullmatch(secret):
        raise SealError(PasswordTooWeak())
    body = orjson.dumps({"v": 1, "ctx": place, "s": secret})
    return _encrypt(body, recipients)


def seal_raw(body: bytes, recipients: Sequence[str]) -> str:
    """Base64 of an age envelope around any bytes, padded."""
    return _encrypt(body, recipients)


def _encrypt(body: bytes, recipients: Sequence[str]) -> str:
    import pyrage  # only where a password is sealed or opened

    padded = body + b" " * (-len(body) % _PAD)
    try:
        keys = [
            pyrage.ssh.Recipient.from_str(r)
            if r.startswith("ssh-")
            else pyrage.x25519.Recipient.from_str(r)
            for r in recipients
        ]
        if not keys:
            raise SealError(NoUsablePublicKey())
        return base64.b64encode(pyrage.encrypt(padded, keys)).decode()
    except (pyrage.RecipientError, pyrage.EncryptError):
        raise SealError(NoUsablePublicKey()) from None


def is_private_key(text: str) -> bool:
    """Whether something can be opened with it: an age key, as age-keygen writes it or bare, or an
    ssh key."""
    return bool(_private(text))


def _private(text: str) -> "list[pyrage.x25519.Identity | pyrage.ssh.Identity]":
    import pyrage  # only where a password is sealed or opened

    try:
        if "PRIVATE KEY" in text:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        lines = (line.strip() for line in text.splitlines())
        kept = [line for line in lines if line and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(line) for line in kept]
    except (pyrage.IdentityError, ValueError):
        return []


def unseal(blob: str, place: str, identities: Sequence[str]) -> str:
    """The password. SealError PV307: no key opens it; PV310: sealed for another place."""
    try:
        body = orjson.loads(unseal_raw(blob, identities))
        version, sealed_for, secret = body["v"], body["ctx"], body["s"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise SealError(SealedPasswordDoesNotOpen(place=place)) from None
    if version != 1 or not isinstance(sealed_for, str) or not isinstance(secret, str):
        raise SealError(SealedPasswordDoesNotOpen(place=place))
    if not hmac.compare_digest(sealed_for.encode(), place.encode()):
        raise SealError(SealedForAnotherPlace(place=place))
    return secret


def unseal_raw(blob: str, identities: Sequence[str]) -> bytes:
    """What is inside. ``identities``: texts of age or ssh private keys.

    SealError PV307, as Damaged if no key can open it.  An envelope that was changed where its keys
    stand looks like one for another key.
    """
    import pyrage  # only where a password is sealed or opened

    keys = [key for text in identities for key in _private(text)]
    if not keys:
        raise SealError(SealedPasswordDoesNotOpen(place="-"))
    try:
        opened: bytes = pyrage.decrypt(base64.b64decode(blob, validate=True), keys)
    except pyrage.DecryptError as error:
        kind = SealError if str(error) == _OTHER_KEY else Damaged
        raise kind(SealedPasswordDoesNotOpen(place="-")) from None
    except (binascii.Error, ValueError):
        raise Damaged(SealedPasswordDoesNotOpen(place="-")) from None
    return opened.rstrip(b" ")
