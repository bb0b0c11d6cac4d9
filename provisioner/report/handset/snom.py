"""Snom: settings as XML.

Names and values are those of wazo-provd-plugins, whose templates are in use with these phones; the
maker describes them at service.snom.com ("Settings").  ``user_host`` is the registrar's domain,
``user_outbound`` where packets go, with port and ``;transport=``, ``user_name`` the account,
``user_pname`` the name to authenticate with, ``user_realname`` the display name,
``user_idle_text`` and ``user_idle_number`` what the idle screen shows, ``user_srtp`` whether media
are encrypted and ``user_savp`` whether they have to be (``off``, ``optional``, ``mandatory``).
``idx`` is the number of the identity.  Not tried on a telephone of the maker.

The text of an element is data: ElementTree escapes it, and what XML cannot hold at all is refused
before (``files.py``).
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from provisioner.report.handset.identity import Identity
from provisioner.telephony.phones import Mac
from provisioner.telephony.srtp import Srtp

_SRTP = {
    Srtp.REQUIRED: {"user_srtp": "on", "user_savp": "mandatory"},
    Srtp.OPTIONAL: {"user_srtp": "on", "user_savp": "optional"},
    Srtp.OFF: {"user_srtp": "off", "user_savp": "off"},
}


def file_name(mac: Mac) -> str:
    """``000413A1B2C3.xml``: a Snom fetches the very address that it is given."""
    return f"{mac}.xml"


def address(folder: str, mac: Mac) -> str:
    """What the phone is told as its ``setting_server``: the file itself."""
    return f"{folder}{file_name(mac)}"


def lost(text: str) -> bool:  # noqa: ARG001 - as its neighbour
    """Whether the phone would read something else: never, for what XML can hold."""
    return False


def render(identity: Identity) -> bytes:
    root = ET.Element("settings")
    phone = ET.SubElement(root, "phone-settings")
    for name, value in _settings(identity):
        ET.SubElement(phone, name, idx="1", perm="").text = value
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _settings(identity: Identity) -> Iterator[tuple[str, str]]:
    registrar = identity.registrar
    yield "user_active", "on"
    yield "user_realname", identity.shown
    yield "user_name", identity.user
    yield "user_pname", identity.user
    yield "user_pass", identity.password
    yield "user_host", registrar.host
    yield (
        "user_outbound",
        f"{registrar.host}:{registrar.port};transport={registrar.transport}",
    )
    yield "user_idle_text", identity.shown
    if identity.extension:
        yield "user_idle_number", identity.extension
    if identity.srtp is not None:
        yield from _SRTP[identity.srtp].items()
