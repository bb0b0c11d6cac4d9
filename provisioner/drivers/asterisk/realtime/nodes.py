"""The nodes of a fleet, as far as ``provision.yaml`` names them: ``provision doctor`` asks them.

Nothing else does.  All that phones get comes from the database.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from provisioner.codes.realtime import NodeDoesNotReadThisDatabase
from provisioner.codes.systems import OptionThatCannotBeUsed
from provisioner.contract.checking import Check
from provisioner.drivers import options as given
from provisioner.drivers.asterisk import tls_checks
from provisioner.drivers.asterisk.address import address
from provisioner.drivers.asterisk.checks import version_fault
from provisioner.drivers.asterisk.realtime.store import FleetStore
from provisioner.drivers.asterisk.realtime.tables import Tables
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.durable import unlinked
from provisioner.errors import ProvisionError, SystemFault

_OPTIONS = {"url", "user", "password_file"}
_LIMITS = Limits(answer=10, call=20, patience=0)
_PROBE = {"max_contacts": "1"}
"""An AOR alone lets nobody in."""


def nodes(driver: str, options: Mapping[str, Any], root: Path) -> list[Wire]:
    """Those of the option ``nodes``; reaches nothing.

    Raises OptionError PV501, PV506, PV550, PolicyError PV030.
    """
    named = options.get("nodes", [])
    if not isinstance(named, Sequence) or not all(isinstance(each, Mapping) for each in named):
        raise given.OptionError(OptionThatCannotBeUsed(driver=driver, option="nodes"))
    return [_node(f"{driver} nodes", each, root) for each in named]


def _node(driver: str, options: Mapping[str, Any], root: Path) -> Wire:
    given.only(driver, options, _OPTIONS)
    url = address(driver, options)
    user = given.text(driver, options, "user", "provisioner")
    file = unlinked(root, given.text(driver, options, "password_file", ""))
    return Wire(url, user, file, _LIMITS, concurrency=1)


def check(wires: Sequence[Wire], store: FleetStore, now: datetime) -> Iterator[Check]:
    """Whether each answers, finds what was written to the database a moment ago, and speaks TLS as
    it is set up."""
    if not wires:
        yield Check("doctor.no_nodes")
        return
    try:
        with _probe(store) as name:
            for wire in wires:
                yield from _check(wire, name, now)
    except SystemFault as fault:
        yield Check("doctor.probe", fault)


def _check(wire: Wire, probe: str, now: datetime) -> Iterator[Check]:
    try:
        version = wire.version()
    except SystemFault as fault:
        yield Check("doctor.node", fault, {"node": wire.url, "version": "?"})
        return
    yield Check("doctor.node", version_fault(version), {"node": wire.url, "version": version})
    yield Check("doctor.node_reads", _reads(wire, probe), {"node": wire.url})
    yield from tls(wire, now)


def host(wire: Wire) -> str:
    """Where a node is called."""
    return urlsplit(wire.url).hostname or ""


def tls(wire: Wire, now: datetime) -> Iterator[Check]:
    """Its ports for TLS, and whether what steers it is out of reach of phones."""
    place = host(wire)
    for each in tls_checks.check(wire, now, place):
        yield each
        if each.name == "doctor.tls_known":  # it does not answer
            return
    try:
        tls_checks.apart(wire, f"[{place}]:0" if ":" in place else f"{place}:0")
    except SystemFault as fault:
        yield Check("doctor.node_control", fault, {"node": wire.url})
    else:
        yield Check("doctor.node_control", None, {"node": wire.url})


def _reads(wire: Wire, probe: str) -> ProvisionError | None:
    try:
        if wire.object("aor", probe) is not None:
            return None
    except SystemFault as fault:
        return fault
    return SystemFault(NodeDoesNotReadThisDatabase(node=wire.url))


@contextmanager
def _probe(store: FleetStore) -> Iterator[str]:
    """The id of an AOR that is nobody's, for a while; another one each time, for two who ask."""
    name = f"prov-probe-{secrets.token_hex(6)}"
    store.write(lambda db: Tables(db).put_object("aor", name, _PROBE))
    try:
        yield name
    finally:
        store.write(lambda db: Tables(db).delete_object("aor", name))
