"""A fleet of Asterisks as the PBX: all nodes read SIP objects and routes from one PostgreSQL."""

from provisioner.drivers.asterisk.realtime.driver import RealtimePbx

__all__ = ["RealtimePbx"]
