"""HTTP with bounds: no answer of a server is larger, or takes longer, than a run can bear.

httpx bounds each wait for bytes, so a server that sends one now and then is waited for without end,
in the head of an answer as in its body; and it keeps a body of any size.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

ANSWER_SECONDS = 60
"""From the first byte that is sent to the last that comes: well below the 120 of a lease."""
ANSWER_MEGABYTES = 64
"""The rows of about 40,000 workplaces."""


class TooLate(Exception):
    """The answer did not end in time."""


class TooLarge(Exception):
    """The answer is larger than any that Asterisk gives."""


_now = threading.local()
"""Until when the request of this thread has to be answered: a connection serves one at a time."""


def _left(timeout: float | None) -> float:
    left: float = getattr(_now, "until", time.monotonic() + ANSWER_SECONDS) - time.monotonic()
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
    """As httpx's own, over connections that keep the time."""

    def __init__(self, *, secure: bool, connections: int) -> None:
        super().__init__(verify=secure, trust_env=False)
        self._pool = httpcore.ConnectionPool(  # httpx has no other way to name a backend
            ssl_context=httpx.create_ssl_context(trust_env=False) if secure else None,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5,
            network_backend=_Backend(),
        )


def whole(client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    """The answer with all of its body.

    It is asked for as it is: what is packed could be a thousand times larger than what came.
    Raises TooLate, TooLarge (also for a body that is packed all the same) and httpx.HTTPError.
    """
    _now.until = time.monotonic() + ANSWER_SECONDS
    headers = {**more.pop("headers", {}), "Accept-Encoding": "identity"}
    try:
        with client.stream(method, path, headers=headers, **more) as answer:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise TooLarge
            body = bytearray()
            for piece in answer.iter_raw():
                body += piece
                if len(body) > ANSWER_MEGABYTES * 2**20:
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
