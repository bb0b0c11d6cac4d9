"""An applied fleet in a minute instead of hours: the rows that `provision apply` leaves.

    python benchmarks/applied.py FOLDER 10000

writes the manifests of ``fleet.py`` and sets up their PBX and their desk.  What a customer should
have is what the planner desires, the rows are made by the drivers' own functions, and port orders
are the desk's.  Numbers are given out in turn, all passwords are one, and the journal of single
steps is left out, as after housekeeping.  A plan says whether it is true: it finds nothing to do.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import fleet

sys.path.insert(0, str(Path(__file__).parents[1]))

import orjson
from sqlalchemy import create_engine

from provisioner.contract.desk import DeskState
from provisioner.contract.fields import to_plain
from provisioner.contract.reading import field_hashes, resolve
from provisioner.contract.resources import (
    Account,
    BillingInterval,
    PbxResource,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    Resource,
    StockAllocation,
)
from provisioner.desired import desire
from provisioner.drivers import local_file, password_hash
from provisioner.drivers.local_rows import MARK, as_json
from provisioner.drivers.sql import SqlDesk, schema
from provisioner.manifest.config import Config
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.repository import load_config
from provisioner.operations.load import open_desk
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.pools import HEAD
from provisioner.telephony.sources import Source

DAY = date(2026, 11, 24)
AT_ONCE = 250
"""Customers whose rows are written together."""

Allocation = StockAllocation | ProvisionalAllocation


class Digits:
    """In turn: single numbers from the beginning of a pool, blocks of ten from its end."""

    def __init__(self, config: Config) -> None:
        pools = config.numbers.pools()
        self._free: dict[tuple[str, int], Iterator[str]] = {}
        for area in {block.area for block in pools.stock}:
            self._free[area, 1] = _lines([b.prefix for b in pools.stock if b.area == area], 3)
        shared = [b.prefix for b in pools.provisional]
        self._free["", 1] = _lines(shared, 3)
        self._free["", 10] = _lines(shared[::-1], 2)

    def next(self, wanted: Allocation) -> str:
        area = wanted.area if isinstance(wanted, StockAllocation) else ""
        return next(self._free[area, wanted.size])


def _lines(prefixes: list[str], width: int) -> Iterator[str]:
    return (f"{prefix}{n:0{width}d}" for prefix in prefixes for n in range(10**width))


class Pbx(Protocol):
    """Takes what a PBX has of some customers; all passwords are one."""

    def put_all(self, found: Iterable[PbxResource], secret: str) -> None: ...

    def close(self) -> None: ...


class LocalPbx:
    """The local PBX of ``folder``."""

    def __init__(self, folder: Path) -> None:
        (folder / "state").mkdir(exist_ok=True)
        local_file.build(folder / "state/pbx.sqlite")
        self._db = sqlite3.connect(folder / "state/pbx.sqlite", isolation_level=None)
        self._hash = ""

    def put_all(self, found: Iterable[PbxResource], secret: str) -> None:
        self._hash = self._hash or password_hash.hashed(secret)
        self._db.execute("BEGIN")
        rows = (self._row(each) for each in found)
        self._db.executemany("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    def _row(self, each: PbxResource) -> tuple[str | None, ...]:
        fields = each.concrete()
        secret = self._hash if "credential" in fields else None
        where = (str(each.customer), str(each.kind), each.live_key)
        return (*where, as_json(fields), MARK, secret)


class Filling:
    """The two systems of ``folder``, which has a fleet and nothing live yet."""

    def __init__(self, folder: Path, pbx: Pbx) -> None:
        self._pbx = pbx
        self._config = load_config(folder)
        desk = open_desk(self._config, folder)
        assert isinstance(desk, SqlDesk)  # noqa: S101 - as fleet.py writes it
        desk.upgrade()
        self._desk = desk
        self._digits = Digits(self._config)
        self._engine = create_engine(f"sqlite:///{folder}/state/desk.sqlite")

    def fill(self, paths: list[Path]) -> None:
        """Everything of the customers whose manifests these are."""
        rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        objects: list[PbxResource] = []
        orders: list[PortingOrder] = []
        for path in paths:
            customer = CustomerId(path.stem)
            wanted = self._wanted(customer, path)
            for each in wanted:
                if isinstance(each, PortingOrder):
                    orders.append(each)
                elif isinstance(each, PbxResource):
                    objects.append(each)
                else:
                    table, row = _row(each)
                    rows[table].append(row)
            rows["noted"].append(_noted(customer, wanted))
            rows["runs"].append(_run(customer, wanted))
            rows["audit"].append(_entry(customer, wanted))
        with self._engine.begin() as db:
            for name, found in rows.items():
                db.execute(schema.metadata.tables[name].insert(), found)
        self._pbx.put_all(objects, "secret")
        self._desk.together(lambda: self._send(orders), about=orders)

    def close(self) -> None:
        self._engine.dispose()
        self._pbx.close()
        self._desk.close()

    def _wanted(self, customer: CustomerId, path: Path) -> list[Resource]:
        """What the customer should have, with its numbers."""
        found = desire(
            customer,
            path.parent.name,
            load_manifest(path.read_bytes(), path.name).value,
            DeskState(),
            DAY,
            self._config.porting.days(),
            self._config.call_policy(customer),
        ).resources
        digits: dict[Source, str] = {
            each.source: self._digits.next(each) for each in found if isinstance(each, Allocation)
        }
        return [_dated(each, digits) for each in found]

    def _send(self, orders: list[PortingOrder]) -> None:
        for order in orders:
            self._desk.put(order, today=DAY, key=f"fleet:{order.customer}:{order.key}")


def _dated(each: Resource, digits: dict[Source, str]) -> Resource:
    """As the desk answers: with the digits, and with the day on which billing starts."""
    if isinstance(each, Allocation):
        return replace(each, digits=digits[each.source])
    if isinstance(each, BillingInterval):
        return replace(each, starts=each.starts or DAY)
    return each.with_numbers(lambda source: resolve(digits, source))


def _row(each: Resource) -> tuple[str, dict[str, Any]]:
    """The table, and the row in it."""
    match each:
        case Release():
            return "releases", dict(to_plain(each))
        case Account():
            return "accounts", dict(to_plain(each))
        case BillingInterval():
            return "intervals", {**to_plain(each), "slot": 0}
        case StockAllocation() | ProvisionalAllocation():
            digits = each.digits or ""
            stock = isinstance(each, StockAllocation)
            return "numbers", {
                "customer": str(each.customer),
                "kind": str(each.kind),
                "key": each.key,
                "slot": 0,
                "pool": "stock" if stock else "provisional",
                "digits": digits,
                "head": digits[:HEAD],
                "size": 10 ** (DIGITS - len(digits)),
                "area": digits[:3],
                "porting": None if isinstance(each, StockAllocation) else each.porting,
            }
        case _:
            raise TypeError(each.kind)


def _noted(customer: CustomerId, wanted: list[Resource]) -> dict[str, Any]:
    """What is known as applied of it."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for each in wanted:
        found[str(each.kind)][each.key] = field_hashes(each.concrete())
    text = orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()
    return {"customer": str(customer), "hashes": text}


def _run(customer: CustomerId, wanted: list[Resource]) -> dict[str, Any]:
    return {
        "run": f"fleet-{customer}",
        "customer": str(customer),
        "started": datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC),
        "ended": datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC),
        "who": "benchmark",
        "manifest": next(each.manifest for each in wanted if isinstance(each, Release)),
        "steps": {f"{each.kind}/{each.key}:create": "" for each in wanted},
    }


def _entry(customer: CustomerId, wanted: list[Resource]) -> dict[str, Any]:
    return {
        "customer": str(customer),
        "at": datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC),
        "who": "benchmark",
        "what": f"applied {len(wanted)} steps",
        "why": "",
    }


def write(folder: Path, customers: int) -> list[Path]:
    """The whole workspace, all of it live; the manifests' paths, sorted."""
    paths = fleet.write(folder, customers)
    fill(folder, paths, LocalPbx(folder))
    return paths


def fill(folder: Path, paths: list[Path], pbx: Pbx) -> None:
    """Make all of the fleet live, ``AT_ONCE`` customers at a time; closes ``pbx``."""
    filling = Filling(folder, pbx)
    for start in range(0, len(paths), AT_ONCE):
        filling.fill(paths[start : start + AT_ONCE])
    filling.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target, int(sys.argv[2]))
