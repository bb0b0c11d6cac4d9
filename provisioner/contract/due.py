"""On which day a customer has to be looked at, although nobody edits anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from provisioner.telephony.identity import CustomerId

TURNS = 30
"""So many parts the customers are divided into; each day another one is looked at anyway."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing happens by itself before ``until`` (None: ever), as far as is known.

    ``mark``: of :meth:`DueDesk.due`, read before the customer was.  ``basis``: under which settings
    that was reckoned.
    """

    until: date | None
    basis: str
    mark: int


@runtime_checkable
class DueDesk(Protocol):
    """A desk that keeps the day.

    Every transaction that writes something of a customer makes it due at once; only whoever has
    looked at it afterwards lets it rest.
    """

    def due(self, today: date, basis: str) -> Mapping[CustomerId, int]:
        """Who is to be looked at, each with a mark: their day has come, it was reckoned under
        another ``basis``, or it is their turn."""
        ...

    def rest(self, rests: Mapping[CustomerId, Rest]) -> None:
        """Let customers rest, but for those that were written since their mark was read."""
        ...
