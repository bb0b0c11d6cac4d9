"""One real PostgreSQL for all tests here; each test has a database of its own."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioner.drivers.sql import SqlDesk
from tests.postgres.server import Server

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "postgres-server"

pytest.register_assert_rewrite("provisioner.testing")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A private PostgreSQL; skips with one reason where it cannot run."""
    server = Server(tmp_path_factory.mktemp("a database"), run_script)
    try:
        server.start()
        yield server
    finally:
        server.close()


def run_script(*arguments: str) -> None:
    ran = subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip(ran.stderr.strip().splitlines()[-1])
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def server(started: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, running."""
    started.start()
    monkeypatch.setenv("PGPASSFILE", started.env["PGPASSFILE"])
    return started


@pytest.fixture(scope="session")
def template(started: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the tables of a desk."""
    from provisioner.testing import POLICY, POOLS  # after its assertions are to be rewritten

    name = started.database()
    file = tmp_path_factory.mktemp("template") / "password"
    file.write_text(started.password)
    options = {"url": started.url(name), "password_file": file.name}
    desk = SqlDesk.open(options, file.parent, pools=POOLS, policy=POLICY, require_poa=False)
    assert desk.upgrade()[0] == 0
    desk.close()
    return name


@pytest.fixture
def database(server: Server, template: str) -> Iterator[str]:
    """Nobody else's, with an empty desk in it."""
    name = server.database(template)
    server.ask(name, "UPDATE desk SET identity = md5(random()::text)")
    yield name
    server.start()
    server.drop(name)


@pytest.fixture
def bare(server: Server) -> Iterator[str]:
    """One without tables."""
    name = server.database()
    yield name
    server.drop(name)


OpenDesk = Callable[..., SqlDesk]


@pytest.fixture
def open_desk(server: Server, database: str, tmp_path: Path) -> Iterator[OpenDesk]:
    """Each call is one more client; all are closed after the test."""
    from provisioner.testing import POLICY, POOLS  # after its assertions are to be rewritten

    made: list[SqlDesk] = []

    def make(require_poa: bool = False, pools: object = POOLS, **options: object) -> SqlDesk:
        given = {"url": server.url(database), **options}
        made.append(
            SqlDesk.open(given, tmp_path, pools=pools, policy=POLICY, require_poa=require_poa)
        )
        return made[-1]

    yield make
    for each in made:
        each.close()
