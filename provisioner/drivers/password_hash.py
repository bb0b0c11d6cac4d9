"""Passwords that can be compared and not read: scrypt (RFC 7914), for systems without a hash of
their own."""

import hashlib
import hmac
import secrets

COST = 2**12
"""Passwords are long and random: more would slow an apply down and protect nothing."""


def hashed(password: str, work: int = COST) -> str:
    """``password`` with a new salt; ``work`` is scrypt's cost, a power of two."""
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(password.encode(), salt=salt, n=work, r=8, p=1)
    return f"scrypt${work}${salt.hex()}${made.hex()}"


def matches(kept: str, password: str) -> bool:
    """Whether ``kept`` was made from ``password``; never for a text that is no such hash."""
    try:
        _, work, salt, made = kept.split("$")
        again = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=int(work), r=8, p=1)
    except ValueError:
        return False
    return hmac.compare_digest(again.hex(), made)
