"""Numbers that were free for the plan, and that somebody else has before it is carried out."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from faults import FaultyDesk
from harness import World

from provisioner import operations
from provisioner.drivers.local import LocalPbx
from provisioner.operations import Opened

TODAY = date(2026, 11, 24)
CASE = {"manifests": {f"muster/{name}": {"base": name} for name in ("cafe", "office")}}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    with closing(World(tmp_path, CASE)) as made:
        yield made


def drained(opened: Opened, after: int) -> tuple[Opened, FaultyDesk]:
    """From the call after ``after`` on the desk has nothing free in the stock; all is touched."""

    def pool(entries: Any) -> Any:
        reads = desk.calls.count("pool")
        taken = reads > after
        return [e for e in entries if not (taken and (e.pool, e.state) == ("stock", "free"))]

    desk = FaultyDesk(opened.desk, alter={"pool": pool, "untouched": lambda _found: []})
    return Opened(opened.workspace, opened.pbx, desk), desk


def test_nothing_is_written_for_who_finds_no_number_any_more(world: World) -> None:
    """The plan was good; the fresh one under the lease is not, and the other customer goes on."""
    opened, desk = drained(world.opened({}), after=1)
    done = operations.apply(
        opened, today=TODAY, runner=world.runner(TODAY), agree=lambda _plan: True
    )
    assert done.plan is not None
    assert not done.plan.blocked
    told = {r.customer: (str(r.outcome), r.error.code if r.error else "") for r in done.results}
    assert told == {"cafe": ("refused", "PV456"), "office": ("done", "")}
    assert {str(c) for c in desk.customers()} == {"office"}
    assert not opened.pbx.read(opened.workspace.entries.keys())[
        next(iter(opened.workspace.entries))
    ].objects


def test_what_is_begun_is_read_back_whatever_is_left(world: World) -> None:
    """That the pool is empty afterwards says nothing against what was carried out."""
    opened, desk = drained(world.opened({}), after=3)
    done = operations.apply(
        opened, today=TODAY, runner=world.runner(TODAY), agree=lambda _plan: True
    )
    assert [str(r.outcome) for r in done.results] == ["done", "done"]
    assert desk.calls.count("pool") == 3, "once for the plan, once for each customer's"
