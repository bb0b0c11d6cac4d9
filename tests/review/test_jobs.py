"""``provision ci plan|ready|apply|drift`` as a job runs them: environment in, text and code out."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from forge.double.server import TOKEN
from forge.double.world import Request
from review.job import Job
from review.stage import KEY, SCHMIEDE, Stage, manifest

from provisioner.codes.systems import DatabaseIsBusy
from provisioner.drivers.local import LocalPbx
from provisioner.errors import Unavailable
from provisioner.operations import showing
from provisioner.operations.forging import private_line


@pytest.fixture
def job(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Job:
    """On the day that it really is: a command has no other."""
    hub_stage.side.world.now = datetime.now(UTC)
    return Job(hub_stage, monkeypatch, capsys)


def today(days: int = 0) -> str:
    return str((datetime.now(UTC) + timedelta(days=days)).date())


def test_from_the_plan_to_a_phone(job: Job) -> None:
    stage = job.stage
    text = manifest().replace("2027-01-01", today(60))
    request = stage.ask({SCHMIEDE: text})
    done = job("plan", "--mr", "1")
    assert (done.exit_code, done.output) == (
        0,
        "Merge request 1: the plan is shown and recorded.\n",
    )
    done = job("plan", "--open")
    assert (done.exit_code, done.output) == (
        0,
        "Merge request 1: what is shown there still holds.\n",
    )
    assert job("ready", "--rev", request.head).exit_code == 4
    stage.approve(request)
    assert job("ready", "--rev", request.head).exit_code == 0
    stage.merge(request)
    done = job("apply")
    assert done.exit_code == 0, done.output
    assert "schmiede" in done.output
    done = job("apply")
    assert (done.exit_code, done.output) == (
        0,
        "Everything is as it was released. Nothing to do.\n",
    )
    done = job("plan", "--mr", "1")
    assert (
        done.output == "Merge request 1 is closed, or goes to another branch. Nothing was done.\n"
    )
    assert job("plan", "--open").output == "No merge request is open.\n"


def test_a_branch_that_was_rewritten_and_a_job_that_came_late(job: Job) -> None:
    stage = job.stage
    first = stage.direct({"README.md": "One\n"})
    assert job("apply").exit_code == 0
    second = stage.direct({"README.md": "Two\n"})
    assert job("apply").exit_code == 0
    stage.repo.git("reset", "--quiet", "--hard", first)
    done = job("apply")
    assert done.exit_code == 0
    assert done.output == "A newer commit of the branch is or was carried out. Nothing was done.\n"
    stage.direct({"README.md": "Other\n"})
    done = job("apply")
    assert done.exit_code == 3
    assert "PV790" in done.output
    assert job("apply", "--acknowledge-rewritten").exit_code == 0
    assert job("apply").exit_code == 0
    stage.repo.git("reset", "--quiet", "--hard", first)
    stage.repo.git("update-ref", "refs/remotes/origin/main", second)
    assert "newer commit" in job("apply").output


def asked(job: Job, *arguments: str) -> list[str]:
    """What of merge requests a job asks the forge."""
    before = len(job.stage.side.double.asked)
    job(*arguments)
    paths = [path for _, path, _ in job.stage.side.double.asked[before:]]
    return [path for path in paths if re.search("pulls|comments|commits|activity", path)]


def merged(job: Job) -> Request:
    stage = job.stage
    request = stage.ask({SCHMIEDE: manifest().replace("2027-01-01", today(60))})
    job("plan", "--mr", "1")
    stage.approve(request)
    stage.merge(request)
    return request


def test_what_was_told_is_not_asked_for_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it took a second run at the same tip."""
    request = merged(job)

    def put(*_arguments: object, **_named: object) -> object:
        raise Unavailable(DatabaseIsBusy(target="local"))

    with monkeypatch.context() as here:
        here.setattr(LocalPbx, "put", put)
        assert job("apply").exit_code != 0
    assert job("apply").exit_code == 0
    assert "Applied" in job.stage.comments(request)[0]
    assert asked(job, "apply") == []
    job.stage.direct({"README.md": "Hello\n"})
    assert asked(job, "apply") == []


def test_what_could_not_be_told_is_told_by_the_next_run(job: Job) -> None:
    request = merged(job)
    job.stage.side.api.read_only = True
    assert "PV729" in job("apply").output
    assert job.stage.live() == ["empfang"]
    assert "Applied" not in job.stage.comments(request)[0]
    job.stage.side.api.read_only = False
    assert job("apply").exit_code == 0
    assert "Applied" in job.stage.comments(request)[0]
    assert asked(job, "apply") == []


def test_by_hand_is_for_staff_who_started_the_job(job: Job) -> None:
    stage = job.stage
    stage.direct({SCHMIEDE: manifest().replace("2027-01-01", today(60))})
    done = job("apply")
    assert done.exit_code == 4
    assert "PV767" in done.output
    issue = next(iter(stage.side.world.issues.values()))
    digest = next(word for word in issue.body.replace("`", " ").split() if len(word) == 64)
    assert f"Digest: {digest}\n" in done.output
    stage.side.world.runs[77] = (stage.limmat, stage.limmat, 1)
    told = job("apply", "--release", digest).output
    assert "error[PV769]: limmat may not release this by hand: not one of the staff." in told
    stage.side.world.runs[77] = (stage.limmat, stage.meier, 2)
    told = job("apply", "--release", digest).output
    assert "error[PV769]: meier may not release this by hand: somebody ran the job again." in told
    assert stage.live() == []
    stage.side.world.runs[77] = (stage.meier, stage.meier, 1)
    done = job("apply", "--release", digest)
    assert done.exit_code == 0, done.output
    assert stage.live() == ["empfang"]
    assert not issue.open
    assert job("apply", "--release", digest[:20]).exit_code != 0
    done = job("apply", "--release", digest)
    assert (done.exit_code, "PV791" in done.output) == (4, True)


def test_drift_is_one_issue(job: Job) -> None:
    stage = job.stage
    stage.direct({SCHMIEDE: manifest().replace("2027-01-01", today(60))})
    job("apply")
    issue = next(iter(stage.side.world.issues.values()))
    digest = next(word for word in issue.body.replace("`", " ").split() if len(word) == 64)
    stage.side.world.runs[77] = (stage.meier, stage.meier, 1)
    job("apply", "--release", digest)
    assert job("drift").exit_code == 0
    stage.by_hand("empfang", license="phones+apps")
    assert job("drift").exit_code == 2
    assert job("drift").exit_code == 2
    open_now = [one for one in stage.side.world.issues.values() if one.open]
    assert len(open_now) == 1
    stage.by_hand("empfang", license="phones")
    assert job("drift").exit_code == 0
    assert not open_now[0].open


def test_what_is_asked_for_wrongly(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    assert job("plan").exit_code != 0
    assert job("plan", "--mr", "1", "--open").exit_code != 0
    assert job("plan", "--mr", "0").exit_code != 0
    assert job("plan", "--mr", "99").exit_code == 1
    monkeypatch.delenv("PROVISION_SIGNING_KEY")
    done = job("plan", "--open")
    assert done.exit_code == 1
    assert "PV762" in done.output
    monkeypatch.setenv("PROVISION_FORGE_TOKEN", "")
    assert "PV762" in job("apply").output


def test_a_head_that_was_not_fetched(job: Job) -> None:
    job.stage.side.world.open_request(job.stage.limmat, "a" * 40)
    done = job("plan", "--mr", "1")
    assert done.exit_code != 0
    assert "PV703" in done.output
    done = job("plan", "--open")
    assert (done.exit_code, "PV703" in done.output) == (1, True)


def test_no_token_is_ever_said(job: Job) -> None:
    job.stage.side.double.faults.clear()
    job.stage.ask({SCHMIEDE: "version: 1\n"})
    said = "".join(
        job(*each).output
        for each in (["plan", "--mr", "1"], ["apply"], ["drift"], ["ready", "--rev", "main"])
    )
    said += "".join(job.stage.comments(job.stage.side.world.requests[1]))
    assert TOKEN not in said
    assert private_line(KEY) not in said


def test_a_plan_that_takes_long_is_announced(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only where nothing stands yet, and what is shown then takes its place."""
    stage, seen = job.stage, []
    monkeypatch.setattr(showing, "PATIENCE", 0.0)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    real = showing.check_commits

    def slow(*arguments: Any) -> Any:
        while not stage.comments(request):
            sleep(0.01)
        seen.extend(stage.comments(request))
        return real(*arguments)

    monkeypatch.setattr(showing, "check_commits", slow)
    request = stage.ask({SCHMIEDE: manifest().replace("2027-01-01", today(60))})
    assert job("plan", "--mr", "1").exit_code == 0
    assert "The plan is being made" in seen[0]
    assert len(stage.comments(request)) == 1
    assert "being made" not in stage.comments(request)[0]
    assert stage.record(request).digest in stage.comments(request)[0]
    assert stage.record(request).digest in (tmp_path / "summary.md").read_text("utf-8")
    stage.approve(request)
    stage.merge(request)
    assert job("apply").exit_code == 0
