"""Days on which the forge, the network, a job or a system does not do what it should."""

from dataclasses import replace

import pytest
from forge.double.server import TOKEN, Fault, Said
from forge.double.world import Request
from review.stage import KEY, MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.codes.systems import DatabaseIsBusy
from provisioner.drivers.local import LocalPbx
from provisioner.errors import OutcomeUnknown, Refused, Unavailable
from provisioner.operations.forging import private_line
from provisioner.operations.opening import open_systems
from provisioner.review.showing import Ended
from provisioner.telephony.identity import CustomerId


def merged(stage: Stage) -> Request:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    return request


def test_a_revert_is_a_request_like_any_other(hub_stage: Stage) -> None:
    """Git takes the merge back; the customer goes by the removal that staff allow with it."""
    stage = hub_stage
    merged(stage)
    stage.apply()
    second = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="second")
    stage.plan(second)
    stage.approve(second)
    commit = stage.merge(second)
    stage.apply()
    assert stage.names() == ["Theke"]
    stage.repo.git("checkout", "--quiet", "-b", "back", "main")
    stage.repo.git("revert", "--no-edit", "-m", "1", commit)
    head = stage.repo.git("rev-parse", "HEAD")
    stage.repo.git("checkout", "--quiet", "main")
    request = stage.side.world.open_request(stage.huber, head, source="back")
    stage.plan(request)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV748"]
    assert stage.names() == ["Theke"]


@pytest.mark.parametrize("at", range(1, 6))
def test_an_apply_that_dies_at_the_pbx_is_finished_by_the_next(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    stage = hub_stage
    request = merged(stage)
    real, calls = LocalPbx.put, []

    def put(pbx: LocalPbx, *arguments: object, **named: object) -> object:
        calls.append(arguments)
        if len(calls) == at:
            raise KeyboardInterrupt
        return real(pbx, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as here:
        here.setattr(LocalPbx, "put", put)
        if at <= 3:
            with pytest.raises(KeyboardInterrupt):
                stage.apply()
            assert "Applied" not in stage.comments(request)[0]
        else:
            stage.apply()
    done = stage.apply()
    assert all(each.ended is Ended.DONE for each in done.told.values())
    assert stage.live() == ["empfang"]
    assert len(stage.comments(request)) == 1
    assert "Applied: 1 customer done" in stage.comments(request)[0]
    assert all(not issue.open for issue in stage.side.world.issues.values())


def test_a_system_that_fails_is_told_and_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the request at once; in the issue when later runs have not mended it; then it closes."""
    request = merged(stage)

    def put(*_arguments: object, **_named: object) -> object:
        raise Unavailable(DatabaseIsBusy(target="local"))

    with monkeypatch.context() as here:
        here.setattr(LocalPbx, "put", put)
        assert stage.apply().told["schmiede"].ended is Ended.FAILED
        assert "FAILED" in stage.comments(request)[0]
        assert stage.side.world.issues == {}
        stage.side.world.tick(40 * 60)
        stage.apply()
        assert [issue.open for issue in stage.side.world.issues.values()] == [True]
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert [issue.open for issue in stage.side.world.issues.values()] == [False]
    assert "Applied: 1 customer done" in stage.comments(request)[0]
    assert len(stage.comments(request)) == 1


def test_a_run_that_was_dropped_is_made_up_for_by_the_next(stage: Stage) -> None:
    """Two merges, and the job of the first never came."""
    merged(stage)
    second = stage.ask({MUEHLE: manifest("muehle", "Mühle AG")}, stage.aare, branch="second")
    stage.plan(second)
    stage.approve(second)
    stage.merge(second)
    done = stage.apply()
    assert {each.ended for each in done.told.values()} == {Ended.DONE}
    assert stage.live() == ["empfang", "muehle"]


def test_two_applies_at_once(hub_stage: Stage) -> None:
    """Who holds the lease goes on; the other one leaves the customer alone and says so."""
    stage = hub_stage
    request = merged(stage)
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (_, desk):
        at = stage.side.world.now
        customer = CustomerId("schmiede")
        desk.acquire_lease(customer, holder="other:1:1", at=at, seconds=120)
        done = stage.apply()
        assert done.told["schmiede"].ended is Ended.WAITING
        desk.release_lease(customer, holder="other:1:1")
    assert stage.live() == []
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert len(stage.comments(request)) == 1


def test_150_comments_before_ours(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    for n in range(150):
        stage.side.world.comment(request, stage.aare, f"Remark {n}")
    stage.plan(request)
    stage.push_again(request, {SCHMIEDE: manifest(name="Theke")})
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert len(stage.comments(request)) == 1


SLOW = Said(429, {"message": "slow down"}, {"retry-after": "7"})


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "/(pulls|merge_requests)", SLOW, times=2),
        Fault("POST", "/(comments|notes)", SLOW),
        Fault("POST", "/(comments|notes)", Said(502), after=True),
        Fault("POST", "/(comments|notes)", None, after=True),
        Fault("POST", "/(check-runs|statuses)", None, after=True),
        Fault("PATCH|PUT", "/(comments|notes)", Said(502), times=2),
    ],
    ids=lambda fault: f"{fault.method} {fault.said.status if fault.said else 'cut'}",
)
def test_a_forge_that_stumbles(stage: Stage, fault: Fault) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.side.double.faults.append(replace(fault))
    try:
        stage.plan(request)
    except (Unavailable, OutcomeUnknown):  # said so, and the next run goes on
        stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert len(stage.comments(request)) == 1
    assert stage.live() == ["empfang"]


def test_a_token_that_may_only_read(stage: Stage) -> None:
    """What was approved is carried out; that nobody can be told is an error with the right."""
    request = merged(stage)
    stage.side.api.read_only = True
    with pytest.raises(Refused, match="PV729"):
        stage.plan(stage.ask({MUEHLE: manifest("muehle", "Mühle AG")}, stage.aare, "second"))
    done = stage.apply()
    assert (done.told["schmiede"].ended, done.untold) == (Ended.DONE, ["PV729"])
    assert stage.live() == ["empfang"]
    stage.side.api.read_only = False
    stage.apply()
    assert "Applied" in stage.comments(request)[0]


def test_what_is_secret_is_on_no_page_of_the_forge(stage: Stage) -> None:
    """Nor what is personal: street, name, e-mail and telephone of who was written down."""
    request = merged(stage)
    stage.apply()
    stage.direct({MUEHLE: manifest("muehle", "Mühle AG", name="Vreni Zwahlen")})
    stage.apply()
    world = stage.side.world
    said = [c.body for c in request.comments]
    said += [f"{i.title} {i.body}" for i in world.issues.values()]
    said += [f"{m.reference} {m.output}" for m in world.marks]
    said += stage.audit("schmiede")
    text = "\n".join(said)
    for each in (
        TOKEN,
        private_line(KEY),
        "Hammerweg",
        "Petra",
        "rechnung@",
        "0525550100",
        "Vreni",
    ):
        assert each not in text
