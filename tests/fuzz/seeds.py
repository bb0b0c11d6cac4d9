"""Seeds of this run: in each test's name, so that they stand wherever a test is reported.

Fixed, so that a change is judged by the same inputs as the one before; others are tried with
``PROVISION_FUZZ_SEEDS=7,8,9 pytest tests/fuzz``.
"""

import os

import pytest

SEEDS = [int(text) for text in os.environ.get("PROVISION_FUZZ_SEEDS", "20261124").split(",")]
seeded = pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"seed-{seed}")
