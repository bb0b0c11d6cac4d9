"""Both runners, if they are there."""

import os
from pathlib import Path

import pytest
from pipelines.runners import Act, GitLabCiLocal

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "tests/pipelines" / name for name in ("act.lock", "package-lock.json")]


@pytest.fixture(scope="session")
def installed() -> Path:
    folder = Path(os.environ.get("PROVISIONER_PIPELINES_CACHE", ROOT / ".cache/pipelines"))
    ready = folder / "ready"
    if not ready.exists() or ready.read_bytes() != b"".join(lock.read_bytes() for lock in LOCKS):
        pytest.skip("act and gitlab-ci-local are not there: scripts/run-pipelines install")
    return folder


@pytest.fixture
def act(installed: Path) -> Act:
    return Act(installed)


@pytest.fixture
def gitlab_ci_local(installed: Path) -> GitLabCiLocal:
    return GitLabCiLocal(installed)
