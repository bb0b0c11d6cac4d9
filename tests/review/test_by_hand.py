"""What staff release by hand, and that nobody releases what is their own."""

from forge.double.server import Fault, Said
from forge.double.world import Person
from review.stage import MUEHLE, SCHMIEDE, Done, Stage, manifest

from provisioner.forge.model import Account, Run
from provisioner.review.showing import Ended


def test_released_by_hand(stage: Stage) -> None:
    stage.direct({SCHMIEDE: manifest()})
    fresh = stage.apply().told["schmiede"].fresh
    assert fresh is not None

    def tried(who: Person, attempt: int = 1, digest: str = fresh.digest) -> Done:
        run = Run(Account(who.number, who.login, who.bot), attempt)
        return stage.apply(digests=[digest], run=run)

    assert tried(stage.limmat).codes("schmiede") == ["PV769"]
    assert tried(stage.meier, attempt=2).codes("schmiede") == ["PV769"]
    assert tried(stage.meier, digest="0" * 64).codes("schmiede") == ["PV767"]
    assert stage.live() == []
    assert tried(stage.meier).told["schmiede"].ended is Ended.DONE
    assert stage.live() == ["empfang"]
    assert all(not issue.open for issue in stage.side.world.issues.values())
    assert any("released by hand by meier" in line for line in stage.audit("schmiede"))


def _release(stage: Stage, who: Person, customer: str = "schmiede") -> Done:
    """By hand, the plan that the run before shows."""
    fresh = stage.apply().told[customer].fresh
    assert fresh is not None
    return stage.apply(digests=[fresh.digest], run=Run(Account(who.number, who.login), 1))


def test_nobody_releases_by_hand_what_they_have_pushed_themselves(stage: Stage) -> None:
    stage.direct({SCHMIEDE: manifest()}, by=stage.meier)
    stage.direct({"README.md": "Hello\n"}, by=stage.huber)
    done = _release(stage, stage.meier)
    assert done.codes("schmiede") == ["PV769"]
    assert done.told["schmiede"].about[0].params["reason"] == "took_part"
    assert stage.live() == []
    assert _release(stage, stage.huber).told["schmiede"].ended is Ended.DONE


def test_part_of_it_was_pushed_past_the_request(hub_stage: Stage) -> None:
    """First by a push, then a request that touches the file and changes nothing of it."""
    stage = hub_stage
    stage.direct({SCHMIEDE: manifest()}, by=stage.meier)
    request = stage.ask({SCHMIEDE: f"# ours\n{manifest()}"})
    stage.merge(request)
    assert _release(stage, stage.meier).codes("schmiede") == ["PV769"]
    assert _release(stage, stage.huber).told["schmiede"].ended is Ended.DONE


def test_a_push_that_looks_like_the_merge_of_a_request(stage: Stage) -> None:
    """Forges take a request for merged when its head comes by a push, whatever comes with it."""
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.repo.git("merge", "--quiet", "--no-ff", "--no-commit", request.head)
    made = stage.repo.commit({SCHMIEDE: manifest(name="Theke")})
    stage.side.world.merge(request, "merge", made)
    stage.side.world.pushes[-1].by = stage.meier
    assert _release(stage, stage.meier).codes("schmiede") == ["PV769"]
    assert stage.live() == []
    assert _release(stage, stage.huber).told["schmiede"].ended is Ended.DONE


def test_who_has_merged_a_request_may_release_it_by_hand(stage: Stage) -> None:
    """What it brought was shown, and is by somebody else."""
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.merge(request)
    stage.side.world.pushes[-1].by = stage.meier
    assert _release(stage, stage.meier).told["schmiede"].ended is Ended.DONE


def test_who_has_pushed_to_the_request_does_not_release_it_by_hand(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.side.world.pushes[-1].by = stage.meier
    request.commits = []
    stage.plan(request)
    stage.merge(request)
    assert _release(stage, stage.meier).codes("schmiede") == ["PV769"]
    assert _release(stage, stage.huber).told["schmiede"].ended is Ended.DONE


def test_who_rewrote_the_branch_is_not_taken_for_who_pushed_it(hub_stage: Stage) -> None:
    """Nor does a rewriting hide who had pushed what it kept."""
    stage = hub_stage
    stage.direct({SCHMIEDE: manifest()}, by=stage.meier)
    stage.direct({"README.md": "One\n"}, by=stage.meier)
    stage.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    stage.direct({"README.md": "Two\n"}, by=stage.huber)
    done = _release(stage, stage.meier)
    assert done.told["schmiede"].about[0].params["reason"] == "took_part"
    assert stage.live() == []


def test_if_it_cannot_be_read_who_pushed_nobody_releases_and_others_go_on(hub_stage: Stage) -> None:
    stage = hub_stage
    stage.direct({SCHMIEDE: manifest()}, by=stage.huber)
    fresh = stage.apply().told["schmiede"].fresh
    assert fresh is not None
    request = stage.ask({MUEHLE: manifest("muehle")}, stage.aare)
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.side.double.faults.append(Fault("GET", "activity.*heads.*main", Said(403, {})))
    run = Run(Account(stage.meier.number, "meier"), 1)
    done = stage.apply(digests=[fresh.digest], run=run)
    assert done.codes("schmiede") == ["PV729"]
    assert done.told["muehle"].ended is Ended.DONE


def test_a_push_of_which_nobody_knows_is_released_by_nobody(lab_stage: Stage) -> None:
    """GitLab tells of a push of many branches how many they were."""
    stage = lab_stage
    stage.direct({SCHMIEDE: manifest()}, by=stage.meier, others=3)
    for who in (stage.meier, stage.huber):
        done = _release(stage, who)
        assert done.told["schmiede"].about[0].params["reason"] == "pusher_unknown"
    assert stage.live() == []
    request = stage.ask({SCHMIEDE: f"# ours\n{manifest()}"})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
