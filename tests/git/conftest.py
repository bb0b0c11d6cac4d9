"""Repositories of a test, each in a folder of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


@pytest.fixture
def another(tmp_path: Path) -> Callable[..., Clone]:
    """One more repository, with options of ``git init``."""
    return lambda name, *options: Clone(tmp_path / name, *options)
