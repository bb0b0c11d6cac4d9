"""What ``provision init --ci`` writes: a merge request has no secret, and says manifests alone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioner.cli.starter import helper_files

GITHUB, GITLAB = ".github/workflows/provision.yml", ".gitlab-ci.yml"
OPERATORS = (
    "provision.yaml",
    "removals.yaml",
    "adoptions.yaml",
    "tools/requirements.lock",
    ".ci.sh",
)


def written(ci: str, name: str) -> str:
    return helper_files("en", ci)[name].decode()


def load(text: str) -> dict[str, Any]:
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - all strings
    assert isinstance(found, dict)
    return found


def script(ci: str) -> str:
    """The commands that bring the files together, as the job runs them."""
    if ci == "github":
        steps = load(written("github", GITHUB))["jobs"]["check"]["steps"]
        return str(next(s["run"] for s in steps if "main branch" in s.get("name", "")))
    lines = load(written("gitlab", GITLAB))["check"]["script"]
    return "\n".join(lines[: 1 + next(i for i, s in enumerate(lines) if "-- customers" in s)])


def test_zizmor_finds_nothing_in_the_starter(tmp_path: Path) -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor is not in this environment")
    file = tmp_path / GITHUB
    file.parent.mkdir(parents=True)
    file.write_text(written("github", GITHUB), "utf-8")
    done = subprocess.run(
        [zizmor, "--quiet", "--offline", "--persona=auditor", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_job_on_github_has_nothing_to_lose() -> None:
    found = load(written("github", GITHUB))
    assert found["on"] == {"pull_request": {"branches": ["main"]}}
    assert found["permissions"] == {}
    (job,) = found["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    assert job["runs-on"].startswith("ubuntu-"), "a hosted runner: no way to the live systems"
    assert "environment" not in job
    assert job["steps"][0]["with"]["persist-credentials"] == "false"
    assert "secrets." not in written("github", GITHUB)
    assert not any("${{" in s.get("run", "") for s in job["steps"])


def test_the_job_on_gitlab_has_nothing_to_lose() -> None:
    (job,) = load(written("gitlab", GITLAB)).values()
    assert "tags" not in job, "a tag chooses a runner of one's own"
    assert "environment" not in job
    (rule,) = job["rules"]
    for part in ("merge_request_event", 'TARGET_BRANCH_NAME == "main"', "BRANCH_PROTECTED"):
        assert part in rule["if"]


@pytest.mark.parametrize(("ci", "name"), [("github", GITHUB), ("gitlab", GITLAB)])
def test_only_what_needs_no_live_system_is_run(ci: str, name: str) -> None:
    ran = re.findall(r"bin/provision\"? (\w+)", written(ci, name))
    assert ran == ["fmt", "validate"]
    assert written(ci, name).count("--require-hashes") == 1


def git(folder: Path, *arguments: str) -> str:
    config = (
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@muster.example",
        "-c",
        "commit.gpgsign=false",
    )
    done = subprocess.run(
        ["git", *config, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    """A clone that stands on the merge of an evil change into main."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    for name in (*OPERATORS[:2], *OPERATORS[3:], "customers/a/stays.yaml", "customers/a/goes.yaml"):
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_text("of main\n", "utf-8")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "main")
    git(origin, "checkout", "-qb", "change")
    (origin / "customers/a/goes.yaml").unlink()
    (origin / "customers/a/new.yaml").write_text("of the change\n", "utf-8")
    (origin / "adoptions.yaml").write_text("of the change\n", "utf-8")
    (origin / "removals.yaml").unlink()
    (origin / "removals.yaml").symlink_to("/etc/passwd")
    (origin / "provision.yaml").unlink()
    (origin / "provision.yaml").mkdir()
    (origin / "provision.yaml/x").write_text("of the change\n", "utf-8")
    (origin / "tools/requirements.lock").write_text("of the change\n", "utf-8")
    (origin / ".ci.sh").write_text("of the change\n", "utf-8")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "change")
    git(origin, "checkout", "-q", "main")
    git(origin, "commit", "-qm", "meanwhile", "--allow-empty")
    git(origin, "checkout", "-qb", "merge")
    git(origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
    git(origin, "checkout", "-q", "main")
    here = tmp_path / "here"
    git(tmp_path, "clone", "--quiet", "--branch", "merge", str(origin), str(here))
    return here


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_all_but_the_manifests_comes_from_main(ci: str, proposed: Path) -> None:
    done = subprocess.run(
        ["bash", "-e", "-c", script(ci)], cwd=proposed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in (*OPERATORS[:2], *OPERATORS[3:]):
        assert (proposed / name).read_text("utf-8") == "of main\n", name
        assert not (proposed / name).is_symlink()
    assert not (proposed / "adoptions.yaml").exists()
    assert sorted(p.name for p in (proposed / "customers/a").iterdir()) == [
        "new.yaml",
        "stays.yaml",
    ]
