"""Where an Asterisk speaks TLS and with which files, as its configuration has it.  Pure.

``[tls]`` of ``pjsip.conf`` is for phones, ``http.conf`` for apps.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

SIP, HTTPS = "SIP", "HTTPS"
TRANSPORT = "tls"
"""Name of the transport in ``pjsip.conf``."""
SIP_PORT, HTTPS_PORT, HTTP_PORT = 5061, 8089, 8088
"""Where Asterisk listens unless it is told otherwise."""
_SECTION = re.compile(r"\[([^\]]+)\]")
_YES = frozenset({"yes", "true", "y", "t", "1", "on"})
_BLOCK = re.compile(r";--(?!-).*?--;", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\);.*")


@dataclass(frozen=True, slots=True)
class Listener:
    """``host``: the address that it is bound to.  ``key`` is ``certificate`` where one file holds
    both."""

    what: str
    host: str
    port: int
    certificate: Path
    key: Path

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name, see ``at``
            return False

    def at(self, host: str) -> "Listener":
        """As it is reached at ``host``, if it is bound to all addresses: those are no place to
        call."""
        everywhere = ipaddress.ip_address(self.host).is_unspecified
        return replace(self, host=host) if everywhere else self


def sections(text: str) -> dict[str, dict[str, str]]:
    """Options by section; of two of one name the later one holds, as for Asterisk."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in _BLOCK.sub("", text).splitlines():
        bare = _COMMENT.sub("", line).strip()
        if head := _SECTION.match(bare):
            section = found.setdefault(head[1].strip(), {})
        elif "=" in bare:
            name, _, value = bare.partition("=")
            section[name.strip().lower()] = value.removeprefix(">").strip()
    return found


def of_folder(folder: Path, pjsip: str, http: str) -> list[Listener]:
    """What the texts of ``pjsip.conf`` and ``http.conf`` say; a file that is named without a
    folder lies in ``folder``."""
    transports = [
        section
        for section in sections(pjsip).values()
        if (section.get("type"), section.get("protocol")) == ("transport", "tls")
    ]
    made = [of_transport(each, folder) for each in transports]
    made.append(of_http(sections(http).get("general", {}), folder))
    return list(filter(None, made))


def control_port(http: str) -> int:
    """Where ``http.conf`` has the control without TLS."""
    found = sections(http).get("general", {}).get("bindport", "")
    return int(found) if found.isdecimal() else HTTP_PORT


def of_transport(fields: Mapping[str, str], folder: Path = Path("/")) -> Listener | None:
    """None where it has no certificate, or no address that can be called."""
    return _listener(
        SIP, fields.get("bind", ""), SIP_PORT, fields, ("cert_file", "priv_key_file"), folder
    )


def of_http(general: Mapping[str, str], folder: Path = Path("/")) -> Listener | None:
    """None without HTTPS."""
    if general.get("tlsenable", "").lower() not in _YES:
        return None
    bound = general.get("tlsbindaddr") or general.get("bindaddr") or "0.0.0.0"  # noqa: S104 - theirs
    names = ("tlscertfile", "tlsprivatekey")
    return _listener(HTTPS, bound, HTTPS_PORT, general, names, folder)


def _listener(
    what: str,
    bound: str,
    port: int,
    fields: Mapping[str, str],
    names: tuple[str, str],
    folder: Path,
) -> Listener | None:
    certificate, key = (fields.get(name, "") for name in names)
    place = next(_places(bound), None)
    if not certificate or place is None:
        return None
    files = folder / certificate, folder / (key or certificate)
    return Listener(what, place[0], place[1] or port, *files)


def _places(bound: str) -> Iterator[tuple[str, int]]:
    """The address and the port of ``bound``; port 0 where it names none, nothing for a name."""
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?", bound.strip())
    host = (match[1] or match[2]) if match else bound.strip()
    try:
        yield str(ipaddress.ip_address(host)), int(match[3] or 0) if match else 0
    except ValueError:
        return
