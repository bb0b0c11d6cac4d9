"""Desk phones that are configured by their MAC address."""

from provisioner.codes import Fault


class MacMisspelled(Fault, code="PV296"):
    found: str
    suggestion: str


class MacOfNoPhone(Fault, code="PV297"):
    found: str
