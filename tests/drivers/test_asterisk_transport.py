"""What may answer in the place of an Asterisk: without end, packed, by drops, nested, undated."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import repeat
from pathlib import Path

import pytest

from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import OutcomeUnknown, Unavailable
from provisioner.testing.values import raises

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DROPS_PER_SECOND = 20

Said = Iterator[bytes]
Answering = Callable[..., Wire]


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answering]:
    """A wire to a server that says to whoever asks what it is given, piece by piece."""
    (tmp_path / "secret").write_text("x", "utf-8")
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    wires: list[Wire] = []

    def serve(saying: Callable[[], Said]) -> None:
        with suppress(OSError):
            while True:
                plug, _ = listening.accept()
                with plug, suppress(OSError):
                    plug.recv(65536)
                    for piece in saying():
                        plug.sendall(piece)
                        if over.wait(1 / DROPS_PER_SECOND if len(piece) == 1 else 0):
                            break

    def made(saying: Callable[[], Said], answer: float = 60) -> Wire:
        threading.Thread(target=serve, args=(saying,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        limits = Limits(timeout=10, answer=answer, call=20)
        wires.append(Wire(url, "x", tmp_path / "secret", limits, concurrency=1))
        return wires[-1]

    yield made
    over.set()
    for wire in wires:
        wire.close()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def whole(body: bytes, *headers: bytes) -> Callable[[], Said]:
    lines = (*headers, b"Content-Length: %d" % len(body), b"Connection: close", b"", body)
    return lambda: iter([HEAD + b"\r\n".join(lines)])


def without_end() -> Said:
    yield HEAD + b"\r\n"
    yield from repeat(b"[" * 2**16)


def head_by_drops() -> Said:
    yield HEAD + b"X: "
    yield from repeat(b"x")


def body_by_drops() -> Said:
    yield HEAD + b"\r\n["
    yield from repeat(b" ")


def test_an_answer_without_end(answering: Answering) -> None:
    with raises(Unavailable, "PV567"):
        answering(without_end).object("aor", "x")


def test_an_answer_that_is_packed(answering: Answering) -> None:
    bomb = gzip.compress(b"[" * 2**20)
    with raises(Unavailable, "PV567"):
        answering(whole(bomb, b"Content-Encoding: gzip")).object("aor", "x")


@pytest.mark.parametrize("saying", [head_by_drops, body_by_drops])
def test_an_answer_by_drops(answering: Answering, saying: Callable[[], Said]) -> None:
    with raises(Unavailable, "PV568"):
        answering(saying, answer=1).object("aor", "x")
    with raises(OutcomeUnknown, "PV542"):
        answering(saying, answer=1).put_object("aor", "x", {"max_contacts": "1"})


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"[1]", b"NaN", b"\xff"])
def test_what_cannot_be_understood(answering: Answering, body: bytes) -> None:
    wire = answering(whole(body))
    with raises(Unavailable, "PV546"):
        wire.object("aor", "x")
    with raises(Unavailable, "PV546"):
        wire.version()


@pytest.mark.parametrize(
    "date",
    [
        b"Fri, 27 Nov 2026 10:00:00",
        b"Fri, 27 Nov 2026 10:00:00 GMT",
        b"Fri, 27 Nov 2026 10:00:00 -0000",
    ],
)
def test_the_clock_has_a_zone(answering: Answering, date: bytes) -> None:
    body = json.dumps([]).encode()
    wire = answering(whole(body, b"Date: " + date))
    assert wire.object("aor", "x") == {}
    assert wire.clock
    assert wire.clock.utcoffset() == timedelta(0)


@pytest.mark.parametrize("date", [b"", b"soon", b"Fri, 99 Nov 2026 10:00:00 GMT", b"1 2 3 4 5 6"])
def test_a_date_that_is_none_is_no_clock(answering: Answering, date: bytes) -> None:
    wire = answering(whole(b"[]", b"Date: " + date))
    assert wire.object("aor", "x") == {}
    assert wire.clock is None


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "long"])
def test_a_password_file_that_is_none(tmp_path: Path, kind: str) -> None:
    import os

    place = tmp_path / "place"
    match kind:
        case "pipe":
            os.mkfifo(place)
        case "device":
            place.symlink_to("/dev/zero")
        case "folder":
            place.mkdir()
        case _:
            place.write_bytes(b"x" * 2**20)
    wire = Wire("http://127.0.0.1:1", "x", place, Limits(), concurrency=1)
    with raises(Unavailable, "PV553"):
        wire.object("aor", "x")
    wire.close()
