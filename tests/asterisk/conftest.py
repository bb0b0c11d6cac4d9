"""One real Asterisk for all tests here, empty before each of them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioner.drivers.asterisk import AsteriskPbx
from tests.asterisk.server import Server

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 20
"""So many clients keep their connection."""
SCRIPT = ROOT / "scripts" / "asterisk-server"

pytest.register_assert_rewrite("provisioner.testing")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A private Asterisk; skips with one reason where it cannot run."""
    folder = tmp_path_factory.mktemp("a pbx")
    server = Server(folder, run_script)
    try:
        server.start()
        yield server
    finally:
        server.close()


def run_script(*arguments: str) -> None:
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode == 77:
        pytest.skip(ran.stderr.strip().splitlines()[-1])
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def server(started: Server) -> Server:
    """The server, running and empty."""
    started.start()
    started.clear()
    return started


@pytest.fixture
def open_pbx(server: Server, tmp_path: Path) -> Iterator[Callable[..., AsteriskPbx]]:
    """Each call is one more client; all are closed after the test.

    One connection for each: Asterisk serves 256 of them, so the oldest go first where a test has a
    client for each of a hundred crashes.  A client that is used again connects anew.
    """
    made: list[AsteriskPbx] = []

    def make(**options: object) -> AsteriskPbx:
        given = {**server.options, "concurrency": "1", **options}
        made.append(AsteriskPbx.open(given, tmp_path))
        for old in made[:-AT_ONCE]:
            old.wire.close()
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def pbx(open_pbx: Callable[..., AsteriskPbx]) -> AsteriskPbx:
    return open_pbx()


@pytest.fixture
def misconfigured(server: Server) -> Iterator[Callable[[str, str, str], None]]:
    """Changes a file of Asterisk's configuration and starts it again; all is put back."""
    before: dict[Path, str] = {}

    def change(name: str, pattern: str, replacement: str) -> None:
        file = server.folder / "server/etc" / name
        before[file] = file.read_text("utf-8")
        after = re.sub(pattern, replacement, before[file], flags=re.MULTILINE)
        assert after != before[file]
        file.write_text(after, "utf-8")
        server.stop()
        server.start()

    yield change
    for file, text in before.items():
        file.write_text(text, "utf-8")
    server.stop()
    server.start()
