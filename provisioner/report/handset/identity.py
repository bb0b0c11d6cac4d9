"""What a phone has to know, in words of no maker."""

from dataclasses import dataclass, field
from typing import Literal

from provisioner.telephony.srtp import Srtp

Transport = Literal["udp", "tcp", "tls"]
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True)
class Registrar:
    """Where phones register.  ``host`` of IPv6 has its brackets."""

    host: str
    port: int
    transport: Transport

    @classmethod
    def of(cls, address: str, transport: Transport) -> "Registrar":
        """From ``sip.muster.example:5061``; without a port it is the usual one."""
        host, colon, port = address.rpartition(":")
        if not colon or address.endswith("]"):
            return cls(address, _PORTS[transport], transport)
        return cls(host, int(port), transport)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose phone it is.  ``shown`` is the name on its display, never empty; ``srtp`` is None where
    nobody has said."""

    user: str
    password: str = field(repr=False)
    shown: str
    extension: str
    srtp: Srtp | None
    registrar: Registrar
