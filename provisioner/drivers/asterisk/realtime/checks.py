"""What has to be true of a fleet's database and of its nodes: each check with its remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, column, func, select, table, text

from provisioner.codes.asterisk import ClocksDiffer
from provisioner.codes.realtime import (
    CodecThatNoNodeKnows,
    ContactsOfNobody,
    FleetRoleLacksARight,
    FleetTablesAreIncomplete,
    NoTablesOfAsterisk,
    TablesOfAnotherAsterisk,
)
from provisioner.contract.checking import Check
from provisioner.contract.pbx import PbxState
from provisioner.drivers.asterisk import reading
from provisioner.drivers.asterisk.checks import MAX_SKEW, orphans
from provisioner.drivers.asterisk.realtime import nodes
from provisioner.drivers.asterisk.realtime.store import TABLES, FleetStore, revision
from provisioner.drivers.asterisk.realtime.tables import FIELDS, MARKS, Tables
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import ProvisionError, SystemFault
from provisioner.telephony.identity import CustomerId

Read = Callable[[Sequence[CustomerId]], Mapping[CustomerId, PbxState]]

CODECS = frozenset(
    "adpcm alaw all codec2 g722 g723 g726 g726aal2 g729 gsm h261 h263 h263p h264 h265 ilbc jpeg"
    " lpc10 mpeg4 none opus png red silk12 silk16 silk24 silk8 siren14 siren7 slin slin12"
    " slin16 slin192 slin24 slin32 slin44 slin48 slin96 speex speex16 speex32 t140 testlaw ulaw vp8"
    " vp9".split()
)
"""Those of Asterisk 22 (``core show codecs``); with another one a phone cannot register."""
_RIGHTS = {
    **dict.fromkeys((*TABLES.values(), "pv_routes", "pv_rows"), "SELECT,INSERT,UPDATE,DELETE"),
    "ps_contacts": "SELECT,DELETE",
}
_INDEXES = ("pv_endpoints_id", "pv_auths_id", "pv_aors_id", "pv_contacts_id", "pv_routes_value")


def check(
    store: FleetStore, read: Read, now: datetime, wires: Sequence[Wire] = ()
) -> Iterator[Check]:
    """Each check as it is done; a database that gives no answer ends them."""
    try:
        version, *unmet = store.read(
            lambda db: (revision(db), _missing(db, store.target), _rights(db, store.target))
        )
    except SystemFault as fault:
        tables = fault.says(FleetTablesAreIncomplete, NoTablesOfAsterisk)
        yield Check("doctor.fleet_tables" if tables else "doctor.reachable", fault)
        return
    yield Check("doctor.reachable")
    yield Check("doctor.fleet_version", None, {"version": version})
    yield Check("doctor.fleet_tables", unmet[0])
    yield Check("doctor.fleet_rights", unmet[1])
    if any(unmet):  # what follows asks for all of it
        return
    yield Check("doctor.clock", _asked(store, lambda db: _clock(db, now)))
    yield Check("doctor.rows", _damage(store, read))
    yield Check("doctor.orphans", _asked(store, lambda db: orphans(Tables(db))))
    yield Check("doctor.codecs", _asked(store, _codecs))
    yield Check("doctor.contacts", _asked(store, _contacts))
    yield from nodes.check(wires, store, now)


def _asked(
    store: FleetStore, call: Callable[[Connection], ProvisionError | None]
) -> ProvisionError | None:
    try:
        return store.read(call)
    except SystemFault as fault:
        return fault


def _missing(db: Connection, target: str) -> ProvisionError | None:
    """A column that is written or an index of ours that is not there."""
    there = {
        (row.table_name, row.column_name)
        for row in db.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = ANY (current_schemas(false))"
            )
        )
    }
    needed = {(TABLES[sort], n) for sort, names in FIELDS.items() for n in (*names, MARKS)}
    lacking = sorted(f"{where}.{name}" for where, name in needed - there)
    indexes = set(
        db.execute(
            text("SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid")
        ).scalars()
    )
    lacking += [name for name in _INDEXES if name not in indexes]
    if not lacking:
        return None
    return SystemFault(
        TablesOfAnotherAsterisk(target=target, missing=lacking[0], version=revision(db))
    )


def _clock(db: Connection, now: datetime) -> ProvisionError | None:
    theirs: datetime = db.execute(select(func.clock_timestamp())).scalar_one()
    seconds = int(abs((theirs - now).total_seconds()))
    return SystemFault(ClocksDiffer(seconds=seconds)) if seconds > MAX_SKEW else None


def _rights(db: Connection, target: str) -> ProvisionError | None:
    asked = [
        func.has_table_privilege(where, right)
        for where, rights in _RIGHTS.items()
        for right in rights.split(",")
    ]
    if all(db.execute(select(*asked)).one()):
        return None
    return SystemFault(FleetRoleLacksARight(target=target))


def _codecs(db: Connection) -> ProvisionError | None:
    """A phone whose endpoint allows a codec that is none cannot register, and nothing says why."""
    where = table("ps_endpoints", column("id"), column("allow"))
    asked = select(where.c.allow, func.count(), func.min(where.c.id)).group_by(where.c.allow)
    for allow, count, found in db.execute(asked):
        named = {part.strip().removeprefix("!") for part in (allow or "").split(",")}
        if unknown := sorted(named - CODECS - {""}):
            return SystemFault(
                CodecThatNoNodeKnows(id=found, count=count, codecs=", ".join(unknown))
            )
    return None


def _contacts(db: Connection) -> ProvisionError | None:
    """Whoever deletes an AOR by hand leaves who is registered there."""
    found = db.execute(
        text(
            "SELECT count(*), min(c.id) FROM ps_contacts c WHERE NOT EXISTS"
            " (SELECT FROM ps_aors a WHERE a.id = split_part(c.id, '^3B@', 1))"
        )
    ).one()
    if found[0] == 0:
        return None
    return SystemFault(ContactsOfNobody(count=found[0], id=found[1].partition("^3B@")[0]))


def _damage(store: FleetStore, read: Read) -> ProvisionError | None:
    """The first customer of ours with a row that cannot be understood."""
    try:
        customers = [
            CustomerId(c) for c in store.read(lambda db: sorted(reading.tenants(Tables(db))))
        ]
        known = read(customers)
        missing = next((c for c in customers if c not in known), None)
        if missing is not None:
            read([missing])
    except SystemFault as fault:
        return fault
    return None
