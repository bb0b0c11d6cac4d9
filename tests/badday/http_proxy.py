"""The proxy before a PBX that is steered over HTTP."""

import gzip
import re
import socket

from tests.badday.proxies import Answered, Cut, Proxy, up_to

DRIP, LATE = 0.05, 1.2
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_LIST = re.compile(rb"(?s)^(.*?\r\n\r\n)(Response: Success\r\nEventList: start.*?\r\n\r\n).*")
_ITEMS = re.compile(rb"Event: (\w+)Complete\r\n")

FAULTS = (
    "late",
    "too late",
    "cut before",
    "cut after",
    "doubled",
    "asked to wait",
    "500",
    "502 after",
    "half",
    "empty",
    "stale",
    "garbage",
    "drops",
    "packed",
    "without end",
)


class HttpProxy(Proxy):
    """A request and its answer at a time."""

    def talk(self, plug: socket.socket, system: socket.socket) -> None:
        from_plug, from_system = bytearray(), bytearray()
        while True:
            request = _whole(plug, from_plug)

            def ask(request: bytes = request) -> bytes:
                system.sendall(request)
                return _whole(system, from_system)

            fault = self.now()
            answer = self._falsified(plug, fault, request, ask) if fault else ask()
            self.asked.setdefault(request, answer)
            plug.sendall(answer)

    def _falsified(self, plug: socket.socket, fault: str, request: bytes, ask: Answered) -> bytes:
        match fault:
            case "cut before":
                raise Cut
            case "asked to wait":
                return _said(429, b"later", b"Retry-After: 1\r\n")
            case "500":
                return _said(500, b'{"message": "x"}', b"Content-Type: application/json\r\n")
        answer = ask()
        match fault:
            case "late" | "too late":
                self.slow.wait(0.1 if fault == "late" else LATE)
                return answer
            case "cut after":
                raise Cut
            case "doubled":
                return ask()
            case "502 after":
                return _said(502, b"<html>bad gateway</html>")
            case "half":
                plug.sendall(answer[: len(answer) * 2 // 3])
                raise Cut
            case "stale":
                return self.asked.get(request, answer)
            case "empty":
                return _emptied(answer)
            case "garbage":
                return _said(200, bytes(range(256)))
            case "drops":
                self.drip(plug, answer, DRIP)
            case "packed":
                bomb = gzip.compress(b"[" * 2**20)
                return _said(200, bomb, b"Content-Encoding: gzip\r\n")
            case "without end":
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
                self.without_end(plug, head, b"[" * 2**18)
        raise AssertionError(fault)


def _whole(plug: socket.socket, kept: bytearray) -> bytes:
    head = up_to(plug, kept, b"\r\n\r\n")
    length = _LENGTH.search(head)
    size = int(length[1]) if length else 0
    while len(kept) < size:
        piece = plug.recv(65536)
        if not piece:
            raise Cut
        kept += piece
    body = bytes(kept[:size])
    del kept[:size]
    return head + body


def _said(status: int, body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n" % (status, more, len(body))
    return head + body


def _emptied(answer: bytes) -> bytes:
    """A list without its items; an object of which nothing is told."""
    listed = _LIST.match(answer)
    if listed:
        kind = _ITEMS.search(answer)
        assert kind
        tail = b"Event: %sComplete\r\nEventList: Complete\r\nListItems: 0\r\n\r\n" % kind[1]
        return _said(200, listed[2] + tail, b"Content-Type: text/plain\r\n")
    if b"application/json" in answer:
        return _said(200, b"[]", b"Content-Type: application/json\r\n")
    return _said(200, b"")
