"""``docs/how-to/postgresql.md``: its commands, as they stand there, on a server of their own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.console import ROOT, fences

from tests.postgres.server import Server

PAGE = (ROOT / "docs/how-to/postgresql.md").read_text("utf-8")
ROLES = ("desk_owner", "desk_runner", "desk_backup", "desk_writer", "desk_reader")
DATABASES = ("desk", "desk_before")


def fence(heading: str, lang: str, number: int = 0) -> str:
    section = re.split(r"^## ", PAGE.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    return [found.body for found in fences(section) if found.lang == lang][number]


class Reader:
    """Somebody who follows the page, in a workspace and with the server's superuser."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        programs = f"{Path(sys.executable).parent}:{server.env['POSTGRES_BIN']}"
        self.env = {
            **os.environ,
            **server.env,
            "HOME": str(folder),
            "PGSERVICEFILE": str(folder / "services.conf"),
            "PGPASSFILE": str(folder / "pgpass"),
            "PATH": f"{programs}:{os.environ['PATH']}",
        }

    def run(self, script: str, *replaced: tuple[str, str], code: int = 0) -> str:
        for old, new in replaced:
            assert old in script
            script = script.replace(old, new)
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


@pytest.fixture
def reader(server: Server, tmp_path: Path) -> Iterator[Reader]:
    shutil.copytree(ROOT / "customers", tmp_path / "customers")
    shutil.copy(ROOT / "removals.yaml", tmp_path)
    config = (ROOT / "provision.yaml").read_text("utf-8")
    ours = fence("2. Say where it is", "yaml")
    config = re.sub(r"^desk:\n(  .*\n)+", ours, config, flags=re.MULTILINE)
    (tmp_path / "provision.yaml").write_text(config)
    service = fence("2. Say where it is", "ini").replace("verify-full", "prefer")
    service = re.sub(r"^sslrootcert=.*\n", "", service, flags=re.MULTILINE)
    service = service.replace("db.example", "127.0.0.1").replace("5432", server.env["PGPORT"])
    (tmp_path / "services.conf").write_text(service)
    line = fence("2. Say where it is", "text").replace("db.example", "127.0.0.1")
    line = line.replace("5432", "*").replace("THE PASSWORD", "words-of-a-test")
    every = [line.replace("desk_runner", role) for role in ROLES]
    (tmp_path / "pgpass").write_text(Path(server.env["PGPASSFILE"]).read_text() + "".join(every))
    (tmp_path / "pgpass").chmod(0o600)
    yield Reader(server, tmp_path)
    server.start()
    for name in DATABASES:
        server.ask("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    for role in ROLES:
        server.ask("postgres", f"DROP ROLE IF EXISTS {role}")


def tables(server: Server) -> list[tuple[object, ...]]:
    found = server.ask("desk", "SELECT identity, submissions FROM desk")
    for table in ("numbers", "audit"):
        found += server.ask("desk", f"SELECT count(*) FROM {table}")  # noqa: S608 - no values
    return found


def test_from_an_empty_server_to_a_restored_desk(reader: Reader, server: Server) -> None:
    reader.run(fence("1. Roles and the database", "sh"))
    for role in ("desk_owner", "desk_runner", "desk_backup"):
        server.ask("postgres", f"ALTER ROLE {role} PASSWORD 'words-of-a-test'")
    assert "is set up" in reader.run(fence("3. Set up the tables", "sh"))
    said = reader.run(
        fence("3. Set up the tables", "sh", 1),
        ("provision plan\n", ""),
        ("apply", "apply velo-werk --at 2026-11-24"),
    )
    assert "PostgreSQL" in said

    before = tables(server)
    assert int(str(before[1][0])) > 1
    assert int(reader.run(fence("4. Back up", "sh"))) > 10
    server.ask("desk", "DELETE FROM numbers")

    restored = fence("5. Restore", "sh")
    reader.run(restored)
    assert tables(server) == before
    plan = reader.run(fence("5. Restore", "sh", 1), ("plan", "plan velo-werk --at 2026-11-24"))
    assert "nothing to do" in plan

    assert "nothing to do" in reader.run(fence("6. Upgrade", "sh"))
    assert "This was deleted." in reader.run(fence("What grows", "sh"))
    assert "PV623" in reader.run("PGUSER=desk_backup provision desk housekeeping --yes", code=1)
    for statement in ("DROP TABLE audit", "TRUNCATE audit", "CREATE TABLE mine (id int)"):
        asked = f"PGUSER=desk_runner psql service=desk -c '{statement}'"
        assert re.search("must be owner|permission denied", reader.run(asked, code=1))
