"""Yealink: a line for each parameter.

Names and values are those of public templates in use with these phones (wazo-provd-plugins among
them); the maker describes them in its administrator's and auto-provisioning guides.  The first line
is ``#!version:1.0.0.1``, ``account.1.*`` is the first account, ``sip_server.1.transport_type`` 0 is
UDP, 1 TCP, 2 TLS, and ``srtp_encryption`` 0 is off, 1 optional, 2 compulsory.

The format has no escape.  It is taken that the phone reads what stands between the first ``=`` and
the end of the line, without blanks around it, and that ``#`` begins a comment only where it begins
a line: so ``#``, ``;``, ``=``, ``&``, ``<`` and quotes are data in a value.  ``%NULL%`` alone means
that a parameter is empty; a value that has it anywhere is refused, as is one with a line end
(``files.py``).  Not tried on a telephone of the maker.
"""

from collections.abc import Iterator

from provisioner.report.handset.identity import Identity
from provisioner.telephony.phones import Mac
from provisioner.telephony.srtp import Srtp

_TRANSPORT = {"udp": "0", "tcp": "1", "tls": "2"}
_SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
_EMPTY = "%NULL%"


def file_name(mac: Mac) -> str:
    """``001565a1b2c3.cfg``: what a Yealink asks for behind the address that it is given."""
    return f"{str(mac).lower()}.cfg"


def address(folder: str, mac: Mac) -> str:  # noqa: ARG001 - as its neighbour
    """What the phone is told as its server: the folder."""
    return folder


def lost(text: str) -> bool:
    """Whether the phone would read something else."""
    return _EMPTY in text.upper()


def render(identity: Identity) -> bytes:
    lines = (f"{name} = {value}" for name, value in _parameters(identity))
    return ("\n".join(("#!version:1.0.0.1", *lines)) + "\n").encode()


def _parameters(identity: Identity) -> Iterator[tuple[str, str]]:
    registrar = identity.registrar
    yield "account.1.enable", "1"
    both = dict.fromkeys((identity.extension, identity.shown))
    yield "account.1.label", " ".join(filter(None, both))
    yield "account.1.display_name", identity.shown
    yield "account.1.auth_name", identity.user
    yield "account.1.user_name", identity.user
    yield "account.1.password", identity.password
    yield "account.1.sip_server.1.address", registrar.host
    yield "account.1.sip_server.1.port", str(registrar.port)
    yield "account.1.sip_server.1.transport_type", _TRANSPORT[registrar.transport]
    if identity.srtp is not None:
        yield "account.1.srtp_encryption", _SRTP[identity.srtp]
