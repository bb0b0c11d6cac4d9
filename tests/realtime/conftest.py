"""One real PostgreSQL with the tables of Asterisk for all tests here, empty before each of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioner.drivers.asterisk.realtime import RealtimePbx
from tests.asterisk.conftest import run_script
from tests.postgres.conftest import run_script as run_postgres
from tests.postgres.server import Server
from tests.realtime.fleet import Fleet

pytest.register_assert_rewrite("provisioner.testing")
OpenPbx = Callable[..., RealtimePbx]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A private PostgreSQL; skips with one reason where it cannot run."""
    server = Server(tmp_path_factory.mktemp("postgres"), run_postgres)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def bare(postgres: Server) -> str:
    """A database with upstream's tables, and none of ours."""
    name = postgres.database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSFILE", postgres.env["PGPASSFILE"])
        run_script("tables", postgres.url(name))
    return name


@pytest.fixture(scope="session")
def made(postgres: Server, bare: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The database of a fleet."""
    name = postgres.database(bare)
    fleet = Fleet(postgres, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSFILE", postgres.env["PGPASSFILE"])
        pbx = RealtimePbx.open(fleet.options(), tmp_path_factory.mktemp("root"))
        try:
            assert pbx.upgrade() == (0, 1)
            yield fleet
        finally:
            pbx.close()
            fleet.close()


@pytest.fixture
def fleet(made: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("PGPASSFILE", made.server.env["PGPASSFILE"])
    made.clear()
    return made


@pytest.fixture
def open_pbx(fleet: Fleet, tmp_path: Path) -> Iterator[OpenPbx]:
    """Each call is one more client; all are closed after the test."""
    opened: list[RealtimePbx] = []

    def make(**options: object) -> RealtimePbx:
        opened.append(RealtimePbx.open(fleet.options(**options), tmp_path))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def pbx(open_pbx: OpenPbx) -> RealtimePbx:
    return open_pbx()
