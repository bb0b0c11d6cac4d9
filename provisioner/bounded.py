"""HTTP with bounds: no answer of a server is larger, or takes longer, than a run can bear.

httpx bounds each wait for bytes, so a server that sends one now and then is waited for without end,
in the head of an answer as in its body; and it keeps a body of any size.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpcore
import httpx


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one answer. ``seconds``: from the first byte that is sent to the last that comes."""

    seconds: float
    megabytes: int


class TooLate(Exception):
    """The answer did not end in time."""


class TooLarge(Exception):
    """The answer is larger than any that the server gives."""


_now = threading.local()
"""Until when the request of this thread has to be answered: a connection serves one at a time."""


def _left(timeout: float | None) -> float | None:
    until: float | None = getattr(_now, "until", None)
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise TooLate
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection on which each wait is cut where the time for the whole answer ends."""

    def __init__(self, bare: httpcore.NetworkStream) -> None:
        self._bare = bare

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        cut = _left(timeout)
        try:
            return self._bare.read(max_bytes, cut)
        except httpcore.ReadTimeout:
            _left(timeout)  # says so if it was the end of the time for all
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._bare.write(buffer, _left(timeout))

    def close(self) -> None:
        self._bare.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._bare.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._bare.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._bare = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        made = self._bare.connect_tcp(host, port, _left(timeout), local_address, socket_options)
        return _Stream(made)


class Transport(httpx.HTTPTransport):
    """As httpx's own, over connections that keep the time.

    ``authorities``: a file of certificates to trust instead of the public ones.
    """

    def __init__(self, *, secure: bool, connections: int, authorities: Path | None = None) -> None:
        # loading certificates takes a while, so once, and not at all without TLS
        context = _context(authorities) if secure else None
        super().__init__(verify=context or False, trust_env=False)
        self._pool = httpcore.ConnectionPool(  # httpx has no other way to name a backend
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5,
            network_backend=_Backend(),
        )


def _context(authorities: Path | None) -> ssl.SSLContext:
    if authorities is not None:
        return ssl.create_default_context(cafile=authorities)
    return httpx.create_ssl_context(trust_env=False)


def whole(
    client: httpx.Client, bounds: Bounds, method: str, path: str, **more: Any
) -> httpx.Response:
    """The answer with all of its body.

    It is asked for as it is: what is packed could be a thousand times larger than what came.
    Raises TooLate, TooLarge (also for a body that is packed all the same) and httpx.HTTPError.
    """
    _now.until = time.monotonic() + bounds.seconds
    headers = {**more.pop("headers", {}), "Accept-Encoding": "identity"}
    try:
        with client.stream(method, path, headers=headers, **more) as answer:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise TooLarge
            body = bytearray()
            for piece in answer.iter_raw():
                body += piece
                if len(body) > bounds.megabytes * 2**20:
                    raise TooLarge
                _left(None)
            found = httpx.Response(
                answer.status_code,
                headers=answer.headers,
                content=bytes(body),
                request=answer.request,
            )
    finally:
        del _now.until
    return found


def moment(date: str) -> datetime | None:
    """What a header says with a date; None if it is none. RFC 9110: always in GMT."""
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
