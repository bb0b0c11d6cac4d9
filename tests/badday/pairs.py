"""The pairs of systems that the matrix runs on."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.badday.double import Double
from tests.badday.matrix import Bench
from tests.badday.world import BadWorld, InFile, OnDouble, OnServer, Place
from tests.postgres.server import Server
from tests.stateful import samples

PBXES, DESKS = ("local", "asterisk"), ("sqlite", "postgresql")
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "postgres-server"
CANNOT = 77


class CannotRun(Exception):
    """PostgreSQL, on this machine; the message says why."""


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """A private one; its password file is the environment's until the end of the block."""
    server = Server(folder, _script)
    before = os.environ.get("PGPASSFILE")
    try:
        server.start()
        os.environ["PGPASSFILE"] = server.env["PGPASSFILE"]
        yield server
    finally:
        if before is None:
            os.environ.pop("PGPASSFILE", None)
        else:
            os.environ["PGPASSFILE"] = before
        if server.env:
            server.close()


def _script(*arguments: str) -> None:
    ran = subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode == CANNOT:
        raise CannotRun(ran.stderr.strip().splitlines()[-1])
    assert ran.returncode == 0, ran.stderr


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
