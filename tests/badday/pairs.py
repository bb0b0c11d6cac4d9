"""The pairs of systems that the matrix runs on."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from provisioner.drivers.sql import opened
from tests.badday.double import Double, serving
from tests.badday.matrix import Bench, Tally
from tests.badday.world import BadWorld, InFile, OnDouble, OnServer, Place
from tests.postgres.private import private_postgres
from tests.postgres.server import Server
from tests.stateful import samples

PBXES, DESKS = ("local", "asterisk"), ("sqlite", "postgresql")
TOLD = 600
"""Cases between two lines that say how far it is."""


@contextmanager
def bench(folder: Path, scenario: str, pbx: Double | None, desk: Server | None) -> Iterator[Bench]:
    """``pbx``: none for the driver ``local``; ``desk``: none for SQLite."""
    root = folder / "world"
    first: Place = OnDouble(pbx) if pbx else InFile(root / "state/pbx.sqlite")
    database = desk.database() if desk else ""
    second: Place = OnServer(desk, database) if desk else InFile(root / "state/desk.sqlite")
    world = BadWorld(root, samples.TODAY, first, second)
    try:
        if desk:
            world.desk.upgrade()
        yield Bench(world, scenario, folder / "kept")
    finally:
        world.close()
        for place in (first, second):
            place.close()
        if desk:
            desk.drop(database)


def part(pbx: str, desk: str, scenario: str, every: int) -> tuple[str, int, int, Tally]:
    """One scenario on one pair of systems: where, how many cases there are, seconds, and what
    became of them."""
    opened._GRACE = 0
    where, tally, begun = f"{pbx} × {desk}, {scenario}", Tally(), time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        double = stack.enter_context(serving()) if pbx == "asterisk" else None
        server = None
        if desk == "postgresql":
            server = stack.enter_context(private_postgres(folder / "postgres"))
        made = stack.enter_context(bench(folder / "world", scenario, double, server))
        sample = made.sample(every)
        for number, case in enumerate(sample, 1):
            made.play(case, tally)
            if number % TOLD == 0:
                tell(f"  {where}: {number} of {len(sample)}, {len(tally.wrong)} wrong")
        return where, len(made.cases()), round(time.monotonic() - begun), tally


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
