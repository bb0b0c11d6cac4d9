"""A private PostgreSQL for a block, as ``scripts/postgres-server`` makes one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.asterisk.private import CANNOT, CannotRun
from tests.postgres.server import Server

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "postgres-server"


@contextmanager
def private_postgres(folder: Path) -> Iterator[Server]:
    """Its password file is the environment's until the end of the block.  Raises CannotRun."""
    folder.mkdir(parents=True, exist_ok=True)
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
        raise CannotRun(ran.stderr.strip().splitlines()[-1].removeprefix("postgres-server: "))
    assert ran.returncode == 0, ran.stderr
