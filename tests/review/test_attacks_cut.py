"""Jobs that are cut off at any of their writes: the next run ends right, and says so."""

import pytest
from review.stage import MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.review.showing import Ended


class Cut(BaseException):
    """The runner is gone."""


def cut(stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """At the first write of this name, before the forge has it or after."""
    write = getattr(stage.side.forge, name)

    def gone(*arguments: object, **named: object) -> None:
        if after:
            write(*arguments, **named)
        raise Cut

    monkeypatch.setattr(stage.side.forge, name, gone)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["add_note", "place"])
def test_a_first_plan(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    with monkeypatch.context() as here:
        cut(stage, here, name, after=after)
        with pytest.raises(Cut):
            stage.plan(request)
    stage.plan(request)
    stage.approve(request)
    assert stage.plan(request).withdrawn == 0
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert len(stage.comments(request)) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["withdraw", "edit_note", "place"])
def test_a_later_plan(
    lab_stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    """What was approved before does not count, wherever the job stopped."""
    stage = lab_stage
    stage.side.world.ends_on_push = False
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    with monkeypatch.context() as here:
        cut(stage, here, name, after=after)
        with pytest.raises(Cut):
            stage.plan(request)
    stage.plan(request)
    assert stage.standing(request) == []
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert stage.names() == ["Theke"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["edit_note", "open_issue"])
def test_an_apply_of_one_that_is_approved_and_one_that_is_not(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    stage = hub_stage
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.direct({MUEHLE: manifest("muehle")})
    with monkeypatch.context() as here:
        cut(stage, here, name, after=after)
        with pytest.raises(Cut):
            stage.apply()
    assert stage.live() == ["empfang"]
    done = stage.apply()
    assert done.codes("muehle") == ["PV767"]
    (comment,) = stage.comments(request)
    assert "Applied" in comment
    assert "meier" in comment
    assert [issue.open for issue in stage.side.world.issues.values()] == [True]
    stage.direct({MUEHLE: None})
    stage.apply()
    assert [issue.open for issue in stage.side.world.issues.values()] == [False]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["edit_issue", "close_issue"])
def test_the_one_issue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    """Cut off while it is edited or closed, it is right after the next run, and no second one."""
    stage.direct({SCHMIEDE: manifest()})
    stage.apply()
    issue = next(iter(stage.side.world.issues.values()))
    stage.direct({MUEHLE: manifest("muehle")} if name == "edit_issue" else {SCHMIEDE: None})
    with monkeypatch.context() as here:
        cut(stage, here, name, after=after)
        with pytest.raises(Cut):
            stage.apply()
    stage.apply()
    assert [*stage.side.world.issues.values()] == [issue]
    assert issue.open == (name == "edit_issue")
    assert ("muehle" in issue.body) == (name == "edit_issue")


def test_blocked_and_ready_in_one_request(hub_stage: Stage) -> None:
    stage = hub_stage
    broken = manifest("muehle").replace("stock: zentrale", "stock: nirgends")
    request = stage.ask({SCHMIEDE: manifest(), MUEHLE: broken}, stage.huber)
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert done.told["schmiede"].ended is Ended.DONE
    assert done.told["muehle"].ended is Ended.REFUSED
    assert "muehle" in stage.apply().told
    assert [issue.open for issue in stage.side.world.issues.values()] == [True]
