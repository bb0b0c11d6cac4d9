"""Proofs: of which customers a plan need not look at everything again.  Optional.

When a customer was planned for and nothing was left to do or to say, the desk may keep what that
rested on.  As long as all of it is the same, so is the plan.  A driver that lacks these Protocols
is planned for in full.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import PbxReader
from provisioner.telephony.identity import CustomerId

Fingerprints = Mapping[str, bytes]
"""By the id that the rows carry, whoever's it is: a hash over all of them."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That on the days from ``since`` until before ``until`` nothing is to be done for a customer.

    It holds for these bytes of its manifest in the folder of this reseller, these rows on both
    systems and these settings; each as SHA-256.  What it claims is in it, to be compared with what
    others claim by then: ``numbers`` as digits, phones among them, ``logins`` and the
    ``support`` login in small letters, as the first eight bytes of their SHA-256.
    """

    customer: CustomerId
    reseller: str
    manifest: bytes
    live: bytes
    settings: bytes
    since: date
    until: date | None
    numbers: tuple[str, ...]
    logins: bytes
    support: bytes


@runtime_checkable
class Fingerprinting(Protocol):
    """A system that tells whether something has changed for much less than it costs to read it."""

    def fingerprints(self, customers: Sequence[CustomerId] | None = None) -> Fingerprints:
        """For each customer of which there is a row, or for those of ``customers`` alone.

        Whatever ``read`` could answer otherwise has to change it.  Raises Unavailable rather than
        answer in part.
        """
        ...

    def held(self) -> Iterator[tuple[str, str]]:
        """The digits of every number and block that leads to somebody or is held, and by whom:
        what ``holders`` knows.  Raises Unavailable."""
        ...


@runtime_checkable
class FingerprintingPbx(Fingerprinting, PbxReader, Protocol):
    """A PBX that tells it."""


@runtime_checkable
class ProvingDesk(Fingerprinting, DeskReader, Protocol):
    """A desk that keeps proofs, at most one for each customer."""

    def proofs(self) -> Sequence[Proof]:
        """All that are kept.  Raises Unavailable."""
        ...

    def prove(self, proofs: Sequence[Proof], *, holder: str, at: datetime) -> None:
        """Keep them, instead of former ones of the same customers.

        Not of one whose lease is somebody else's than ``holder``, or of which a run is open.
        """
        ...
