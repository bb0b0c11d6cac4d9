"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Time on the wall says how busy a machine is, and nothing about the code: tests/fuzz measures the
# time on the CPU. `--hypothesis-profile` chooses another one.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for a server or a phone: two workers a processor keep it busy."""
    return 2 * (os.cpu_count() or 1)


HERE = Path(__file__).parent
TOGETHER = (HERE / "asterisk/sip", HERE / "canary", HERE / "realtime")
"""Their modules set up a PBX, or a whole life of a customer, once for all of their tests."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Such a module stays with one worker; else each worker would set it up for itself.

    Before the workers look at the marks.
    """
    for item in items:
        if item.path.parent in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
