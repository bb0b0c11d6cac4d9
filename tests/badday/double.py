"""What the driver asks of an Asterisk, in this process: rows over AMI, SIP objects over ARI.

It keeps what it is told and answers in the words of a real one, in which the same faults are tried
on a part of the matrix.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

DYNAMIC = "/ari/asterisk/config/dynamic/res_pjsip/"
END = "\r\n\r\n"
JSON, TEXT = "application/json", "text/plain"


class Double:
    """``rows`` are those of astdb, by family and key."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.lock = threading.Lock()
        self.port = 0

    def ami(self, asked: dict[str, str]) -> str:
        family, key = asked.get("Family", ""), asked.get("Key", "")
        match asked["Action"]:
            case "DBGet" if (family, key) in self.rows:
                row = f"Family: {family}\r\nKey: {key}\r\nVal: {self.rows[family, key]}"
                return _listed("DBGet", [f"Event: DBGetResponse\r\n{row}"])
            case "DBGet":
                return f"Response: Error\r\nMessage: Database entry not found{END}"
            case "DBGetTree":
                return _listed("DBGetTree", [*self._tree(family, key)])
            case "DBPut":
                self.rows[family, key] = asked["Val"]
            case "DBDel" if self.rows.pop((family, key), None) is None:
                return f"Response: Error\r\nMessage: Database entry could not be deleted{END}"
        return f"Response: Success\r\nMessage: Done{END}"

    def _tree(self, family: str, pattern: str) -> Iterator[str]:
        assert pattern.count("%") == pattern.endswith("%"), pattern
        for (where, name), value in sorted(self.rows.items()):
            full = f"{where}/{name}"
            if full.startswith(f"{family}/{pattern.removesuffix('%')}"):
                yield f"Event: DBGetTreeResponse\r\nKey: /{full}\r\nVal: {value}"

    def ari(self, method: str, kind: str, name: str, body: bytes) -> tuple[int, Any]:
        where = f"ps/{kind}", name
        if method != "PUT" and where not in self.rows:
            return 404, {"message": f"Object with id '{name}' not found"}
        if method == "DELETE":
            del self.rows[where]
            return 204, None
        fields = json.loads(self.rows.get(where, "{}"))
        if method == "PUT":
            fields |= {f["attribute"]: f["value"] for f in json.loads(body)["fields"]}
            self.rows[where] = json.dumps(fields)
        return 200, [{"attribute": n, "value": v} for n, v in fields.items()]


def _listed(action: str, events: list[str]) -> str:
    start = "Response: Success\r\nEventList: start\r\nMessage: Result will follow"
    end = f"Event: {action}Complete\r\nEventList: Complete\r\nListItems: {len(events)}"
    return END.join([start, *events, end, ""])


@contextmanager
def serving() -> Iterator[Double]:
    """On 127.0.0.1, until the end of the block."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            kind, status, cookie = JSON, 200, ""
            with double.lock:
                if self.path == "/rawman":
                    asked = {n: v[0] for n, v in parse_qs(body.decode(), True).items()}
                    kind, text = TEXT, double.ami(asked)
                    cookie = 'mansession_id="1a2b"' if asked["Action"] == "Login" else ""
                else:
                    sort, _, name = self.path.removeprefix(DYNAMIC).partition("/")
                    status, found = double.ari(self.command, sort, name, body)
                    text = "" if found is None else json.dumps(found)
            self.send_response_only(status)
            self.send_header("Date", formatdate(usegmt=True))
            self.send_header("Content-Type", kind)
            if cookie:
                self.send_header("Set-Cookie", cookie)
            if status != 204:
                self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = do_DELETE = do_POST = _answer  # noqa: N815 - the base class calls them so

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
