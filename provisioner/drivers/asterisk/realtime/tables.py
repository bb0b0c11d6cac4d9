"""Rows and SIP objects in tables, in one transaction: what astdb, ARI and AMI are to one Asterisk.

In a realtime value ``;`` separates values and ``^`` begins a code, so both are written as codes in
the one field of ours that holds what people write.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    TableClause,
    Text,
    and_,
    any_,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.exc import DataError, ProgrammingError

from provisioner.codes.systems import PBXDoesNotTakeTheValues
from provisioner.drivers.asterisk import callers, ids, objects, rows
from provisioner.drivers.asterisk.realtime.store import ROUTES, ROWS, TABLES
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId

T = TypeVar("T")
R = TypeVar("R")
MARKS = "pv_marks"
CODES = {"^": "^5E", ";": "^3B"}
"""In the order in which they are written; read in the reverse order."""
AT_ONCE = 100
"""So many keys, or beginnings of some, are asked for in one statement."""
CALLER = "callerid"
CONTACTS = table("ps_contacts", column("id", Text), column("uri", Text), column("expiration_time"))
_EMPTY = literal_column("'{}'::jsonb", JSONB)
_TEXTS = ARRAY(Text)
_MARKED = f'"managed": "{objects.MARK}"'
_NOBODY = CustomerId("nobody")
FIELDS = {
    sort: tuple(name for name in names if not name.startswith("@"))
    for sort, names in {
        "aor": objects.aor(_NOBODY, "", "1"),
        "auth": objects.auth("", ""),
        "endpoint": (*objects.endpoint(_NOBODY, ""), CALLER, "callerid_tag", callers.PRIVACY),
    }.items()
}
"""The columns that are written, and that a reader of many customers looks at; a writer sees all."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first of some customers to the last, as bytes, and whoever is between them."""

    customers: Sequence[CustomerId]

    def of(self, found: ColumnElement[str], start: str, end: str) -> ColumnElement[bool]:
        """What consists of ``start``, a customer's id, ``end`` and more."""
        named = [f"{start}{customer}{end}" for customer in self.customers]
        return and_(found >= min(named), found < _after(max(named)))


class Tables:
    """A ``Storage``.  With ``span``, a whole family is that of its customers alone."""

    def __init__(self, db: Connection, span: Span | None = None) -> None:
        self._db = db
        self._span = span

    def each(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """One after the other: it is one connection."""
        return [call(item) for item in items]

    # Rows

    def row(self, family: str, key: str) -> str | None:
        """One value; None if there is no such row."""
        where = _rows_of(family)
        asked = select(where.c.value).where(where.c.key == f"{family}/{key}")
        found: str | None = self._db.execute(asked).scalar()
        return found

    def tree(self, family: str, pattern: str = "") -> dict[str, str]:
        """All rows of a family, or those that begin with ``pattern`` up to its ``%``."""
        sort = family.removeprefix("ps/")
        if sort in TABLES:
            return self._objects(sort, pattern)
        where, start = _rows_of(family), f"{family}/"
        asked = select(where.c.key, where.c.value)
        asked = asked.where(begins(where.c.key, start + pattern.rstrip("%")))
        if self._span and family in {rows.DID, rows.BLK}:
            asked = asked.where(self._span.of(where.c.value, "", ids.GAP))
        elif self._span and family in {rows.ALL, rows.EXT}:
            asked = asked.where(self._span.of(where.c.key, start, "/"))
        return {key.removeprefix(start): value for key, value in self._db.execute(asked)}

    def rows(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        """Values in order; None where there is no such row."""
        keys = [f"{family}/{key}" for family, key in asked]
        where = _rows_of(asked[0][0]) if asked else ROWS
        found: dict[str, str] = {}
        for some in pieces(keys):
            found |= dict(self._db.execute(select(where).where(where.c.key.in_(some))).all())
        return [found.get(key) for key in keys]

    def among(self, family: str, starts: Collection[str]) -> dict[str, str]:
        """The rows of a family that begin with one of ``starts``."""
        where, head = _rows_of(family), f"{family}/"
        found: dict[str, str] = {}
        for some in pieces(sorted(starts)):
            one_of = or_(*(begins(where.c.key, head + start) for start in some))
            found |= dict(self._db.execute(select(where).where(one_of)).all())
        return {key.removeprefix(head): value for key, value in found.items()}

    def confirm(self, family: str, pattern: str, found: Mapping[str, str]) -> None:
        """It is: all is read in one snapshot."""

    def leading(
        self,
        family: str,
        start: str,
        sure: Collection[str],  # noqa: ARG002 - all is
    ) -> dict[str, str]:
        """The rows of a family whose value begins with ``start``."""
        where, head = _rows_of(family), f"{family}/"
        asked = select(where.c.key, where.c.value).where(
            begins(where.c.value, start), begins(where.c.key, head)
        )
        return {key.removeprefix(head): value for key, value in self._db.execute(asked)}

    def put_row(self, family: str, key: str, value: str) -> None:
        """Write one row."""
        where = _rows_of(family)
        stated = insert(where).values(key=f"{family}/{key}", value=value)
        self._db.execute(
            stated.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        )

    def delete_row(self, family: str, key: str) -> None:
        """Take one row away; fine if it is gone."""
        where = _rows_of(family)
        self._db.execute(delete(where).where(where.c.key == f"{family}/{key}"))

    # SIP objects

    def _objects(self, sort: str, pattern: str) -> dict[str, str]:
        where = _table(sort)
        found = _of_c(where.c.id)
        if pattern:
            asked = select(where.c.id, _fields(where)).where(begins(found, pattern.rstrip("%")))
        else:
            asked = select(where.c.id, _some_fields(sort, where))
            if self._span:
                asked = asked.where(self._span.of(found, "", ids.GAP))
        return dict(self._db.execute(asked).all())

    def put_object(self, kind: str, name: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Create or merge; answers with all fields as they are then.  Refused PV547."""
        marks = {n: v for n, v in fields.items() if n.startswith("@")}
        own = {n: _encoded(n, v) for n, v in fields.items() if not n.startswith("@")}
        where = _table(kind, *own)
        stated = insert(where).values(id=name, **own, **{MARKS: marks})
        merged = func.coalesce(where.c[MARKS], _EMPTY).op("||")(stated.excluded[MARKS])
        stated = stated.on_conflict_do_update(
            index_elements=["id"], set_={**{n: stated.excluded[n] for n in own}, MARKS: merged}
        )
        try:
            text = self._db.execute(stated.returning(_fields(where))).scalar_one()
        except (DataError, ProgrammingError) as error:
            if getattr(error.orig, "sqlstate", "") in {"42501", "42P01"}:
                raise
            raise Refused(PBXDoesNotTakeTheValues(kind=kind, key=name)) from None
        return {n: str(v) for n, v in json.loads(text).items()}

    def delete_object(self, kind: str, name: str) -> None:
        """Remove, with who is registered at an AOR; fine if it is gone."""
        where = _table(kind)
        self._db.execute(delete(where).where(where.c.id == name))
        if kind == "aor":
            self._db.execute(delete(CONTACTS).where(CONTACTS.c.id.like(f"{name}^3B@%")))

    # Over all customers

    def size(self) -> int:
        """How many objects carry our mark."""
        aors = _table("aor")
        ours = aors.c[MARKS].op("->>")("@managed") == objects.MARK
        # the AOR of apps is no workplace of its own
        desks = select(func.count()).select_from(aors).where(ours, aors.c.id.op("!~")("--.+--app$"))
        counted = f"^{rows.ALL}/[^/]+/({rows.META}$|{rows.LOGIN}|{rows.NUMBER})"
        others = select(func.count()).where(
            ROWS.c.key.op("~")(counted), func.strpos(ROWS.c.value, _MARKED) > 0
        )
        found = self._db.execute(select(desks.scalar_subquery() + others.scalar_subquery()))
        return int(found.scalar_one())

    def logins(self, folded: Collection[str]) -> set[str]:
        """Customers with one of these logins: a workplace's, or one beside the SIP objects."""
        asked = {login.replace(".", "-") for login in folded}
        aors = _table("aor")
        ours = aors.c[MARKS].op("->>")("@managed") == objects.MARK
        found = select(func.split_part(aors.c.id, ids.GAP, 1)).where(
            ours, func.split_part(aors.c.id, ids.GAP, 2) == any_(literal(sorted(asked), _TEXTS))
        )
        beside = select(func.split_part(ROWS.c.key, "/", 2)).where(
            begins(ROWS.c.key, f"{rows.ALL}/"),
            func.split_part(ROWS.c.key, "/", 3) == rows.LOGIN.rstrip("/"),
            func.split_part(ROWS.c.key, "/", 4) == any_(literal(sorted(folded), _TEXTS)),
            func.strpos(ROWS.c.value, _MARKED) > 0,
        )
        return {*self._db.execute(union(found, beside)).scalars()}

    def registered(self, customer: CustomerId) -> list[tuple[str, str]]:
        """AOR and address of each contact of a customer that has not run out, by the database's
        clock."""
        start = CONTACTS.c.id.like(ids.prefix(customer))
        on = CONTACTS.c.expiration_time > func.extract("epoch", func.now())
        aor = func.split_part(CONTACTS.c.id, "^3B@", 1)
        found = self._db.execute(select(aor, CONTACTS.c.uri).where(start, on))
        return [(name, _decoded(uri or "")) for name, uri in found]


def pieces(asked: Sequence[str]) -> Iterator[Sequence[str]]:
    return (asked[start : start + AT_ONCE] for start in range(0, len(asked), AT_ONCE))


def _rows_of(family: str) -> TableClause:
    return ROUTES if family.partition("/")[0] in {rows.DID, rows.BLK, rows.EXT} else ROWS


def _table(sort: str, *fields: str) -> TableClause:
    """Columns without a type: PostgreSQL gives a value the type of its column."""
    named: list[ColumnClause[Any]] = [column(name) for name in fields]
    return table(TABLES[sort], column("id", Text), column(MARKS, JSONB), *named)


def _of_c(found: ColumnElement[Any]) -> ColumnElement[str]:
    return found.collate("C")


def begins(found: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    return and_(found >= start, found < _after(start))


def _after(start: str) -> str:
    """The first text behind all that begin with ``start``, as bytes."""
    return start[:-1] + chr(ord(start[-1]) + 1)


def _fields(where: TableClause) -> ColumnElement[str]:
    """All that an object has, as JSON: our marks among its fields."""
    whole: ColumnElement[Any] = func.to_jsonb(literal_column(where.name), type_=JSONB)
    for name in ("id", MARKS):
        whole = whole.op("-", return_type=JSONB())(literal(name))
    return _as_text(where, whole)


def _some_fields(sort: str, where: TableClause) -> ColumnElement[str]:
    names = [name for name in FIELDS[sort] if name != CALLER]
    pairs: list[ColumnElement[Any]] = []
    for name in names:
        pairs += [literal_column(f"'{name}'"), column(name)]
    whole = func.jsonb_build_object(*pairs, type_=JSONB)
    return _as_text(where, whole)


def _as_text(where: TableClause, whole: ColumnElement[Any]) -> ColumnElement[str]:
    found = whole
    if where.name == TABLES["endpoint"]:
        read: ColumnElement[Any] = literal_column(f"{where.name}.{CALLER}")
        for plain, code in reversed(CODES.items()):
            read = func.replace(read, code, plain)
        shown = func.jsonb_build_object(literal_column(f"'{CALLER}'"), read, type_=JSONB)
        found = found.op("||", return_type=JSONB())(shown)
    found = func.jsonb_strip_nulls(found, type_=JSONB)
    marks = func.coalesce(where.c[MARKS], _EMPTY)
    return cast(found.op("||", return_type=JSONB())(marks), Text)


def _decoded(value: str) -> str:
    for plain, code in reversed(CODES.items()):
        value = value.replace(code, plain)
    return value


def _encoded(name: str, value: str) -> str:
    if name == CALLER:
        for plain, code in CODES.items():
            value = value.replace(plain, code)
    return value
