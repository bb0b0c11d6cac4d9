"""The whole way of a merge request, on both forges."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from forge.conftest import (  # noqa: F401 - fixtures
    Side,
    github,
    gitlab,
    hub,
    lab,
    opened,
    side,
    world,
)
from forge.double.world import World
from review.resellers import PROJECTS, Resellers, two, world_of
from review.stage import Stage, staged


@pytest.fixture
def stage(side: Side, tmp_path: Path) -> Stage:  # noqa: F811 - the fixture
    return staged(side, tmp_path)


@pytest.fixture
def hub_stage(hub: Side, tmp_path: Path) -> Stage:  # noqa: F811 - the fixture
    """On GitHub alone: what the forge makes no difference to."""
    return staged(hub, tmp_path)


@pytest.fixture
def lab_stage(lab: Side, tmp_path: Path) -> Stage:  # noqa: F811 - the fixture
    return staged(lab, tmp_path)


@pytest.fixture(params=[github, gitlab], ids=["github", "gitlab"])
def resellers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Resellers]:
    yield from _resellers(request.param, tmp_path)


@pytest.fixture
def hub_resellers(tmp_path: Path) -> Iterator[Resellers]:
    """On GitHub alone."""
    yield from _resellers(github, tmp_path)


def _resellers(forge: Callable[[World], Side], path: Path) -> Iterator[Resellers]:
    with ExitStack() as stack:
        made = (forge(world_of(project)) for project in PROJECTS)
        limmat, aare = [stack.enter_context(contextmanager(opened)(each)) for each in made]
        yield two(limmat, aare, path)
