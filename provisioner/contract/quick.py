"""What is asked of a desk for each customer of a run: answers that do not grow with the desk.

A desk without them is asked for all of its customers and numbers instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias, runtime_checkable

from provisioner.contract.desk import BilledInterval
from provisioner.contract.resources import DeskResource, Kind, Release
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock

Billed: TypeAlias = tuple[CustomerId, str, Sequence[BilledInterval]]
"""A customer, the company that its bills go to, and its rows of the ledger; the company is an empty
text where no account is."""


@runtime_checkable
class QuickDesk(Protocol):
    """Beside what every desk answers.  Raises Unavailable."""

    def knows_somebody(self) -> bool:
        """Whether there is anybody in ``customers()``."""
        ...

    def known(self, customers: Collection[CustomerId]) -> Collection[CustomerId]:
        """Those of ``customers`` that are in ``customers()``."""
        ...

    def untouched(self, blocks: Collection[DdiBlock]) -> Collection[DdiBlock]:
        """Those of ``blocks`` of which no number is out, rests, or is on an order that has not
        ended; one too few does no harm."""
        ...

    def billed(
        self, starts: date, ends: date, customers: Collection[CustomerId] | None = None
    ) -> AbstractContextManager[Iterator[Billed]]:
        """The rows of ``intervals``, of all or of some, customer by customer, sorted by id.

        One snapshot, which lasts as long as the context; of a fleet only a few rows are held.
        """
        ...

    def released(self, text: bytes) -> Collection[Release]:
        """Those whose manifest has ``text`` in it, which is ASCII."""
        ...

    def billed_customers(self, starts: date, ends: date) -> Collection[CustomerId]:
        """Of whom ``intervals`` has a row."""
        ...


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A number or block that rests, until a day, after a customer had it."""

    kind: Kind
    digits: str
    until: date


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What numbers a customer has and had, and what is known of them.

    ``company``: of its account, empty where there is none.  ``ledger``: the rows of its numbers,
    those of whoever had its id before too.  ``came``: the day of each that a port brought.
    """

    customer: CustomerId
    company: str
    release: Release | None
    held: Sequence[DeskResource]
    resting: Sequence[GivenBack]
    ledger: Sequence[BilledInterval]
    came: Mapping[str, date]


@runtime_checkable
class SubscribersDesk(Protocol):
    """Tells of all who have or had a number.  Raises Unavailable."""

    def subscribed(self) -> AbstractContextManager[Iterator[Subscribed]]:
        """Customer by customer, sorted by id: one snapshot, which lasts as long as the context; of
        a fleet only a few customers are held."""
        ...
