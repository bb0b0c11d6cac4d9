"""Every fault at every call of a run, on each pair of systems; what people do then, and the end.

What must hold: no step is done, and none is planned, that an undisturbed run does not have; after
``apply --resume`` (and, where nothing was begun, the same command again) both systems hold what an
undisturbed run leaves, and no run is open.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import gcd
from pathlib import Path
from typing import Any

from provisioner import operations
from provisioner.apply.events import CustomerResult
from provisioner.errors import ProvisionError
from provisioner.plan.model import Action, Plan
from provisioner.telephony.porting import Event
from tests.badday.world import SYSTEMS, BadWorld
from tests.faults import Killed
from tests.stateful import samples
from tests.stateful.scenarios import AFTER_THE_PORT, move, orders_of
from tests.stateful.test_rename_crashes import rename_both
from tests.stateful.world import leftovers

NAME = "small"
Results = Sequence[CustomerResult]


def new(world: BadWorld) -> None:
    """One of each kind of object that a run writes."""
    made = samples.manifest(
        NAME,
        numbers=[{"id": "main", "area": "052"}],
        porting=[samples.porting("haupt", "2027-02-26", numbers=["0525551300"])],
        workplaces=[
            samples.workplace("one.small", extension=22, number="0525551300"),
            samples.workplace("two.small", license="phones", number={"stock": "main"}),
        ],
        support_login={"login": "small.support"},
    )
    world.write(NAME, made)


def live(world: BadWorld) -> None:
    new(world)
    assert [r.outcome for r in world.apply(world.plan())] == ["done"]


def changed(world: BadWorld) -> None:
    """A workplace and its number go, another one comes, a license and a password change."""
    completed(world)
    made = dict(world.files[NAME])
    one = {**made["workplaces"][0], "license": "phones", "password": {"generate": True}}
    one["password"]["generation"] = 2
    late = samples.workplace("late.small", number={"stock": "new"})
    made |= {"numbers": [{"id": "new", "area": "071"}], "workplaces": [one, late]}
    world.write(NAME, made)
    world.allow(f"{NAME}/stock/main", date(2027, 12, 31))


def accepted(world: BadWorld) -> None:
    """The donor has said yes, and the day has come."""
    live(world)
    for order in orders_of(world, NAME):
        move(world, order, Event.ACCEPT)
    world.today = AFTER_THE_PORT


def completed(world: BadWorld) -> None:
    """The numbers are here, and the provisional ones are to go."""
    accepted(world)
    world.reconcile()
    for order in orders_of(world, NAME):
        move(world, order, Event.COMPLETE)


def renamed(world: BadWorld) -> None:
    live(world)
    for order in orders_of(world, NAME):
        move(world, order, Event.ACCEPT)
    rename_both(world)


def _apply(world: BadWorld, plan: Plan) -> Results:
    return world.apply(plan)


def _reconcile(world: BadWorld, plan: Plan) -> Results:
    found, results = world.reconcile()
    assert _deletes(found) <= _deletes(plan), "planned to delete after a bad read"
    return results


def _look(world: BadWorld, plan: Plan) -> Results:
    # `world.plan` makes two and compares them: a fault meets one of them alone
    found = operations.plan(world.opened(), today=world.today).plan
    assert _deletes(found) <= _deletes(plan), "planned to delete after a bad read"
    return ()


def _deletes(plan: Plan) -> set[str]:
    return {s.id for c in plan.customers for s in c.steps if s.action is Action.DELETE}


Act = Callable[[BadWorld, Plan], Results]
SCENARIOS: dict[str, tuple[Callable[[BadWorld], None], Act]] = {
    "apply": (new, _apply),
    "change": (changed, _apply),
    "port": (accepted, _reconcile),
    "ported": (completed, _reconcile),
    "rename": (renamed, _apply),
    "look": (live, _look),
}


@dataclass(frozen=True, slots=True)
class Case:
    """``side``: which system fails."""

    side: str
    fault: str
    at: int

    def __str__(self) -> str:
        return f"{self.side} {self.fault} at call {self.at}"


@dataclass
class Tally:
    """What became of the cases."""

    cases: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.cases += other.cases
        self.outcomes += other.outcomes
        self.wrong += other.wrong

    def line(self) -> str:
        each = ", ".join(f"{name} {count}" for name, count in sorted(self.cases.items()))
        ends = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        return (
            f"fault matrix: {self.cases.total()} cases ({each});"
            f" first run: {ends}; {len(self.wrong)} did not end as an undisturbed run"
        )


class Bench:
    """One scenario on one pair of systems: prepared once, disturbed as often as there are cases."""

    def __init__(self, world: BadWorld, scenario: str, kept: Path) -> None:
        self.world, self.scenario = world, scenario
        prepare, self._act = SCENARIOS[scenario]
        prepare(world)
        self._reconciles = self._act is _reconcile
        self.plan = world.plan()
        self._kept = kept
        world.save(kept)
        world.restore(kept)
        world.again()
        self.results = self._act(world, self.plan)
        self.calls = {name: world.places[name].before.calls for name in SYSTEMS}
        assert {str(r.outcome) for r in self.results} <= {"done"}, self.results
        world.again()
        assert leftovers(world.plan()) == []
        self.end = world.content()
        self._steps = {step for r in self.results for step in r.done}

    def cases(self) -> list[Case]:
        """Every fault at every call."""
        return [
            Case(side, fault, at)
            for side in SYSTEMS
            for at in range(1, self.calls[side] + 1)
            for fault in self.world.places[side].faults
        ]

    def sample(self, every: int) -> list[Case]:
        """About each ``every``-th case, in steps that share no divisor with how many faults there
        are: else some of them would never come up."""
        counts = [len(place.faults) for place in self.world.places.values()]
        while any(gcd(every, count) > 1 for count in counts):
            every += 1
        return self.cases()[::every]

    def play(self, case: Case, tally: Tally) -> None:
        world = self.world
        world.restore(self._kept)
        world.places[case.side].before.strike(case.fault, case.at)
        results: Results = ()
        try:
            results = self._act(world, self.plan)
            told = ", ".join(sorted({str(r.outcome) for r in results})) or "read"
        except Killed:
            told = "killed"
        except ProvisionError as error:
            told = f"stopped {error.code}"
        except AssertionError as error:
            told = str(error)
            tally.wrong.append(f"{self.scenario}: {case}: {error}")
        struck = world.places[case.side].before.struck
        tally.cases[case.fault if struck else "not reached"] += 1
        tally.outcomes[told] += 1
        wrong = [s for r in results for s in r.done if s not in self._steps]
        if wrong:
            tally.wrong.append(f"{self.scenario}: {case}: did {wrong}")
        world.again(past=True)
        if difference := self._after():
            tally.wrong.append(f"{self.scenario}: {case}: {told}, then {difference}")

    def _after(self) -> str:
        """What people do, and how it differs from an undisturbed run."""
        world = self.world
        told: list[Any] = []
        for _ in range(3):
            if world.open_runs():
                told += world.resume()
            left = leftovers(world.plan())
            if not left:
                break
            told += self._act(world, self.plan)
        if left or world.open_runs():
            return f"left {left}, {world.open_runs()} open: {told}"
        found = world.content()
        for table, rows in self.end.items():
            if found[table] != rows:
                more = [r for r in found[table] if r not in rows]
                less = [r for r in rows if r not in found[table]]
                return f"{table}: too much {more}, too little {less}"
        return ""
