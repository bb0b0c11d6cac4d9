"""What people look after at a desk: its tables, and what it forgets."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Retained:
    """From when on something is kept.

    ``journal``: runs that ended, and the keys of their calls.  ``former``: what is left of
    customers who are gone, but for their bills.  ``bills``: the ledger's lines, and who carried out
    what in the audit of customers who are gone.
    """

    journal: datetime
    former: datetime
    bills: datetime


@dataclass(frozen=True, slots=True)
class Swept:
    """How many were older: runs with their steps, keys of calls, port orders, numbers that no
    longer rest, entries of the audit, lines of the ledger."""

    runs: int = 0
    calls: int = 0
    orders: int = 0
    numbers: int = 0
    entries: int = 0
    lines: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        mine, theirs = astuple(self), astuple(other)
        return Swept(*(a + b for a, b in zip(mine, theirs, strict=True)))


@runtime_checkable
class KeptDesk(Protocol):
    """A desk whose database people look after."""

    def upgrade(self) -> tuple[int, int]:
        """The tables as this version has them; the version before (0: there were none) and now.

        Raises Unavailable if nothing was changed.
        """
        ...

    def sweep(self, until: Retained, *, carry_out: bool) -> Swept:
        """Forget what is older than that; what was deleted, or would be.

        Nobody has to wait for it, and it can be stopped and begun anew at any time.
        """
        ...

    def hand_over(self, options: Mapping[str, Any], root: Path) -> int:
        """Move all of it to an empty desk on a server, whose options these are; how many rows.

        From then on nobody reads or writes this one.
        """
        ...
