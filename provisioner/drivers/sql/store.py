"""The database under the desk: engine, transactions, and its errors as ours.

A reading transaction is one snapshot.  A writing one takes the ``desk`` row first, so changes
happen one after the other on every database, and unique constraints guard what is left.  No error
leaves here that could carry an address with a password, or a row.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from provisioner.codes.desk import DatabasePackageMissing
from provisioner.codes.systems import (
    DatabaseCannotBeReached,
    DatabaseHasOtherTables,
    DatabaseNotSupportedHere,
    NoAnswerWhetherItWasWritten,
    OptionThatCannotBeUsed,
    RowNotUnderstood,
)
from provisioner.drivers import sqlite_file
from provisioner.drivers.options import OptionError
from provisioner.drivers.sql import schema
from provisioner.errors import OutcomeUnknown, SystemFault, Unavailable

PSYCOPG = "postgresql+psycopg"
"""The only database besides SQLite: locks and timeouts are its own."""
_WRITE = "desk_write"
ROW_FAULTS = (TypeError, ValueError, RecursionError)
"""A date, a state, a text or a JSON text in a row that is none; SQLite keeps any type anywhere."""


class Store:
    """One database. ``path`` is its file, or None if it is a server."""

    def __init__(self, url: URL, target: str, path: Path | None, timeout: int) -> None:
        self.target = target
        self._path = path
        self._timeout = timeout
        self._engine = self._made(url)
        self._empty: Engine | None = None
        self._there = False

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for a server."""
        return self._path

    @classmethod
    def open(cls, text: str, root: Path, timeout: int) -> "Store":
        """From SQLAlchemy's URL; a SQLite path is relative to ``root``. PV506, PV516, PV030."""

        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise OptionError(OptionThatCannotBeUsed(driver="sql", option="url")) from None
        if url.drivername == "postgresql":
            url = url.set(drivername=PSYCOPG)
        if url.get_backend_name() != "sqlite":
            server = f"sql:{url.get_backend_name()}://{url.host or ''}/{url.database or ''}"
            return cls(url, server, None, timeout)
        name = url.database or ""
        if name in {"", ":memory:"} or name.startswith("file:") or url.query:
            raise OptionError(OptionThatCannotBeUsed(driver="sql", option="url"))
        path = sqlite_file.place(root, name)
        return cls(url.set(database=str(path)), f"sql:{name}", path, timeout)

    def close(self) -> None:
        self._engine.dispose()
        if self._empty is not None:
            self._empty.dispose()
            self._empty = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot. A desk that was never written is empty. Raises Unavailable."""
        with self._faults():
            engine = self._readable() if self._exists() else self._nothing()
            try:
                with self._begun(engine, write=False) as db:
                    self._check(db, lock=False)
                    yield db
            finally:
                if engine not in {self._engine, self._empty}:
                    engine.dispose()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing, and no other such transaction runs meanwhile.

        Raises Unavailable if nothing was written, OutcomeUnknown PV511 if the commit got no answer.
        """
        with self._faults():
            if not self._exists():
                self._create()
            db = self._connect(self._engine, write=True)
        try:
            with self._faults():
                transaction = db.begin()
                try:
                    self._check(db, lock=True)
                    yield db
                except BaseException:
                    transaction.rollback()
                    raise
            try:
                transaction.commit()
            except SQLAlchemyError:
                db.invalidate()  # nobody knows what state this connection is in
                raise OutcomeUnknown(NoAnswerWhetherItWasWritten(target=self.target)) from None
        finally:
            with contextlib.suppress(SQLAlchemyError):
                db.close()

    @contextlib.contextmanager
    def _begun(self, engine: Engine, *, write: bool) -> Iterator[Connection]:
        with self._connect(engine, write=write) as db, db.begin():
            yield db

    def _connect(self, engine: Engine, *, write: bool) -> Connection:
        options: dict[str, Any] = {_WRITE: write}
        if not write and engine.dialect.name != "sqlite":
            options["isolation_level"] = "REPEATABLE READ"
        return engine.connect().execution_options(**options)

    def _check(self, db: Connection, *, lock: bool) -> None:
        query = select(schema.desk.c.version)
        row = db.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None or row.version != schema.VERSION:
            raise Unavailable(DatabaseHasOtherTables(target=self.target))

    def _exists(self) -> bool:
        if self._path is not None:
            if sqlite_file.exists(self._path):
                return True
            self._engine.dispose()  # what a pool still holds open is a file that is gone
            return False
        if not self._there:
            known = set(inspect(self._engine).get_table_names())
            self._there = bool(known & set(schema.metadata.tables))
        return self._there

    def _readable(self) -> Engine:
        copy = sqlite_file.copied(self._path) if self._path is not None else None
        if copy is None:
            return self._engine
        copy.text_factory = bytes.decode
        return create_engine(
            "sqlite://", creator=lambda: copy, poolclass=StaticPool, hide_parameters=True
        )

    def _nothing(self) -> Engine:
        if self._empty is None:
            self._empty = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
            _fill(self._empty)
        return self._empty

    def _create(self) -> None:
        if self._path is not None:
            sqlite_file.create(self._path, _build)
            return
        try:
            _fill(self._engine)
        except SQLAlchemyError:
            # another process may have been first; if not, the next call says what is wrong
            if not inspect(self._engine).has_table(schema.desk.name):
                raise

    def _made(self, url: URL) -> Engine:
        if self._path is None and url.drivername != PSYCOPG:
            raise OptionError(DatabaseNotSupportedHere(backend=url.drivername))
        try:
            if self._path is None:
                return create_engine(url, hide_parameters=True, pool_pre_ping=True)
            engine = create_engine(
                url, hide_parameters=True, connect_args={"timeout": self._timeout}
            )
        except ImportError:
            missing = DatabasePackageMissing(
                backend="postgresql", package="psycopg", extra="postgresql"
            )
            raise OptionError(missing) from None
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._fault(error) from None
        except sqlite3.Error as error:
            raise sqlite_file.fault(error, self.target) from None
        except ROW_FAULTS:
            raise Unavailable(RowNotUnderstood(target=self.target, kind="", customer="")) from None

    def _fault(self, error: SQLAlchemyError) -> SystemFault:
        origin = getattr(error, "orig", None)
        if isinstance(origin, sqlite3.Error):
            return sqlite_file.fault(origin, self.target)
        missing = str(getattr(origin, "sqlstate", None) or "").startswith("42")
        return Unavailable(
            (DatabaseHasOtherTables if missing else DatabaseCannotBeReached)(target=self.target)
        )


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # this module says where a transaction begins
    connection.text_factory = bytes.decode  # a text that is none is its row's fault, not the file's
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE)
    # without IMMEDIATE two writers that have both read could never get the lock
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _fill(engine: Engine) -> None:
    with engine.begin() as db:
        schema.metadata.create_all(db)
        db.execute(schema.desk.insert().values(id=1, version=schema.VERSION, submissions=0))


def _build(path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    _fill(engine)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
    db.close()
