"""What is asked of a desk for each customer of a run: answers that do not grow with the desk.

A desk without them is asked for all of its customers and numbers instead.
"""

from collections.abc import Collection
from typing import Protocol, runtime_checkable

from provisioner.telephony.numbers import DdiBlock


@runtime_checkable
class QuickDesk(Protocol):
    """Beside what every desk answers.  Raises Unavailable."""

    def knows_somebody(self) -> bool:
        """Whether there is anybody in ``customers()``."""
        ...

    def untouched(self, blocks: Collection[DdiBlock]) -> Collection[DdiBlock]:
        """Those of ``blocks`` of which no number is out, rests, or is on an order that has not
        ended; one too few does no harm."""
        ...
