"""The double's HTTP: what was asked, what was answered, and what goes wrong on the way.

It is a double of a forge, not one: no forge can be installed where the tests run.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from forge.double.world import World

TOKEN = "double-token-Zq7wLm2xVt"
JOB_TOKEN = "double-job-token-Zq9kRn4s"
MOST_BYTES = 16 * 2**20


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    url: str
    """With its query, as it came."""


@dataclass
class Said:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Api(Protocol):
    prefix: str

    def answer(self, asked: Asked) -> Said: ...


@dataclass
class Fault:
    """For the next call that fits: ``said`` in the place of the answer, ``after`` the call was
    carried out or before; without ``said`` the connection ends. ``raw``: a body as it stands."""

    method: str
    path: str
    said: Said | None = None
    after: bool = False
    raw: bytes | None = None
    times: int = 1

    def fits(self, asked: Asked) -> bool:
        return self.times > 0 and (
            asked.method == self.method and re.search(self.path, asked.url) is not None
        )


class Double:
    """A server on 127.0.0.1. ``asked`` is what came in; ``held`` looks at each exchange."""

    def __init__(
        self,
        world: World,
        api: Api,
        held: Callable[[Asked, Said], None] | None = None,
        certificate: Path | None = None,
    ) -> None:
        self.world, self.api, self.held = world, api, held
        self.asked: list[tuple[str, str, int]] = []
        self.faults: list[Fault] = []
        self.wrong: list[BaseException] = []
        """What does not fit the forge's own description."""
        self.twist: Callable[[Any], Any] = lambda body: body
        """What becomes of the body of an answer on its way."""
        self.slept: list[float] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{self.api.prefix}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sleep(self, seconds: float) -> None:
        """For clients: only the double's clock moves."""
        self.slept.append(seconds)
        self.world.tick(seconds)

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.asked if method != "GET"]

    def _exchange(self, asked: Asked) -> Said | Fault:
        fault = next((one for one in self.faults if one.fits(asked)), None)
        if fault:
            fault.times -= 1
        if fault and not fault.after:
            return fault
        said = self.api.answer(asked)
        if self.held:
            try:
                self.held(asked, said)
            except Exception as error:  # noqa: BLE001  told at the end of the test
                self.wrong.append(error)
        return fault or said

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version, sys_version = "double", ""
            wbufsize = -1  # head and body in one piece: each waits for the other's receipt else

            def log_message(self, *_: object) -> None:
                """The tests look at ``asked``."""

            def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
                return format_datetime(double.world.now, usegmt=True)

            def serve(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(min(size, MOST_BYTES))
                parts = urlsplit(self.path)
                path = parts.path.removeprefix(double.api.prefix)
                headers = {key.lower(): value for key, value in self.headers.items()}
                asked = Asked(
                    self.command,
                    path,
                    dict(parse_qsl(parts.query)),
                    headers,
                    json.loads(raw) if raw else None,
                    self.path,
                )
                got = double._exchange(asked)
                said = got.said if isinstance(got, Fault) else got
                double.asked.append((asked.method, asked.path, said.status if said else 0))
                if said is None:
                    self.close_connection = True
                    return
                raw = got.raw if isinstance(got, Fault) and got.raw is not None else b""
                if said.body is not None:
                    raw = json.dumps(double.twist(said.body)).encode()
                self.send_response_only(said.status)
                if "Date" not in said.headers:
                    self.send_header("Date", self.date_time_string())
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.serve)
        return Handler


def page(asked: Asked, rows: list[Any], show: Callable[[list[Any]], list[Any]]) -> Said:
    """One page of ``rows`` as ``show`` has them, and where the next one is."""
    per = min(int(asked.query.get("per_page", "30")), 100)
    number = int(asked.query.get("page", "1"))
    here = rows[(number - 1) * per : number * per]
    headers = {}
    if len(rows) > number * per:
        query = urlencode({**asked.query, "page": number + 1, "per_page": per})
        base = f"http://{asked.headers['host']}{urlsplit(asked.url).path}"
        headers = {"Link": f'<{base}?{query}>; rel="next"', "X-Next-Page": str(number + 1)}
    return Said(200, show(here), headers)
