"""What an apply costs of its own: everything but what the PBX does, which is another machine.

Counted is processor time, that of the desk's database with it, from when the first customer is
begun: planning again under the lease, comparing, journal, read-back, proofs.
"""

import dataclasses
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import fleet
from applied import DAY

from provisioner import operations
from provisioner.apply.run import exit_code

NEW = 30
"""Customers, at most, that are set up at a desk that has others."""


class Timed:
    """A live system that counts what its calls take."""

    def __init__(self, system: object) -> None:
        self._system = system
        self.seconds = 0.0
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        found = getattr(self._system, name)
        if not callable(found):
            return found

        def call(*args: object, **kwargs: object) -> object:
            started = time.process_time()
            try:
                return found(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - started
                self.calls += 1

        return call


def joined(root: Path, customers: int) -> list[str]:
    """The names of new customers, whose manifests are written beside the others'."""
    found = []
    for number in range(customers, customers + min(NEW, customers)):
        path = root / f"customers/reseller-{number % fleet.RESELLERS}/kunde-{number}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(fleet.manifest(number), "utf-8")
        found.append(path.stem)
    return found


def show(root: Path, names: Sequence[str]) -> None:
    """A line on each of what is counted, for one object."""
    started = 0.0

    def begin(event: operations.RunEvent) -> None:
        nonlocal started
        if isinstance(event, operations.Begun):
            pbx.seconds, pbx.calls, started = 0.0, 0, time.process_time()

    runner = operations.Runner(who="benchmark", clock=lambda: datetime.now(UTC), emit=begin)
    with operations.open_workspace(root) as opened:
        pbx = Timed(opened.pbx)
        timed = dataclasses.replace(opened, pbx=pbx)  # type: ignore[arg-type]
        results = operations.apply(
            timed, names, today=DAY, runner=runner, agree=lambda _plan: True
        ).results
        whole = time.process_time() - started
    done = sum(len(result.done) for result in results)
    own = (whole - pbx.seconds) / done * 1000
    there = pbx.seconds / done * 1000
    print(f"\nApply of {len(names)} customers, {done} objects; aim: own cost under 2 ms each")
    print(f"  ended with {exit_code(results)}; processor time for each, the database's in it:")
    print(f"  {own:>10.2f} ms own cost: planning again, comparing, the desk, reading back")
    print(f"  {there:>10.2f} ms in the PBX, {pbx.calls / done:.1f} calls", flush=True)
