"""What has to be true of an Asterisk before the first customer: each check with its remedy."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from provisioner.codes.asterisk import (
    AnotherVersionOfAsterisk,
    AnybodyCanBeTheCarrier,
    ClocksDiffer,
    DialplanIsNotThere,
    ListOfAddressesThatAsteriskDoesNotKeep,
    PhonesOfNobody,
    SIPObjectsAreNotKeptInAstdb,
    WriteThatDidNotEnd,
)
from provisioner.contract.checking import Check
from provisioner.drivers import private_file
from provisioner.drivers.asterisk import name_checks, objects, reading, rows, tls_checks
from provisioner.drivers.asterisk.ids import GAP, owner_of
from provisioner.drivers.asterisk.storage import Storage
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import ProvisionError, Refused, SystemFault

CONTEXTS = ("from-trunk", "from-workplace", "emergency", "emergency-call", "devices")
PROBE = "prov-probe"
MAX_SKEW = 5
_INLINE = "deny/permit"
"""What Asterisk keeps of a list of addresses that was given in an endpoint's own fields."""


def check(wire: Wire, now: datetime, sip: str = "", wss: str = "") -> Iterator[Check]:
    """Each check as it is done; a PBX that gives no answer ends them. A probe is written and taken
    away. ``sip`` and ``wss``: ``HOST:PORT`` where phones and apps register."""
    yield Check("doctor.password_file", private_file.fault(wire.password_file))
    try:
        version = wire.version()
    except SystemFault as fault:
        yield Check("doctor.reachable", fault)
        return
    yield Check("doctor.reachable")
    yield Check("doctor.version", version_fault(version))
    yield Check("doctor.clock", _clock(wire.clock, now))
    yield Check("doctor.rights", _tried(lambda: wire.row(rows.ALL, PROBE)))
    yield Check("doctor.storage", _tried(lambda: _storage(wire)))
    yield Check("doctor.rows", _tried(lambda: reading.damage(wire)))
    yield Check("doctor.dialplan", _tried(lambda: _dialplan(wire)))
    yield Check("doctor.trunk", _tried(lambda: _trunk(wire)))
    yield Check("doctor.unfinished", _tried(lambda: _unfinished(wire)))
    yield Check("doctor.orphans", _tried(lambda: orphans(wire)))
    yield Check("doctor.acl", _tried(lambda: _acl(wire)))
    if sip:
        yield from tls(wire, now, sip, wss)


def tls(wire: Wire, now: datetime, sip: str, wss: str = "") -> Iterator[Check]:
    """Ports for TLS, and whether what steers Asterisk is out of reach of phones."""
    yield from tls_checks.check(wire, now, sip.rpartition(":")[0].strip("[]"), wss)
    yield from name_checks.of_sip(wire, sip, name_checks.host_of(sip))
    yield from name_checks.of_apps(wss)
    yield Check("doctor.control", _tried(lambda: tls_checks.apart(wire, sip, wss)))


def _tried(call: Callable[[], object]) -> ProvisionError | None:
    try:
        call()
    except SystemFault as fault:
        return fault
    return None


def version_fault(found: str) -> ProvisionError | None:
    """For an Asterisk that is none of those that the driver was made for."""
    number = found.partition("+")[0]
    return (
        None
        if number.partition(".")[0] == "22"
        else SystemFault(AnotherVersionOfAsterisk(found=number))
    )


def _clock(theirs: datetime | None, ours: datetime) -> ProvisionError | None:
    if theirs is None:
        return None
    seconds = int(abs((theirs - ours).total_seconds()))
    return SystemFault(ClocksDiffer(seconds=seconds)) if seconds > MAX_SKEW else None


def _storage(wire: Wire) -> None:
    """A probe of each sort turns up in astdb, with all that the driver relies on."""
    digested = objects.digest(PROBE, PROBE[::-1])
    # an AOR and an auth alone, or an endpoint without either, let nobody in
    probes = {
        "aor": {"max_contacts": "1", "@managed": objects.MARK},
        "auth": objects.auth(PROBE, digested),
        "endpoint": {"allow": "!all,alaw", "context": "from-workplace", "@managed": "probe"},
    }
    for sort, fields in probes.items():
        try:
            if sort == "aor":
                wire.put_row("ps/aor", PROBE, json.dumps(fields))  # as the driver writes one
            else:
                wire.put_object(sort, PROBE, fields)
            text = wire.row(f"ps/{sort}", PROBE)
            there = wire.object(sort, PROBE) is not None
            wire.delete_object(sort, PROBE)
        except Refused:
            raise SystemFault(SIPObjectsAreNotKeptInAstdb(kind=sort)) from None
        if (
            text is None
            or not there
            or not objects.agrees(
                reading.fields_of(sort, PROBE, text),
                {n: v for n, v in fields.items() if n != "allow"},
            )
        ):
            raise SystemFault(SIPObjectsAreNotKeptInAstdb(kind=sort))


def _dialplan(wire: Wire) -> None:
    for context in CONTEXTS:
        if wire.extensions(context) is None:
            raise SystemFault(DialplanIsNotThere(context=context))


def _trunk(wire: Wire) -> None:
    """By default Asterisk takes whoever writes the trunk's name in From for the carrier."""
    found = wire.object("endpoint", "trunk")
    if found is not None and found.get("identify_by") != "ip":
        raise SystemFault(AnybodyCanBeTheCarrier(found=found.get("identify_by", "")))


def _unfinished(wire: Wire) -> None:
    found = [key for key in wire.tree(rows.ALL) if f"/{rows.PENDING}" in key]
    if found:
        customer, _, rest = min(found).partition("/")
        key = rest.removeprefix(rows.PENDING).partition(GAP)[2]
        raise SystemFault(WriteThatDidNotEnd(customer=customer, key=key, count=len(found)))


def orphans(wire: Storage) -> None:
    """A workplace is taken down before its customer, so none is left without one."""
    customers = reading.tenants(wire)
    for sort in ("endpoint", "aor"):
        found = [
            name
            for name, text in wire.tree(f"ps/{sort}").items()
            if (rows.read(text) or {}).get("@managed") == objects.MARK
            and owner_of(name) not in customers
            and name != PROBE
        ]
        if found:
            raise SystemFault(PhonesOfNobody(id=min(found), count=len(found)))


def _acl(wire: Wire) -> None:
    """Asterisk takes addresses in an endpoint's fields, and keeps a word in their place."""
    for name, text in sorted(wire.tree("ps/endpoint").items()):
        fields = rows.read(text) or {}
        for field in ("acl", "contact_acl"):
            if fields.get(field) == _INLINE:
                raise SystemFault(
                    ListOfAddressesThatAsteriskDoesNotKeep(endpoint=name, field=field)
                )
