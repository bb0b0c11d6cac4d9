"""A telephone that calls over TLS: one connection, which lasts as long as the call does."""

import hashlib
import re
import secrets
import socket
import ssl
from typing import Self

from tests.asterisk.sip.raw import DESK, PATIENCE, Address, header
from tests.asterisk.sip.sip import Phone


class TLSPhone:
    """Believes every certificate: which one is served is for the test to look at."""

    def __init__(self, server: Address, phone: Phone) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._phone, self._server = phone, server
        self._plug = context.wrap_socket(socket.create_connection(server, PATIENCE))
        self._ip, self._port = self._plug.getsockname()
        self._stream = self._plug.makefile("rb")
        self._id, self._tag, self._turn = secrets.token_hex(8), secrets.token_hex(4), 0
        self._uri = self._to = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._plug.close()

    def call(self, number: str) -> int:
        """The final status; from 200 on the call goes on."""
        self._uri = f"sip:{number}@{self._server[0]}:{self._server[1]};transport=tls"
        self._to = f"<{self._uri}>"
        answer = self._request("INVITE", DESK.format(ip=self._ip))
        if answer.startswith("SIP/2.0 401"):
            self._send("ACK", turn=self._turn, to=header(answer, "To"))
            answer = self._request("INVITE", DESK.format(ip=self._ip), self._proof(answer))
        self._to = header(answer, "To")
        if found := re.search(r"<([^>]+)>", header(answer, "Contact")):
            self._uri = found[1]
        self._send("ACK", turn=self._turn)
        return int(answer.split()[1])

    def hang_up(self) -> int:
        """The answer to BYE, by the connection of the call."""
        return int(self._request("BYE").split()[1])

    def _request(self, method: str, body: str = "", proof: str = "") -> str:
        self._turn += 1
        self._send(method, body, proof, turn=self._turn)
        while True:
            answer = self._received()
            same = header(answer, "CSeq").split() == [str(self._turn), method]
            if answer.startswith("SIP/2.0") and same and int(answer.split()[1]) >= 200:
                return answer

    def _send(
        self, method: str, body: str = "", proof: str = "", *, turn: int, to: str = ""
    ) -> None:
        own = f"{self._phone.user}@{self._server[0]}"
        contact = f"{self._phone.user}@{self._ip}:{self._port};transport=tls"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self._plug.sendall(
            (
                f"{method} {self._uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/TLS {self._ip}:{self._port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
                f"From: <sip:{own}>;tag={self._tag}\r\nTo: {to or self._to}\r\n"
                f"Call-ID: {self._id}\r\nCSeq: {turn} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:{contact}>\r\n{proof}{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )

    def _received(self) -> str:
        lines = []
        while line := self._stream.readline().decode().strip():
            lines.append(line)
        assert lines, "the connection was closed"
        message = "\n".join(lines)
        self._stream.read(int(header(message, "Content-Length") or 0))
        return message

    def _proof(self, answer: str) -> str:
        told = dict(re.findall(r'(\w+)="([^"]*)"', header(answer, "WWW-Authenticate")))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret = md5(f"{self._phone.user}:{told['realm']}:{self._phone.password}")
        nonce, cnonce = told["nonce"], secrets.token_hex(4)
        asked = md5(f"INVITE:{self._uri}")
        response = md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{asked}")
        return (
            f'Authorization: Digest username="{self._phone.user}", realm="{told["realm"]}",'
            f' nonce="{nonce}", uri="{self._uri}", response="{response}", algorithm=MD5,'
            f' qop=auth, nc=00000001, cnonce="{cnonce}", opaque="{told.get("opaque", "")}"\r\n'
        )
