"""The proxy before PostgreSQL: a call is a question with its answer, or the making of a connection.

Answers are falsified for who only reads: a server that lies to a writer is no database.
"""

import socket
import struct
from typing import BinaryIO

from tests.badday.proxies import Answered, Cut, Proxy, received

DRIP, LATE = 0.05, 1.6
_NO_PROTOCOL = {80877103, 80877104}
"""The codes by which a client asks for TLS or GSS."""
_ASKS = {3, 5, 10, 11}
"""Sorts of authentication to which the client has to say something."""

FAULTS = (
    "late",
    "too late",
    "cut before",
    "cut after",
    "too many",
    "shutting down",
    "half",
    "empty",
    "stale",
    "garbage",
    "drops",
    "without end",
)
"""No call is doubled on the way: TCP sees to that."""
LIES = frozenset({"empty", "stale"})


class PostgresProxy(Proxy):
    """Protocol 3, without TLS."""

    def talk(self, plug: socket.socket, system: socket.socket) -> None:
        asked, told = plug.makefile("rb"), system.makefile("rb")
        self._begin(plug, system, asked, told)
        reading = False
        while True:
            request = _question(asked)

            def ask(request: bytes = request) -> bytes:
                system.sendall(request)
                return _answer(told)

            if b"BEGIN" in request:
                reading = b"READ ONLY" in request
            fault = self.now()
            if fault in LIES and not reading:
                fault = ""
            answer = self._falsified(plug, fault, request, ask) if fault else ask()
            self.asked.setdefault(request, answer)
            plug.sendall(answer)

    def _begin(
        self, plug: socket.socket, system: socket.socket, asked: BinaryIO, told: BinaryIO
    ) -> None:
        while True:
            start = _sized(asked)
            system.sendall(start)
            if struct.unpack("!i", start[4:8])[0] not in _NO_PROTOCOL:
                break
            plug.sendall(received(told, 1))
        fault = self.now()
        if fault in {"cut before", "cut after", "half"}:
            raise Cut
        if fault in {"too many", "shutting down"}:
            plug.sendall(_fatal(fault))
            raise Cut
        if fault in {"too late", "without end", "drops"}:
            self.slow.wait(LATE)
        while True:
            kind, message = _message(told)
            plug.sendall(b"garbage" * 9 if fault == "garbage" else message)
            if kind == b"Z":
                return
            if kind == b"R" and struct.unpack("!i", message[5:9])[0] in _ASKS:
                system.sendall(_message(asked)[1])

    def _falsified(self, plug: socket.socket, fault: str, request: bytes, ask: Answered) -> bytes:
        match fault:
            case "cut before":
                raise Cut
            case "too many" | "shutting down":
                plug.sendall(_fatal(fault))
                raise Cut
        answer = ask()
        match fault:
            case "late" | "too late":
                self.slow.wait(0.1 if fault == "late" else LATE)
                return answer
            case "cut after":
                raise Cut
            case "half":
                plug.sendall(answer[: len(answer) // 2])
                raise Cut
            case "stale":
                return self.asked.get(request, answer)
            case "empty":
                return _emptied(answer)
            case "garbage":
                plug.sendall(bytes(range(256)))
                raise Cut
            case "drops":
                self.drip(plug, answer, DRIP)
            case "without end":
                head = b"D" + struct.pack("!i", 2**30 - 1)
                self.without_end(plug, head, b"x" * 2**10)
        raise AssertionError(fault)


def _sized(lines: BinaryIO) -> bytes:
    head = received(lines, 4)
    return head + received(lines, struct.unpack("!i", head)[0] - 4)


def _message(lines: BinaryIO) -> tuple[bytes, bytes]:
    kind = received(lines, 1)
    return kind, kind + _sized(lines)


def _question(lines: BinaryIO) -> bytes:
    found = b""
    while True:
        kind, message = _message(lines)
        if kind == b"X":
            raise Cut
        found += message
        if kind in {b"S", b"Q"}:
            return found


def _answer(lines: BinaryIO) -> bytes:
    found = b""
    while True:
        kind, message = _message(lines)
        found += message
        if kind == b"Z":
            return found


def _emptied(answer: bytes) -> bytes:
    """Without its rows."""
    found, at = b"", 0
    while at < len(answer):
        size = 1 + struct.unpack("!i", answer[at + 1 : at + 5])[0]
        message = answer[at : at + size]
        at += size
        if message[:1] == b"C" and message[5:].startswith(b"SELECT"):
            message = b"C" + struct.pack("!i", 13) + b"SELECT 0\0"
        if message[:1] != b"D":
            found += message
    return found


def _fatal(fault: str) -> bytes:
    state = b"53300" if fault == "too many" else b"57P01"
    fields = b"SFATAL\0VFATAL\0C" + state + b"\0M" + fault.encode() + b"\0\0"
    return b"E" + struct.pack("!i", 4 + len(fields)) + fields
