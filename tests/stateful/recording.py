"""A run that nothing disturbs, with the systems as they are after each of its calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from provisioner.apply.events import Outcome
from provisioner.plan.model import Plan
from tests.stateful.world import Content, Hazard, World, leftovers


@dataclass
class Recording:
    """A run that nothing disturbed: its plan, its calls, the systems before each, and the end.

    ``points`` has a copy of both systems by how many calls had been made, for the calls after which
    they were not as before: a process that dies at another leaves the same.
    """

    world: World
    plan: Plan
    calls: Sequence[str]
    end: Content
    points: Mapping[int, Path] = field(default_factory=dict)

    def died_after(self, call: int) -> str:
        last = self.calls[call - 1] if call else "(nothing)"
        return f"died after call {call}: {last}"


def recorded(world: World, folder: Path, *, points: bool) -> Recording:
    """What is planned in ``world``, carried out in a twin of it."""
    plan = world.plan()
    twin = world.twin(folder / "twin")
    seen: dict[int, Path] = {}
    states = set[str]()

    def keep(call: int) -> None:
        path = folder / "points" / str(call)
        twin.copy_state(path)
        state = _digest(path)
        if state not in states:
            states.add(state)
            seen[call] = path

    hazard = Hazard(watch=keep if points else None)
    results = twin.apply(plan, hazard)
    assert {r.outcome for r in results} == {Outcome.DONE}, results
    assert leftovers(twin.plan()) == []
    if points:
        keep(len(hazard.seen))
        assert len(seen) > 5
    end = twin.content()
    assert twin.open_runs() == 0
    twin.close()
    return Recording(world, plan, hazard.seen, end, seen)


def assert_as_if_nothing_had_happened(
    world: World, whole: Recording, where: str, plan: Plan | None = None
) -> None:
    """``plan``: the one that is made now, if it was made already."""
    assert leftovers(plan or world.plan()) == [], where
    assert world.open_runs() == 0, where
    found = world.content()
    for table, rows in whole.end.items():
        assert found[table] == rows, f"{table}: {where}"


def _digest(folder: Path) -> str:
    found = sha256()
    for path in sorted((folder / "state").iterdir()):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
