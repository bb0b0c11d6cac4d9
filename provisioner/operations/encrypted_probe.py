"""Real SIP requests over TLS, which ask and change nothing: no standard tool speaks it everywhere.

The certificate is not what is asked here, so whichever is served is taken; a password is proved by
a digest and never sent.
"""

import hashlib
import re
import secrets
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar
from urllib.parse import urlsplit

PATIENCE = 5
"""Seconds for one answer."""
PORT = 5061
_LINE, _LINES, _BODY = 8 * 1024, 200, 64 * 1024
"""More than an answer has."""
_SENDABLE = re.compile(r"[\w.+~-]{1,200}", re.ASCII)
_STATUS = re.compile(r"SIP/2\.0 (\d{3})\b")
_TOLD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class TLSProber:
    """``address`` is ``HOST:PORT``."""

    OK: ClassVar[int] = 200

    address: str

    @property
    def tool(self) -> str:
        return "TLS"

    @property
    def proves_passwords(self) -> bool:
        return True

    def options(self) -> int | None:
        """The answer to OPTIONS, None for silence."""
        try:
            with _connected(self.address) as line:
                return line.asked("OPTIONS", "check").status
        except (OSError, ValueError):
            return None

    def register(self, passwords: Mapping[str, str]) -> dict[str, int]:
        """The answer to a REGISTER that only asks, by SIP user; no answer, no entry."""
        found: dict[str, int] = {}
        for user, password in passwords.items():
            if not _SENDABLE.fullmatch(user):
                continue
            try:
                with _connected(self.address) as line:
                    found[user] = line.registered(user, password)
            except (OSError, ValueError):
                continue
        return found


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...]

    def challenge(self) -> dict[str, str]:
        """What a digest has to answer; empty if only others than MD5 are asked for."""
        for name, value in self.headers:
            kind, _, rest = value.partition(" ")
            if (name, kind.lower()) == ("www-authenticate", "digest"):
                told = {n.lower(): quoted or bare for n, quoted, bare in _TOLD.findall(rest)}
                if told.get("algorithm", "MD5").upper() == "MD5":
                    return told
        return {}


@dataclass(slots=True)
class _Line:
    """One connection."""

    address: str
    plug: ssl.SSLSocket
    stream: BinaryIO
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    turn: int = 0

    def registered(self, user: str, password: str) -> int:
        """Without a Contact a REGISTER changes nothing (RFC 3261, 10.2.3): no phone loses its
        place."""
        answer = self.asked("REGISTER", user)
        told = answer.challenge() if answer.status == 401 else {}
        if not told:
            return answer.status
        proof = _proof(user, password, "REGISTER", self._uri, told)
        return self.asked("REGISTER", user, proof).status

    def asked(self, method: str, user: str, proof: str = "") -> _Answer:
        """The final answer.  Raises OSError, ValueError for none."""
        self.turn += 1
        host, port = self.plug.getsockname()[:2]
        here = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        own = f"sip:{user}@{self.address}"
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/TLS {here};branch=z9hG4bK{secrets.token_hex(8)}",
            f"From: <{own}>;tag={secrets.token_hex(6)}",
            f"To: <{own}>",
            f"Call-ID: {self.id}",
            f"CSeq: {self.turn} {method}",
            "Max-Forwards: 70",
            *([f"Authorization: {proof}"] if proof else []),
            "Content-Length: 0",
        ]
        self.plug.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii"))
        while True:
            answer = self._received()
            if answer.status >= 200 and ("cseq", f"{self.turn} {method}") in answer.headers:
                return answer

    @property
    def _uri(self) -> str:
        return f"sip:{self.address};transport=tls"

    def _received(self) -> _Answer:
        first, *rest = self._head()
        status = _STATUS.match(first)
        if status is None:
            raise ValueError(first)
        pairs = (line.partition(":") for line in rest)
        headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
        length = next((v for n, v in headers if n in {"content-length", "l"}), "0")
        self.stream.read(min(int(length), _BODY))
        return _Answer(int(status[1]), headers)

    def _head(self) -> list[str]:
        lines: list[str] = []
        while len(lines) < _LINES:
            line = self.stream.readline(_LINE)
            if not line:
                raise ConnectionError
            if text := line.decode("utf-8", "replace").strip():
                lines.append(text)
            elif lines:
                return lines
        raise ValueError(_LINES)


@contextmanager
def _connected(address: str) -> Iterator[_Line]:
    """Raises OSError, ValueError for what is no address."""
    place = urlsplit(f"//{address}")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((place.hostname or "", place.port or PORT), PATIENCE) as bare,
        context.wrap_socket(bare) as plug,
        plug.makefile("rb") as stream,
    ):
        yield _Line(address, plug, stream)


def _proof(user: str, password: str, method: str, uri: str, told: Mapping[str, str]) -> str:
    """RFC 2617, as SIP has it."""
    realm, nonce, opaque = (told.get(name, "") for name in ("realm", "nonce", "opaque"))
    count, ours = "00000001", secrets.token_hex(8)
    secret, asked = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    protected = "auth" in re.split(r"[\s,]+", told.get("qop", ""))
    middle = f"{nonce}:{count}:{ours}:auth" if protected else nonce
    parts = {
        "username": user,
        "realm": realm,
        "nonce": nonce,
        "uri": uri,
        "response": _md5(f"{secret}:{middle}:{asked}"),
    }
    if opaque:
        parts["opaque"] = opaque
    proof = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    tail = f', qop=auth, nc={count}, cnonce="{ours}"' if protected else ""
    return f"Digest {proof}, algorithm=MD5{tail}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
