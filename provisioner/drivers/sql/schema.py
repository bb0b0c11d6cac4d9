"""The desk's tables: portable types only, and constraints that guard what must not happen twice.

``slot`` is 0 for the one row that is in force and the row's own id for those that are history, so a
plain unique constraint holds "one at a time" on every database; in the ledger the id is negated
once the customer has left.
"""

import secrets
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

VERSION = 5
"""Written into ``desk``; what leads to it from an earlier one is in ``migrations``."""
READS = range(1, VERSION + 1)
"""Versions that can be read, so that an upgrade need not come at the same moment everywhere."""

MOVED = -1
"""Stands in place of the version where the desk was moved to another database."""

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A point in time; stored in UTC without zone, since SQLite knows none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _customer(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "customer", String(40), nullable=False, primary_key=primary_key, index=not primary_key
    )


desk = Table(
    "desk",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("submissions", Integer, nullable=False),
    Column("identity", String(32)),
)
"""One row: the schema's version, how many orders were ever submitted, and a random name."""

releases = Table(
    "releases",
    metadata,
    _customer(primary_key=True),
    Column("manifest", String(64), nullable=False),
    Column("reseller", String(40), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    _customer(primary_key=True),
    Column("company", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("postcode", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("uid", Text),
)

numbers = Table(
    "numbers",
    metadata,
    _id(),
    _customer(),
    Column("kind", String(32), nullable=False),
    Column("key", String(80), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("pool", String(16), nullable=False),
    Column("digits", String(10), nullable=False, unique=True),
    Column("head", String(7), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("area", String(3), nullable=False),
    Column("porting", String(40)),
    Column("until", Date),
    UniqueConstraint("customer", "kind", "key", "slot"),
)
"""Numbers given out, and those in quarantine ``until`` a day. A free number has no row."""

orders = Table(
    "orders",
    metadata,
    _id(),
    _customer(),
    Column("key", String(80), nullable=False),
    Column("porting", String(40), nullable=False),
    Column("part", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("port_date", Date),
    Column("time", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("signatories", JSON, nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("blocks", JSON, nullable=False),
    Column("poa", Text),
    Column("company", Text, nullable=False),
    Column("uid", Text),
    Column("state", String(20), nullable=False),
    Column("granted", Date),
    Column("asked", Date),
    Column("attempt", Integer, nullable=False),
    Column("remote_id", String(80)),
    Column("donor_code", Text),
    Column("reason", String(32)),
    Column("completed_on", Date),
    UniqueConstraint("customer", "key"),
)
"""Port orders with their latest attempt, ended ones too."""

order_numbers = Table(
    "order_numbers",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("digits", String(10), primary_key=True),
    Column("head", String(7), nullable=False, index=True),
)
"""The numbers of orders that have not ended."""

intervals = Table(
    "intervals",
    metadata,
    _id(),
    _customer(),
    Column("item", String(120), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("product", Text, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("starts", Date, nullable=False, index=True),
    Column("ends", Date),
    UniqueConstraint("customer", "item", "slot"),
)

noted = Table(
    "noted",
    metadata,
    _customer(primary_key=True),
    Column("hashes", Text, nullable=False),
)
"""What was last written of each object of a customer: JSON, by kind, key and field."""

calls = Table(
    "calls",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("call", Text, nullable=False),
    Column("outcome", JSON, nullable=False),
    Column("day", Date, nullable=False, index=True),
)
"""Idempotency keys that were carried out. ``outcome`` is what the desk chose, nothing personal."""

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("customer", String(40), index=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run", String(32), primary_key=True),
    _customer(),
    Column("started", Moment, nullable=False, index=True),
    Column("ended", Moment),
    Column("who", Text, nullable=False),
    Column("manifest", String(64), nullable=False),
    Column("steps", JSON, nullable=False),
    Column("token", String(16)),
)
"""``token``: of the lease under which it was begun."""
_OPEN = Index("ix_runs_open", runs.c.customer, runs.c.started)

intents = Table(
    "intents",
    metadata,
    _id(),
    Column("run", ForeignKey("runs.run"), nullable=False, index=True),
    Column("step", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("begun", Moment, nullable=False),
    Column("settled", Moment),
    Column("outcome", String(16)),
    Column("detail", Text, nullable=False),
    UniqueConstraint("run", "step", "key"),
)

leases = Table(
    "leases",
    metadata,
    _customer(primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("until", Moment, nullable=False),
    Column("token", String(16)),
)
"""``token``: another one each time it is taken, and the same where it is renewed."""

due = Table(
    "due",
    metadata,
    _customer(primary_key=True),
    Column("due_on", Date, nullable=False, index=True),
    Column("basis", String(64), nullable=False, index=True),
    Column("mark", Integer, nullable=False),
    Column("turn", Integer, nullable=False, index=True),
)
"""On which day somebody has to be looked at.  ``mark`` counts what was written of them; ``basis``
is the digest of the settings under which the day was reckoned."""

proofs = Table(
    "proofs",
    metadata,
    _customer(primary_key=True),
    Column("reseller", String(40), nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("live", LargeBinary, nullable=False),
    Column("settings", LargeBinary, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("numbers", Text, nullable=False),
    Column("logins", LargeBinary, nullable=False),
    Column("support", LargeBinary, nullable=False),
)
"""Of whom a plan had nothing to say, and on what that rested.  Without it every plan is a full
one."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("batch", String(32), primary_key=True),
    _customer(primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("result", JSON, nullable=False),
)
"""What became of customers whose work was handed to other machines, for a few days."""


def create(db: Connection) -> None:
    """All tables, and the row that says so."""
    # with the index, it would import all drivers of each database, whatever is in use
    _OPEN.dialect_options[db.dialect.name]["where"] = runs.c.ended.is_(None)
    for statement in _statements(db.dialect):
        db.exec_driver_sql(statement)
    row = {"id": 1, "version": VERSION, "submissions": 0, "identity": new_identity()}
    db.execute(desk.insert().values(row))


@lru_cache(maxsize=4)
def _statements(dialect: Dialect) -> list[str]:
    """Compiled once: a process may set up many desks in files."""
    made: list[DDLElement] = []
    for table in metadata.sorted_tables:
        made.append(CreateTable(table))
        made += [CreateIndex(i) for i in sorted(table.indexes, key=lambda index: str(index.name))]
    return [str(each.compile(dialect=dialect)) for each in made]


def new_identity() -> str:
    """A desk's own name: whoever finds it under another address finds the same desk."""
    return secrets.token_hex(16)
