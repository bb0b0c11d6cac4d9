"""Whether phones and apps find their PBX under the name and by the transport that they are told.

A phone that checks the certificate compares it with the name that it was given; the ports are
looked at in :mod:`.tls_checks`.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from provisioner.codes.certificates import NameIsNotServed, NoSuchTransport
from provisioner.contract.checking import Check
from provisioner.drivers.asterisk import extra, served, tls_checks
from provisioner.drivers.asterisk.listeners import HTTPS_PORT, TRANSPORT, of_transport
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import ProvisionError, SystemFault, Unavailable

_TRANSPORTS = ("udp", "tcp", TRANSPORT)
"""As the configuration calls them for phones; a carrier's own has another name."""


def of_sip(wire: Wire, sip: str, host: str) -> Iterator[Check]:
    """The name in ``sip``, ``HOST:PORT``, if phones speak TLS there.  ``host``: where a port is
    called that is bound to all addresses."""
    with suppress(SystemFault):  # then other checks tell
        if tls_checks.instead(wire, sip):
            yield from _at_the_transport(wire, host_of(sip), host)


def of_apps(wss: str) -> Iterator[Check]:
    """The name in ``wss``, ``HOST:PORT``; nothing for an empty one."""
    if wss:
        place = urlsplit(f"//{wss}")
        host = place.hostname or ""
        yield from _named(host, place.port or HTTPS_PORT, host)


def of_registrar(wire: Wire, registrar: str, transport: str, host: str) -> Iterator[Check]:
    """What phones that configure themselves are told; ``host`` as for :func:`of_sip`."""
    try:
        there = [each for each in _TRANSPORTS if wire.object("transport", each) is not None]
        if not there:  # somebody wrote its configuration by hand
            return
        fault = None
        if transport not in there:
            found = ", ".join(there)
            fault = SystemFault(NoSuchTransport(node=wire.url, transport=transport, there=found))
        yield Check("doctor.transport", fault, {"transport": transport.upper()})
        if fault is None and transport == TRANSPORT:
            yield from _at_the_transport(wire, host_of(registrar), host)
    except SystemFault:  # then other checks tell
        return


def _at_the_transport(wire: Wire, name: str, host: str) -> Iterator[Check]:
    found = of_transport(wire.object("transport", TRANSPORT) or {})
    if found is None:
        return
    listener = found.at(host)
    if urlsplit(wire.url).scheme == "http" or not listener.is_local:
        yield from _named(listener.host, listener.port, name)


def _named(host: str, port: int, name: str) -> Iterator[Check]:
    """Nothing where no certificate is served, which is told elsewhere, and for a name that is this
    machine's own."""
    try:
        extra.need()
    except Unavailable:
        return
    from provisioner.drivers.asterisk import certificate  # with the extra alone

    if not name or _is_loopback(name):
        return
    with suppress(OSError):
        leaf = certificate.of_der(served.certificate(host, port))
        if leaf is not None:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            there = certificate.covers(leaf, name)
            fault = None if there else ProvisionError(NameIsNotServed(address=address, name=name))
            yield Check("doctor.tls_name", fault, {"address": address, "name": name})


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(place: str) -> str:
    """Of ``HOST:PORT``, or of ``HOST``."""
    return urlsplit(f"//{place}").hostname or ""
