"""The whole way of a merge request, on both forges."""

from pathlib import Path

import pytest
from forge.conftest import Side, gitlab, hub, lab, side, world  # noqa: F401 - fixtures
from review.stage import Stage, staged


@pytest.fixture
def stage(side: Side, tmp_path: Path) -> Stage:  # noqa: F811 - the fixture
    return staged(side, tmp_path)
