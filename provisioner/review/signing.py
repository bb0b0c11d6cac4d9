"""Signatures of what stands where others may write, and unpacking it with a limit.

Nothing of such a text is believed before its signature was verified with a key that staff have
named.
"""

import zlib
from collections.abc import Collection

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

_EITHER = zlib.MAX_WBITS | 32
"""Of a stream: zlib's header or gzip's."""


def signature(domain: bytes, body: bytes, key: SigningKey) -> bytes:
    """64 bytes. ``domain`` tells kinds of texts apart: the signature of one is none of another."""
    return key.sign(domain + body).signature


def is_signed(domain: bytes, body: bytes, mark: bytes, keys: Collection[VerifyKey]) -> bool:
    """Whether one of ``keys`` has signed it."""
    return any(_verifies(key, domain + body, mark) for key in keys)


def unpacked(body: bytes, limit: int) -> bytes | None:
    """What zlib or gzip has packed; None if it is more than ``limit`` bytes.  Raises ValueError for
    anything else: whoever signs may still be of another version, or have made a mistake."""
    unpacking = zlib.decompressobj(_EITHER)
    try:
        data = unpacking.decompress(body, limit)
    except zlib.error as error:
        raise ValueError from error
    return None if unpacking.unconsumed_tail or not unpacking.eof else data


def _verifies(key: VerifyKey, message: bytes, mark: bytes) -> bool:
    try:
        key.verify(message, mark)
    except (BadSignatureError, ValueError):
        return False
    return True
