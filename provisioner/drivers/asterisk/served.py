"""Which certificate a port serves, and whether it still speaks a TLS that is broken.

Nothing is sent but the handshake, and nobody is believed: it is only looked at.
"""

import socket
import ssl
import warnings

_SECONDS = 3


def certificate(host: str, port: int) -> bytes:
    """What is served, in DER.  Raises OSError where TLS 1.2 or newer is not spoken."""
    context = _context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with _shaken(host, port, context) as plug:
        return plug.getpeercert(binary_form=True) or b""


def old_protocol(host: str, port: int) -> str:
    """TLS 1.0 or 1.1 by its name if the port speaks it (RFC 8996); empty if it does not."""
    context = _context()
    with warnings.catch_warnings():  # that it is old is why it is asked for
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with _shaken(host, port, context) as plug:
            return plug.version() or ""
    except OSError:
        return ""


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shaken(host: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    bare = socket.create_connection((host, port), _SECONDS)
    try:
        return context.wrap_socket(bare)
    except BaseException:
        bare.close()
        raise
