"""The workflows for the code: no right that they do not need, no action that can be moved."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(file: Path) -> dict[str, Any]:
    # BaseLoader: `on` stays a word and is not taken for true.
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - all strings
    assert isinstance(found, dict)
    return found


by_file = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda f: f.name)


def test_there_is_one() -> None:
    assert "ci.yml" in [f.name for f in WORKFLOWS]


@by_file
def test_actions_are_pinned_by_commit_with_their_version(file: Path) -> None:
    uses = re.findall(r"^\s*-?\s*uses:\s*(.+)$", file.read_text("utf-8"), re.MULTILINE)
    assert uses
    for line in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", line), line


@by_file
def test_permissions_are_none_by_default(file: Path) -> None:
    assert load(file)["permissions"] == {}


@by_file
def test_jobs_end_and_say_what_they_may(file: Path) -> None:
    for name, job in load(file)["jobs"].items():
        assert 0 < int(job["timeout-minutes"]) <= 60, name
        assert job["permissions"] == {"contents": "read"}, name


@by_file
def test_the_checkout_leaves_no_token_behind(file: Path) -> None:
    for job in load(file)["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"


@by_file
def test_no_expression_reaches_a_shell(file: Path) -> None:
    for job in load(file)["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_ci_runs_the_one_script() -> None:
    steps = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["run"]["steps"]
    assert "bash .ci/run" in steps[-1]["run"]


def test_zizmor_finds_nothing() -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor is not in this environment")
    done = subprocess.run(
        [zizmor, "--quiet", "--offline", "--persona=auditor", ".github"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
