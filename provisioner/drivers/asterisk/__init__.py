"""A real Asterisk 22 as the PBX: SIP objects over ARI, routes and marks over AMI, both HTTP."""

from provisioner.drivers.asterisk.driver import AsteriskPbx

__all__ = ["AsteriskPbx"]
