"""A real PostgreSQL as a test sees it: databases, roles, and what happens to the server itself."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from tests.told import told

PATIENCE = 120
"""Seconds for what takes its time on a busy machine."""


class Server:
    """``run_script`` calls ``scripts/postgres-server``."""

    def __init__(self, folder: Path, run_script: Callable[..., None]) -> None:
        self.folder = folder
        self._run_script = run_script
        self.env: dict[str, str] = {}

    def start(self) -> None:
        """Fine if it runs already; it goes on with the data that it had."""
        self._run_script("start", str(self.folder))
        self.env = told(self.folder / "env")

    def stop(self) -> None:
        self._run_script("stop", str(self.folder))

    def close(self) -> None:
        self.stop()
        if (self.folder / "server").exists():
            shutil.rmtree((self.folder / "server").resolve())

    @property
    def password(self) -> str:
        return (self.folder / "pgpass").read_text("utf-8").strip().rpartition(":")[2]

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=self.env["PGHOST"],
            port=self.env["PGPORT"],
            user=self.env["PGUSER"],
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        """The rows, if there are any."""
        with self.connect(database) as db:
            cursor = db.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def database(self, template: str = "template0") -> str:
        """A new one; its name."""
        name = f"desk_{secrets.token_hex(6)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect() as db:
            db.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        with self.connect() as db:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str, user: str = "", host: str = "") -> str:
        """Without a password."""
        user, host = user or self.env["PGUSER"], host or self.env["PGHOST"]
        return f"postgresql://{user}@{host}:{self.env['PGPORT']}/{database}"

    # Its bad days

    def pids(self) -> list[int]:
        """The server's process and those of its connections."""
        first = int(Path(self.env["POSTGRES_PID_FILE"]).read_text("ascii").splitlines()[0])
        asked = ["ps", "-o", "pid=", "--ppid", str(first)]
        children = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return [first, *map(int, children.split())]

    def kill(self) -> None:
        """As a crash of the machine: nothing is written any more."""
        every = self.pids()
        self._signal(every, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while any(_alive(pid) for pid in every):
            assert time.monotonic() < until
            time.sleep(0.02)
        Path(self.env["POSTGRES_PID_FILE"]).unlink()

    def hang(self) -> None:
        """It is there and answers nothing."""
        self._signal(self.pids(), signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(self.pids(), signal.SIGCONT)

    def _signal(self, pids: list[int], number: int) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
