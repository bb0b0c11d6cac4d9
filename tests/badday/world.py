"""A world on any pair of systems, with something before each of them that can go wrong."""

import json
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing
from copy import deepcopy
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.drivers.asterisk.driver import LOCK
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.drivers.sql import schema
from provisioner.manifest.config import Config
from provisioner.manifest.repository import load_config
from provisioner.operations import Opened
from provisioner.operations.load import open_desk, open_pbx
from tests.badday import http_proxy, postgres_proxy, wrapper
from tests.badday.double import Double
from tests.badday.http_proxy import HttpProxy
from tests.badday.postgres_proxy import PostgresProxy
from tests.badday.wrapper import Wrapper
from tests.postgres.server import Server
from tests.stateful.world import CONFIG, World, customer_id

Before = HttpProxy | PostgresProxy | Wrapper
SYSTEMS = ("pbx", "desk")
TABLES = schema.metadata.sorted_tables


class HastyPbx(AsteriskPbx):
    """Asterisk commits once a second; the double at once."""

    COMMIT_SECONDS: ClassVar[float] = 0


class Place(ABC):
    """One side.  ``before`` stands between it and the tool, with ``faults`` to choose from."""

    faults: tuple[str, ...]
    before: Before
    hasty: Mapping[str, str] = {}
    """Options of a driver that does not wait long."""
    past: Mapping[str, str] = {}
    """Options of one that goes past ``before``, which costs more than the system itself."""

    @abstractmethod
    def save(self, kept: Path) -> None: ...

    @abstractmethod
    def restore(self, kept: Path) -> None: ...

    def close(self) -> None:
        self.before.close()


class InFile(Place):
    """A driver whose system is a SQLite file."""

    faults = wrapper.FAULTS
    hasty = {"timeout": "0"}

    def __init__(self, file: Path) -> None:
        self.file = file
        self.before: Wrapper = Wrapper(file)

    def save(self, kept: Path) -> None:
        if not self.file.exists():
            return  # it is made by the first write
        with closing(sqlite3.connect(self.file)) as a, closing(sqlite3.connect(kept)) as b:
            a.backup(b)

    def restore(self, kept: Path) -> None:
        for old in self.file.parent.glob(f"{self.file.name}*"):
            old.unlink()
        if kept.exists():
            shutil.copy(kept, self.file)


class OnDouble(Place):
    """Asterisk, as the double answers."""

    faults = http_proxy.FAULTS

    def __init__(self, double: Double) -> None:
        self.double = double
        double.rows.clear()
        self.before: HttpProxy = HttpProxy(("127.0.0.1", double.port))
        self._kept: dict[tuple[str, str], str] = {}

    def save(self, kept: Path) -> None:
        del kept
        self._kept = deepcopy(self.double.rows)

    def restore(self, kept: Path) -> None:
        del kept
        with self.double.lock:
            self.double.rows = deepcopy(self._kept)


class OnServer(Place):
    """A database on PostgreSQL."""

    faults = postgres_proxy.FAULTS
    hasty = {"statement_timeout": "1", "connect_timeout": "2", "patience": "3"}

    def __init__(self, server: Server, database: str) -> None:
        self.server, self.database = server, database
        self.before: PostgresProxy = PostgresProxy(("127.0.0.1", int(server.env["PGPORT"])))
        self._own = server.connect(database)
        self.past = {"url": self.url(int(server.env["PGPORT"]))}

    def url(self, port: int) -> str:
        return f"postgresql://{self.server.env['PGUSER']}@127.0.0.1:{port}/{self.database}"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        cursor = self._own.execute(query.encode())
        return cursor.fetchall() if cursor.description else []

    def save(self, kept: Path) -> None:
        del kept
        self.ask("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for table in TABLES:
            self.ask(f"CREATE TABLE kept.{table.name} AS TABLE public.{table.name}")

    def restore(self, kept: Path) -> None:
        del kept
        names = ", ".join(f"public.{t.name}" for t in TABLES)
        every = (f"INSERT INTO public.{t.name} TABLE kept.{t.name}" for t in TABLES)
        self.ask(f"BEGIN; TRUNCATE {names}; {'; '.join(every)}; COMMIT")

    def close(self) -> None:
        super().close()
        self._own.close()


class BadWorld(World):
    """``hasty``: with limits that a test can wait for; ``past``: without anything that may fail."""

    def __init__(self, root: Path, today: date, pbx: Place, desk: Place) -> None:
        config = dict(CONFIG)
        root.mkdir(parents=True)
        (root / "state").mkdir()
        config |= {"pbx": _pbx(root, pbx), "desk": _desk(desk)}
        super().__init__(root, today, config)
        self.places = {"pbx": pbx, "desk": desk}
        self.hasty = self.past = False
        self._day = today

    # Systems

    @cached_property
    def pbx(self) -> Any:
        return self._open_pbx()

    @cached_property
    def desk(self) -> Any:
        return self._open_desk()

    def _open_pbx(self) -> Pbx:
        found = open_pbx(self._config(), self.root)
        if isinstance(found, AsteriskPbx):
            limits = Limits(timeout=0.4, answer=0.8) if self.hasty else Limits(timeout=60)
            wire = Wire(found.wire.url, "x", self.root / "secret", limits, concurrency=1)
            return HastyPbx(wire)
        return found

    def _open_desk(self) -> Desk:
        return open_desk(self._config(), self.root)

    def _config(self) -> Config:
        config = load_config(self.root)
        changed = {}
        for name, driver in {"pbx": config.pbx, "desk": config.desk}.items():
            place = self.places[name]
            more = place.hasty if self.hasty else place.past if self.past else {}
            changed[name] = driver.model_validate({**driver.model_dump(), **more})
        return config.model_copy(update=changed)

    def opened(self, hazard: Any = None) -> Opened:
        assert hazard is None
        live: dict[str, Any] = {"pbx": self.pbx, "desk": self.desk}
        for name, place in self.places.items():
            if isinstance(place.before, Wrapper):
                live[name] = place.before.around(live[name], wrapper.KINDS[name])
        return Opened(self.workspace(), live["pbx"], live["desk"])

    def again(self, *, hasty: bool = False, past: bool = False) -> None:
        """Another process, with systems that are well."""
        self.close()
        self.hasty, self.past = hasty, past
        for place in self.places.values():
            place.before.heal()

    # What the systems hold

    def save(self, kept: Path) -> None:
        self.close()
        kept.mkdir()
        self._day = self.today
        for name, place in self.places.items():
            place.save(kept / name)

    def restore(self, kept: Path) -> None:  # type: ignore[override]
        self.again(hasty=True)
        self.today = self._day
        for name, place in self.places.items():
            place.restore(kept / name)

    def rows(self, system: str, query: str) -> list[tuple[Any, ...]]:
        place = self.places[system]
        if isinstance(place, OnServer):
            return sorted((tuple(map(_plain, row)) for row in place.ask(query)), key=repr)
        if isinstance(place, OnDouble):
            return []
        return super().rows(system, query)

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        found = super().content()
        place = self.places["pbx"]
        if isinstance(place, OnDouble):
            families = {family for family, _ in place.double.rows if family.startswith("prov/")}
            who = sorted(customer_id(family.removeprefix("prov/")) for family in families)
            objects = [o for s in self.pbx.read(who).values() for o in s.objects]
            found["pbx"] = sorted((repr(o),) for o in objects)
            found["rows"] = sorted(k for k in place.double.rows if k != LOCK)
        return found


def _pbx(root: Path, place: Place) -> dict[str, str]:
    if not isinstance(place, OnDouble):
        return {"driver": "local"}
    (root / "secret").write_text("x", "utf-8")
    url = f"http://127.0.0.1:{place.before.port}"
    return {"driver": "asterisk", "url": url, "user": "x", "password_file": "secret"}


def _desk(place: Place) -> dict[str, str]:
    if not isinstance(place, OnServer):
        return {"driver": "sql"}
    return {"driver": "sql", "url": place.url(place.before.port)}


def _plain(value: object) -> object:
    """As SQLite gives it back."""
    match value:
        case bool():
            return int(value)
        case dict() | list():
            return json.dumps(value)
        case _:
            return value
