"""Other names and owners on the local PBX, one transaction each: there is no state in between."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

from provisioner.codes.systems import (
    BelongsToSomeoneElse,
    LoginTaken,
    NewIdIsInUseOnThePBX,
    NumberNotKnownYet,
)
from provisioner.contract.resources import Json, Kind, PbxResource, Route, Workplace
from provisioner.drivers.local_rows import LOGINS, MARK, as_json
from provisioner.drivers.password_hash import hashed
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId

_ONE = "WHERE tenant = ? AND kind = ? AND key = ?"


class RenamingLocal(ABC):
    """Beside a driver's own methods; it gives the file."""

    WORK: ClassVar[int]

    @abstractmethod
    def _writing(self) -> AbstractContextManager[sqlite3.Connection]: ...

    @abstractmethod
    def _fields(self, tenant: str, kind: str, found: object) -> dict[str, Json]: ...

    @abstractmethod
    def put(self, resource: PbxResource, *, secret: str | None, key: str) -> None: ...

    def rename_login(self, workplace: Workplace, *, was: str, secret: str | None, key: str) -> None:
        """Refused PV512, PV513 or PV515."""
        declared = workplace.concrete()
        if None in declared.values():
            raise Refused(NumberNotKnownYet(key=workplace.key))
        tenant, kind, new = str(workplace.customer), str(Kind.WORKPLACE), workplace.login
        with self._writing() as db:
            row = db.execute(
                f"SELECT fields, owner, secret FROM objects {_ONE}",  # noqa: S608 - no values
                (tenant, kind, was),
            ).fetchone()
            if row is not None:
                _guard(db, tenant, was, new, row[1])
                made = hashed(secret, self.WORK) if secret is not None else row[2]
                fields = as_json({**self._fields(tenant, kind, row[0]), **declared})
                db.execute(
                    f"UPDATE objects SET key = ?, fields = ?, secret = ? {_ONE}",  # noqa: S608 - no values
                    (new, fields, made, tenant, kind, was),
                )
                self._turn(db, tenant, was, new)
                return
        self.put(workplace, secret=secret, key=key)  # done already, or gone meanwhile

    def _turn(self, db: sqlite3.Connection, tenant: str, was: str, new: str) -> None:
        """What led to the old login leads to the new one, whoever set it."""
        kind = str(Kind.ROUTE)
        query = "SELECT key, fields FROM objects WHERE tenant = ? AND kind = ?"
        for key, text in db.execute(query, (tenant, kind)).fetchall():
            fields = self._fields(tenant, kind, text)
            if fields.get("target") == was:
                db.execute(
                    f"UPDATE objects SET fields = ? {_ONE}",  # noqa: S608 - no values
                    (as_json({**fields, "target": new}), tenant, kind, key),
                )

    def rename_customer(
        self, was: CustomerId, customer: CustomerId, *, secrets: Mapping[str, str], key: str
    ) -> None:
        """Refused PV512 or PV518."""
        del key
        old, new = str(was), str(customer)
        with self._writing() as db:
            there = db.execute(
                "SELECT kind, key, owner FROM objects WHERE tenant = ? ORDER BY kind, key", (old,)
            ).fetchall()
            if not there:
                return  # done already
            for kind, each, owner in there:
                if owner != MARK:
                    raise Refused(BelongsToSomeoneElse(kind=kind, key=each))
            (count,) = db.execute(
                "SELECT count(*) FROM objects WHERE tenant = ?", (new,)
            ).fetchone()
            if count:
                raise Refused(NewIdIsInUseOnThePBX(customer=new, count=count))
            db.execute("UPDATE objects SET tenant = ? WHERE tenant = ?", (new, old))
            for login, secret in secrets.items():
                db.execute(
                    f"UPDATE objects SET secret = ? {_ONE}",  # noqa: S608 - no values
                    (hashed(secret, self.WORK), new, str(Kind.WORKPLACE), login),
                )

    def move_route(self, route: Route, *, was: CustomerId, key: str) -> None:
        """Refused PV512 or PV515."""
        digits = route.number.digits
        if digits is None:
            raise Refused(NumberNotKnownYet(key=route.key))
        where = str(was), str(Kind.ROUTE), digits
        with self._writing() as db:
            row = db.execute(
                f"SELECT fields, owner FROM objects {_ONE}",  # noqa: S608 - no values
                where,
            ).fetchone()
            if row is not None:
                held = db.execute(
                    f"SELECT count(*) FROM objects {_ONE}",  # noqa: S608 - no values
                    (str(route.customer), *where[1:]),
                ).fetchone()
                if row[1] != MARK or held[0]:
                    raise Refused(BelongsToSomeoneElse(kind=where[1], key=digits))
                fields = as_json({**self._fields(*where[:2], row[0]), **route.concrete()})
                db.execute(
                    f"UPDATE objects SET tenant = ?, fields = ? {_ONE}",  # noqa: S608 - no values
                    (str(route.customer), fields, *where),
                )
                return
        self.put(route, secret=None, key=key)  # done already, or gone meanwhile


def _guard(db: sqlite3.Connection, tenant: str, was: str, new: str, owner: str | None) -> None:
    """Refuse what is someone else's, and a login that is there already."""
    if owner != MARK:
        raise Refused(BelongsToSomeoneElse(kind=str(Kind.WORKPLACE), key=was))
    taken = db.execute(
        "SELECT kind, key, owner FROM objects"  # noqa: S608 - no values
        f" WHERE tenant = ? AND kind IN {LOGINS}"
        " AND lower(key) = lower(?) AND key <> ?",
        (tenant, new, was),
    ).fetchone()
    if taken and taken[2] != MARK:
        raise Refused(BelongsToSomeoneElse(kind=taken[0], key=taken[1]))
    if taken:
        raise Refused(LoginTaken(login=new, kind=taken[0], taken=taken[1]))
