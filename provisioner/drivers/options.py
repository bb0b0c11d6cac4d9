"""A driver's own options from ``provision.yaml``: text in, checked values out."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from provisioner.codes.systems import (
    OptionThatCannotBeUsed,
    TimeOutBeyondTheLease,
    UnknownOptionOfADriver,
)
from provisioner.contract.leases import CALL_SECONDS
from provisioner.errors import ProvisionError

_PLACE = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}", re.ASCII)


class OptionError(ProvisionError):
    """``provision.yaml`` gives a driver an option that it cannot use: PV501, PV506 or PV597."""

    exit_code = 3


def only(driver: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises OptionError PV501 for an option that the driver does not have."""
    for name in sorted(set(options) - set(known)):
        raise OptionError(
            UnknownOptionOfADriver(driver=driver, option=name, allowed=", ".join(sorted(known)))
        )


def text(driver: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """A text that is not empty; OptionError PV506."""
    found = options.get(name, default)
    if not isinstance(found, str) or not found.strip() or "\0" in found:
        raise OptionError(OptionThatCannotBeUsed(driver=driver, option=name))
    return found


def whole(driver: str, options: Mapping[str, Any], name: str, default: int, least: int = 0) -> int:
    """A whole number from ``least``; OptionError PV506."""
    found = str(options.get(name, default))
    if not re.fullmatch(r"\d{1,5}", found, re.ASCII) or int(found) < least:
        raise OptionError(OptionThatCannotBeUsed(driver=driver, option=name))
    return int(found)


def place(driver: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """``HOST:PORT``; OptionError PV506."""
    found = text(driver, options, name, default)
    port = found.rpartition(":")[2]
    if not _PLACE.fullmatch(found) or not 0 < int(port) < 65536:
        raise OptionError(OptionThatCannotBeUsed(driver=driver, option=name))
    return found


def seconds(
    driver: str, options: Mapping[str, Any], name: str, default: int, least: int = 0
) -> int:
    """Whole seconds; OptionError PV506, or PV597 if a call could outlive the lease."""
    found = whole(driver, options, name, default, least)
    if found > CALL_SECONDS:
        raise OptionError(
            TimeOutBeyondTheLease(driver=driver, option=name, seconds=found, limit=CALL_SECONDS)
        )
    return found
