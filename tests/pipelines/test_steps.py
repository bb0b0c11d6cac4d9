"""The steps of the shipped pipelines, run: of a request only objects, secrets where they belong."""

from pathlib import Path
from typing import Any

import pytest
from pipelines.runners import Act, GitLabCiLocal, Ran
from pipelines.sample import (
    REQUEST,
    RESELLER,
    SECRETS,
    TOKEN,
    Call,
    Sample,
    event,
    evil,
    merge_request,
)

DIGEST = "0" * 63 + "a"
APPLY = ["ci", "apply", "--snapshots", "snapshots"]
"""On GitLab."""
OPEN = ["ci", "plan", "--open"]
RECONCILE = ["reconcile", "--auto-approve"]
IDENTITY = [[SECRETS["PROVISION_IDENTITY"] + "\n", "600"]]


@pytest.fixture
def github(tmp_path: Path) -> Sample:
    made = Sample(tmp_path, "github")
    made.propose(evil)
    return made


@pytest.fixture
def gitlab(tmp_path: Path) -> Sample:
    made = Sample(tmp_path, "gitlab")
    made.propose(evil)
    return made


def the_calls(sample: Sample, ran: Ran, code: int = 0) -> list[Call]:
    """What every call has in common: the files of main, the objects of the request beside them."""
    assert (ran.code != 0) == (code != 0), ran.text
    made = sample.calls()
    for call in made:
        assert call.tip == sample.main
        assert call.status == []
        assert "city: Zürich" in call.manifest
        assert not [
            entry for entry in call.credentials if "helper" in entry or "extraheader" in entry
        ]
    installs = sample.installed()
    assert all("--no-deps" in line for line in installs)
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert not [secret for secret in SECRETS.values() if secret in ran.text]
    return made


# GitHub


def test_a_pull_request_is_checked_without_a_secret(act: Act, github: Sample) -> None:
    ran = act.run(github, "check", "pull_request", event(github))
    (call,) = the_calls(github, ran)
    assert call.line == [
        *("ci", "check", "--rev", github.head, "--base", "origin/main"),
        *("--author", str(RESELLER), "--format", "github"),
    ]
    assert github.head in call.objects
    assert call.env == {}


def test_a_group_of_the_queue_is_checked_and_has_to_be_ready(act: Act, github: Sample) -> None:
    group = {"head_sha": github.head, "base_sha": github.main, "head_ref": "refs/heads/gh/pr-7"}
    ran = act.run(github, "check", "merge_group", {"merge_group": group}, {"GITHUB_TOKEN": TOKEN})
    check, ready = the_calls(github, ran)
    assert check.line == [
        *("ci", "check", "--rev", github.head, "--base", "origin/main", "--format", "github")
    ]
    assert ready.line == ["ci", "ready", "--rev", github.head]
    assert check.env == {}
    assert ready.env == {"PROVISION_FORGE_TOKEN": TOKEN}  # the job's own, which may only read


@pytest.mark.parametrize(
    ("trigger", "more", "line"),
    [
        ("pull_request_target", {}, ["ci", "plan", "--mr", str(REQUEST)]),
        (
            "workflow_dispatch",
            {"inputs": {"request": str(REQUEST)}},
            ["ci", "plan", "--mr", str(REQUEST)],
        ),
        ("workflow_dispatch", {"inputs": {"request": ""}}, OPEN),
        ("schedule", {"schedule": "12 * * * *"}, OPEN),
    ],
)
def test_a_plan_has_the_key_that_signs(
    act: Act, github: Sample, trigger: str, more: dict[str, Any], line: list[str]
) -> None:
    payload = event(github) if trigger == "pull_request_target" else more
    ran = act.run(github, "plan", trigger, payload)
    (call,) = the_calls(github, ran)
    assert call.line == line
    assert github.head in call.objects
    assert call.env == {
        "PROVISION_FORGE_TOKEN": TOKEN,
        "PROVISION_SIGNING_KEY": SECRETS["PROVISION_SIGNING_KEY"],
    }


@pytest.mark.parametrize(
    ("trigger", "payload", "lines"),
    [
        ("push", {"ref": "refs/heads/main"}, [["ci", "apply"], OPEN]),
        ("schedule", {"schedule": "7,22,37,52 * * * *"}, [["ci", "apply"], OPEN]),
        ("schedule", {"schedule": "40 3 * * *"}, [["ci", "apply"], RECONCILE, OPEN]),
        (
            "workflow_dispatch",
            {"inputs": {"release": f"{DIGEST} * $(id)"}},
            [["ci", "apply", "--release", DIGEST, "--release", "*", "--release", "$(id)"], OPEN],
        ),
    ],
)
def test_an_apply_is_followed_by_the_plans(
    act: Act, github: Sample, trigger: str, payload: dict[str, Any], lines: list[list[str]]
) -> None:
    ran = act.run(github, "apply", trigger, payload)
    *writing, plan = the_calls(github, ran)
    identity = [call.line[-2:] for call in writing]
    assert {option for option, _ in identity} == {"--identity"}
    assert not any(Path(file).exists() for _, file in identity)
    assert [call.line[:-2] for call in writing] + [plan.line] == lines
    assert all(call.identity == IDENTITY for call in writing)
    assert writing[0].env == {"PROVISION_FORGE_TOKEN": TOKEN}
    assert not [call for call in writing if "PROVISION_SIGNING_KEY" in call.env]
    assert plan.env["PROVISION_SIGNING_KEY"] == SECRETS["PROVISION_SIGNING_KEY"]


def test_a_refusal_fails_the_job_and_the_plans_are_made_all_the_same(
    act: Act, github: Sample
) -> None:
    github.stand_in(ci_apply=4)
    ran = act.run(github, "apply", "schedule", {"schedule": "40 3 * * *"})
    calls = the_calls(github, ran, code=4)
    assert [call.line[:2] for call in calls] == [["ci", "apply"], RECONCILE, ["ci", "plan"]]


def test_every_night_the_live_systems_are_compared(act: Act, github: Sample) -> None:
    ran = act.run(github, "nightly", "schedule", {"schedule": "25 2 * * *"})
    (call,) = the_calls(github, ran)
    assert call.line == ["ci", "drift"]
    assert call.env == {"PROVISION_FORGE_TOKEN": TOKEN}


# GitLab

BRANCH = {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_PROTECTED": "true"}


def scheduled(what: str) -> dict[str, str]:
    return {**BRANCH, "CI_PIPELINE_SOURCE": "schedule", "CI_PIPELINE_SCHEDULE_DESCRIPTION": what}


def test_a_merge_request_is_checked_without_a_secret(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample
) -> None:
    ran = gitlab_ci_local.run(gitlab, **merge_request(gitlab))
    (call,) = the_calls(gitlab, ran)
    assert call.line == [
        *("ci", "check", "--rev", gitlab.head, "--base", "refs/remotes/origin/main"),
        *("--author", str(RESELLER), "--format", "gitlab", "--summary", "summary.md"),
    ]
    assert gitlab.head in call.objects
    assert call.env == {}


def test_of_merged_results_what_was_pushed_is_checked(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample
) -> None:
    variables = merge_request(
        gitlab, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=gitlab.head, CI_COMMIT_SHA=gitlab.main
    )
    ran = gitlab_ci_local.run(gitlab, **variables)
    (call,) = the_calls(gitlab, ran)
    assert call.line[3] == gitlab.head


def test_what_a_train_would_merge_has_to_be_covered(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample
) -> None:
    gitlab.stand_in(ci_ready=4)
    variables = merge_request(gitlab, CI_MERGE_REQUEST_EVENT_TYPE="merge_train")
    ran = gitlab_ci_local.run(gitlab, **variables)
    calls = the_calls(gitlab, ran, code=4)
    assert ["ci", "ready", "--rev", gitlab.head] in [call.line for call in calls]
    assert all(gitlab.head in call.objects and call.env == {} for call in calls)


@pytest.mark.parametrize(
    ("variables", "lines"),
    [
        ({**BRANCH, "CI_PIPELINE_SOURCE": "trigger"}, [OPEN]),
        (scheduled("provision plan"), [OPEN]),
        (scheduled("provision apply"), [APPLY, OPEN]),
        ({**BRANCH, "CI_PIPELINE_SOURCE": "push"}, [APPLY, OPEN]),
        (
            {**BRANCH, "CI_PIPELINE_SOURCE": "web", "RELEASE": f"{DIGEST} * $(id)"},
            [[*APPLY, "--release", DIGEST, "--release", "*", "--release", "$(id)"], OPEN],
        ),
        (scheduled("provision nightly"), [["ci", "drift"], APPLY, RECONCILE, OPEN]),
    ],
)
def test_the_protected_branch_runs_its_jobs(
    gitlab_ci_local: GitLabCiLocal,
    gitlab: Sample,
    variables: dict[str, str],
    lines: list[list[str]],
) -> None:
    ran = gitlab_ci_local.run(gitlab, **variables)
    calls = the_calls(gitlab, ran)
    assert [call.line for call in calls] == lines
    assert all(gitlab.head in call.objects for call in calls if call.line == OPEN)


def test_gitlabs_apply_opens_sealed_passwords_and_tells_a_refusal(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample, tmp_path: Path
) -> None:
    gitlab.stand_in(ci_apply=4)
    key = tmp_path / "identity"
    key.write_text(IDENTITY[0][0], "utf-8")
    key.chmod(0o600)
    ran = gitlab_ci_local.run(
        gitlab, **BRANCH, CI_PIPELINE_SOURCE="push", PROVISION_IDENTITY=str(key)
    )
    apply, plan = the_calls(gitlab, ran, code=4)
    assert apply.line == [*APPLY, "--identity", str(key)]
    assert apply.identity == IDENTITY
    assert plan.line == OPEN


@pytest.mark.parametrize(
    "variables",
    [
        {
            "CI_COMMIT_BRANCH": "change",
            "CI_COMMIT_REF_PROTECTED": "false",
            "CI_PIPELINE_SOURCE": "push",
        },
        {
            "CI_COMMIT_BRANCH": "main",
            "CI_COMMIT_REF_PROTECTED": "false",
            "CI_PIPELINE_SOURCE": "push",
        },
        {
            "CI_COMMIT_BRANCH": "change",
            "CI_COMMIT_REF_PROTECTED": "true",
            "CI_PIPELINE_SOURCE": "web",
        },
        scheduled("something else"),
    ],
)
def test_nothing_else_starts_a_job(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample, variables: dict[str, str]
) -> None:
    gitlab_ci_local.run(gitlab, **variables)
    assert gitlab.calls() == []


def test_a_request_that_goes_elsewhere_is_not_checked(
    gitlab_ci_local: GitLabCiLocal, gitlab: Sample
) -> None:
    gitlab_ci_local.run(gitlab, **merge_request(gitlab, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="mine"))
    assert gitlab.calls() == []
