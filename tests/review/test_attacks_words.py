"""Attacks with records, marks, comments, approvals and branches: tries that have to come to
nothing, and leave others alone."""

from collections.abc import Callable

import pytest
from forge.double.world import Commit, Request
from review.stage import KEY, MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.review import record as records
from provisioner.review.note import taken_apart, with_record
from provisioner.review.record import signed
from provisioner.review.showing import Ended


def approved(stage: Stage, branch: str = "first", **text: str) -> Request:
    request = stage.ask({SCHMIEDE: manifest(**text)}, branch=branch)
    stage.plan(request)
    stage.approve(request)
    return request


# Records, marks and comments that are not what they say


def _by_another_identity(stage: Stage, request: Request) -> None:
    """A mark of the same name, and a comment with the same marker, by whoever may write."""
    text = signed(stage.record(request).model_copy(update={"sequence": 9}), KEY)
    reference = f"{request.number}:{records.fingerprint(text)}"
    world = stage.side.world
    world.mark(world.workflows, request.head, "provision/plan", "failure", reference, text=text)
    world.comment(request, stage.limmat, with_record(stage.comments(request)[0], text))
    stage.plan(request)


def _a_word(stage: Stage, request: Request) -> None:
    stage.side.world.review(request, stage.aare, "CHANGES_REQUESTED")
    stage.side.world.review(request, stage.limmat)


def _an_empty_push_elsewhere(stage: Stage, request: Request) -> None:
    stage.ask({SCHMIEDE: manifest(name="Theke")}, stage.aare, branch="other")
    stage.plan(request)


@pytest.mark.parametrize("what", [_by_another_identity, _a_word, _an_empty_push_elsewhere])
def test_what_a_stranger_does_keeps_nothing_from_being_released(
    hub_stage: Stage, what: Callable[[Stage, Request], None]
) -> None:
    stage = hub_stage
    request = approved(stage)
    what(stage, request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def _old_record(stage: Stage, request: Request) -> None:
    """A record that was genuine, put back together with its comment."""
    note = next(c for c in request.comments if c.by is stage.side.world.recorder)
    was = note.body
    stage.side.world.ends_on_push = False
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    stage.plan(request)
    stage.side.world.edit(note, was)


def _of_another_request(stage: Stage, request: Request) -> None:
    """Its approved neighbour's comment, record and all."""
    other = stage.ask({MUEHLE: manifest("muehle")}, stage.aare, branch="neighbour")
    stage.plan(other)
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    stage.approve(request)
    note = next(c for c in request.comments if c.by is stage.side.world.recorder)
    stage.side.world.edit(note, stage.comments(other)[0])


def _deleted(stage: Stage, request: Request) -> None:
    stage.side.world.delete(request.comments[0])


def _head_there_and_back(stage: Stage, request: Request) -> None:
    """A, B, A: the approval was of A, the newest plan is of B."""
    first = request.head
    stage.side.world.ends_on_push = False
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    stage.plan(request)
    for review in request.reviews:
        review.state = "APPROVED"
    request.approved = {stage.meier: request.created.replace(hour=23)}
    stage.side.world.tick(86400)
    stage.repo.git("branch", "--force", request.source, first)
    stage.side.world.push(request, first, by=stage.limmat)


@pytest.mark.parametrize("how", [_old_record, _of_another_request, _deleted, _head_there_and_back])
def test_another_text_than_the_newest(stage: Stage, how: Callable[[Stage, Request], None]) -> None:
    request = approved(stage)
    how(stage, request)
    stage.merge(request)
    assert set(stage.apply().codes("schmiede")) < {"PV748", "PV751", "PV765", "PV766"}
    assert stage.live() == []


# Approvals


def test_given_taken_back_and_given_again(stage: Stage) -> None:
    request = approved(stage)
    stage.side.world.take_back(request, stage.meier)
    stage.side.world.review(request, stage.meier, "CHANGES_REQUESTED")
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def test_taken_back_after_the_merge(hub_stage: Stage) -> None:
    request = approved(hub_stage)
    hub_stage.merge(request)
    hub_stage.side.world.take_back(request, hub_stage.meier)
    assert hub_stage.apply().codes("schmiede") == ["PV748"]
    hub_stage.approve(request)
    assert hub_stage.apply().codes("schmiede") == ["PV753"]
    assert hub_stage.live() == []


def test_an_approval_that_outlives_a_rebase(lab_stage: Stage) -> None:
    """GitLab keeps it where the patch is the same; what it is merged into is not."""
    stage = lab_stage
    request = approved(stage)
    stage.side.world.ends_on_push = False
    stage.direct({"README.md": "Hello\n"})
    stage.repo.git("checkout", "--quiet", request.source)
    stage.repo.git("rebase", "--quiet", "main")
    head = stage.repo.git("rev-parse", "HEAD")
    stage.repo.git("checkout", "--quiet", "main")
    stage.side.world.push(request, head, by=stage.limmat)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV765"]


def test_more_commits_than_the_forge_tells(hub_stage: Stage) -> None:
    request = approved(hub_stage)
    request.commits = [Commit(f"{n:040x}", hub_stage.limmat, None) for n in range(250)]
    hub_stage.merge(request)
    assert hub_stage.apply().codes("schmiede") == ["PV747"]


def test_a_record_without_steps_releases_the_same_plan_and_no_part(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = hub_stage
    monkeypatch.setattr(records, "MAX_TEXT", 900)
    request = approved(stage)
    assert stage.record(request).customers[0].steps is None
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    second = approved(stage, "second", name="Theke", license="phones+apps")
    stage.merge(second)
    stage.by_hand("empfang", name="Theke")
    assert stage.apply().codes("schmiede") == ["PV445"]


# Branches


def test_merged_into_another_branch_and_that_one_pushed(hub_stage: Stage) -> None:
    stage = hub_stage
    request = approved(stage)
    request.target = "develop"
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV742"]
    request.target = "main"


def test_retargeted_after_the_approval(hub_stage: Stage) -> None:
    """What was approved for another branch was never planned for this one."""
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    request.target = "develop"
    stage.plan(request)
    stage.approve(request)
    request.target = "main"
    assert stage.plan(request).withdrawn == 1
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV748"]


def test_an_octopus_that_brings_more_than_the_request(hub_stage: Stage) -> None:
    stage = hub_stage
    request = approved(stage)
    extra = stage.push({MUEHLE: manifest("muehle")}, "extra")
    stage.repo.git("merge", "--quiet", "--no-ff", "-m", "Octopus", request.head, extra)
    stage.side.world.merge(request, "merge", stage.repo.git("rev-parse", "HEAD"))
    done = stage.apply()
    assert done.told["schmiede"].ended is Ended.DONE
    assert done.codes("muehle") == ["PV768"]
    assert stage.live() == ["empfang"]


def test_a_head_with_the_main_branch_merged_into_it(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.direct({"README.md": "Hello\n"})
    stage.repo.git("checkout", "--quiet", request.source)
    stage.repo.git("merge", "--quiet", "--no-ff", "-m", "Up to date", "main")
    head = stage.repo.git("rev-parse", "HEAD")
    stage.repo.git("checkout", "--quiet", "main")
    stage.side.world.push(request, head, by=stage.limmat)
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def test_several_commits_of_one_customer_that_are_rebased(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest(name="Theke")})
    stage.push_again(request, {SCHMIEDE: manifest(name="Bar")})
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request, "rebase")
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert stage.names() == ["Theke"]
    assert taken_apart(stage.comments(request)[0]).head == request.head
