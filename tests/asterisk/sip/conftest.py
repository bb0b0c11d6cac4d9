"""A workspace with a real Asterisk behind it, and phones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Sip
from tests.asterisk.sip.workspace import Workspace


@pytest.fixture(scope="module")
def fresh(
    started: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Workspace]]:
    """Each call: an empty Asterisk and an empty workspace."""

    def make() -> Workspace:
        started.start()
        started.clear()
        return Workspace(tmp_path_factory.mktemp("workspace"), started.options)

    yield make
    started.start()
    started.clear()


@pytest.fixture
def sip(started: Server, tmp_path: Path) -> Sip:
    return Sip(started.env, tmp_path)
