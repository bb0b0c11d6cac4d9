"""What the tries of attackers have in common."""

from forge.conftest import gitlab, hub, lab, side, world  # noqa: F401 - fixtures
from git.conftest import clone  # noqa: F401 - a fixture
from review.conftest import hub_stage, lab_stage, stage  # noqa: F401 - fixtures
