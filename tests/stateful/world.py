"""A workspace with real embedded systems, and what happens to it: people, time, runs that die.

Manifests are kept as the plain values that a YAML file has, and written to real files: what is
planned has gone through the reader, the rules and the cross-check as it does in production.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from provisioner import operations
from provisioner.apply.events import CustomerResult
from provisioner.contract import process
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import SystemFault
from provisioner.manifest.repository import Workspace, load_config, load_workspace
from provisioner.operations import Opened, Runner
from provisioner.operations.load import open_desk, open_pbx
from provisioner.operations.proving import plan_beside_proofs
from provisioner.plan.approval import Approval
from provisioner.plan.model import Plan
from provisioner.telephony.identity import CustomerId
from tests.faults import FaultyDesk, FaultyPbx, Killed
from tests.stateful.rows import Rows, Watched

LocalPbx.WORK = 2
"""The cost of a password's hash is no part of what is tested here."""

CONFIG: dict[str, Any] = {
    "version": 1,
    "pbx": {"driver": "local"},
    "desk": {"driver": "sql"},
    "numbers": {
        "stock": ["04455570", "0525557", "0715557"],
        "provisional": ["0445558", "0525558"],
        "quarantine_days": 20,
    },
    "porting": {"canton": "ZH", "lead_days": 5, "sync_days": 2},
    "prices": [{"valid_from": "2026-01-01", "monthly": {"phones": "6.50", "phones+apps": "9.50"}}],
    "brakes": {
        "deletes": {"count": 100_000, "percent": 100},
        "updates": {"count": 100_000, "percent": 100},
    },
    "phones": {
        "recipient": "age1wjaw2uhtt9e825vae89dtq2dqcgn8luvqhuzla5e6mdte6vy74uqy6cqg7",
        "registrar": "sip.muster.example",
        "url": "https://phones.muster.example/",
    },
    "resellers": {"bergnetz": {"name": "Bergnetz GmbH"}, "limmat": {"name": "Limmat AG"}},
}

Content = dict[str, Rows]
"""Rows by table, sorted, without ids, keys of calls, times and hashes of passwords."""

_TABLES = {
    "releases": "customer, manifest, reseller, content",
    "accounts": "customer, company, street, postcode, city, person, email, phone, uid",
    "numbers": "customer, kind, key, slot = 0, pool, digits, size, area, porting, until",
    "orders": (
        "customer, key, porting, part, provider, scope, port_date, time, authority, signatories,"
        " numbers, blocks, poa, state, granted, asked, attempt, donor_code, reason, completed_on"
    ),
    "intervals": "customer, item, slot = 0, product, once, starts, ends",
    "noted": "customer, hashes",
}


class Hazard:
    """``error`` at the ``at``-th writing call of a run, counted over both systems (0: never).

    ``after``: the call is carried out first.  After ``Killed`` the process is gone, so no call at
    all goes through.  ``seen`` are all writing calls; ``watch`` is told before each and at the end.
    """

    def __init__(
        self,
        at: int = 0,
        error: BaseException | None = None,
        *,
        after: bool = False,
        watch: Callable[[int], None] | None = None,
    ) -> None:
        self.at, self.error, self.after, self.watch = at, error or Killed(), after, watch
        self.seen: list[str] = []
        self.dead = False

    def pbx(self, system: LocalPbx) -> Any:
        return _Watched(self, system, FaultyPbx.WRITING)

    def desk(self, system: SqlDesk) -> Any:
        return _Watched(self, system, FaultyDesk.WRITING)

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise self.error
        if self.watch:
            self.watch(len(self.seen))
        self.seen.append(f"{name} {_about(name, args)}")
        strikes = len(self.seen) == self.at
        self.dead = strikes and isinstance(self.error, Killed)
        if strikes and not self.after:
            raise self.error
        answer = method(*args, **kwargs)
        if strikes:
            raise self.error
        return answer


def _about(name: str, args: tuple[Any, ...]) -> str:
    if name in {"intend", "settle"}:
        return str(args[1])
    found: Any = args[0] if args else None
    return f"{found.kind}/{found.key}" if hasattr(found, "kind") else ""


class _Watched:
    def __init__(self, hazard: Hazard, system: Any, writing: frozenset[str]) -> None:
        self._hazard, self._system, self._writing = hazard, system, writing

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._system, name)
        if name in self._writing:
            return partial(self._hazard.call, name, found)
        return found


class World:
    """A workspace at ``root``; ``today`` is its day."""

    def __init__(self, root: Path, today: date, config: Mapping[str, Any] = CONFIG) -> None:
        self.root, self.today = root, today
        self.files: dict[str, dict[str, Any]] = {}
        self.resellers: dict[str, str] = {}
        self.removals: list[dict[str, str]] = []
        self._runs = 0
        self._watched = {
            system: Watched(root / "state" / f"{system}.sqlite") for system in ("pbx", "desk")
        }
        self._loaded: tuple[object, Workspace] | None = None
        self._loads = 0
        (root / "customers").mkdir(parents=True, exist_ok=True)
        if not (root / "provision.yaml").exists():
            (root / "provision.yaml").write_text(json.dumps(_texts(config)), encoding="utf-8")

    # What people write

    def write(self, customer: str, manifest: Mapping[str, Any], reseller: str = "bergnetz") -> None:
        self.files[customer], self.resellers[customer] = dict(manifest), reseller
        path = self._path(customer)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(_texts(manifest), indent=1), encoding="utf-8")

    def remove(self, customer: str) -> None:
        self._path(customer).unlink()
        del self.files[customer]

    def allow(self, what: str, until: date) -> None:
        """An entry in removals.yaml."""
        self.removals.append({"what": what, "why": "agreed", "until": until.isoformat()})
        text = json.dumps({"version": "1", "removals": self.removals})
        (self.root / "removals.yaml").write_text(text, encoding="utf-8")

    def adopt(self, *what: str) -> None:
        """Entries in adoptions.yaml that count for ever."""
        entries = [{"what": each, "why": "by hand", "until": "2099-12-31"} for each in what]
        text = json.dumps({"version": "1", "adoptions": entries})
        (self.root / "adoptions.yaml").write_text(text, encoding="utf-8")

    def _path(self, customer: str) -> Path:
        return self.root / "customers" / self.resellers[customer] / f"{customer}.yaml"

    # The live systems

    @cached_property
    def pbx(self) -> LocalPbx:
        found = open_pbx(load_config(self.root), self.root)
        assert isinstance(found, LocalPbx)
        return found

    @cached_property
    def desk(self) -> SqlDesk:
        found = open_desk(load_config(self.root), self.root)
        assert isinstance(found, SqlDesk)
        return found

    def close(self) -> None:
        for name in ("pbx", "desk"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        for watched in self._watched.values():
            watched.close()

    def twin(self, root: Path) -> "World":
        """A world of its own that is exactly as this one."""
        self.copy_state(root)
        for name in ("provision.yaml", "removals.yaml", "adoptions.yaml"):
            if (self.root / name).exists():
                shutil.copy(self.root / name, root / name)
        shutil.copytree(self.root / "customers", root / "customers", dirs_exist_ok=True)
        other = World(root, self.today)
        other.files, other.resellers = dict(self.files), dict(self.resellers)
        other.removals = list(self.removals)
        return other

    def copy_state(self, root: Path) -> None:
        """Both databases as they are now, as a process finds them that comes after a crash."""
        (root / "state").mkdir(parents=True, exist_ok=True)
        for path in (self.root / "state").glob("*.sqlite"):
            with sqlite3.connect(path) as source, sqlite3.connect(root / "state" / path.name) as to:
                source.backup(to)
            source.close()
            to.close()

    def restore(self, root: Path) -> None:
        """Both databases as :meth:`copy_state` kept them; connections are opened anew."""
        for system in (self.pbx, self.desk):
            system.close()
        shutil.rmtree(self.root / "state", ignore_errors=True)
        shutil.copytree(root / "state", self.root / "state")

    # Plans and runs

    def workspace(self) -> Workspace:
        """What is written now; it is read anew if a byte of it is not as it was."""
        folders = [self.root, *self.root.glob("customers"), *self.root.glob("customers/*")]
        written = {path: path.read_bytes() for f in folders for path in f.glob("*.yaml")}
        if self._loaded is None or self._loaded[0] != (folders, written):
            self._loaded = (folders, written), load_workspace(self.root)
            self._loads += 1
        return self._loaded[1]

    def opened(self, hazard: Hazard | None = None) -> Opened:
        """What is written now, and both systems."""
        if hazard is None:
            return Opened(self.workspace(), self.pbx, self.desk)
        return Opened(self.workspace(), hazard.pbx(self.pbx), hazard.desk(self.desk))

    def known(self) -> set[str]:
        """Who is written, or live."""
        return {*self.files, *map(str, self.desk.customers())}

    def plan(self, *, only: str = "", ack: Iterable[str] = ()) -> Plan:
        """The plan for everyone, or for one customer; with proofs it is the same."""
        if only:
            return operations.plan(self.opened(), [only], today=self.today, acknowledged=ack).plan
        found = operations.plan(self.opened(), today=self.today, acknowledged=ack).plan
        today = self.today
        short = plan_beside_proofs(self.root, self.pbx, self.desk, today=today, acknowledged=ack)
        assert short is None or short.plan == found
        return found

    def runner(self) -> Runner:
        """One run: a holder of its own, which is taken for dead by everyone else."""
        self._runs += 1
        return Runner(who="tester", clock=self.now, holder=_holder(self._runs))

    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), UTC) + timedelta(seconds=self._runs)

    def apply(
        self,
        plan: Plan,
        hazard: Hazard | None = None,
        *,
        only: str = "",
        ack: Iterable[str] = (),
    ) -> tuple[CustomerResult, ...]:
        """Carry out what is approved: ``plan``, of all customers or of one."""
        todo = {c.customer for c in plan.customers if c.steps and only in ("", c.customer)}
        if todo:
            todo &= self.known()
        if not todo:
            return ()  # or nobody but the journal knows of them any more
        return operations.apply(
            self.opened(hazard),
            sorted(todo),
            today=self.today,
            runner=self.runner(),
            approval=Approval.of_plan(plan),
            acknowledged=ack,
        ).results

    def resume(self, hazard: Hazard | None = None) -> tuple[CustomerResult, ...]:
        """Finish what is open, as ``apply --resume`` does."""
        opened = self.opened(hazard)
        return operations.resume(opened, today=self.today, runner=self.runner()).results

    def reconcile(
        self, hazard: Hazard | None = None, *, only: str = ""
    ) -> tuple[Plan, tuple[CustomerResult, ...]]:
        """What time and ports imply, by the released manifests."""
        found = operations.reconcile(
            self.opened(hazard),
            [only] if only else [],
            today=self.today,
            runner=self.runner(),
            agree=lambda _plan: True,
        )
        assert found.plan is not None
        return found.plan, found.results

    # What the systems hold

    def content(self) -> Content:
        """Everything in both systems that means something."""
        found: Content = {}
        for table, columns in _TABLES.items():
            found[table] = self.rows("desk", f"SELECT {columns} FROM {table}")  # noqa: S608
        found["noted"] = [(who, *each) for who, text in found["noted"] for each in _known(text)]
        found["order_numbers"] = self.rows(
            "desk", "SELECT customer, key, digits FROM order_numbers JOIN orders ON id = order_id"
        )
        found["submissions"] = self.rows("desk", "SELECT submissions FROM desk")
        found["pbx"] = self.rows(
            "pbx", "SELECT tenant, kind, key, fields, owner, secret IS NULL FROM objects"
        )
        return found

    def of(self, customer: str) -> Content:
        """The part of :meth:`content` that is one customer's."""
        return {
            table: [row for row in rows if row[0] == customer]
            for table, rows in self.content().items()
            if table != "submissions"
        }

    def rows(self, system: str, query: str) -> Rows:
        return self._watched[system].rows(query)

    def state(self) -> tuple[int, ...]:
        """Another one if a file of the workspace, or what the systems hold, is not as it was."""
        self.workspace()
        return self._loads, *(watched.written for watched in self._watched.values())

    def open_runs(self) -> int:
        """Runs that nobody has closed, in the journal itself."""
        return len(self.rows("desk", "SELECT run FROM runs WHERE ended IS NULL"))


def _holder(run: int) -> str:
    """This process at another start: a holder that everyone can prove to be dead."""
    return f"{process._host()}:{os.getpid()}:{process._space()}-{run}"


def _texts(found: Any) -> Any:
    """All scalars as text, as people write them."""
    if isinstance(found, Mapping):
        return {str(k): _texts(v) for k, v in found.items() if v is not None}
    if isinstance(found, list | tuple):
        return [_texts(v) for v in found]
    if isinstance(found, bool):
        return str(found).lower()
    return str(found)


def _known(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Kind, key and hashes of what is applied, without the day on which billing began: who did not
    write it himself does not know it."""
    for kind, mine in sorted(json.loads(text).items()):
        for key, hashes in sorted(mine.items()):
            yield kind, key, {n: h for n, h in hashes.items() if n != "starts"}


def leftovers(plan: Plan) -> list[str]:
    """Ids of all steps of a plan, with their customer."""
    return [f"{c.customer}: {s.id} {s.changed}" for c in plan.customers for s in c.steps]


def faults(results: Sequence[CustomerResult]) -> list[str]:
    """Codes of all that went wrong."""
    found = [e.code for r in results for e in r.failed.values()]
    return found + [r.error.code for r in results if r.error]


def customer_id(text: str) -> CustomerId:
    return CustomerId.parse(text)


__all__ = ["CONFIG", "Hazard", "Killed", "SystemFault", "World", "faults", "leftovers"]
