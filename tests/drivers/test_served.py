"""What a handshake tells of a port, against a server of Python's own."""

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioner.contract.checking import Check
from provisioner.drivers.asterisk import name_checks, served, tls_checks
from provisioner.drivers.asterisk.wire import Wire
from tests.certified import Made, made

PAIR = made()


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Each call is one more server that shakes hands and hangs up: its port."""
    plugs: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def listen(
        pair: Made = PAIR, oldest: ssl.TLSVersion | None = None, *, plain: bool = False
    ) -> int:
        file = tmp_path / "pair.pem"
        file.write_bytes(pair.certificate + pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if oldest is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = oldest
            context.set_ciphers("ALL:@SECLEVEL=0")
        plug = socket.create_server(("127.0.0.1", 0))
        plugs.append(plug)

        def serve() -> None:
            while True:
                try:
                    guest, _ = plug.accept()
                except OSError:
                    return
                with suppress(OSError), guest:
                    if plain:
                        guest.sendall(b"Asterisk Call Manager/11.0.0\r\n")
                    else:
                        context.wrap_socket(guest, server_side=True).close()

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return int(plug.getsockname()[1])

    yield listen
    for plug in plugs:
        with suppress(OSError):
            plug.shutdown(socket.SHUT_RDWR)
        plug.close()
    for thread in threads:
        thread.join(10)


def test_the_certificate_and_old_protocols(listening: Callable[..., int]) -> None:
    port = listening()
    assert served.certificate("127.0.0.1", port) == ssl.PEM_cert_to_DER_cert(
        PAIR.certificate.decode()
    )
    assert served.old_protocol("127.0.0.1", port) == ""
    old = listening(oldest=ssl.TLSVersion.TLSv1)
    assert served.old_protocol("127.0.0.1", old) == "TLSv1.1"
    with pytest.raises(OSError, match="WRONG_VERSION_NUMBER"):
        served.certificate("127.0.0.1", listening(plain=True))


class Told(Wire):
    """A control that knows of these transports, and of no port for TLS."""

    def __init__(self, *transports: str) -> None:
        self.url, self._transports = "https://control.example", transports

    def object(self, kind: str, name: str) -> dict[str, str] | None:
        return {} if kind == "transport" and name in self._transports else None

    def options(self, *_: str) -> dict[str, str]:
        return {}


def test_a_proxy_of_apps_is_looked_at_too(listening: Callable[..., int]) -> None:
    def codes(wss: str) -> list[str]:
        found = tls_checks.check(Told(), datetime.now(UTC), "pbx.example", wss)
        return [each.fault.code for each in found if each.fault]

    assert codes(f"127.0.0.1:{listening()}") == []
    assert codes(f"127.0.0.1:{listening(oldest=ssl.TLSVersion.TLSv1)}") == ["PV696"]
    assert codes(f"127.0.0.1:{listening(made(last=3))}") == ["PV836"]
    assert codes(f"127.0.0.1:{listening(plain=True)}") == ["PV695"]
    assert codes("") == []


class Bound(Told):
    """With a transport for TLS at this port, and whichever others."""

    def __init__(self, port: int, *others: str) -> None:
        super().__init__("tls", *others)
        self.url, self._port = "http://127.0.0.1:1", port

    def object(self, kind: str, name: str) -> dict[str, str] | None:
        found = super().object(kind, name)
        files = {"cert_file": "/pbx.crt", "bind": f"0.0.0.0:{self._port}"}
        return found if found is None or name != "tls" else files


def test_the_names_that_phones_and_apps_are_told(listening: Callable[..., int]) -> None:
    port = listening()
    wire, here = Bound(port), "127.0.0.1"

    def told(checks: Iterable[Check]) -> list[str]:
        return [each.fault.code if each.fault else each.name for each in checks]

    def sip(name: str, *others: str) -> list[str]:
        return told(name_checks.of_sip(Bound(port, *others), name, here))

    assert sip(f"pbx.example:{port}") == ["doctor.tls_name"]
    assert sip("other.example:5060") == ["PV658"]
    assert sip("other.example:5060", "udp") == [], "phones come there without TLS"
    assert sip(f"{here}:{port}") == [], "this machine's own"
    assert told(name_checks.of_apps(f"localhost:{port}")) == ["PV658"]
    assert told(name_checks.of_apps("")) == []

    def phones(registrar: str, transport: str) -> list[str]:
        return told(name_checks.of_registrar(wire, registrar, transport, here))

    assert phones("pbx.example", "tls") == ["doctor.transport", "doctor.tls_name"]
    assert phones("other.example", "tls") == ["doctor.transport", "PV658"]
    assert phones("pbx.example", "udp") == ["PV659"]
    none = name_checks.of_registrar(Told(), "pbx.example", "udp", here)
    assert told(none) == [], "a configuration of somebody's own"


@pytest.mark.parametrize(
    ("transports", "without", "at_the_port"),
    [
        ((), "", ""),
        (("udp",), "", ""),
        (("tls", "udp"), "", "pbx.example:5061"),
        (("tls", "carrier"), "pbx.example:5061", "pbx.example:5061"),
    ],
)
def test_where_phones_have_to_speak_tls(
    transports: tuple[str, ...], without: str, at_the_port: str
) -> None:
    told = Told(*transports)
    assert tls_checks.instead(told, "pbx.example:5060") == without
    assert tls_checks.instead(told, "pbx.example:5061") == at_the_port
