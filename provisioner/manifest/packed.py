"""A manifest in a few bytes: those of a whole fleet are held, and few are looked at at a time.

As a model it takes fifty times as much.  What is asked of all of them stands beside the bytes.
"""

import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

import orjson

from provisioner.manifest.defaults import Given
from provisioner.manifest.models import Manifest
from provisioner.manifest.rules import claims_of, logins_of
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import digits_of

_QUICK = 1
"""The level of zlib at which a manifest takes a fifth; none of the others gains a tenth more."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """``was``: what the customer was called until now.  ``moved``: from whom numbers come, and
    their digits.  ``given``: what a default has given."""

    _data: bytes = field(repr=False)  # personal data
    was: CustomerId | None
    moved: tuple[tuple[CustomerId, str], ...]
    _numbers: str
    _logins: str
    _macs: str = ""
    given: tuple[Given, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest, given: tuple[Given, ...] = ()) -> Self:
        return cls(
            zlib.compress(orjson.dumps(manifest.plain()), _QUICK),
            manifest.was,
            tuple(
                (new.from_, digits_of(new.held))
                for new in manifest.numbers
                if new.from_ is not None and new.held is not None
            ),
            " ".join(digits for digits, _ in claims_of(manifest)),
            " ".join(login for _, login in logins_of(manifest)),
            " ".join(str(w.phone.mac) for w in manifest.workplaces if w.phone),
            given,
        )

    @property
    def manifest(self) -> Manifest:
        return _unpacked(self._data)

    @property
    def data(self) -> bytes:
        """JSON."""
        return zlib.decompress(self._data)

    @property
    def numbers(self) -> list[str]:
        """Digits of every number and block that it names, in the order of :func:`claims_of`."""
        return self._numbers.split()

    @property
    def logins(self) -> list[str]:
        """In the order of :func:`logins_of`."""
        return self._logins.split()

    @property
    def macs(self) -> list[str]:
        """Of its phones, in the order of the workplaces."""
        return self._macs.split()


@lru_cache(maxsize=300)
def _unpacked(data: bytes) -> Manifest:
    """As many as are planned for together (``plan/ranges.py``) are kept."""
    return Manifest.of_plain(zlib.decompress(data))
