"""The whole way of a merge request, on both forges."""

from pathlib import Path

import pytest
from forge.conftest import Side, gitlab, hub, lab, side, world  # noqa: F401 - fixtures
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
