"""A PBX in a SQLite file: it keeps tenants, logins and routes, and carries no calls.

It is the embedded default, so it behaves as a PBX does: people change things on it by hand,
others put objects on it that are not ours, and a put merges.  A file that is not there is a new,
empty PBX, which the first write creates; a file that is there but cannot be read is *unknown*.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from provisioner.codes.systems import (
    BelongsToSomeoneElse,
    LoginTaken,
    NoAnswerWhetherItWasWritten,
    NumberNotKnownYet,
    RowNotUnderstood,
    TenantIsNotEmpty,
)
from provisioner.contract.checking import Check
from provisioner.contract.pbx import CONTRACT, Foreign, PbxState
from provisioner.contract.resources import CLASSES, Json, Kind, PbxResource, Route, System, Tenant
from provisioner.drivers import local_file, private_file, sqlite_file
from provisioner.drivers import options as given
from provisioner.drivers.local_proofs import FingerprintingLocal
from provisioner.drivers.local_renames import RenamingLocal
from provisioner.drivers.local_rows import (
    HEAD,
    LOGINS,
    MARK,
    as_json,
    from_json,
    overlap,
    pieces,
    unmarked,
)
from provisioner.drivers.local_rows import resource as resource_from
from provisioner.drivers.password_hash import COST, matches
from provisioner.drivers.password_hash import hashed as hash_password
from provisioner.errors import OutcomeUnknown, Refused, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers, digits_of

_PBX_KINDS = {str(k): k for k in Kind if CLASSES[k].system is System.PBX}
_FEW = 500
"""Up to so many customers are asked for by name; beyond, the whole table is read at once."""


class LocalPbx(RenamingLocal, FingerprintingLocal):
    """Options: ``path`` (default ``state/pbx.sqlite``, relative to the workspace), ``timeout``
    (seconds to wait for a file that another process is writing, default 5)."""

    contract: int = CONTRACT
    WORK: ClassVar[int] = COST
    """scrypt's cost for stored passwords: about 10 ms and 4 MiB each."""

    def __init__(self, path: Path, *, target: str, timeout: int = 5) -> None:
        self.target = target
        self._path = path
        self._timeout = timeout
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None

    @classmethod
    def open(cls, options: Mapping[str, Any], root: Path) -> Self:
        """Raises OptionError PV501 or PV506, PolicyError PV030; touches no file."""
        given.only("local", options, {"path", "timeout"})
        path = given.text("local", options, "path", "state/pbx.sqlite")
        timeout = given.seconds("local", options, "timeout", 5)
        return cls(sqlite_file.place(root, path), target=f"local:{path}", timeout=timeout)

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    # Reading

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        """Each customer's objects; one with a row that cannot be understood is left out, since it
        is unknown, and the others are not. Raises Unavailable PV502 to PV507."""
        wanted = {str(c): c for c in customers}
        query = "SELECT tenant, kind, key, fields, owner FROM objects"
        if len(wanted) <= _FEW:
            query += f" WHERE tenant IN ({', '.join('?' * len(wanted))})"
        query += " ORDER BY tenant, kind, key"
        with self._reading() as db:
            rows = db.execute(query, tuple(wanted) if len(wanted) <= _FEW else ()).fetchall()
        ours: dict[CustomerId, list[PbxResource]] = {c: [] for c in customers}
        foreign: dict[CustomerId, list[Foreign]] = {c: [] for c in customers}
        unknown: set[CustomerId] = set()
        for tenant, kind, key, fields, owner in rows:
            customer = wanted.get(tenant)
            if customer is None:
                continue
            try:
                found = self._understood(customer, kind, key, fields, owner)
            except Unavailable:
                unknown.add(customer)
                continue
            if isinstance(found, Foreign):
                foreign[customer].append(found)
            else:
                ours[customer].append(found)
        known = (c for c in customers if c not in unknown)
        return {c: PbxState(tuple(ours[c]), tuple(foreign[c])) for c in known}

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        """Who has a route that overlaps. What someone adds by hand within a tenant of ours counts
        as that customer's; an object without tenant of ours is foreign."""
        heads = sorted({digits_of(n)[:HEAD] for n in numbers})
        with self._reading() as db:
            rows = [row for piece in pieces(heads, _FEW) for row in self._routes(db, piece)]
            others = sorted({tenant for tenant, _, owner in rows if owner != MARK})
            tenants = {t for piece in pieces(others, _FEW) for t in self._ours(db, piece)}
        by_head: dict[str, list[tuple[str, str]]] = {}
        for tenant, key, owner in rows:
            holder = tenant if owner == MARK or tenant in tenants else ""
            by_head.setdefault(key[:HEAD], []).append((key, holder))
        found: dict[Numbers, str] = {}
        for number in numbers:
            digits = digits_of(number)
            holding = [h for k, h in by_head.get(digits[:HEAD], ()) if overlap(k, digits)]
            if holding:
                found[number] = min(holding)
        return found

    def logins(self, folded: Collection[str]) -> Collection[CustomerId]:
        with self._reading() as db:
            found = {t for piece in pieces(sorted(folded), _FEW) for t in self._having(db, piece)}
        return [CustomerId(tenant) for tenant in sorted(found)]

    def foreign(self, customer: CustomerId) -> Sequence[Foreign]:
        """Raises Unavailable PV505 if a row of the customer cannot be understood."""
        found = self.read([customer]).get(customer)
        if found is None:
            raise Unavailable(RowNotUnderstood(target=self.target, kind="", customer=str(customer)))
        return found.foreign

    def size(self) -> int:
        """How many objects carry our mark."""
        with self._reading() as db:
            return int(db.execute(local_file.COUNT).fetchone()[0])

    # Writing

    def put(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Merge the declared fields. Refused PV512 to PV515."""
        del key  # one transaction writes all or nothing, and a second put finds it done
        self._merge(resource, secret, adopting=False)

    def adopt(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Merge the declared fields into an object without any mark. Refused PV512 to PV515."""
        del key
        self._merge(resource, secret, adopting=True)

    def _merge(self, resource: PbxResource, secret: str | None, *, adopting: bool) -> None:
        declared = resource.concrete()
        if isinstance(resource, Route) and resource.number.digits is None:
            raise Refused(NumberNotKnownYet(key=resource.key))
        if None in declared.values():
            raise Refused(NumberNotKnownYet(key=resource.key))
        where = (str(resource.customer), str(resource.kind), resource.live_key)
        with self._writing() as db:
            self._guard(db, resource, adopting=adopting)
            row = db.execute(
                "SELECT fields, secret FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
                where,
            ).fetchone()
            before = self._fields(*where[:2], row[0]) if row else {}
            hashed = row[1] if row else None
            if secret is not None and not (hashed and matches(hashed, secret)):
                hashed = hash_password(secret, self.WORK)
            db.execute(
                "INSERT INTO objects (tenant, kind, key, fields, owner, secret)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, kind, key)"
                " DO UPDATE SET fields = excluded.fields, secret = excluded.secret,"
                " owner = excluded.owner",
                (*where, as_json({**before, **declared}), MARK, hashed),
            )

    def delete(self, resource: PbxResource, *, key: str) -> None:
        """Remove it. Refused PV512 if it is not ours, PV514 for a tenant that still holds objects:
        what the customer added stays until a person takes it away."""
        del key
        where = (str(resource.customer), str(resource.kind), resource.live_key)
        with self._writing() as db:
            row = db.execute(
                "SELECT owner FROM objects WHERE tenant = ? AND kind = ? AND key = ?", where
            ).fetchone()
            if row is None:
                return
            if row[0] != MARK:
                raise Refused(BelongsToSomeoneElse(kind=where[1], key=where[2]))
            if resource.kind is Kind.TENANT:
                (left,) = db.execute(
                    "SELECT count(*) FROM objects WHERE tenant = ? AND kind <> 'tenant'", where[:1]
                ).fetchone()
                if left:
                    raise Refused(TenantIsNotEmpty(customer=where[0], count=left))
            db.execute("DELETE FROM objects WHERE tenant = ? AND kind = ? AND key = ?", where)

    def begin(self, customer: CustomerId) -> None:
        """Nothing to prepare: a row is read where it is written."""

    def flush(self) -> None:
        """Each write was committed when it returned."""

    def checks(self, now: datetime) -> Iterable[Check]:
        """The file can be read, all of it, and is nobody else's; one that is not there yet is
        fine."""
        del now
        try:
            self.size()
        except Unavailable as fault:
            yield Check("doctor.reachable", fault)
            return
        yield Check("doctor.reachable")
        yield Check("doctor.rows", self._damage())
        if sqlite_file.exists(self._path):
            yield Check("doctor.permissions", private_file.fault(self._path))

    def _damage(self) -> Unavailable | None:
        """The first row that cannot be understood and so makes a customer of ours unknown."""
        try:
            with self._reading() as db:
                for tenant, *row in db.execute(
                    "SELECT tenant, kind, key, fields, owner FROM objects WHERE tenant IN"
                    " (SELECT tenant FROM objects WHERE owner = ?) ORDER BY tenant, kind, key",
                    (MARK,),
                ):
                    self._understood(CustomerId(tenant), *row)
        except Unavailable as fault:
            return fault
        return None

    def _guard(self, db: sqlite3.Connection, resource: PbxResource, *, adopting: bool) -> None:
        """Refuse what is someone else's."""
        tenant, kind, key = str(resource.customer), str(resource.kind), resource.live_key
        row = db.execute(
            "SELECT owner FROM objects WHERE tenant = ? AND kind = ? AND key = ?",
            (tenant, kind, key),
        ).fetchone()
        if row and row[0] != MARK and not (adopting and row[0] is None):
            raise Refused(BelongsToSomeoneElse(kind=kind, key=key))
        if isinstance(resource, Route):
            taken = db.execute(
                "SELECT key FROM objects WHERE kind = 'route'"  # noqa: S608 - no values
                f" AND substr(key, 1, {HEAD}) = ? AND tenant <> ?"
                " AND (substr(key, 1, length(?)) = ? OR substr(?, 1, length(key)) = key)",
                (key[:HEAD], tenant, key, key, key),
            ).fetchone()
            if taken:
                raise Refused(BelongsToSomeoneElse(kind=kind, key=str(taken[0])))
        elif not isinstance(resource, Tenant) and row is None:
            same = db.execute(
                f"SELECT kind, key FROM objects WHERE tenant = ? AND kind IN {LOGINS}"  # noqa: S608 - no values
                " AND lower(key) = lower(?)",
                (tenant, key),
            ).fetchone()
            if same:
                raise Refused(LoginTaken(login=key, kind=same[0], taken=same[1]))

    def _routes(self, db: sqlite3.Connection, heads: Sequence[str]) -> list[tuple[str, str, str]]:
        marks = ", ".join("?" * len(heads))
        rows = db.execute(
            "SELECT tenant, key, owner FROM objects WHERE kind = 'route'"  # noqa: S608 - no values
            f" AND substr(key, 1, {HEAD}) IN ({marks})",
            tuple(heads),
        ).fetchall()
        return [(str(t), str(k), str(o or "")) for t, k, o in rows]

    def _ours(self, db: sqlite3.Connection, tenants: Sequence[str]) -> list[str]:
        marks = ", ".join("?" * len(tenants))
        rows = db.execute(
            f"SELECT tenant FROM objects WHERE tenant IN ({marks})"  # noqa: S608 - no values
            " AND kind = 'tenant' AND owner = ?",
            (*tenants, MARK),
        )
        return [str(tenant) for (tenant,) in rows]

    def _having(self, db: sqlite3.Connection, folded: Sequence[str]) -> Iterator[str]:
        query = f"SELECT tenant FROM objects WHERE kind IN {LOGINS} AND owner = ?"  # noqa: S608 - no values
        query += f" AND lower(key) IN ({', '.join('?' * len(folded))})"
        return (str(tenant) for (tenant,) in db.execute(query, (MARK, *folded)))

    # The file

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                db = self._connection(create=False)
                db.execute("BEGIN")
                try:
                    yield db
                finally:
                    db.execute("ROLLBACK")
                    if db is not self._open:
                        db.close()
            except sqlite3.Error as error:
                self.close()
                raise sqlite_file.fault(error, self.target) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                db = self._connection(create=True)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                self.close()
                raise sqlite_file.fault(error, self.target) from None
            try:
                db.execute("COMMIT")
            except sqlite3.Error:
                self.close()
                raise OutcomeUnknown(NoAnswerWhetherItWasWritten(target=self.target)) from None

    def _connection(self, *, create: bool) -> sqlite3.Connection:
        if not sqlite_file.exists(self._path):
            self.close()
            if not create:
                empty = sqlite3.connect(":memory:", isolation_level=None)
                empty.executescript(local_file.TABLES)
                return empty
            sqlite_file.create(self._path, local_file.build)
        if not create and self._open is None and (copy := sqlite_file.copied(self._path)):
            return local_file.checked(copy, self.target)
        if self._open is None:
            # "rw" never creates a file, and the lock keeps threads apart
            self._open = sqlite3.connect(
                f"{self._path.as_uri()}?mode=rw",
                uri=True,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            # a power cut may lose the last write, never half of one: the next plan shows it
            self._open.execute("PRAGMA synchronous = NORMAL")
            try:
                local_file.checked(self._open, self.target)
            except Unavailable:
                self.close()
                raise
        return self._open

    def _fields(self, tenant: str, kind: str, found: object) -> dict[str, Json]:
        try:
            return from_json(found)
        except ValueError:
            raise Unavailable(
                RowNotUnderstood(target=self.target, kind=kind, customer=tenant)
            ) from None

    def _understood(
        self, customer: CustomerId, kind: str, key: str, fields: object, owner: str | None
    ) -> PbxResource | Foreign:
        """The object that a row is, ours or not. Raises Unavailable PV505 if it is none."""
        if owner == MARK:
            return self._decoded(customer, kind, key, fields)
        known = self._kind(str(customer), kind)
        try:
            found = unmarked(customer, known, key, from_json(fields))
        except ValueError:
            found = None
        return Foreign(known, key, found, owner or "")

    def _decoded(self, customer: CustomerId, kind: str, key: str, found: object) -> PbxResource:
        fields = self._fields(str(customer), kind, found)
        try:
            key.encode()  # ValueError for a text that is none
            return resource_from(customer, self._kind(str(customer), kind), key, fields)
        except ValueError:
            raise Unavailable(
                RowNotUnderstood(target=self.target, kind=kind, customer=str(customer))
            ) from None

    def _kind(self, tenant: str, found: str) -> Kind:
        kind = _PBX_KINDS.get(found)
        if kind is None:
            raise Unavailable(
                RowNotUnderstood(target=self.target, kind=str(found), customer=tenant)
            )
        return kind
