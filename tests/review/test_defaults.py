"""A default in provision.yaml on its way: shown with every customer that takes it, and approved."""

from repositories import Content
from review.stage import SCHMIEDE, Stage, manifest

from provisioner.operations.opening import open_systems
from provisioner.operations.resolving import Resolver, Written
from provisioner.plan.model import Targets
from provisioner.review.showing import Ended
from provisioner.telephony.identity import CustomerId

WITHOUT = manifest().replace("license: phones, ", "")


def _default(stage: Stage, license: str) -> dict[str, Content]:  # noqa: A002 - the field's name
    return {"provision.yaml": stage.settings(more=f"defaults: {{license: {license}}}\n")}


def _merged(stage: Stage, files: dict[str, Content], branch: str, *, approved: bool = True) -> str:
    """What the comment showed."""
    by = stage.huber if "provision.yaml" in files else stage.limmat
    request = stage.ask(files, by, branch)
    stage.plan(request)
    shown = stage.comments(request)[0]
    if approved:
        stage.approve(request)
    stage.merge(request)
    return shown


def _sources(stage: Stage) -> list[int]:
    """Merge requests that may have released the customer, by number."""
    with stage.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
        digest = lane.workspace().entries[CustomerId("schmiede")].manifest.digest()
        resolver = Resolver(lane, desk, Targets(pbx=pbx.target, desk=desk.target))
        written = Written(CustomerId("schmiede"), SCHMIEDE, digest)
        return [request.number for request in resolver.sources(written)]


def test_another_default_is_approved_like_an_edit(hub_stage: Stage) -> None:
    stage = hub_stage
    stage.direct(_default(stage, "phones"))
    _merged(stage, {SCHMIEDE: WITHOUT}, "new")
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    shown = _merged(stage, _default(stage, "phones+apps"), "more")
    assert "license: phones → phones+apps (default of `provision.yaml`)" in shown
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    # it comes back as it was approved once, and nobody has approved that it comes back
    shown = _merged(stage, _default(stage, "phones"), "back", approved=False)
    assert "license: phones+apps → phones" in shown
    assert stage.apply().told["schmiede"].ended is not Ended.DONE
    assert _sources(stage) == [3]


def test_a_new_default_of_others_takes_no_approval_away(hub_stage: Stage) -> None:
    """Its manifest says the license itself, and was approved before the settings were changed."""
    stage = hub_stage
    _merged(stage, {SCHMIEDE: manifest()}, "new")
    _merged(stage, _default(stage, "phones+apps"), "set", approved=False)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
