"""The pairs of systems that the matrix runs on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.badday.double import Double
from tests.badday.matrix import Bench
from tests.badday.world import BadWorld, InFile, OnDouble, OnServer, Place
from tests.postgres.server import Server
from tests.stateful import samples

PBXES, DESKS = ("local", "asterisk"), ("sqlite", "postgresql")


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
