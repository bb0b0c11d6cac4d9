"""The database under the desk: transactions, and its errors as ours.

A reading transaction is one snapshot.  What a writing one names as its scopes nobody else writes
meanwhile.  No error leaves here that could carry an address with a password, or a row.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from provisioner.codes.systems import NoAnswerWhetherItWasWritten, RowNotUnderstood
from provisioner.errors import OutcomeUnknown, SystemFault, Unavailable

T = TypeVar("T")
ROW_FAULTS = (TypeError, ValueError, RecursionError)
"""A date, a state, a text or a JSON text in a row that is none; SQLite keeps any type anywhere."""


class Patience(ABC):
    """Whether a transaction that failed is tried again; waits until it may be."""

    @abstractmethod
    def again(self, error: SQLAlchemyError) -> bool: ...


class Impatient(Patience):
    """It is not."""

    def again(self, error: SQLAlchemyError) -> bool:  # noqa: ARG002 - whatever it is
        return False


class Store(ABC):
    """One database.  ``target`` names it without secrets; ``file`` is None for a server."""

    def __init__(self, target: str, file: Path | None = None) -> None:
        self.target = target
        self.file = file
        self._joined: Connection | None = None
        self._first: Callable[[], None] = _nothing

    @property
    def identity(self) -> str:
        """Names the desk in plans and digests."""
        return self.target

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def upgrade(self) -> tuple[int, int]:
        """The tables as this version has them; the version before (0: there were none) and now.

        Raises Unavailable.
        """

    def is_part(self, db: Connection) -> bool:
        """Whether a transaction that calls share has been entered already."""
        return self._joined is db

    # What a database does in its own way

    @abstractmethod
    def snapshot(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction in one snapshot."""

    @abstractmethod
    def connection(self) -> Connection:
        """For writing; its transaction has not begun."""

    @abstractmethod
    def enter(self, db: Connection, scopes: Collection[str]) -> None:
        """The tables are there, and nobody else writes in ``scopes`` until the transaction ends."""

    @abstractmethod
    def fault(self, error: SQLAlchemyError) -> SystemFault: ...

    def patience(self) -> Patience:
        return Impatient()

    def connection_parameters(self) -> Mapping[str, str] | None:
        """libpq's, for a queue in the same database; None where there is no server."""
        return None

    # Transactions

    def read(self, act: Callable[[Connection], T]) -> T:
        """What ``act`` finds, in one snapshot.  Raises Unavailable."""
        if self._joined is not None:
            self._first()
            return act(self._joined)
        patience = self.patience()
        while True:
            try:
                with self._rows(), self.snapshot() as db:
                    return act(db)
            except SQLAlchemyError as error:
                if not patience.again(error):
                    raise self.fault(error) from None

    @contextlib.contextmanager
    def stream(self, find: Callable[[Connection], Iterator[T]]) -> Iterator[Iterator[T]]:
        """What ``find`` finds, piece by piece, in one snapshot as long as the context lasts.

        What was handed out cannot be taken back, so only its beginning is tried again.  Raises
        Unavailable, here or while it is read.
        """
        try:
            with contextlib.ExitStack() as stack:
                yield self._told(find(self._entered(stack)))
        except SQLAlchemyError as error:
            raise self.fault(error) from None

    def _entered(self, stack: contextlib.ExitStack) -> Connection:
        patience = self.patience()
        while True:
            try:
                return stack.enter_context(self.snapshot())
            except SQLAlchemyError as error:
                if not patience.again(error):
                    raise

    def _told(self, found: Iterator[T]) -> Iterator[T]:
        with self._rows():
            yield from found

    def write(
        self,
        act: Callable[[Connection], T],
        scopes: Collection[str] = (),
        *,
        beside: bool = False,
        refuses_first: bool = False,
    ) -> T:
        """All that ``act`` writes, or nothing.  ``beside``: it neither reads nor changes what calls
        leave to the end of a transaction.  ``refuses_first``: once it writes it is not refused any
        more, so it has no part to take back.

        Raises Unavailable if nothing was written, OutcomeUnknown PV511 if the commit got no answer.
        """
        if self._joined is None:
            return self.transaction(act, lambda db: self.enter(db, scopes))
        if not beside:
            self._first()
        part = contextlib.nullcontext() if refuses_first else _part(self._joined)
        with self._rows(), part:
            self.enter(self._joined, scopes)
            return act(self._joined)

    def together(
        self,
        act: Callable[[Connection], T],
        scopes: Collection[str],
        first: Callable[[], None],
    ) -> T:
        """All calls that ``act`` makes here are one transaction; it may be called again.

        A call that is refused takes back its own part alone.  ``first`` writes what calls have left
        to the end, before somebody looks.
        """

        def joined(db: Connection) -> T:
            self._joined, self._first = db, first
            try:
                return act(db)
            finally:
                self._joined, self._first = None, _nothing

        return self.transaction(joined, lambda db: self.enter(db, scopes))

    def transaction(self, act: Callable[[Connection], T], enter: Callable[[Connection], None]) -> T:
        patience = self.patience()
        while True:
            try:
                with self._rows():
                    return self._tried(act, enter)
            except SQLAlchemyError as error:
                if not patience.again(error):
                    raise self.fault(error) from None

    def _tried(self, act: Callable[[Connection], T], enter: Callable[[Connection], None]) -> T:
        db = self.connection()
        try:
            transaction = db.begin()
            try:
                enter(db)
                found = act(db)
            except BaseException:
                with contextlib.suppress(SQLAlchemyError):
                    transaction.rollback()
                raise
            try:
                transaction.commit()
            except SQLAlchemyError as error:
                if self.is_undone(error):
                    raise
                db.invalidate()  # nobody knows what state this connection is in
                raise OutcomeUnknown(NoAnswerWhetherItWasWritten(target=self.target)) from None
            return found
        finally:
            with contextlib.suppress(SQLAlchemyError):
                db.close()

    def is_undone(self, error: SQLAlchemyError) -> bool:  # noqa: ARG002 - for a database that says so
        """Whether a commit that failed has certainly written nothing."""
        return False

    @contextlib.contextmanager
    def _rows(self) -> Iterator[None]:
        try:
            yield
        except ROW_FAULTS:
            raise Unavailable(RowNotUnderstood(target=self.target, kind="", customer="")) from None


@contextlib.contextmanager
def _part(db: Connection) -> Iterator[None]:
    """What is refused in here takes back its own part of the transaction alone.

    In SQLAlchemy's own way a part costs five times as much, and an apply has one for each call.
    """
    db.exec_driver_sql("SAVEPOINT part")
    try:
        yield
    except BaseException:
        with contextlib.suppress(SQLAlchemyError):
            db.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            db.exec_driver_sql("RELEASE SAVEPOINT part")
        raise
    db.exec_driver_sql("RELEASE SAVEPOINT part")


def _nothing() -> None:
    """No call has left anything."""
