"""baresip as a desk phone: TLS, SRTP, and voice that is counted. Steered and watched over TCP."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.sip.sip import Phone, SipError

SECONDS = 30
MODULES = Path("/usr/lib/baresip/modules")
REGISTERED, REFUSED, TALKING, SECURED, HEARD, OVER = (
    "REGISTER_OK",
    "REGISTER_FAIL",
    "CALL_ESTABLISHED",
    "CALL_MENC",
    "CALL_RTPESTAB",
    "CALL_CLOSED",
)
CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
sip_cafile {authority}
audio_source ausine,440
audio_player aufile,{folder}/heard.wav
ausrc_srate 48000
ausrc_channels 2
net_interface 127.0.0.1
rtp_stats yes
module_path {modules}
module g711.so
module ausine.so
module aufile.so
module srtp.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
module_tmp account.so
module_app menu.so
"""


@dataclass
class Softphone:
    """One that has tried to register; it answers by itself."""

    control: socket.socket
    log: Path
    registered: bool = False
    _read: bytes = b""
    seen: list[dict[str, Any]] = field(default_factory=list)

    def do(self, command: str, params: str = "") -> None:
        said = json.dumps({"command": command, "params": params}).encode()
        self.control.sendall(b"%d:%s," % (len(said), said))

    def wait_for(self, *types: str) -> dict[str, Any]:
        """The next event of one of these types.  Raises SipError after a long while."""
        while True:
            event = self._next()
            self.seen.append(event)
            if event.get("type") in types:
                return event

    def call(self, callee: str) -> str:
        """Empty for a call that was answered, else the reason why not."""
        self.seen.clear()
        self.do("dial", callee)
        event = self.wait_for(TALKING, OVER)
        return "" if event["type"] == TALKING else str(event.get("param"))

    def wait_until_heard(self) -> None:
        """The first voice has come, and could be understood."""
        self.wait_for(HEARD)

    @property
    def secured(self) -> bool:
        """Whether the call, or the last one, was encrypted."""
        return any(event.get("type") == SECURED for event in self.seen)

    def hang_up(self) -> None:
        self.do("hangup")
        self.wait_until_over()

    def wait_until_over(self) -> None:
        self.wait_for(OVER)

    def _next(self) -> dict[str, Any]:
        """Netstrings, one after the other: ``LENGTH:JSON,``."""
        while True:
            length, colon, rest = self._read.partition(b":")
            if colon and len(rest) > int(length):
                self._read = rest[int(length) + 1 :]
                found: dict[str, Any] = json.loads(rest[: int(length)])
                return found
            try:
                more = self.control.recv(65536)
            except TimeoutError:
                more = b""
            if not more:
                seen = [f"{e.get('type')} {e.get('param')}" for e in self.seen]
                raise SipError(f"the softphone says no more after {seen}; see {self.log}")
            self._read += more


@contextmanager
def softphone(
    folder: Path, phone: Phone, server: str, *, authority: str, media: str = ""
) -> Iterator[Softphone]:
    """``server``: ``ADDRESS:PORT;transport=tls`` or udp; ``media``: ``srtp``, ``srtp-mand``."""
    program = shutil.which("baresip")
    if program is None or not MODULES.is_dir():
        pytest.skip("there is no baresip for a phone that encrypts (Debian: baresip-core)")
    folder.mkdir()
    port, control = _free_ports()
    texts = {"port": port, "authority": authority, "folder": folder, "control": control}
    (folder / "config").write_text(CONFIG.format(modules=MODULES, **texts), "utf-8")
    encrypted = f";mediaenc={media}" if media else ""
    account = f"<sip:{phone.user}@{server}>;auth_user={phone.user};auth_pass={phone.password}"
    account += f";answermode=auto;regint=600;audio_codecs=pcma{encrypted}"
    (folder / "accounts").touch()
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, "-s", "-f", str(folder)],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        with closing(_connected(process, control, log)) as steered:
            made = Softphone(steered, log)
            made.do("uanew", account)
            made.registered = made.wait_for(REGISTERED, REFUSED)["type"] == REGISTERED
            yield made
    finally:
        process.kill()
        process.wait()


def _connected(process: "subprocess.Popen[bytes]", port: int, log: Path) -> socket.socket:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), SECONDS)
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise SipError(f"the softphone does not start; see {log}")


def _free_ports() -> tuple[int, int]:
    """For SIP, which takes the next port for TLS as well, and for the control."""
    while True:
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            three.bind(("127.0.0.1", 0))
            return port, int(three.getsockname()[1])
