"""What holds for all tests."""

import os

from hypothesis import settings

# Time on the wall says how busy a machine is, and nothing about the code: tests/fuzz measures the
# time on the CPU. `--hypothesis-profile` chooses another one.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for a server or a phone: two workers a processor keep it busy."""
    return 2 * (os.cpu_count() or 1)
