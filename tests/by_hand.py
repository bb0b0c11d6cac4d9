"""What people do on the local PBX themselves: nothing here asks for a mark."""

from collections.abc import Mapping

from provisioner.contract.resources import Json, Kind
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.local_rows import LOGINS, as_json
from provisioner.drivers.password_hash import matches


class ByHandLocal:
    """Beside the driver, at its own file."""

    def __init__(self, pbx: LocalPbx) -> None:
        self._pbx = pbx

    def by_hand_add(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Someone adds an object on the PBX; it does not carry our mark."""
        with self._pbx._writing() as db:
            db.execute(
                "INSERT INTO objects (tenant, kind, key, fields) VALUES (?, ?, ?, ?)",
                (tenant, str(kind), key, as_json(fields)),
            )

    def by_hand_set(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Someone changes or adds fields of an object; None takes a field away."""
        where = (tenant, str(kind), key)
        with self._pbx._writing() as db:
            row = db.execute(
                "SELECT fields FROM objects WHERE tenant = ? AND kind = ? AND key = ?", where
            ).fetchone()
            if row is None:
                raise LookupError(key)
            after = {**self._pbx._fields(*where[:2], row[0]), **fields}
            db.execute(
                "UPDATE objects SET fields = ? WHERE tenant = ? AND kind = ? AND key = ?",
                (as_json({n: v for n, v in after.items() if v is not None}), *where),
            )

    def by_hand_delete(self, tenant: str, kind: Kind, key: str) -> None:
        """Someone deletes an object, ours or not."""
        with self._pbx._writing() as db:
            db.execute(
                "DELETE FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
                (tenant, str(kind), key),
            )

    def by_hand_look(self, tenant: str, kind: Kind, key: str) -> Mapping[str, Json] | None:
        """All fields of an object, declared by us or not; None if it is not there."""
        with self._pbx._reading() as db:
            row = db.execute(
                "SELECT fields FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
                (tenant, str(kind), key),
            ).fetchone()
        return None if row is None else self._pbx._fields(tenant, str(kind), row[0])

    def accepts(self, tenant: str, login: str, password: str) -> bool:
        """Whether ``login`` could register with ``password``."""
        with self._pbx._reading() as db:
            row = db.execute(
                f"SELECT secret FROM objects WHERE tenant = ? AND kind IN {LOGINS}"  # noqa: S608 - no values
                " AND key = ?",
                (tenant, login),
            ).fetchone()
        return bool(row and row[0] and matches(row[0], password))
