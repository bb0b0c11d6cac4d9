"""Phones and a carrier, played by sipp: each call of it is bounded in count and time, on loopback.

What Asterisk said is read from sipp's own log of messages, so a test can ask for any answer.
"""

import atexit
import re
import secrets
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 60
MANY = 200
"""So many ports are kept for who got them: all have bound theirs by then."""
PLAIN = "Allow: INVITE, ACK, BYE, CANCEL"
"""Header lines that say nothing new."""
_MESSAGE = re.compile(
    r"^-{20,} [^\n]*\n(?:UDP|TCP) message (received|sent)[^\n]*\n\n(.*?)(?=^-{20,} |\Z)",
    re.MULTILINE | re.DOTALL,
)


class SipError(AssertionError):
    """Something that no phone and no carrier should see."""


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message as it went over the wire."""

    received: bool
    text: str

    @property
    def first(self) -> str:
        return self.text.split("\n", 1)[0].strip()

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: *([^\r\n]*)", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    def headers(self, name: str) -> list[str]:
        return re.findall(rf"^{name}: *([^\r\n]*)", self.text, re.MULTILINE | re.IGNORECASE)


@dataclass(slots=True)
class Phone:
    """A phone: SIP user and password, and where it listens and sends from."""

    user: str
    password: str
    port: int = field(default_factory=lambda: free_port("127.0.0.1"))
    address: str = "127.0.0.1"


@dataclass(slots=True)
class Ringing:
    """Something that waits for one call. Look at it after the ``with``."""

    messages: list[Message] = field(default_factory=list)
    log: Path | None = None

    def wait_for_calls(self, count: int) -> None:
        """Until so many have come. Raises SipError after a long while."""
        for _ in range(SECONDS * 20):
            found = read_messages(self.log) if self.log else []
            if sum(m.first.startswith("INVITE ") for m in found) >= count:
                return
            time.sleep(0.05)
        raise SipError(f"fewer than {count} calls came")

    @property
    def rang(self) -> bool:
        return self._invite is not None

    @property
    def shown(self) -> str:
        """Who calls, as the phone or the carrier sees it: the From header up to its tag."""
        return self._invite.header("From").partition(";")[0] if self._invite else ""

    @property
    def called(self) -> str:
        return self._invite.first.split()[1] if self._invite else ""

    def header(self, name: str) -> str:
        """Of the INVITE that came; empty if it has none of that name."""
        return self._invite.header(name) if self._invite else ""

    @property
    def _invite(self) -> Message | None:
        return next((m for m in self.messages if m.first.startswith("INVITE ")), None)


class Sip:
    """All that talks SIP to one Asterisk. ``env`` is what ``scripts/asterisk-server`` tells."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self._program, self._server = env["ASTERISK_SIPP"], env["ASTERISK_SIP"]
        self._carrier, _, port = env["ASTERISK_CARRIER"].partition(":")
        self._carrier_port = int(port)
        self._folder = folder

    def register(
        self,
        phone: Phone,
        *,
        expires: int = 600,
        login: str = "",
        contact: str = "",
        patience: int = SECONDS,
    ) -> int:
        """The last answer to REGISTER: 200, or why not. ``login``: if it is not the SIP user."""
        keys = {"expires": str(expires), "contact": contact or _contact(phone)}
        return self._last(self._as_phone("register", phone, keys, login, patience))

    def bindings(self, phone: Phone) -> list[str]:
        """Registers once more; the contacts that Asterisk then lists."""
        last = self._as_phone("register", phone, {"expires": "600", "contact": _contact(phone)})[-1]
        if last.status != 200:
            raise SipError(f"REGISTER of {phone.user}: {last.first}")
        return last.headers("Contact")

    def call(self, phone: Phone, callee: str, *, shown: str = "", more: str = PLAIN) -> int:
        """The last answer to a call by a phone, from a port of its own.

        ``shown``: what the phone says in From; ``more``: further header lines.
        """
        own = f"<sip:{phone.user}@{self._server}>"
        keys = {"caller": phone.user, "callee": callee, "from": shown or own, "more": more}
        calling = Phone(phone.user, phone.password, address=phone.address)
        return self._last(self._as_phone("call", calling, keys), "INVITE")

    def hold(self, phone: Phone, callee: str, media: int) -> int:
        """The same for a phone that talks at port ``media`` until the other end hangs up."""
        keys = {"caller": phone.user, "callee": callee}
        proof = ["-au", phone.user, "-ap", phone.password, "-mp", str(media)]
        made = self._run("held", phone.address, free_port(phone.address), keys, proof)
        return self._last(made, "INVITE")

    def carrier_calls(
        self, callee: str, *, shown: str = "<sip:+41441112233@carrier.example>", more: str = PLAIN
    ) -> int:
        """The last answer to a call from outside; ``shown`` and ``more`` as for a phone."""
        keys = {"callee": callee, "from": shown, "more": more}
        port = free_port(self._carrier)
        made = self._run("carrier_calls", self._carrier, port, keys)
        return self._last(made, "INVITE")

    @contextmanager
    def answering(self, phone: Phone, media: int = 0) -> Iterator[Ringing]:
        """The phone is on, and answers one call; ``media``: the port at which it talks."""
        more = ["-mp", str(media)] if media else []
        with self._waiting(phone.address, phone.port, "answer", more) as found:
            yield found

    @contextmanager
    def cancelled(self, phone: Phone) -> Iterator[Ringing]:
        """The phone is on, and rings for one call until that is taken elsewhere."""
        with self._waiting(phone.address, phone.port, "cancelled") as found:
            yield found

    @contextmanager
    def ringing(self, phone: Phone) -> Iterator[Ringing]:
        """The phone is on, rings for one call and declines it (486)."""
        with self._waiting(phone.address, phone.port, "ring", ["-d", "50"]) as found:
            yield found

    @contextmanager
    def forwarding(self, phone: Phone, number: str) -> Iterator[Ringing]:
        """The phone is on, and sends one caller on to a number (302)."""
        more = ["-key", "forward", number]
        with self._waiting(phone.address, phone.port, "forward", more) as found:
            yield found

    @contextmanager
    def carrier_answering(self) -> Iterator[Ringing]:
        """The other end of the trunk answers one call."""
        with self._waiting(self._carrier, self._carrier_port) as found:
            yield found

    @contextmanager
    def carrier_ringing(self, seconds: int, calls: int) -> Iterator[Ringing]:
        """At the other end of the trunk it rings for so long, for several calls at once."""
        more = ["-d", str(seconds * 1000), "-m", str(calls)]
        with self._waiting(self._carrier, self._carrier_port, "ring", more) as found:
            yield found

    def _as_phone(
        self,
        scenario: str,
        phone: Phone,
        keys: Mapping[str, str],
        login: str = "",
        patience: int = SECONDS,
    ) -> list[Message]:
        more = {"user": phone.user, **keys}
        proof = ["-au", login or phone.user, "-ap", phone.password, "-timeout", f"{patience}s"]
        return self._run(scenario, phone.address, phone.port, more, proof)

    def _last(self, messages: list[Message], method: str = "") -> int:
        """The last answer but those to a request that only ends what was begun."""
        answers = [m for m in messages if m.received and m.status >= 200]
        about = [m for m in answers if m.header("CSeq").endswith(method)]
        if not about:
            raise SipError("no answer at all")
        return about[-1].status

    def _run(
        self,
        scenario: str,
        address: str,
        port: int,
        keys: Mapping[str, str],
        more: list[str] | None = None,
    ) -> list[Message]:
        log = self._log(scenario)
        command = self._command(scenario, address, port, log)
        command += [part for key, value in keys.items() for part in ("-key", key, value)]
        ran = subprocess.run(
            [*command, *(more or [])],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS + 60,
            check=False,
        )
        found = read_messages(log)
        if ran.returncode != 0:
            seen = [m.first for m in found] or ran.stderr.splitlines()[-3:]
            raise SipError(f"{scenario} {dict(keys)}: sipp ended with {ran.returncode}: {seen}")
        return found

    @contextmanager
    def _waiting(
        self, address: str, port: int, scenario: str = "answer", more: Sequence[str] = ()
    ) -> Iterator[Ringing]:
        log = self._log(scenario)
        process = subprocess.Popen(
            [*self._command(scenario, address, port, log), *more],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found = Ringing(log=log)
        try:
            _until_bound(process, address, port)
            yield found
            found.messages = read_messages(log)
            if found.rang:
                process.wait(SECONDS + 60)
                found.messages = read_messages(log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _command(self, scenario: str, address: str, port: int, log: Path) -> list[str]:
        """Sends nothing twice (``-nr``): nothing is lost here, and each copy would be answered with
        a challenge of its own, which sipp takes for an answer to what came next."""
        return [
            *(self._program, self._server, "-sf", str(HERE / f"{scenario}.xml"), "-nr"),
            *("-i", address, "-p", str(port), "-mi", address, "-m", "1", "-nostdin"),
            *("-timeout", f"{SECONDS}s", "-timeout_error"),
            *("-trace_msg", "-message_file", str(log)),
        ]

    def _log(self, scenario: str) -> Path:
        return self._folder / f"{scenario}-{secrets.token_hex(6)}.log"


def _contact(phone: Phone) -> str:
    return f"<sip:{phone.user}@{phone.address}:{phone.port}>"


def read_messages(log: Path) -> list[Message]:
    """Messages in the order in which they went over the wire."""
    if not log.exists():
        return []
    text = log.read_text("utf-8", "replace")
    return [Message(m[1] == "received", m[2].lstrip("\r\n")) for m in _MESSAGE.finditer(text)]


_CLAIMED: deque[socket.socket] = deque()
"""TCP sockets on the ports that were given out last: sipp uses UDP alone, so they are in nobody's
way, and no other worker of the tests, nor another checkout's, is given such a port before sipp has
bound it."""


def free_port(address: str) -> int:
    """An UDP port that nobody uses now, and that nobody is given until sipp binds it."""
    while True:
        port = 12_000 + secrets.randbelow(18_000)
        claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                claim.bind(("127.0.0.1", port))
                probe.bind((address, port))
            except OSError:
                claim.close()
                continue
        _CLAIMED.append(claim)
        if len(_CLAIMED) > MANY:
            _CLAIMED.popleft().close()
        return port


@atexit.register
def _give_back() -> None:
    while _CLAIMED:
        _CLAIMED.pop().close()


def _until_bound(process: "subprocess.Popen[bytes]", address: str, port: int) -> None:
    """By the kernel's list: trying the port would take it away from sipp."""
    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    entry = f"{number:08X}:{port:04X} "
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if entry in Path("/proc/net/udp").read_text("ascii"):
            return
        try:
            code = process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        raise SipError(f"sipp ended with {code} before any call")
    raise SipError(f"sipp does not listen on {address}:{port}")
