"""Hypothesis profiles: the default repeats itself and ends in time, ``deep`` looks for new trouble.

``pytest tests/stateful --hypothesis-profile=deep`` takes an hour or so; what it finds is printed
with a blob that ``@reproduce_failure`` takes.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Verbosity, settings

_ALL = list(HealthCheck)

settings.register_profile(
    "stateful",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=4,
    stateful_step_count=100,
    print_blob=True,
    suppress_health_check=_ALL,
)
settings.register_profile(
    "deep",
    deadline=None,
    max_examples=250,
    stateful_step_count=40,
    print_blob=True,
    verbosity=Verbosity.normal,
    suppress_health_check=_ALL,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: these tests write all the time."""
    memory = Path("/dev/shm")  # noqa: S108 - only where to put a new folder of our own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)
