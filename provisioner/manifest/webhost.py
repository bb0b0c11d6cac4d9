"""Where desk phones fetch their configuration, and where they register: ``phones`` of
``provision.yaml``."""

import re
from ipaddress import IPv6Address
from typing import Annotated, Literal

from pydantic import Field

from provisioner.codes.phones import NoAddressForPhones, NoAddressOfARegistrar, NoKeyOfTheWebHost
from provisioner.manifest.types import Strict, refusal, scalar

HAND_OVER = "phones"
"""Stem of the file in the hand-over folder that the web host reads."""
_KEY_PATTERN = "^age1[02-9ac-hj-np-z]{58}$"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])"
_REGISTRAR_PATTERN = rf"^{_HOST}(?::[1-9][0-9]{{0,4}})?$"
_URL_PATTERN = (
    rf"^https://{_HOST}(?::[1-9][0-9]{{0,4}})?(?:/(?!\.{{1,2}}(?:/|$))[A-Za-z0-9._~-]+)*/?$"
)
_PORT = re.compile(r":(\d{1,5})(?:/|$)", re.ASCII)
_IN_BRACKETS = re.compile(r"\[(.*)\]")


def _key(text: str) -> str:
    import pyrage  # only where phones are configured

    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise refusal(NoKeyOfTheWebHost()) from None
    return text


def _registrar(text: str) -> str:
    if not re.fullmatch(_REGISTRAR_PATTERN, text, re.ASCII) or not _can_be(text):
        raise refusal(NoAddressOfARegistrar(found=text))
    return text


def _url(text: str) -> str:
    bare = text.removeprefix("https://")
    if not re.fullmatch(_URL_PATTERN, text, re.ASCII) or not _can_be(bare):
        raise refusal(NoAddressForPhones(found=text))
    return text.removesuffix("/") + "/"


def _can_be(text: str) -> bool:
    """Whether its port and its address in brackets, if it names them, can be such."""
    if found := _IN_BRACKETS.search(text):
        try:
            IPv6Address(found[1])
        except ValueError:
            return False
    port = _PORT.search(text.rpartition("]")[2])
    return port is None or int(port[1]) < 65536


class Phones(Strict):
    """Desk phones that are configured by their MAC address."""

    recipient: Annotated[str, scalar(_key), Field(json_schema_extra={"pattern": _KEY_PATTERN})]
    """age public key of the web host; what a phone needs is sealed to it."""
    registrar: Annotated[
        str, scalar(_registrar), Field(json_schema_extra={"pattern": _REGISTRAR_PATTERN})
    ]
    """Host, and port if it is not the usual one, at which phones register."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    """How phones register: udp, tcp or tls."""
    url: Annotated[str, scalar(_url), Field(json_schema_extra={"pattern": _URL_PATTERN})]
    """Address from which phones fetch their configuration; it begins with https."""
