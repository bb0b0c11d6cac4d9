"""The desk in a SQLite file: one writer at a time, and nothing to set up."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from provisioner.codes.desk import DeskWasMoved
from provisioner.codes.systems import (
    DatabaseHasOtherTables,
    NotAReadableDatabase,
    OptionThatCannotBeUsed,
)
from provisioner.drivers import sqlite_file
from provisioner.drivers.options import OptionError
from provisioner.drivers.sql import schema
from provisioner.drivers.sql.store import Store
from provisioner.errors import SystemFault, Unavailable

_WRITE = "desk_write"


class EmbeddedStore(Store):
    """``timeout``: seconds to wait for the file while another process writes."""

    def __init__(self, url: URL, target: str, path: Path, timeout: int) -> None:
        super().__init__(target, path)
        self._path = path
        self._engine = create_engine(url, hide_parameters=True, connect_args={"timeout": timeout})
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)
        self._empty: Engine | None = None

    @classmethod
    def open(cls, url: URL, root: Path, timeout: int) -> "EmbeddedStore":
        """A path is relative to ``root``.  OptionError PV506, PolicyError PV030."""
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

    def upgrade(self) -> tuple[int, int]:
        found = self.read(self._check) if self._exists() else 0
        self.write(lambda _db: None)
        return found, schema.VERSION

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A desk that was never written is empty."""
        with self._sqlite():
            engine = self._readable() if self._exists() else self._nothing()
            try:
                with engine.connect() as db, db.begin():
                    self._check(db)
                    yield db
            finally:
                if engine not in {self._engine, self._empty}:
                    engine.dispose()

    def connection(self) -> Connection:
        with self._sqlite():
            if not self._exists():
                sqlite_file.create(self._path, _build)
        return self._engine.connect().execution_options(**{_WRITE: True})

    def enter(self, db: Connection, scopes: Collection[str]) -> None:
        """The file has one writer, whatever it writes, and whoever writes brings it up to date."""
        del scopes
        if db.in_nested_transaction():
            return
        version = self._check(db)
        if version < schema.VERSION:
            from provisioner.drivers.sql.migrations import upgrade  # once in the life of a file

            upgrade(db, version)

    def _check(self, db: Connection) -> int:
        version = db.execute(select(schema.desk.c.version)).scalar_one_or_none()
        if version == schema.MOVED:
            raise Unavailable(DeskWasMoved(target=self.target))
        if version not in schema.READS:
            raise Unavailable(DatabaseHasOtherTables(target=self.target))
        return int(version or 0)

    def _exists(self) -> bool:
        if sqlite_file.exists(self._path):
            return True
        self._engine.dispose()  # what a pool still holds open is a file that is gone
        return False

    def _readable(self) -> Engine:
        copy = sqlite_file.copied(self._path)
        if copy is None:
            return self._engine
        copy.text_factory = bytes.decode
        return create_engine(
            "sqlite://", creator=lambda: copy, poolclass=StaticPool, hide_parameters=True
        )

    def _nothing(self) -> Engine:
        if self._empty is None:
            self._empty = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
            with self._empty.begin() as db:
                schema.create(db)
        return self._empty

    @contextlib.contextmanager
    def _sqlite(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_file.fault(error, self.target) from None

    def fault(self, error: SQLAlchemyError) -> SystemFault:
        origin = getattr(error, "orig", None)
        if isinstance(origin, sqlite3.Error):
            return sqlite_file.fault(origin, self.target)
        return Unavailable(NotAReadableDatabase(target=self.target))


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # this module says where a transaction begins
    connection.text_factory = bytes.decode  # a text that is none is its row's fault, not the file's
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is not left in the file


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE)
    # without IMMEDIATE two writers that have both read could never get the lock
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _build(path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.begin() as db:
        schema.create(db)
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode = WAL")
    file.close()
