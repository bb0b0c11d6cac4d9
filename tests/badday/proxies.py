"""Between the tool and a live system, on 127.0.0.1: what goes wrong at one chosen call, or from it.

``calls`` counts what is asked: a request over HTTP, a question up to its answer over PostgreSQL's
protocol.  All but the chosen call goes through as it is.
"""

import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

Address = tuple[str, int]


class Cut(Exception):
    """The connection ends here, on both sides."""


class Aimed:
    """``fault`` strikes at call ``at``, and at later ones if ``lasting``; 0 is never."""

    def heal(self) -> None:
        self.calls, self.at, self.fault, self.lasting = 0, 0, "", False

    def strike(self, fault: str, at: int, *, lasting: bool = False) -> None:
        self.heal()
        self.fault, self.at, self.lasting = fault, at, lasting

    @property
    def struck(self) -> bool:
        return 0 < self.at <= self.calls


class Proxy(Aimed, ABC):
    """Listens on ``port``, and asks ``upstream``."""

    def __init__(self, upstream: Address) -> None:
        self.upstream = upstream
        self.heal()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def heal(self) -> None:
        super().heal()
        self.slow = threading.Event()
        self.asked: dict[bytes, bytes] = {}
        """The first answer to each question."""

    def close(self) -> None:
        self.slow.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plug, _ = self._listening.accept()
                threading.Thread(target=self._served, args=(plug,), daemon=True).start()

    def _served(self, plug: socket.socket) -> None:
        with plug, suppress(OSError, Cut), socket.create_connection(self.upstream) as system:
            for each in (plug, system):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.talk(plug, system)

    @abstractmethod
    def talk(self, plug: socket.socket, system: socket.socket) -> None: ...

    def now(self) -> str:
        """The fault of the call that has just come; empty for none."""
        self.calls += 1
        strikes = self.calls == self.at or (self.lasting and 0 < self.at < self.calls)
        return self.fault if strikes else ""

    def drip(self, plug: socket.socket, answer: bytes, seconds: float) -> None:
        """One byte at a time."""
        for byte in answer:
            plug.sendall(bytes([byte]))
            if self.slow.wait(seconds):
                break
        raise Cut

    def without_end(self, plug: socket.socket, start: bytes, piece: bytes) -> None:
        plug.sendall(start)
        until = time.monotonic() + 20
        while time.monotonic() < until and not self.slow.is_set():
            plug.sendall(piece)
        raise Cut


def received(lines: BinaryIO, size: int) -> bytes:
    """Exactly so many bytes; raises Cut at an end before."""
    found = lines.read(size)
    if len(found) < size:
        raise Cut
    return found


def up_to(plug: socket.socket, kept: bytearray, mark: bytes) -> bytes:
    """All up to ``mark``; what came after it stays in ``kept``."""
    while mark not in kept:
        piece = plug.recv(65536)
        if not piece:
            raise Cut
        kept += piece
    end = kept.index(mark) + len(mark)
    found = bytes(kept[:end])
    del kept[:end]
    return found


Answered = Callable[[], bytes]
"""Asks the system itself."""
