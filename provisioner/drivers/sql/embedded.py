"""The desk in a SQLite file: one writer at a time, and nothing to set up."""

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool, StaticPool
from sqlalchemy.util import LRUCache

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
_VERSION = "SELECT version FROM desk"
"""As a text: it is asked in every transaction, and costs a tenth so."""


class EmbeddedStore(Store):
    """``timeout``: seconds to wait for the file while another process writes."""

    def __init__(self, target: str, path: Path, timeout: int) -> None:
        super().__init__(target, path)
        self._path = path
        self._engine = _engine(QueuePool, partial(_connected, str(path), timeout))
        self._empty: Engine | None = None

    @classmethod
    def open(cls, url: URL, root: Path, timeout: int) -> "EmbeddedStore":
        """A path is relative to ``root``.  OptionError PV506, PolicyError PV030."""
        name = url.database or ""
        if name in {"", ":memory:"} or name.startswith("file:") or url.query:
            raise OptionError(OptionThatCannotBeUsed(driver="sql", option="url"))
        path = sqlite_file.place(root, name)
        return cls(f"sql:{name}", path, timeout)

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
        if self.is_part(db):
            return
        version = self._check(db)
        if version < schema.VERSION:
            from provisioner.drivers.sql.migrations import upgrade  # once in the life of a file

            upgrade(db, version)

    def _check(self, db: Connection) -> int:
        version = db.exec_driver_sql(_VERSION).scalar_one_or_none()
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
        return _engine(StaticPool, lambda: copy)

    def _nothing(self) -> Engine:
        if self._empty is None:
            self._empty = _engine(StaticPool, partial(_connected, ":memory:"))
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


@cache
def _model() -> tuple[Engine, LRUCache[Any, Any]]:
    """Of all engines: its dialect and what was compiled for it serve every file of this process."""
    model = create_engine("sqlite://", poolclass=NullPool)
    with model.connect():  # the dialect is whole after its first connection
        return model, LRUCache(500)


def _engine(pool: type[Pool], connect: Callable[[], Any]) -> Engine:
    model, compiled = _model()
    made = Engine(pool(connect, dialect=model.dialect), model.dialect, model.url)
    made.hide_parameters = True
    made.update_execution_options(compiled_cache=compiled)
    event.listen(made, "begin", _on_begin)
    return made


def _connected(name: str, timeout: float = 5) -> sqlite3.Connection:
    """This module says where a transaction begins, and a pool keeps threads apart."""
    db = sqlite3.connect(name, timeout, isolation_level=None, check_same_thread=False)
    db.text_factory = bytes.decode  # a text that is none is its row's fault, not the file's
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")  # what is forgotten is not left in the file
    except sqlite3.Error:
        db.close()
        raise
    return db


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE)
    # without IMMEDIATE two writers that have both read could never get the lock
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _build(path: Path) -> None:
    engine = _engine(NullPool, partial(_connected, str(path)))
    with engine.begin() as db:
        schema.create(db)
    with contextlib.closing(_connected(str(path))) as file:
        file.execute("PRAGMA journal_mode = WAL")
