"""Finds the drivers that ``provision.yaml`` names, by entry point.

The built-in ones are known by name too, so a source tree works without installed metadata.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from provisioner.codes.systems import DriverDoesNotWork, DriverIsForAnotherVersion, UnknownDriver
from provisioner.contract.desk import Desk
from provisioner.contract.pbx import CONTRACT, Pbx
from provisioner.errors import ProvisionError
from provisioner.manifest.config import Config, Driver
from provisioner.operations.observing import over
from provisioner.telephony.identity import CustomerId

PBX_GROUP, DESK_GROUP = "provisioner.pbx", "provisioner.desk"

_BUILT_IN: Mapping[str, Mapping[str, str]] = {
    PBX_GROUP: {
        "local": "provisioner.drivers.local:LocalPbx",
        "asterisk": "provisioner.drivers.asterisk:AsteriskPbx",
        "asterisk-realtime": "provisioner.drivers.asterisk.realtime:RealtimePbx",
    },
    DESK_GROUP: {"sql": "provisioner.drivers.sql:SqlDesk"},
}


class DriverError(ProvisionError):
    """A driver that is not there, or does not fit: PV508, PV509, PV510."""

    exit_code = 3


def available(group: str) -> list[str]:
    """Names of the drivers in ``group``, sorted."""
    return sorted({*_BUILT_IN[group], *(e.name for e in entry_points(group=group))})


def open_pbx(config: Config, root: Path) -> Pbx:
    """The workspace's PBX, a ``CLASS.open(options, root)``. Raises DriverError or OptionError."""
    make = _opener(PBX_GROUP, config.pbx)
    pbx = cast("Pbx", _fitting(make(config.pbx.options, root), Pbx, config.pbx))
    return over("pbx", pbx)


def open_desk(config: Config, root: Path) -> Desk:
    """The workspace's desk, a ``CLASS.open(options, root, pools=…, policy=…, require_poa=…)``."""
    make = _opener(DESK_GROUP, config.desk)
    desk = make(
        config.desk.options,
        root,
        pools=config.numbers.pools(),
        policy=config.porting.days(),
        require_poa=config.porting.require_poa,
    )
    return over("desk", cast("Desk", _fitting(desk, Desk, config.desk)))


def sip_user_of(config: Config, customer: CustomerId, login: str) -> str:
    """With which user the phone of a workplace registers: as the driver says, which is not opened
    for that; the login where it says nothing.  Raises DriverError."""
    tells = getattr(_class(PBX_GROUP, config.pbx.driver), "sip_user", None)
    return str(tells(customer, login)) if callable(tells) else login


def app_user_of(config: Config, customer: CustomerId, login: str) -> str:
    """With which user an app of it registers; empty where the driver knows none."""
    tells = getattr(_class(PBX_GROUP, config.pbx.driver), "app_user", None)
    return str(tells(customer, login)) if callable(tells) else ""


def _opener(group: str, driver: Driver) -> Callable[..., Any]:
    found = _class(group, driver.driver)
    made_for = getattr(found, "contract", None)
    if made_for != CONTRACT:
        raise DriverError(
            DriverIsForAnotherVersion(driver=driver.driver, found=str(made_for), expected=CONTRACT)
        )
    make = getattr(found, "open", None)
    if not callable(make):
        raise DriverError(DriverDoesNotWork(driver=driver.driver))
    return cast("Callable[..., Any]", make)


def _class(group: str, name: str) -> object:
    try:
        if name in _BUILT_IN[group]:  # a built-in name is never taken over by another package
            module, _, attribute = _BUILT_IN[group][name].partition(":")
            return getattr(import_module(module), attribute)
        for point in entry_points(group=group, name=name):
            return point.load()
    except (ImportError, AttributeError):
        raise DriverError(DriverDoesNotWork(driver=name)) from None
    raise DriverError(UnknownDriver(driver=name, available=", ".join(available(group))))


def _fitting(made: object, protocol: type, driver: Driver) -> object:
    if not isinstance(made, protocol):
        raise DriverError(DriverDoesNotWork(driver=driver.driver))
    return made
