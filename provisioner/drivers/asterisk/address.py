"""Where what steers an Asterisk is, as ``provision.yaml`` gives it."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from provisioner.codes.systems import OptionThatCannotBeUsed, PasswordsWouldTravelInClear
from provisioner.drivers import options as given


def address(driver: str, options: Mapping[str, Any]) -> str:
    """``url``: ``http://HOST:PORT`` without a slash at the end; in clear only on this machine.

    Raises OptionError PV506, PV550.
    """
    url = given.text(driver, options, "url", "")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise given.OptionError(OptionThatCannotBeUsed(driver=driver, option="url")) from None
    rest = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not host or rest or parts.path not in {"", "/"}:
        raise given.OptionError(OptionThatCannotBeUsed(driver=driver, option="url"))
    if parts.scheme == "http" and not _is_local(host):
        raise given.OptionError(PasswordsWouldTravelInClear(host=host))
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
