"""Somebody with write access to everything but the protected branch, the key and the recorder's
identity: nothing is applied that staff did not approve after they had seen it."""

from datetime import UTC, datetime

import pytest
from review.stage import MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.contract.desk import AuditEntry
from provisioner.forge import transport
from provisioner.forge.model import Account, Run
from provisioner.plan.approval import Approval, carried_out, day_of
from provisioner.plan.model import CustomerPlan, Step
from provisioner.review.showing import Ended


def released(stage: Stage, branch: str = "first", **text: str) -> None:
    """A customer, by a request that was approved."""
    request = stage.ask({SCHMIEDE: manifest(**text)}, branch=branch)
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


# What was approved, for other systems and other hands


def test_what_was_approved_for_one_system_is_not_done_on_another(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    other = stage.settings().replace("path: pbx.db", "path: other.db")
    stage.direct({"provision.yaml": other})
    done = stage.apply(settings_changed=True)
    assert done.codes("schmiede") == ["PV449"]
    assert stage.live() == []


def test_another_system_takes_the_approval_before_the_merge(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    other = stage.settings().replace("path: pbx.db", "path: other.db")
    stage.direct({"provision.yaml": other})
    published = stage.plan(request)
    assert (published.written, published.withdrawn) == (True, 1)
    assert stage.standing(request) == []


def test_a_customer_that_is_moved_to_another_reseller_after_the_approval(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.direct({SCHMIEDE: None, "customers/aare/schmiede.yaml": manifest()})
    assert stage.apply().told["schmiede"].ended is Ended.REFUSED
    assert stage.live() == []


# Two requests of one commit


def test_a_second_request_of_the_same_commit_takes_nothing_from_the_first(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    twin = stage.side.world.open_request(stage.aare, request.head, source="twin", fork=True)
    stage.plan(twin)
    again = stage.plan(request)
    assert (again.written, again.withdrawn) == (False, 0)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def test_an_approval_of_the_twin_does_not_count_for_the_first(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    twin = stage.side.world.open_request(stage.limmat, request.head, source="twin")
    stage.plan(twin)
    stage.approve(twin)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV748"]
    assert stage.live() == []


# Times


def test_approved_in_the_second_in_which_it_was_shown(hub_stage: Stage) -> None:
    """Nobody reads that fast: it was the plan before that was approved."""
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    request.reviews[-1].at = stage.record(request).shown
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV752"]
    assert stage.live() == []


def test_a_comment_changed_while_the_recorder_waits(lab_stage: Stage) -> None:
    """Between the comment and its record lies a rate limit: what was read there was no plan."""
    stage = lab_stage
    request = stage.ask({SCHMIEDE: manifest()})
    placed = stage.side.forge.place

    def late(*arguments: object) -> object:
        stage.approve(request)
        return placed(*arguments)

    stage.side.forge.place = late  # type: ignore[method-assign]
    try:
        stage.plan(request)
    finally:
        del stage.side.forge.place
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV752"]
    assert stage.live() == []


def test_edited_and_put_back(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    (note,) = [c for c in request.comments if c.by is stage.side.world.recorder]
    was = note.body
    stage.side.world.edit(note, was.replace("Schmiedeisen", "Nobody"))
    stage.approve(request)
    stage.side.world.edit(note, was)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV766"]
    assert stage.live() == []


def test_an_old_comment_of_the_recorders_is_not_left_beside_the_new_one(stage: Stage) -> None:
    """Without its first line it is none of ours any more, but people would still believe it."""
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    (note,) = [c for c in request.comments if c.by is stage.side.world.recorder]
    stage.side.world.edit(note, "## Nothing changes\nPlease approve.")
    assert stage.plan(request).written
    (left,) = stage.comments(request)
    assert "Nothing changes" not in left


# Denial


def test_a_request_with_too_many_comments_stops_no_other(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = hub_stage
    first = stage.ask({SCHMIEDE: manifest()}, branch="one")
    second = stage.ask({MUEHLE: manifest("muehle", "Mühle AG")}, stage.aare, branch="two")
    for request in (first, second):
        stage.plan(request)
        stage.approve(request)
    for _ in range(101):
        stage.side.world.comment(second, stage.limmat, "Me too")
    stage.merge(first)
    stage.merge(second)
    monkeypatch.setattr(transport, "PAGES", 1)
    apart = stage.ask({"customers/limmat/neu.yaml": manifest("neu")}, branch="three")
    stage.plan(apart)
    stage.approve(apart)
    spammed = stage.ask({}, stage.aare, branch="four")
    for _ in range(101):
        stage.side.world.comment(spammed, stage.limmat, "Me too")
    assert stage.ready(stage.group(apart)) == []
    done = stage.apply()
    assert done.told["schmiede"].ended is Ended.DONE
    assert done.told["muehle"].ended is Ended.REFUSED
    assert [issue.open for issue in stage.side.world.issues.values()] == [True]
    monkeypatch.undo()
    assert stage.apply().told["muehle"].ended is Ended.DONE


def test_a_refusal_says_the_same_the_next_time(stage: Stage) -> None:
    """Our own word of it in the comment is no change by somebody."""
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV748"]
    assert stage.apply().codes("schmiede") == ["PV748"]


def test_another_content_says_the_same_the_next_time(hub_stage: Stage) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.repo.git("merge", "--quiet", "--no-ff", "--no-commit", request.head)
    made = stage.repo.commit({SCHMIEDE: manifest(name="Theke")})
    stage.side.world.merge(request, "merge", made)
    assert stage.apply().codes("schmiede") == ["PV768"]
    assert stage.apply().codes("schmiede") == ["PV768"]


def test_a_plan_that_differs_is_released_by_hand(hub_stage: Stage) -> None:
    stage = hub_stage
    released(stage)
    request = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="second")
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.by_hand("empfang", license="phones+apps")
    fresh = stage.apply().told["schmiede"].fresh
    assert fresh is not None
    by = Account(stage.huber.number, stage.huber.login)
    done = stage.apply(digests=[fresh.digest], run=Run(by, 1))
    assert done.told["schmiede"].ended is Ended.DONE
    assert stage.names() == ["Theke"]


def test_an_approval_soon_after_midnight_is_used_up_like_any_other() -> None:
    """Here it is the next day already; the audit counts in UTC."""
    half_past_midnight = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    approval = Approval(frozenset({"a" * 64}), on=day_of(half_past_midnight))
    step = Step.model_construct(id="x")
    plan = CustomerPlan.model_construct(customer="schmiede", steps=(step,), digest="a" * 64)
    entry = AuditEntry(half_past_midnight, "job", "applied", carried_out("a" * 64))
    assert approval.is_used_up(plan, [entry])
