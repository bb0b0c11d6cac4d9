"""A telephone that writes whatever it likes: SIP over UDP without a stack that tidies it up."""

import hashlib
import re
import secrets
import socket
import threading
import time
from typing import Self

PATIENCE = 60
"""Seconds for an answer; only a fault takes so long."""
Address = tuple[str, int]
_HEAD = "v=0\r\no=p 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
DESK = f"{_HEAD}m=audio 40000 RTP/AVP 8 0\r\n"
BROWSER = (
    f"{_HEAD}m=audio 40000 UDP/TLS/RTP/SAVPF 8 0\r\na=setup:actpass\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=mid:0\r\na=sendrecv\r\n"
    "a=candidate:1 1 udp 2130706431 {ip} 40000 typ host\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\n"
)
"""An app's offer, as far as Asterisk reads it before anybody answers."""


def address(text: str) -> Address:
    """Of ``HOST:PORT``."""
    host, _, port = text.partition(":")
    return host, int(port)


def header(message: str, name: str) -> str:
    """The first of its name, or an empty string."""
    found = re.search(rf"^{name}: *([^\r\n]*)", message, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


class RawPhone:
    """Sends requests to ``server``; answers whoever calls with 180 and ``answer``.

    ``hold``: it rings until this is set.  Without ``user`` it has no password.  ``offer``: another
    SDP than a desk phone's, with ``{ip}`` for the phone's address.
    """

    def __init__(
        self,
        server: Address,
        own: Address,
        *,
        user: str = "",
        password: str = "",
        answer: int = 486,
        hold: threading.Event | None = None,
        offer: str = DESK,
    ) -> None:
        self.user, self.invites = user, []
        self._password, self._server, self._answer, self._hold = password, server, answer, hold
        self._offer = offer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(own)
        self._socket.settimeout(0.1)
        self.ip, self.port = self._socket.getsockname()
        self.invites: list[str]
        self._inbox: list[str] = []
        self._news = threading.Condition()
        self._open = True
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._listener.join()
        self._socket.close()

    # What it does

    def register(self, *contacts: str) -> int:
        """With these contacts, each a line of its own; its own if none is given. The status."""
        lines = contacts or (f"<sip:{self.user}@{self.ip}:{self.port}>",)
        more = "".join(f"Contact: {line}\r\n" for line in lines) + "Expires: 600\r\n"
        own = f"<sip:{self.user}@{self._server[0]}>"
        return self._request("REGISTER", f"sip:{self._server[0]}:{self._server[1]}", own, own, more)

    def call(self, number: str, *, caller: str = "", body: str = "") -> int:
        """The final status. ``caller``: the From header; ``body``: another offer."""
        uri = f"sip:{number}@{self._server[0]}:{self._server[1]}"
        more = f"Contact: <sip:{self.user or 'x'}@{self.ip}:{self.port}>\r\n"
        own = caller or f"<sip:{self.user or 'x'}@{self._server[0]}>"
        return self._request(
            "INVITE", uri, own, f"<{uri}>", more, body or self._offer.format(ip=self.ip)
        )

    def _request(
        self, method: str, uri: str, caller: str, called: str, more: str, body: str = ""
    ) -> int:
        call, tag, proof = secrets.token_hex(8), secrets.token_hex(4), ""
        for turn in (1, 2):
            head = (
                f"From: {caller};tag={tag}\r\nCall-ID: {call}\r\nCSeq: {turn} METHOD\r\n"
                "Max-Forwards: 70\r\n"
            )
            kind = "Content-Type: application/sdp\r\n" if body else ""
            own = head.replace("METHOD", method)
            self._send(
                f"{method} {uri} SIP/2.0\r\n{self._via()}{own}To: {called}\r\n"
                f"{more}{proof}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
            )
            answer = self._final(call, turn)
            status = int(answer.split()[1])
            if method == "INVITE":
                to = header(answer, "To")
                self._send(
                    f"ACK {uri} SIP/2.0\r\n{self._via()}{head.replace('METHOD', 'ACK')}To: {to}\r\n"
                    "Content-Length: 0\r\n\r\n"
                )
            if status != 401 or not self._password:
                break
            proof = self._proof(answer, method, uri)
        return status

    def _proof(self, answer: str, method: str, uri: str) -> str:
        asked = header(answer, "WWW-Authenticate")
        told = dict(re.findall(r'(\w+)="([^"]*)"', asked))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret = md5(f"{self.user}:{told['realm']}:{self._password}")
        cnonce = secrets.token_hex(4)
        response = md5(f"{secret}:{told['nonce']}:00000001:{cnonce}:auth:{md5(f'{method}:{uri}')}")
        return (
            f'Authorization: Digest username="{self.user}", realm="{told["realm"]}",'
            f' nonce="{told["nonce"]}", uri="{uri}", response="{response}", algorithm=MD5,'
            f' qop=auth, nc=00000001, cnonce="{cnonce}", opaque="{told.get("opaque", "")}"\r\n'
        )

    def _via(self) -> str:
        branch = f"z9hG4bK{secrets.token_hex(6)}"
        return f"Via: SIP/2.0/UDP {self.ip}:{self.port};branch={branch};rport\r\n"

    def _send(self, message: str, to: Address | None = None) -> None:
        self._socket.sendto(message.encode("utf-8", "surrogateescape"), to or self._server)

    def _final(self, call: str, turn: int) -> str:
        def found() -> str:
            for message in self._inbox:
                same = header(message, "Call-ID") == call
                asked = header(message, "CSeq").startswith(f"{turn} ")
                if same and asked and int(message.split()[1]) >= 200:
                    return message
            return ""

        until = time.monotonic() + PATIENCE
        with self._news:
            while not (message := found()):
                assert time.monotonic() < until, "no answer"
                self._news.wait(0.1)
        return message

    # What comes

    def _listen(self) -> None:
        while self._open:
            try:
                data, sender = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            message = data.decode("utf-8", "replace")
            if message.startswith("SIP/2.0"):
                with self._news:
                    self._inbox.append(message)
                    self._news.notify_all()
            elif message.startswith("INVITE"):
                if any(header(m, "Call-ID") == header(message, "Call-ID") for m in self.invites):
                    continue  # sent again
                self.invites.append(message)
                threading.Thread(target=self._ring, args=(message, sender), daemon=True).start()
            elif message.strip() and not message.startswith("ACK"):
                self._reply(message, sender, 200, "")

    def _ring(self, message: str, sender: Address) -> None:
        tag = f";tag={secrets.token_hex(4)}"
        self._reply(message, sender, 180, tag)
        if self._hold is not None:
            self._hold.wait(PATIENCE)
        if self._open:
            self._reply(message, sender, self._answer, tag)

    def _reply(self, message: str, sender: Address, status: int, tag: str) -> None:
        via = "".join(
            f"Via: {each}\r\n" for each in re.findall(r"^Via: *([^\r\n]*)", message, re.MULTILINE)
        )
        to = header(message, "To")
        self._send(
            f"SIP/2.0 {status} x\r\n{via}From: {header(message, 'From')}\r\n"
            f"To: {to}{'' if 'tag=' in to else tag}\r\nCall-ID: {header(message, 'Call-ID')}\r\n"
            f"CSeq: {header(message, 'CSeq')}\r\nContact: <sip:x@{self.ip}:{self.port}>\r\n"
            "Content-Length: 0\r\n\r\n",
            sender,
        )
