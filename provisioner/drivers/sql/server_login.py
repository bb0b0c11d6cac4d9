"""How a connection to PostgreSQL is made: with which password, and how long it waits."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner.codes.desk import DatabasePasswordFileUnreadable
from provisioner.drivers import private_file
from provisioner.errors import Unavailable

_now = threading.local()


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """All that this thread asks inside has to be answered by then; 0: whenever it comes."""
    _now.until = time.monotonic() + seconds if seconds else None
    try:
        yield
    finally:
        _now.until = None


def left() -> float:
    """Seconds until what this thread does must have ended."""
    until: float | None = getattr(_now, "until", None)
    return float("inf") if until is None else until - time.monotonic()


@dataclass(frozen=True, slots=True)
class Login:
    """``password_file``: read at each connection, so that a new password counts at once; without
    one PostgreSQL's own ways count (PGPASSFILE, a service, a certificate).  ``answer``: seconds
    after which a server that says nothing is given up; 0 for never."""

    password_file: Path | None
    answer: int

    def connect(self, _dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        """For SQLAlchemy's event ``do_connect``.  Raises Unavailable PV630."""
        options.update(self.secret())
        return _patient(self.answer).connect(*arguments, **options)

    def secret(self) -> dict[str, str]:
        """Raises Unavailable PV630."""
        if self.password_file is None:
            return {}
        return {"password": self._password(self.password_file)}

    def _password(self, file: Path) -> str:
        try:
            found = private_file.content(file).strip()
        except (OSError, ValueError):
            found = ""
        if not found:
            raise Unavailable(DatabasePasswordFileUnreadable(file=file.name)) from None
        return found


def _patient(answer: int) -> Any:
    """psycopg's connection, which gives a server up that is there and says nothing.

    The server's own timeouts are no help where it is stopped, and the network's where the kernel
    still answers for it.
    """
    import psycopg  # of the extra: a desk in a file does without

    class Patient(psycopg.Connection[Any]):
        def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
            seconds = min(answer or float("inf"), left())
            if seconds <= 0:
                self.pgconn.finish()
                raise psycopg.OperationalError
            options["timeout"] = seconds if seconds < float("inf") else None
            try:
                return super().wait(gen, *arguments, **options)
            except psycopg.OperationalError:
                if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                    self.pgconn.finish()  # it may answer later, and to something else
                raise

    return Patient
