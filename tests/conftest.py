"""What holds for all tests."""

from hypothesis import settings

# Time on the wall says how busy a machine is, and nothing about the code: tests/fuzz measures the
# time on the CPU. `--hypothesis-profile` chooses another one.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
