"""The driver: options, transactions, and reading in portions."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection

from provisioner.contract.checking import Check
from provisioner.contract.pbx import Devices, Foreign, PbxState
from provisioner.drivers import options as given
from provisioner.drivers.asterisk import adopting, ids, name_checks, presence, reading, tls_checks
from provisioner.drivers.asterisk.base import TRUST_SECONDS, AsteriskWriter
from provisioner.drivers.asterisk.emergency import Dialplan
from provisioner.drivers.asterisk.realtime import checks, nodes
from provisioner.drivers.asterisk.realtime.proofs import FingerprintingFleet
from provisioner.drivers.asterisk.realtime.store import FleetStore, scopes
from provisioner.drivers.asterisk.realtime.tables import Span, Tables
from provisioner.drivers.asterisk.scene import Scene
from provisioner.drivers.asterisk.wire import Wire
from provisioner.drivers.sql.opened import SERVER, address, named, reached
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers

DRIVER = "asterisk-realtime"
PORTION = 500
"""Customers that are read together: what they have is in memory as text, too."""


class RealtimePbx(AsteriskWriter, FingerprintingFleet):
    """Options: ``sip`` (``HOST:PORT`` where phones register), ``url`` or ``service``,
    ``password_file`` and the seconds of a desk on PostgreSQL, ``nodes`` (for ``doctor``, each with
    ``url``, ``user`` and ``password_file``), ``wss`` (``HOST:PORT`` where apps register, for
    set-up sheets).  A write is one transaction."""

    def __init__(
        self, store: FleetStore, sip: str, wires: Sequence[Wire] = (), wss: str = ""
    ) -> None:
        self.store, self.sip, self.wires, self.wss = store, sip, wires, wss
        self.target = store.target
        self._customer: CustomerId | None = None
        self._kept: Scene | None = None
        self._read_at = 0.0

    @classmethod
    def open(cls, options: Mapping[str, Any], root: Path) -> Self:
        """Raises OptionError PV501, PV506, PV516, PV550, PV620, PV629, PolicyError PV030; reaches
        nothing."""
        given.only(
            DRIVER, options, {"sip", "wss", "url", "service", "password_file", "nodes", *SERVER}
        )
        sip = given.place(DRIVER, options, "sip", "")
        wss = given.place(DRIVER, options, "wss", sip) if "wss" in options else ""
        url = address(DRIVER, options, "")
        store = FleetStore(url, named(DRIVER, url), *reached(DRIVER, url, options, root))
        return cls(store, sip, nodes.nodes(DRIVER, options, root), wss)

    def close(self) -> None:
        for wire in self.wires:
            wire.close()
        self.store.close()

    def upgrade(self) -> tuple[int, int]:
        """Our additions to the tables of Asterisk; the version before (0: none) and now.

        Raises Unavailable PV640 to PV642.
        """
        return self.store.upgrade()

    # Reading

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        """Raises Unavailable."""
        self._kept = None
        return self.store.read(lambda db: _read(db, customers))

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        return self.store.read(lambda db: reading.holders(Tables(db), numbers))

    def logins(self, folded: Collection[str]) -> Collection[CustomerId]:
        """In one pass over all.  Raises Unavailable."""
        found = self.store.read(lambda db: Tables(db).logins(folded))
        return [CustomerId(customer) for customer in sorted(found)]

    def foreign(self, customer: CustomerId) -> Sequence[Foreign]:
        """Raises Unavailable."""
        return self.store.read(lambda db: adopting.foreign(Tables(db), customer))

    def size(self) -> int:
        return self.store.read(lambda db: Tables(db).size())

    def registered(self, customer: CustomerId) -> Mapping[str, Devices]:
        """At whichever node.  Raises Unavailable."""
        on = self.store.read(lambda db: Tables(db).registered(customer))
        return presence.told(customer, on)

    def emergency_lines(self) -> Sequence[Dialplan]:
        """Of each node that is named."""
        return [Dialplan(wire, wire.url) for wire in self.wires]

    def controls(self) -> Sequence[Wire]:
        """For ``provision asterisk certificate``: of each node that is named."""
        return self.wires

    def tls(self, now: datetime) -> Iterable[Check]:
        for wire in self.wires:
            yield from nodes.tls(wire, now)
        yield from self._names()

    def over_tls(self, sip: str) -> str:
        """As all nodes that are named have it; empty where one of them answers without TLS."""
        found = [tls_checks.instead(wire, sip) for wire in self.wires]
        return found[0] if found and all(found) else ""

    def takes(self, registrar: str, transport: str) -> Iterable[Check]:
        for wire in self.wires:
            yield from name_checks.of_registrar(wire, registrar, transport, nodes.host(wire))

    def _names(self) -> Iterator[Check]:
        """Those that phones and apps are told."""
        for wire in self.wires:
            yield from name_checks.of_sip(wire, self.sip, nodes.host(wire))
        yield from name_checks.of_apps(self.wss)

    def checks(self, now: datetime) -> Iterable[Check]:
        """See :mod:`provisioner.drivers.asterisk.realtime.checks`."""
        yield from checks.check(self.store, self.read, now, self.wires)
        yield from self._names()

    # Writing

    def begin(self, customer: CustomerId) -> None:
        """Rows are read once for the writes that follow, until ``flush`` or a fault."""
        self._customer, self._kept = customer, None

    def flush(self) -> None:
        """Every write was committed when it returned."""
        self._customer = self._kept = None

    def write(
        self,
        customer: CustomerId,
        act: Callable[[Scene], None],
        *,
        was: CustomerId | None = None,
        digits: str = "",
    ) -> None:
        """All of it or nothing.  Raises Unavailable, OutcomeUnknown PV511."""

        def transaction(db: Connection) -> Scene:
            kept, self._kept = self._kept, None  # before anything can fail
            if kept is None or time.monotonic() - self._read_at > TRUST_SECONDS:
                self._read_at = time.monotonic()
                kept = Scene(Tables(db), customer)
            kept.wire = Tables(db)
            act(kept)
            return kept

        if customer != self._customer:
            self._kept = None
        touched = {customer, was or customer}
        scene = self.store.write(transaction, scopes(touched, ids.head(digits)))
        if customer == self._customer:
            self._kept = scene


def _read(db: Connection, customers: Sequence[CustomerId]) -> dict[CustomerId, PbxState]:
    if len(customers) <= reading.FEW:
        return reading.read(Tables(db), customers)
    found: dict[CustomerId, PbxState] = {}
    for portion in _portions(sorted(customers, key=str)):
        found |= reading.read(Tables(db, Span(portion)), portion)
    return found


def _portions(customers: Sequence[CustomerId]) -> Iterator[Sequence[CustomerId]]:
    """Of about the same size: a reader of one alone fails where it would leave it out."""
    count = -(-len(customers) // PORTION)
    for part in range(count):
        yield customers[part * len(customers) // count : (part + 1) * len(customers) // count]
