"""Attacks on what the protected branch is, and on settings that change what was approved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from review.stage import SCHMIEDE, Stage, manifest
from review.test_jobs import Job, job, today  # noqa: F401 - a fixture

from provisioner.forge.model import Account, Run
from provisioner.operations.opening import open_systems
from provisioner.telephony.identity import CustomerId

MORE = "calls: {simultaneous: 50}\n"


@contextmanager
def _held(stage: Stage) -> Iterator[None]:
    """Another run works on the customer."""
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (_, desk):
        customer, now = CustomerId("schmiede"), datetime.now(UTC)
        desk.acquire_lease(customer, holder="elsewhere:1:1", at=now, seconds=600)
        yield
        desk.release_lease(customer, holder="elsewhere:1:1")


def test_a_pushed_setting_stays_refused(job: Job) -> None:  # noqa: F811 - the fixture
    stage = job.stage
    _released(job, "Empfang", "first")
    stage.direct({"provision.yaml": stage.settings(more=MORE)})
    for _ in range(2):
        done = job("apply")
        assert done.exit_code == 4, done.output
        assert "PV445" in done.output, done.output
        assert [issue.open for issue in stage.side.world.issues.values()] == [True]
    stage.direct({"provision.yaml": stage.settings()})
    assert job("apply").exit_code == 0
    assert [issue.open for issue in stage.side.world.issues.values()] == [False]


def test_a_setting_is_looked_at_until_it_is_carried_out(job: Job) -> None:  # noqa: F811
    """A job that came before the approval's systems could be read must not be the last one."""
    stage = job.stage
    _released(job, "Empfang", "first")
    request = stage.ask({"provision.yaml": stage.settings(more=MORE)}, stage.huber, "settings")
    assert job("plan", "--mr", str(request.number)).exit_code == 0
    stage.approve(request)
    stage.merge(request)
    with _held(stage):
        assert job("apply").exit_code == 6
    done = job("apply")
    assert (done.exit_code, "schmiede" in done.output) == (0, True)
    assert "Nothing to do" in job("apply").output


def test_a_release_by_hand_that_came_to_nothing_uses_no_approval_up(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    digest = stage.plan(request).shown.plan.customers[0].digest
    stage.approve(request)
    stage.merge(request)
    run = Run(Account(stage.huber.number, stage.huber.login), 1)
    with _held(stage):
        stage.apply(digests=[digest], run=run)
    assert stage.live() == []
    stage.apply()
    assert stage.live() == ["empfang"]


def test_a_branch_that_holds_what_was_carried_out_beside_its_main_line(
    job: Job,  # noqa: F811
) -> None:
    """A merge whose first parent is an old commit hides what came since, and old approvals with the
    same content would count again."""
    stage = job.stage
    _released(job, "Empfang", "first")
    old = _released(job, "Theke", "second")
    new = _released(job, "Empfang", "third")
    tree = stage.repo.git("rev-parse", f"{old}^{{tree}}")
    stage.repo.git("reset", "--quiet", "--hard", stage.repo.commit_of(tree, old, new))
    done = job("apply")
    assert (done.exit_code, "PV790" in done.output) == (3, True)
    assert stage.names() == ["Empfang"]


def _released(job: Job, name: str, branch: str) -> str:  # noqa: F811
    stage = job.stage
    text = manifest(name=name).replace("2027-01-01", today(60))
    request = stage.ask({SCHMIEDE: text}, branch=branch)
    assert job("plan", "--mr", str(request.number)).exit_code == 0
    stage.approve(request)
    stage.merge(request, "fast-forward")
    assert job("apply").exit_code == 0
    return stage.repo.git("rev-parse", "HEAD")


def test_what_the_audit_said_before_it_named_projects(job: Job) -> None:  # noqa: F811
    """It counts in the repository in which the settings are, where it was written."""
    stage = job.stage
    aside = stage.push({"README.md": "Aside\n"})
    stage.direct({"README.md": "Main\n"})
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (_, desk):
        what, why = "protected branch carried out", f"commit {aside}"
        desk.note(at=datetime.now(UTC), who="x", what=what, why=why, customer=None)
    assert "PV790" in job("apply").output
    assert job("apply", "--acknowledge-rewritten").exit_code == 0
    assert job("apply").exit_code == 0
