"""Emergency calls of one Asterisk, as its static dialplan connects them."""

from collections.abc import Collection
from dataclasses import dataclass

from provisioner.drivers.asterisk.wire import Wire


@dataclass(frozen=True, slots=True)
class Dialplan:
    """An ``EmergencyLine``."""

    wire: Wire
    node: str = ""

    def numbers(self) -> Collection[str]:
        """None where there is no carrier.  Raises Unavailable."""
        if self.wire.object("endpoint", "trunk") is None:
            return frozenset()
        return self.wire.extensions("emergency") or frozenset()

    def caller(self) -> str:
        """Raises Unavailable."""
        return min(self.wire.extensions("emergency-caller") or (), default="")
