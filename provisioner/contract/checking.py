"""What a driver can tell of its system beyond whether it answers; ``provision doctor`` asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from provisioner.errors import ProvisionError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be true of a system. ``name``: a key of the interface's words, which
    ``params`` fill."""

    name: str
    fault: ProvisionError | None = None
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)


@runtime_checkable
class SpeaksTLS(Protocol):
    """A driver whose PBX phones may reach over TLS; ``provision check`` asks."""

    def tls(self, now: datetime) -> Iterable[Check]:
        """Each check of a port that is set up for it, and of what else is open there."""
        ...

    def over_tls(self, sip: str) -> str:
        """``HOST:PORT`` where phones register that are sent to ``sip``; empty if they come there
        without TLS.  Raises SystemFault."""
        ...

    def takes(self, registrar: str, transport: str) -> Iterable[Check]:
        """Whether phones that are told these two find it; ``transport``: udp, tcp or tls."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A driver that can tell more than whether its system answers; ``provision doctor`` asks."""

    def checks(self, now: datetime) -> Iterable[Check]:
        """Each check as it is done. May write a probe that belongs to nobody, and removes it."""
        ...
