"""Four times the numbers cost about four times the work, at each stage of a port.

Calls are counted, since a clock says more about the machine.
"""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from harness import World
from sqlalchemy import event

from provisioner import operations
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.plan.supply import Supply
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.prefixes import Prefixes
from provisioner.testing.values import POLICY, SMITHY, TODAY, stock

FEW, MANY = 30, 120


def calls(work: Callable[[], Any]) -> int:
    """How many functions ``work`` calls, those of C included."""
    count = 0

    def one_more(_frame: object, event: str, _about: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(one_more)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def cost(folder: Path, count: int) -> dict[str, int]:
    """Calls of a plan: new, on the day of the port, and when all of it is to go."""
    numbers = [f"0445{600000 + n}" for n in range(count)]
    changes = {"porting.0.numbers": numbers, "workplaces.0.number": numbers[0]}
    found: dict[str, int] = {}
    with closing(World(folder, {"base": "office", "set": changes})) as world:

        def planned(day: str) -> int:
            opened, today = world.opened({}), date.fromisoformat(day)
            operations.plan(opened, today=today)  # what is loaded or worked out once
            return calls(lambda: operations.plan(opened, today=today))

        found["new"] = planned("2026-11-24")
        world.happen("2026-11-24", "apply")
        for part in range(count // 10):
            world.happen("2026-11-26", {"porting": f"accept main/{part + 1}"})
        found["port"] = planned("2027-02-15")
        world.happen("2027-02-15", "delete muster/office")
        found["gone"] = planned("2027-02-15")
    return found


def test_a_plan_grows_with_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    few, many = cost(tmp_path / "few", FEW), cost(tmp_path / "many", MANY)
    growth = {stage: many[stage] / few[stage] for stage in few}
    assert all(each < 1.5 * MANY / FEW for each in growth.values()), growth


def test_a_number_given_out_costs_no_more_than_the_one_before(tmp_path: Path) -> None:
    """Where a plan counts what the pools can give; the desk chooses in the same way."""
    pools = NumberPools(stock=(DdiBlock("0445550"),))
    options = {"url": "sqlite:///desk.sqlite"}
    with closing(
        SqlDesk.open(options, tmp_path, pools=pools, policy=POLICY, require_poa=False)
    ) as desk:
        free = desk.pool(TODAY)

    def given(count: int) -> int:
        wanted = [stock(f"s{n}") for n in range(count)]
        return calls(lambda: Supply(free, pools).give(wanted, [SMITHY]))

    assert given(MANY) < 1.2 * MANY / FEW * given(FEW)


def test_a_plan_of_one_customer_looks_through_no_table(tmp_path: Path) -> None:
    """Of the desk beside its version only the runs that are open, by an index of these alone; of
    the PBX nothing but how many objects there are, for the brakes."""
    asked: list[tuple[str, Any]] = []
    of_pbx: list[str] = []
    with closing(World(tmp_path, {"base": "office"})) as world:
        world.happen("2026-11-24", "apply")
        new = {"login": "new.place", "license": "phones"}
        world.happen("2026-11-24", {"edit": {"set": {"workplaces.+": new}}})
        opened = world.opened({})
        desk, pbx = opened.desk._store, opened.pbx
        event.listen(desk._engine, "before_cursor_execute", lambda *about: asked.append(about[2:4]))
        pbx._open.set_trace_callback(of_pbx.append)
        found = operations.plan(opened, ["office"], today=TODAY, everyone=True)
        assert "workplace/new.place" in {s.key for c in found.plan.customers for s in c.steps}
        desk_scans = scans(desk.file, [each for each in asked if each[0].startswith("SELECT")])
        pbx_scans = scans(pbx._path, [(text, ()) for text in of_pbx if "SELECT" in text])
    assert desk_scans == {"desk", "ix_runs_open"}
    assert pbx_scans == {"sqlite_autoindex_objects_1", "stranger"}


def scans(file: Path, asked: list[tuple[str, Any]]) -> set[str]:
    """The tables and indexes that SQLite looks through for these questions."""
    assert len(asked) > 3
    with closing(sqlite3.connect(file)) as db:
        plans = [
            r for text, given in asked for r in db.execute(f"EXPLAIN QUERY PLAN {text}", given)
        ]
    found = {str(row[3]).split()[-1] for row in plans if row[3].startswith("SCAN")}
    return found - {"ROW"}  # a constant one


def test_look_ups_by_prefix() -> None:
    found = Prefixes([("0445", "block"), ("04456", "part"), ("0446", "other"), ("", "nobody")])
    assert list(found.around("0445600000")) == ["block", "part"]
    assert found.within("0445") == ["block", "part"]
    assert list(found.overlapping("04456")) == ["block", "part"]
    assert list(found.overlapping("044")) == ["block", "part", "other"]
    assert found.within("") == []
