"""`reconcile --due` reads who has to be looked at, and nobody else; and it misses nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cli.conftest import DAY, workspace
from many.conftest import Run

from provisioner import operations
from provisioner.contract.desk import DeskReader
from provisioner.contract.due import TURNS, DueDesk, Rest
from provisioner.errors import Refused
from provisioner.operations import Opened, Runner, open_workspace
from provisioner.operations.due import basis_of, due_desk
from provisioner.telephony.identity import CustomerId

__all__ = ["workspace"]
USAGE = 64
WHO = CustomerId("velo-werk")
LAST, AFTER = date(2027, 6, 30), date(2027, 7, 1)


@dataclass
class Counting:
    """The desk; ``asked`` are those whose rows were read."""

    desk: Any
    asked: set[CustomerId] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    def read(self, customers: Any) -> Any:
        self.asked |= {*customers}
        return self.desk.read(customers)


@contextmanager
def opened(root: Path) -> Iterator[Opened]:
    with open_workspace(root) as found:
        yield Opened(found.workspace, found.pbx, Counting(found.desk), found.scope)


def reconcile(root: Path, day: date) -> tuple[set[CustomerId], list[str]]:
    """Who was read, and who was carried out."""
    with opened(root) as found:
        runner = Runner(who="cron", clock=lambda: datetime.combine(day, time(5), UTC))
        ended = operations.reconcile_due(found, today=day, runner=runner, agree=lambda _plan: True)
        assert isinstance(found.desk, Counting)
        assert all(str(r.outcome) in {"done", "unchanged"} for r in ended.results)
        return found.desk.asked, [r.customer for r in ended.results if r.done]


def is_due(root: Path, day: date) -> bool:
    with open_workspace(root) as found:
        assert isinstance(found.desk, DueDesk)
        return WHO in found.desk.due(day, basis_of(found.workspace))


@pytest.fixture
def released(run: Run, workspace: Path) -> Path:
    """A customer whose subscription ends on ``LAST``, and who may go then."""
    file = workspace / "customers/limmat-it/velo-werk.yaml"
    text = file.read_text("utf-8")
    assert "subscription:\n" in text
    file.write_text(text.replace("subscription:\n", f"subscription:\n  ends_on: {LAST}\n"), "utf-8")
    done = run(f"apply --at {DAY} --auto-approve")
    assert done.code == 0, done.err + done.out
    return workspace


def test_who_rests_is_not_read_until_its_day(released: Path) -> None:
    """Each day is asked for, and lived through only if it is one; nothing is missed."""
    first = date.fromisoformat(DAY)
    assert WHO in reconcile(released, first)[0], "whoever was written is looked at once"
    days = [first + timedelta(days=n) for n in range(1, (AFTER - first).days + 1)]
    read, done = [], []
    with open_workspace(released) as found:
        assert isinstance(found.desk, DueDesk)
        basis = basis_of(found.workspace)
        for day in days:
            if WHO in found.desk.due(day, basis):
                read.append(day)
                done += [day] if reconcile(released, day)[1] else []
    assert len(read) <= len(days) // TURNS + 8
    assert done[-1] == AFTER, "what a day brings is carried out on it"
    quiet = next(day for day in days if day not in read)
    assert quiet < AFTER


def test_every_write_and_every_change_of_the_settings_makes_due(released: Path) -> None:
    day = date.fromisoformat(DAY)
    reconcile(released, day)
    quiet = next(
        d for d in (day + timedelta(days=n) for n in range(1, 9)) if not is_due(released, d)
    )
    settings = released / "provision.yaml"
    text = settings.read_text("utf-8")
    assert "quarantine_days: 90" in text
    settings.write_text(text.replace("quarantine_days: 90", "quarantine_days: 91"), "utf-8")
    assert is_due(released, quiet)
    settings.write_text(text, "utf-8")
    assert not is_due(released, quiet)
    with open_workspace(released) as found:  # a run that dies
        found.desk.begin(
            WHO, at=datetime.combine(quiet, time(5), UTC), who="cron", manifest="", steps={}
        )
    assert is_due(released, quiet)


def test_who_was_written_meanwhile_does_not_rest(released: Path) -> None:
    day = date.fromisoformat(DAY)
    with open_workspace(released) as found:
        desk: Any = found.desk
        basis = basis_of(found.workspace)
        marks = desk.due(day, basis)
        release = next(o for o in desk.read([WHO])[WHO].objects if o.kind == "release")
        desk.put(release, today=day, key="meanwhile")
        later = Rest(None, basis, marks[WHO])
        desk.rest({WHO: later})
        assert desk.due(day, basis)[WHO] > marks[WHO]


def test_a_desk_that_keeps_no_days_says_so(run: Run) -> None:
    with pytest.raises(Refused) as refused:
        due_desk(cast("DeskReader", object()), "card-index")
    assert (refused.value.code, refused.value.params) == ("PV678", {"driver": "card-index"})
    assert run(f"reconcile somebody --due --at {DAY}").code == USAGE
