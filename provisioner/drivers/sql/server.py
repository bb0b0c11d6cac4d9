"""The desk on PostgreSQL: many writers at once, each in its scopes.

Writers run READ COMMITTED, so that they see what the one before them in their scope has committed;
readers REPEATABLE READ, in one snapshot.  Both say so themselves, whatever the server's default is.
A scope is an advisory lock of the transaction, taken in sorted order, so that two writers never
wait for each other.  All settings are the transaction's own: a pooler may hand the next one to
another connection.
"""

import contextlib
import hashlib
import random
import time
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    cast,
    create_engine,
    event,
    func,
    inspect,
    literal,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from provisioner import extras
from provisioner.codes import LiveFault
from provisioner.codes.desk import DatabasePackageMissing, DeskIsNotSetUp, DeskNeedsAnUpgrade
from provisioner.codes.systems import DatabaseHasOtherTables
from provisioner.contract.leases import CALL_SECONDS
from provisioner.drivers.options import OptionError
from provisioner.drivers.sql import schema
from provisioner.drivers.sql.server_faults import Kind, fault_of, kind_of
from provisioner.drivers.sql.server_login import Login, left, within
from provisioner.drivers.sql.store import Patience, Store, T
from provisioner.errors import SystemFault, Unavailable

SCHEMA = "schema"
"""The scope that every writer shares, and that an upgrade has to itself."""
_HELD = "scopes"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, for a statement, for a lock, until a connection without an answer is
    given up, how long a server that is away is waited for, and for a whole transaction that writes,
    tries included (0: as long as it takes)."""

    connect: int
    statement: int
    lock: int
    tcp: int
    patience: int
    call: int = CALL_SECONDS


class Server(Store):
    """Any tables on PostgreSQL.  ``login``: how a connection proves who it is."""

    def __init__(self, url: URL, target: str, login: Login, limits: Limits) -> None:
        super().__init__(target)
        self._url = url
        self._login = login
        self._limits = limits
        self._engine = _engine(url, login, limits)
        self._away = False

    @abstractmethod
    def check(self, db: Connection, *more: Any) -> int:
        """The tables' version; Unavailable if they are none of ours.  ``more``: what is asked along
        with it."""

    @abstractmethod
    def fault_for(self, kind: Kind) -> LiveFault: ...

    def connection_parameters(self) -> Mapping[str, str]:
        _, given = self._engine.dialect.create_connect_args(self._url)
        named = {str(name): str(value) for name, value in given.items() if name != "context"}
        return {**named, **self._login.secret()}

    def close(self) -> None:
        self._engine.dispose()

    def unhurried(self, act: Callable[[Connection], T], enter: Callable[[Connection], None]) -> T:
        """``act`` changes the tables: an index of a large one takes its time."""
        login = replace(self._login, answer=0)
        store = type(self)(self._url, self.target, login, replace(self._limits, call=0))
        try:
            return store.transaction(act, enter)
        finally:
            store.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self._opened("REPEATABLE READ", readonly=True) as db, db.begin():
            self.check(db, *self._settings())
            self._away = False
            yield db

    def connection(self) -> Connection:
        return self._opened("READ COMMITTED", readonly=False)

    def _opened(self, isolation: Any, *, readonly: bool) -> Connection:
        return self._engine.connect().execution_options(
            isolation_level=isolation, postgresql_readonly=readonly
        )

    def transaction(self, act: Callable[[Connection], T], enter: Callable[[Connection], None]) -> T:
        """It ends before the lease does under which it writes."""
        with within(self._limits.call):
            return super().transaction(act, enter)

    def enter(self, db: Connection, scopes: Collection[str]) -> None:
        inner = self.is_part(db)
        held: set[int] = db.info.setdefault(_HELD, set()) if inner else set()
        db.info[_HELD] = held
        todo = sorted({_key(scope) for scope in scopes} - held)
        locks = [func.pg_advisory_xact_lock(_bigint(key)) for key in todo]
        if not inner:
            shared = func.pg_advisory_xact_lock_shared(_bigint(_key(SCHEMA)))
            db.execute(select(*self._settings(), shared, *locks))
            self.check_for_writing(db)
            self._away = False
        elif locks:
            db.execute(select(*locks))
        held.update(todo)

    def check_for_writing(self, db: Connection) -> None:
        self.check(db)

    def _settings(self) -> list[Any]:
        """As columns of the first question of a transaction, which costs no time of its own."""
        milliseconds = {
            "statement_timeout": self._limits.statement * 1000,
            "lock_timeout": self._limits.lock * 1000,
        }
        return [func.set_config(name, str(value), True) for name, value in milliseconds.items()]

    def fault(self, error: SQLAlchemyError) -> SystemFault:
        kind = kind_of(error)
        self._away = self._away or kind is Kind.AWAY
        return Unavailable(self.fault_for(kind))

    def is_undone(self, error: SQLAlchemyError) -> bool:
        return kind_of(error) is Kind.CONFLICT

    def patience(self) -> Patience:
        return _Bounded(0 if self._away else self._limits.patience)


class ServerStore(Server):
    """A desk on PostgreSQL."""

    _identity = ""

    @property
    def identity(self) -> str:
        """By the desk's own id: an alias or a pooler is the same desk."""
        if not self._identity:
            self._identity = self.read(self._named)
        return self._identity

    def _named(self, db: Connection) -> str:
        if self.check(db) == 1:  # which has no name yet
            return self.target
        found = db.execute(select(schema.desk.c.identity)).scalar_one()
        return f"sql:postgresql:{found}"

    def upgrade(self) -> tuple[int, int]:
        """Nobody writes meanwhile.  Raises Unavailable PV623 if the role may create no tables,
        PV504 if there are some of a later version, or of another program."""
        return self.unhurried(self._upgraded, self._alone)

    def alone(self, act: Callable[[Connection], T]) -> T:
        """One transaction of tables of this version, while nobody else writes.

        Raises Unavailable PV621, PV622 and as any write does.
        """

        def checked(db: Connection) -> T:
            self.check_for_writing(db)
            return act(db)

        return self.unhurried(checked, self._alone)

    def _alone(self, db: Connection) -> None:
        db.execute(select(func.pg_advisory_xact_lock(_bigint(_key(SCHEMA)))))

    def _upgraded(self, db: Connection) -> tuple[int, int]:
        from provisioner.drivers.sql.migrations import upgrade  # for this command alone

        there = set(inspect(db).get_table_names())
        if not there & set(schema.metadata.tables):
            schema.create(db)
            return 0, schema.VERSION
        if schema.desk.name not in there:
            raise Unavailable(DatabaseHasOtherTables(target=self.target))
        found = self.check(db)
        if found < schema.VERSION:
            upgrade(db, found)
        return found, schema.VERSION

    def check_for_writing(self, db: Connection) -> None:
        version = self.check(db)
        if version < schema.VERSION:
            raise Unavailable(
                DeskNeedsAnUpgrade(target=self.target, found=version, wanted=schema.VERSION)
            )

    def check(self, db: Connection, *more: Any) -> int:
        try:
            row = db.execute(select(schema.desk.c.version, *more)).one_or_none()
        except SQLAlchemyError as error:
            if kind_of(error) is Kind.NO_TABLE:
                raise Unavailable(DeskIsNotSetUp(target=self.target)) from None
            raise
        if row is None or row.version not in schema.READS:
            raise Unavailable(DatabaseHasOtherTables(target=self.target))
        return int(row.version)

    def fault_for(self, kind: Kind) -> LiveFault:
        return fault_of(kind, self.target, self._limits.statement)


class _Bounded(Patience):
    """Conflicts are tried again a few times, a server that is away for ``seconds``.

    With jitter: all who were waiting must not come back at the same moment.
    """

    TRIES = 8

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._until: float | None = None
        self._tries = 0
        self._conflicts = 0

    def again(self, error: SQLAlchemyError) -> bool:
        kind = kind_of(error)
        if kind is Kind.CONFLICT:
            self._conflicts += 1
            time.sleep(random.uniform(0, 0.01 * 2**self._conflicts))  # noqa: S311 - no secret
            return self._conflicts < self.TRIES
        if kind is not Kind.AWAY:
            return False
        now = time.monotonic()
        self._until = self._until or now + min(self._seconds, left())
        pause = random.uniform(0, min(2.0, 0.1 * 2**self._tries))  # noqa: S311 - no secret
        self._tries += 1
        if now + pause >= self._until:
            return False
        time.sleep(pause)
        return True


def _bigint(key: int) -> Any:
    return cast(literal(key), BigInteger)


def _key(scope: str) -> int:
    """The advisory lock's number: 64 bits, with a sign."""
    digest = hashlib.sha256(f"provision desk {scope}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _engine(url: URL, login: Login, limits: Limits) -> Engine:
    given = {
        "connect_timeout": max(limits.connect, 1),
        "tcp_user_timeout": limits.tcp * 1000,
        "keepalives_idle": max(limits.tcp // 2, 1),
        "keepalives_interval": max(limits.tcp // 4, 1),
        "keepalives_count": 2,
        "application_name": "provision",
        "prepare_threshold": None,  # a pooler may hand the next transaction to another connection
    }
    ours = {name: value for name, value in given.items() if name not in url.query}
    try:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=ours)
    except ImportError:
        missing = DatabasePackageMissing(
            backend="postgresql",
            command=extras.command("postgresql"),
            extra="postgresql",
            package="psycopg",
        )
        raise OptionError(missing) from None
    event.listen(engine, "do_connect", login.connect)
    return engine
