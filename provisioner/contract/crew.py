"""A desk whose database also hands work to several machines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class CrewDesk(Protocol):
    """Keeps what became of work that others carried out."""

    def connection(self) -> Mapping[str, str] | None:
        """libpq's parameters of the desk's PostgreSQL, the password too; None for another one."""
        ...

    def now(self) -> datetime:
        """By the database's clock: that of a machine may be wrong."""
        ...

    def tell(self, batch: str, results: Mapping[str, Mapping[str, Any]]) -> None:
        """What became of customers of a batch; the first word on each counts."""
        ...

    def told(self, batch: str) -> Mapping[str, Mapping[str, Any]]:
        """What became of the customers of a batch, so far."""
        ...
