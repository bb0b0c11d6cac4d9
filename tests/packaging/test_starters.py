"""What ``init --ci`` writes: no way from a change to the live systems, of a change manifests only.

The jobs' own commands run here on real checkouts, with hostile changes.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioner.cli.starter import EXAMPLE, helper_files
from tests.packaging.checkouts import MANIFEST, Change, Checkouts

CHECK, PLAN = ".github/workflows/provision.yml", ".github/workflows/provision-plan.yml"


def loaded(text: bytes) -> dict[str, Any]:
    # BaseLoader: `on` stays a word and is not taken for true.
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - all strings
    assert isinstance(found, dict)
    return found


GITHUB = {n: loaded(t) for n, t in helper_files("en", "github").items() if ".github/" in n}
GITLAB = loaded(helper_files("en", "gitlab")[".gitlab-ci.yml"])


def scripts(job: dict[str, Any]) -> list[str]:
    if "steps" in job:
        return [step["run"] for step in job["steps"] if "run" in step]
    return ["\n".join(job["script"])]


# What the files promise


def test_a_change_meets_no_runner_of_the_operators_and_no_secret() -> None:
    found = GITHUB[CHECK]
    assert found["on"] == {"pull_request": {"branches": ["main"]}}
    assert found["permissions"] == {}
    (job,) = found["jobs"].values()
    assert job["runs-on"].startswith("ubuntu-")
    assert job["permissions"] == {"contents": "read"}
    assert not {"environment", "secrets", "env", "container", "services"} & job.keys()
    assert "secrets." not in str(found)
    check = GITLAB["check"]
    assert not {"tags", "environment", "id_tokens", "secrets"} & check.keys()
    (rule,) = check["rules"]
    for part in (
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH",
        "$CI_MERGE_REQUEST_PROJECT_ID == $CI_PROJECT_ID",
        '$CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED == "true"',
    ):
        assert part in rule["if"]
    assert "||" not in rule["if"]


@pytest.mark.parametrize("job", [GITHUB[CHECK]["jobs"]["check"], GITLAB["check"]])
def test_a_change_is_validated_and_never_planned(job: dict[str, Any]) -> None:
    text = "\n".join(scripts(job))
    assert re.findall(r"bin/provision\"? (\w+)", text) == ["fmt", "validate"]


@pytest.mark.parametrize("job", [GITHUB[CHECK]["jobs"]["check"], GITLAB["check"]])
def test_what_is_installed_is_pinned(job: dict[str, Any]) -> None:
    lines = "\n".join(scripts(job)).splitlines()
    (command,) = [line for line in lines if " install " in line]
    assert "--no-deps" in command
    installs = [line for line in lines if line.startswith("$pip ")]
    assert len(installs) == 2
    assert all("--require-hashes" in x or "--no-index" in x for x in installs)


def test_the_live_plan_runs_on_the_protected_branch_alone() -> None:
    found = GITHUB[PLAN]
    assert set(found["on"]) == {"push", "workflow_dispatch"}
    assert found["on"]["push"] == {"branches": ["main"]}
    (job,) = found["jobs"].values()
    assert job["if"] == "github.ref == 'refs/heads/main'"
    assert job["environment"] == "provision"
    assert job["runs-on"] == {"group": "provision"}
    (rule,) = GITLAB["plan"]["rules"]
    assert rule["if"].startswith("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && ")
    assert '&& $CI_COMMIT_REF_PROTECTED == "true"' in rule["if"]
    assert "merge_request" not in rule["if"]


@pytest.mark.parametrize("name", [CHECK, PLAN])
def test_github_gives_no_token_to_a_command_and_no_text_to_a_shell(name: str) -> None:
    for job in GITHUB[name]["jobs"].values():
        assert 0 < int(job["timeout-minutes"]) <= 60
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "uses" in step:
                assert step["with"]["persist-credentials"] == "false"


def test_gitlab_knows_every_word_of_the_file() -> None:
    jobs = {name: job for name, job in GITLAB.items() if name != "variables"}
    assert set(jobs) == {"check", "plan"}
    known = {"image", "tags", "rules", "timeout", "resource_group", "variables", "script"}
    for job in jobs.values():
        assert job.keys() <= known
        assert all(isinstance(line, str) for line in job["script"])
    assert set(GITLAB["variables"]["REQUEST"]) == {"value", "description"}


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor is not in this environment")
    for name, text in helper_files("en", "github").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text)
    done = subprocess.run(
        [zizmor, "--quiet", "--offline", "--persona=auditor", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    ignored = [t for t in GITHUB if "zizmor: ignore" in (tmp_path / t).read_text("utf-8")]
    assert ignored == [PLAN]


# What the commands do


def replace(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), "utf-8")


def city(root: Path) -> None:
    replace(root, MANIFEST, "city: Zürich", "city: Bern")


def operators_files(root: Path) -> None:
    """Each operator's file as only the change has it: changed, new, gone, a link, a folder."""
    city(root)
    replace(root, "provision.yaml", "lead_days: 10", "lead_days: 1")
    (root / "removals.yaml").unlink()
    (root / "removals.yaml").symlink_to("/etc/passwd")
    (root / ".gitignore").unlink()
    (root / ".gitignore").mkdir()
    (root / ".gitignore/x").write_text("evil")
    (root / "adoptions.yaml").mkdir()
    (root / "adoptions.yaml/x").write_text("evil")
    (root / "tools/requirements.lock").write_text("evil==1\n")
    (root / "state").symlink_to("/tmp")  # noqa: S108 - never followed


def operators_gone(root: Path) -> None:
    city(root)
    for name in ("provision.yaml", "removals.yaml"):
        (root / name).unlink()
    shutil.rmtree(root / "tools")
    (root / "tools").symlink_to("customers")


def broken(root: Path) -> None:
    replace(root, MANIFEST, "postcode: 8001", "postcode: 80011")


def linked_manifest(root: Path) -> None:
    (root / "customers/muster-it/other-ag.yaml").symlink_to("/etc/passwd")


def linked_reseller(root: Path) -> None:
    (root / "customers/other-it").symlink_to("muster-it")


def linked_customers(root: Path) -> None:
    (root / "customers").rename(root / "elsewhere")
    (root / "customers").symlink_to("elsewhere")


GOOD = [city, operators_files, operators_gone]
BAD = {
    broken: "PV116",
    linked_manifest: "PV019",
    linked_reseller: "PV019",
    linked_customers: "PV021",
}


@pytest.fixture
def checkouts(tmp_path: Path) -> Checkouts:
    return Checkouts(tmp_path)


def github(checkouts: Checkouts, name: str, head: str) -> "subprocess.CompletedProcess[str]":
    """The commands of a job, after what its checkouts have brought."""
    merge = checkouts.merged(head)
    if name == CHECK:
        work = checkouts.clone(merge, "work")
    else:
        work = checkouts.clone(checkouts.main, "work")
        checkouts.clone(merge, "work/change")
    (job,) = GITHUB[name]["jobs"].values()
    return checkouts.run(
        work,
        "\n".join(scripts(job)),
        GITHUB_SHA=checkouts.main,
        GITHUB_PATH=str(checkouts.place / "path"),
        GITHUB_STEP_SUMMARY=str(checkouts.place / "summary"),
        RUNNER_TEMP=str(checkouts.place / "temp"),
    )


def gitlab(checkouts: Checkouts, name: str, head: str) -> "subprocess.CompletedProcess[str]":
    at = head if name == "check" else checkouts.main
    work = checkouts.clone(at, "work")
    script = "\n".join(scripts(GITLAB[name])).replace("/tmp/", f"{checkouts.place}/temp/")  # noqa: S108
    return checkouts.run(work, script, CI_COMMIT_SHA=at, REQUEST="7" if name == "plan" else "")


CHECKS = [(github, CHECK), (gitlab, "check")]
PLANS = [(github, PLAN), (gitlab, "plan")]
by_forge = pytest.mark.parametrize(("forge", "name"), CHECKS, ids=["github", "gitlab"])


def same_but_the_manifests(checkouts: Checkouts) -> bool:
    """Whether the job's folder is the protected branch's, but for customers/."""
    changed = checkouts.git("diff", "--name-only", checkouts.main, cwd=checkouts.place / "work")
    return all(name.split("/")[0] == "customers" for name in changed.splitlines())


@by_forge
@pytest.mark.parametrize("change", GOOD)
def test_only_the_manifests_of_a_change_count(
    checkouts: Checkouts, forge: Callable[..., Any], name: str, change: Change
) -> None:
    done = forge(checkouts, name, checkouts.propose(change))
    assert done.returncode == 0, done.stderr
    work = checkouts.place / "work"
    assert "city: Bern" in (work / MANIFEST).read_text("utf-8")
    assert same_but_the_manifests(checkouts)
    assert not (work / "adoptions.yaml").exists()
    assert not (work / "state").is_symlink()
    wheel = "tools/provisioner-1-py3-none-any.whl"
    assert (checkouts.place / "pips").read_text("utf-8").split() == ["good==1", wheel] * 2


@by_forge
@pytest.mark.parametrize(("change", "code"), BAD.items())
def test_a_bad_change_is_refused(
    checkouts: Checkouts, forge: Callable[..., Any], name: str, change: Change, code: str
) -> None:
    done = forge(checkouts, name, checkouts.propose(change))
    assert done.returncode != 0
    assert code in done.stdout + done.stderr
    assert "root:" not in done.stdout + done.stderr
    assert same_but_the_manifests(checkouts)


@by_forge
def test_a_file_that_only_the_protected_branch_has_counts(
    checkouts: Checkouts, forge: Callable[..., Any], name: str
) -> None:
    head = checkouts.propose(city)
    adoptions = "version: 1\nadoptions: [{what: nonsense}]\n"
    (checkouts.origin / "adoptions.yaml").write_text(adoptions, "utf-8")
    checkouts.main = checkouts.commit()
    done = forge(checkouts, name, head)
    assert done.returncode == 3
    assert "adoptions.yaml" in done.stdout + done.stderr


@pytest.mark.parametrize(("forge", "name"), PLANS, ids=["github", "gitlab"])
@pytest.mark.parametrize("change", GOOD)
def test_the_live_plan_takes_only_the_manifests(
    checkouts: Checkouts, forge: Callable[..., Any], name: str, change: Change
) -> None:
    done = forge(checkouts, name, checkouts.propose(change))
    assert done.returncode == 0, done.stderr
    summary = checkouts.place / "summary"
    assert EXAMPLE in done.stdout + (summary.read_text("utf-8") if summary.exists() else "")
    assert "city: Bern" in (checkouts.place / "work" / MANIFEST).read_text("utf-8")
    assert same_but_the_manifests(checkouts)


@pytest.mark.parametrize(("forge", "name"), PLANS, ids=["github", "gitlab"])
def test_a_request_that_lacks_what_was_merged_is_not_planned(
    checkouts: Checkouts,
    forge: Callable[..., Any],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = checkouts.propose(city)
    behind = checkouts.merged(head)
    checkouts.main = checkouts.commit()
    monkeypatch.setattr(checkouts, "merged", lambda _: behind)
    done = forge(checkouts, name, head)
    assert done.returncode == 1
    assert "merged" in done.stderr
    assert not (checkouts.place / "summary").exists()


@pytest.mark.parametrize("number", ["7/head:refs/heads/main", "7 --upload-pack=x", "$(id)", "-7"])
def test_a_number_is_a_number(checkouts: Checkouts, number: str) -> None:
    checkouts.propose(city)
    work = checkouts.clone(checkouts.main, "work")
    (script,) = scripts(GITLAB["plan"])
    done = checkouts.run(work, script, REQUEST=number)
    assert done.returncode == 1
    assert "REQUEST is not a number" in done.stderr
