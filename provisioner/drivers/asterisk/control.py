"""Whether what steers Asterisk answers where phones and apps are, too.

Its HTTP server shows ARI, AMI and the WebSocket of apps at every address that it has, so opening
one of them opens all.  No secret is sent, and only the first bytes of an answer are read.
"""

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from provisioner.codes.asterisk import ControlAnswersWherePhonesAre
from provisioner.errors import SystemFault

HTTP_PORT, TLS_PORT, AMI_PORT = 8088, 8089, 5038
"""Where Asterisk listens unless it is told otherwise."""
_PAGES = ("ari/asterisk/ping", "rawman", "mxml", "manager", "arawman", "amxml", "amanager")
_SECONDS = 2
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_REFUSED = re.compile(rb"403|404|3..")
_BANNER = b"Asterisk Call Manager"
_NOBODY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses for examples (RFC 5737, RFC 3849): to have a look at the route, nothing is sent."""


def look(url: str, sip: str, *tls: str) -> None:
    """Raise SystemFault PV610 at the first page that answers anything but a refusal.

    ``url`` is the control's own address, which may answer.  ``sip`` and ``tls`` are ``HOST:PORT``
    where phones and apps register; one of ``tls`` may be empty.
    """
    own, (sip_host, _) = urlsplit(url), _split(sip)
    secure_places = [(sip_host, TLS_PORT), *map(_split, filter(None, tls))]
    plain = (sip_host, own.port if own.scheme == "http" and own.port else HTTP_PORT)
    for secure, (host, port) in [
        (False, plain),
        *((True, each) for each in dict.fromkeys(secure_places)),
    ]:
        if (host, port) != (own.hostname, own.port or 443):
            for address in _apart(own, host):
                _look_at_pages(address, port, secure=secure)
    for address in _apart(own, sip_host):
        if (_first(address, AMI_PORT) or b"").startswith(_BANNER):
            raise SystemFault(
                ControlAnswersWherePhonesAre(address=_shown(address, AMI_PORT), page="AMI")
            )


def _apart(own: SplitResult, host: str) -> list[str]:
    """Addresses of ``host``; none if phones are where the control is, on this machine alone."""
    return [] if own.scheme == "http" and host == own.hostname else addresses(host)


def addresses(host: str) -> list[str]:
    """Addresses at which others reach ``host``; none if it is unknown.

    The machine of the PBX often knows its own name as a loopback address: then it is the addresses
    that it has towards others.
    """
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return []
    outer = {each for each in found if not ipaddress.ip_address(each).is_loopback}
    return sorted(outer or _towards_others())


def _towards_others() -> Iterator[str]:
    for family, nobody in _NOBODY.items():
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as plug:
            plug.connect((nobody, 9))
            yield str(plug.getsockname()[0])


def _look_at_pages(address: str, port: int, *, secure: bool) -> None:
    place = _shown(address, port)
    for page in _PAGES:
        for spelled in (f"/{page}", f"/{page.upper()}"):  # a restriction counts capitals
            asked = f"GET {spelled} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n"
            first = _first(address, port, asked.encode(), secure=secure)
            if first is None:
                return
            status = _STATUS.match(first)
            if status and not _REFUSED.fullmatch(status[1]):
                raise SystemFault(ControlAnswersWherePhonesAre(address=place, page=spelled))


def _first(address: str, port: int, asked: bytes = b"", *, secure: bool = False) -> bytes | None:
    """The first bytes of an answer; None if nobody answers."""
    try:
        with (
            socket.create_connection((address, port), _SECONDS) as bare,
            _secured(bare) if secure else bare as plug,
        ):
            plug.sendall(asked)
            return plug.recv(64)
    except OSError:
        return None


def _secured(bare: socket.socket) -> ssl.SSLSocket:
    """Whoever it is: nothing is told to him."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(bare)


def _split(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]").lower(), int(port)


def _shown(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
