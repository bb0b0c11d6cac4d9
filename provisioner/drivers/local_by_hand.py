"""What people do on the local PBX themselves: nothing here asks for a mark."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager

from provisioner.contract.resources import Json, Kind
from provisioner.drivers.local_rows import LOGINS, as_json, matches


class ByHandLocal(ABC):
    """Beside a driver's own methods; it gives the file."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[sqlite3.Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    @abstractmethod
    def _fields(self, tenant: str, kind: str, found: object) -> dict[str, Json]: ...

    def by_hand_add(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Someone adds an object on the PBX; it does not carry our mark."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO objects (tenant, kind, key, fields) VALUES (?, ?, ?, ?)",
                (tenant, str(kind), key, as_json(fields)),
            )

    def by_hand_set(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Someone changes or adds fields of an object; None takes a field away."""
        where = (tenant, str(kind), key)
        with self._writing() as db:
            row = db.execute(
                "SELECT fields FROM objects WHERE tenant = ? AND kind = ? AND key = ?", where
            ).fetchone()
            if row is None:
                raise LookupError(key)
            after = {**self._fields(*where[:2], row[0]), **fields}
            db.execute(
                "UPDATE objects SET fields = ? WHERE tenant = ? AND kind = ? AND key = ?",
                (as_json({n: v for n, v in after.items() if v is not None}), *where),
            )

    def by_hand_delete(self, tenant: str, kind: Kind, key: str) -> None:
        """Someone deletes an object, ours or not."""
        with self._writing() as db:
            db.execute(
                "DELETE FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
                (tenant, str(kind), key),
            )

    def by_hand_look(self, tenant: str, kind: Kind, key: str) -> Mapping[str, Json] | None:
        """All fields of an object, declared by us or not; None if it is not there."""
        with self._reading() as db:
            row = db.execute(
                "SELECT fields FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
                (tenant, str(kind), key),
            ).fetchone()
        return None if row is None else self._fields(tenant, str(kind), row[0])

    def accepts(self, tenant: str, login: str, password: str) -> bool:
        """Whether ``login`` could register with ``password``."""
        with self._reading() as db:
            row = db.execute(
                f"SELECT secret FROM objects WHERE tenant = ? AND kind IN {LOGINS}"  # noqa: S608 - no values
                " AND key = ?",
                (tenant, login),
            ).fetchone()
        return bool(row and row[0] and matches(row[0], password))
