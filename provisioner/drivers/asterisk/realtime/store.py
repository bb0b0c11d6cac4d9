"""The database of a fleet: upstream's tables, and ours beside them.

Upstream's schema is never copied here.  It comes with Asterisk and is upgraded with it; ours is
added to it, and its version is a row of ours.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Text, column, func, select, table
from sqlalchemy.dialects.postgresql import insert

from provisioner.codes import LiveFault
from provisioner.codes.realtime import (
    FleetRoleLacksARight,
    FleetTablesAreIncomplete,
    NoTablesOfAsterisk,
)
from provisioner.drivers.sql.server import Server
from provisioner.drivers.sql.server_faults import Kind, fault_of
from provisioner.errors import Unavailable
from provisioner.telephony.identity import CustomerId

VERSION = 1
VERSION_KEY = "provisioner/version"
TABLES = {
    "aor": "ps_aors",
    "auth": "ps_auths",
    "endpoint": "ps_endpoints",
}
"""Upstream's table of each sort of SIP object."""
ROUTES = table("pv_routes", column("key", Text), column("value", Text))
ROWS = table("pv_rows", column("key", Text), column("value", Text))
_REVISION = table("alembic_version_config", column("version_num", Text))


class FleetStore(Server):
    """Raises Unavailable PV640 where upstream's or our tables are missing, PV641 for a right."""

    def check(self, db: Connection, *more: Any) -> int:
        asked = select(ROWS.c.value, *more).where(ROWS.c.key == VERSION_KEY)
        row = db.execute(asked).one_or_none()
        if row is None or row.value != str(VERSION):
            raise Unavailable(self.fault_for(Kind.NO_TABLE))
        return VERSION

    def fault_for(self, kind: Kind) -> LiveFault:
        match kind:
            case Kind.NO_TABLE | Kind.OTHER_TABLES:
                return FleetTablesAreIncomplete(target=self.target)
            case Kind.NO_RIGHT:
                return FleetRoleLacksARight(target=self.target)
            case _:
                return fault_of(kind, self.target, self._limits.statement)

    def upgrade(self) -> tuple[int, int]:
        """Our additions to upstream's tables.  Raises Unavailable PV640 to PV642."""
        return self.unhurried(self._upgraded, self._alone)

    def _alone(self, db: Connection) -> None:
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(VERSION_KEY))))

    def _upgraded(self, db: Connection) -> tuple[int, int]:
        if not revision(db):
            raise Unavailable(NoTablesOfAsterisk(target=self.target))
        before = self._version(db)
        script = files(__package__).joinpath("additions.sql").read_text("utf-8")
        db.exec_driver_sql(script, execution_options={"no_parameters": True})
        stated = insert(ROWS).values(key=VERSION_KEY, value=str(VERSION))
        changed = {"value": stated.excluded.value}
        db.execute(stated.on_conflict_do_update(index_elements=["key"], set_=changed))
        return before, VERSION

    def _version(self, db: Connection) -> int:
        if db.execute(select(func.to_regclass(ROWS.name))).scalar() is None:
            return 0
        found = select(ROWS.c.value).where(ROWS.c.key == VERSION_KEY)
        return int(db.execute(found).scalar() or 0)


def revision(db: Connection) -> str:
    """Upstream's own version of its tables; empty where they are not there."""
    if db.execute(select(func.to_regclass(_REVISION.name))).scalar() is None:
        return ""
    return str(db.execute(select(_REVISION.c.version_num)).scalar() or "")


def scopes(customers: Iterable[CustomerId], head: str) -> set[str]:
    """What nobody else writes meanwhile.  ``head``: of numbers among which one may come about."""
    found = {f"pbx customer {customer}" for customer in customers}
    return found | ({f"pbx numbers {head}"} if head else set())
