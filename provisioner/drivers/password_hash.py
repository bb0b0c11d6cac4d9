"""Passwords that can be compared and not read, for systems without a hash of their own.

What people chose is kept by scrypt (RFC 7914), which is slow for whoever guesses.  Nobody guesses
what was made at random, so that is kept by SHA-256 with a salt.
"""

import hashlib
import hmac
import secrets

from provisioner.contract.pbx import MadePassword

_FAST = "sha256"
COST = 2**12
"""Passwords are long and random: more would slow an apply down and protect nothing."""


def hashed(password: str, work: int = COST) -> str:
    """``password`` with a new salt; ``work`` is scrypt's cost, a power of two."""
    salt = secrets.token_bytes(16)
    if isinstance(password, MadePassword):
        return f"{_FAST}${salt.hex()}${_fast(salt, password)}"
    made = hashlib.scrypt(password.encode(), salt=salt, n=work, r=8, p=1)
    return f"scrypt${work}${salt.hex()}${made.hex()}"


def matches(kept: str, password: str) -> bool:
    """Whether ``kept`` was made from ``password``; never for a text that is no such hash."""
    try:
        kind, *rest = kept.split("$")
        if kind == _FAST:
            salt, made = rest
            return hmac.compare_digest(_fast(bytes.fromhex(salt), password), made)
        if isinstance(password, MadePassword):
            return False  # nobody knew it when ``kept`` was made
        work, salt, made = rest
        again = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=int(work), r=8, p=1)
    except ValueError:
        return False
    return hmac.compare_digest(again.hex(), made)


def _fast(salt: bytes, password: str) -> str:
    return hashlib.sha256(salt + password.encode()).hexdigest()
