"""What the calls of one transaction note at its end, and what they need not ask twice.

A run notes each of its steps, what is applied now, and the key of each call; a statement for each
of them would cost an apply more than all else.  So each table is written at once: within a
transaction nobody sees the difference.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from provisioner.contract.desk import NowApplied
from provisioner.contract.resources import BillingInterval, DeskResource, Release
from provisioner.drivers.sql import applied, due, journal
from provisioner.drivers.sql.ledger import Opening
from provisioner.drivers.sql.numbers import Used
from provisioner.drivers.sql.schema import calls, intents

_FEW = 500
"""So many are asked for together."""


@dataclass(frozen=True, slots=True)
class Intended:
    """A call is about to be made."""

    step: str
    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a call, and what is now applied."""

    step: str
    at: datetime
    outcome: str
    detail: str
    applied: NowApplied | None


Note = Intended | Settled
_Row = dict[str, Any]


class Notes:
    """Of one transaction, which is ``about`` some resources.  Whoever reads or changes what the
    notes are about writes them before."""

    def __init__(self, db: Connection, about: Iterable[DeskResource] = ()) -> None:
        self._db = db
        self._runs: dict[str, list[Note]] = {}
        self._calls: dict[str, _Row] = {}
        self._touched: set[str] = set()
        self._no_later_day: set[tuple[str, date]] = set()
        self.used = Used()
        self.opening = Opening(about)

    def add(self, run: str, note: Note) -> None:
        """Refused PV532 if the run has ended, PV632 if another one has the lease by now."""
        if run not in self._runs:
            journal.customer_of(self._db, run)
        self._runs.setdefault(run, []).append(note)

    def call(self, key: str) -> tuple[str, _Row] | None:
        """Which call ``key`` was used for, and its outcome."""
        row = self._calls.get(key)
        if row is None:
            found = self._db.execute(_CALL, {"asked": key}).one_or_none()
            return None if found is None else (found.call, dict(found.outcome))
        return row["call"], row["outcome"]

    def called(
        self, key: str, call: str, outcome: _Row, *, day: date, customers: Collection[str]
    ) -> None:
        """A call was carried out, and something of ``customers`` is written."""
        self._calls[key] = {"key": key, "call": call, "outcome": outcome, "day": day}
        self._touched |= {*customers}

    def refuse_earlier(self, resource: DeskResource, today: date) -> None:
        """Refused PV537 if ``resource`` is billed, or is the release with which every edit begins,
        and the customer's ledger was written for a later day already."""
        if not isinstance(resource, Release | BillingInterval):
            return
        asked = str(resource.customer), today
        if asked not in self._no_later_day:
            journal.refuse_earlier(self._db, resource.customer, today)
            self._no_later_day.add(asked)

    def write(self) -> None:
        """Refused as by :meth:`add`: the lease may have gone meanwhile."""
        self.used.clear()
        self.opening.write(self._db)
        if self._calls:
            due.touch(self._db, self._touched)
            self._db.execute(calls.insert(), list(self._calls.values()))
            self._calls, self._touched = {}, set()
        for run, notes in self._runs.items():
            _record(self._db, run, notes)
        self._runs = {}


def _record(db: Connection, run: str, notes: Sequence[Note]) -> None:
    """In their order.  A step that was never begun is noted as settled: a crash may have lost the
    note of its call."""
    customer = journal.customer_of(db, run)
    rows = _intents(db, run, {note.step for note in notes})
    now: dict[tuple[str, str], Mapping[str, str] | None] = {}
    for note in notes:
        mine = rows.setdefault(note.step, [])
        if isinstance(note, Intended):
            _intend(mine, note)
            continue
        if not mine:
            mine.append({"id": None, "key": "", "begun": note.at})
        mine[-1].update(outcome=note.outcome, detail=note.detail, settled=note.at)
        if note.applied is not None:
            kind, key, hashes = note.applied
            now[str(kind), key] = hashes
    every = [{"run": run, "step": step, **row} for step, mine in rows.items() for row in mine]
    changed = [{**row, "known": row["id"]} for row in every if row["id"] is not None]
    new = [{n: v for n, v in row.items() if n != "id"} for row in every if row["id"] is None]
    if changed:
        db.execute(_CHANGED, [{n: row[n] for n in ("known", *_COLUMNS)} for row in changed])
    if new:
        db.execute(intents.insert(), new)
    if now:
        applied.change(db, customer, now)


def _intents(db: Connection, run: str, steps: Iterable[str]) -> dict[str, list[_Row]]:
    """What is noted of each step, the newest last."""
    found: dict[str, list[_Row]] = {}
    for some in _pieces(sorted(steps)):
        for row in db.execute(_NOTED, {"of": run, "steps": some}).mappings():
            found.setdefault(row["step"], []).append(dict(row))
    return found


def _intend(rows: list[_Row], note: Intended) -> None:
    """Nobody waits any more for another call of the step."""
    for row in rows:
        if row["key"] != note.key and row["outcome"] is None:
            row.update(outcome=journal.SUPERSEDED, settled=note.at)
    same = [row for row in rows if row["key"] == note.key]
    if not same:
        same = [{"id": None, "key": note.key}]
        rows += same
    same[0].update(begun=note.at, settled=None, outcome=None, detail="")


def _pieces(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[start : start + _FEW] for start in range(0, len(items), _FEW))


_CALL = select(calls.c.call, calls.c.outcome).where(calls.c.key == bindparam("asked"))
_COLUMNS = ("begun", "settled", "outcome", "detail")
_NOTED = (
    select(intents.c.id, intents.c.step, intents.c.key, *(intents.c[name] for name in _COLUMNS))
    .where(intents.c.run == bindparam("of"), intents.c.step.in_(bindparam("steps", expanding=True)))
    .order_by(intents.c.id)
)
_CHANGED = (
    intents.update()
    .where(intents.c.id == bindparam("known"))
    .values({name: bindparam(name) for name in _COLUMNS})
)
