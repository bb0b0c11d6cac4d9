"""Whether an Asterisk speaks TLS as phones and apps need it, with the certificate on its disk.

Where it listens its control tells: the transport over ARI, ``http.conf`` over AMI.  The disk is
looked at first, since a bad pair closes the ports at the next reload, and a run ends with one.  It
is not there where the control is at the end of a tunnel.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from provisioner.codes import Code
from provisioner.codes.certificates import (
    AnotherCertificateIsServed,
    OldTLSIsSpoken,
    TLSPortDoesNotAnswer,
)
from provisioner.contract.checking import Check
from provisioner.drivers.asterisk import control, extra, served
from provisioner.drivers.asterisk.listeners import (
    HTTPS,
    SIP_PORT,
    TRANSPORT,
    Listener,
    of_http,
    of_transport,
)
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import PolicyError, ProvisionError, SystemFault


def check(wire: Wire, now: datetime, host: str, wss: str = "") -> Iterator[Check]:
    """Each port that is set up for TLS; none where none is.

    ``host``: where a port is called that is bound to all addresses.  ``wss``: ``HOST:PORT`` where
    apps register, which may be a proxy's.
    """
    try:
        found = [each.at(host) for each in listeners(wire)]
        if found or wss:
            extra.need()
    except SystemFault as fault:
        yield Check("doctor.tls_known", fault)
        return
    near = urlsplit(wire.url).scheme == "http"
    leaves: dict[tuple[Path, Path], bytes] = {}
    for each in found:
        files = each.certificate, each.key
        if near and files not in leaves and each.certificate.parent.is_dir():
            unfit, leaves[files] = _disk(each)
            yield Check("doctor.tls_pair", unfit, {"file": str(each.certificate)})
        if near or not each.is_local:
            yield from _port(each, leaves.get(files, b""), now)
    if wss and wss not in {each.address for each in found}:
        place, _, port = wss.rpartition(":")
        there = Listener(HTTPS, place.strip("[]"), int(port), Path(), Path())
        yield from _port(there, b"", now)


def apart(wire: Wire, sip: str, *tls: str) -> None:
    """Raise SystemFault PV610 where what steers this Asterisk answers at its HTTPS, or where phones
    and apps register: see :func:`.control.look`."""
    host = sip.rpartition(":")[0]
    with suppress(SystemFault):  # then its other checks tell
        https = of_http(wire.options("http.conf", "general"))
        if https is not None and not https.is_local:
            tls = (*tls, https.at(host.strip("[]")).address)
    control.look(wire.url, sip, *tls)


def instead(wire: Wire, sip: str) -> str:
    """Where phones speak TLS that are sent to ``sip``: it is that port, or there is no transport
    without TLS.  Empty if they need not.  Raises SystemFault."""
    transport = wire.object("transport", TRANSPORT)
    if transport is None:
        return ""
    found = of_transport(transport)
    host, _, port = sip.rpartition(":")
    ours = str(found.port if found else SIP_PORT)
    return f"{host}:{ours}" if port == ours or wire.object("transport", "udp") is None else ""


def listeners(wire: Wire) -> list[Listener]:
    """Raises SystemFault."""
    found = [
        of_transport(wire.object("transport", TRANSPORT) or {}),
        of_http(wire.options("http.conf", "general")),
    ]
    return list(filter(None, found))


def _disk(listener: Listener) -> tuple[ProvisionError | None, bytes]:
    """What is wrong with the pair, as far as this user may read it, and its leaf in DER."""
    from provisioner.drivers.asterisk import certificate  # with the extra alone

    files = str(listener.certificate), str(listener.key)
    chain, key = _content(listener.certificate), _content(listener.key)
    if chain is None:
        return None, b""
    try:
        leaf = certificate.certificates(chain, files[0])[0]
        if key is not None:
            certificate.agree(leaf, key, files)
    except PolicyError as fault:
        return fault, b""
    return None, certificate.der(leaf)


def _content(path: Path) -> bytes | None:
    """Empty if it is not there; None if it is not for this user to read."""
    from provisioner.drivers.asterisk.renewal import read  # with the extra alone

    try:
        path.stat()
    except PermissionError:
        return None
    except OSError:
        return b""
    return read(path) if os.access(path, os.R_OK) else None


def _port(listener: Listener, on_disk: bytes, now: datetime) -> Iterator[Check]:
    params: dict[str, str | int] = {"what": listener.what, "address": listener.address}
    fault = _fault(listener, on_disk, now)
    yield Check("doctor.tls", ProvisionError(fault) if fault else None, params)
    if not isinstance(fault, TLSPortDoesNotAnswer):
        old = served.old_protocol(listener.host, listener.port)
        about = OldTLSIsSpoken(address=listener.address, found=old)
        yield Check("doctor.tls_old", SystemFault(about) if old else None, params)


def _fault(listener: Listener, on_disk: bytes, now: datetime) -> Code | None:
    from provisioner.drivers.asterisk import certificate  # with the extra alone

    address = listener.address
    try:
        found = served.certificate(listener.host, listener.port)
    except OSError as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        return TLSPortDoesNotAnswer(address=address, reason=str(reason or "?"))
    leaf = certificate.of_der(found)
    if leaf is None:
        return TLSPortDoesNotAnswer(address=address, reason="?")
    if late := certificate.out_of_time(leaf, now, address):
        return late
    if on_disk and found != on_disk:
        return AnotherCertificateIsServed(address=address, file=str(listener.certificate))
    return certificate.ends_soon(leaf, now, address)
