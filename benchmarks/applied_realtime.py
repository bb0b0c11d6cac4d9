"""The rows that the driver ``asterisk-realtime`` writes for new customers, copied in at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import orjson
import psycopg
from psycopg import sql

from provisioner.contract.resources import PbxResource
from provisioner.drivers.asterisk import rows
from provisioner.drivers.asterisk.base import AsteriskWriter
from provisioner.drivers.asterisk.realtime.store import ROUTES, ROWS, TABLES
from provisioner.drivers.asterisk.realtime.tables import MARKS
from provisioner.drivers.asterisk.scene import Scene
from provisioner.telephony.identity import CustomerId

T = TypeVar("T")
R = TypeVar("R")
Row = dict[str, str]


class Nothing:
    """A ``Storage`` in which a customer has nothing yet; what is written stays here."""

    def __init__(self) -> None:
        self.rows_of: dict[str, Row] = defaultdict(dict)
        self.objects: dict[str, dict[str, Row]] = defaultdict(dict)

    def each(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        return [call(item) for item in items]

    def row(self, family: str, key: str) -> str | None:
        return self.rows_of[family].get(key)

    def rows(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        return [self.row(*each) for each in asked]

    def tree(self, family: str, pattern: str = "") -> Row:
        del family, pattern
        return {}

    def among(self, family: str, starts: Collection[str]) -> Row:
        del family, starts
        return {}

    def confirm(self, family: str, pattern: str, found: Mapping[str, str]) -> None:
        pass

    def leading(self, family: str, start: str) -> Row:
        del family, start
        return {}

    def put_row(self, family: str, key: str, value: str) -> None:
        self.rows_of[family][key] = value

    def delete_row(self, family: str, key: str) -> None:
        self.rows_of[family].pop(key, None)

    def put_object(self, kind: str, name: str, fields: Mapping[str, str]) -> Row:
        self.objects[kind][name] = {**self.objects[kind].get(name, {}), **fields}
        return self.objects[kind][name]

    def delete_object(self, kind: str, name: str) -> None:
        self.objects[kind].pop(name, None)


class CopiedFleet(AsteriskWriter):
    """The driver's own writer; ``flush`` copies what it wrote into the database ``owner``."""

    target, sip = "asterisk-realtime", ""

    def __init__(self, owner: str) -> None:
        self._db = psycopg.connect(owner)
        self._kept = Nothing()
        self._scene: Scene | None = None

    def write(
        self,
        customer: CustomerId,
        act: Callable[[Scene], None],
        *,
        was: CustomerId | None = None,
        digits: str = "",
    ) -> None:
        del was, digits
        if self._scene is None or self._scene.customer != customer:
            self._scene = Scene(self._kept, customer)
        act(self._scene)

    def put_all(self, found: Iterable[PbxResource], secret: str) -> None:
        for each in found:
            given = secret if "credential" in each.concrete() else None
            self.put(each, secret=given, key="fleet")
        self._flush()

    def close(self) -> None:
        self._db.execute("ANALYZE")
        self._db.commit()
        self._db.close()

    def _flush(self) -> None:
        """In one transaction."""
        for sort, objects in self._kept.objects.items():
            names = sorted({n for fields in objects.values() for n in fields if n[0] != "@"})
            self._copy(
                TABLES[sort],
                ["id", MARKS, *names],
                [
                    [name, _marks(fields), *(fields.get(n) for n in names)]
                    for name, fields in objects.items()
                ],
            )
        by_table: dict[str, list[Sequence[str | None]]] = defaultdict(list)
        for family, found in self._kept.rows_of.items():
            routed = family.partition("/")[0] in {rows.DID, rows.BLK, rows.EXT}
            by_table[(ROUTES if routed else ROWS).name] += [
                (f"{family}/{key}", value) for key, value in found.items()
            ]
        for table, values in by_table.items():
            self._copy(table, ["key", "value"], values)
        self._db.commit()
        self._kept, self._scene = Nothing(), None

    def _copy(
        self, table: str, names: Sequence[str], values: Iterable[Sequence[str | None]]
    ) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        asked = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        with self._db.cursor() as cursor, cursor.copy(asked) as copy:
            for each in values:
                copy.write_row(each)


def _marks(fields: Row) -> str:
    return orjson.dumps({n: v for n, v in fields.items() if n[0] == "@"}).decode()
