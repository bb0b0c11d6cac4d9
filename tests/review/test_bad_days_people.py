"""Days on which people change keys, lock a discussion, or work on one customer in two places."""

import pytest
from forge.double.server import Fault, Said
from forge.double.world import Request
from nacl.signing import SigningKey
from review.stage import KEY, MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.errors import Refused
from provisioner.forge.model import Account, Run
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.opening import open_systems
from provisioner.operations.proposing import Live
from provisioner.operations.showing import Published, show_all
from provisioner.review.showing import Ended
from provisioner.review.showing import Stage as Shown

NEW = SigningKey(b"n" * 32)
LOCKED = {"message": "Unable to create comment because issue is locked."}


def approved(stage: Stage, request: Request) -> Request:
    stage.plan(request)
    stage.approve(request)
    return request


def test_the_key_that_signed_was_taken_out_before_the_apply(stage: Stage) -> None:
    """Nobody knows who else had it: staff release by hand, or the request gets a new plan."""
    request = approved(stage, stage.ask({SCHMIEDE: manifest()}))
    stage.merge(request)
    stage.direct({"provision.yaml": stage.settings(keys=[NEW])})
    done = stage.apply()
    assert done.codes("schmiede") == ["PV740"]
    assert stage.live() == []
    fresh = done.told["schmiede"].fresh
    assert fresh is not None
    run = Run(Account(stage.meier.number, "meier"), 1)
    done = stage.apply(digests=[fresh.digest], run=run)
    assert done.told["schmiede"].ended is Ended.DONE


@pytest.mark.parametrize("keys", [[KEY, NEW], [NEW, KEY]], ids=["old first", "new first"])
def test_both_keys_count_while_one_takes_the_place_of_the_other(
    hub_stage: Stage, keys: list[SigningKey]
) -> None:
    stage = hub_stage
    request = approved(stage, stage.ask({SCHMIEDE: manifest()}))
    stage.merge(request)
    stage.direct({"provision.yaml": stage.settings(keys=keys)})
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def test_a_locked_discussion_is_told_with_its_remedy_and_stops_no_other(hub_stage: Stage) -> None:
    stage = hub_stage
    locked = stage.ask({SCHMIEDE: manifest()}, branch="locked")
    other = stage.ask({MUEHLE: manifest("muehle")}, stage.aare, branch="other")
    fault = Fault("POST", f"/issues/{locked.number}/comments", Said(403, LOCKED), times=9)
    stage.side.double.faults.append(fault)
    with pytest.raises(Refused, match="PV786"):
        stage.plan(locked)
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (pbx, desk):
        said = {type(each): each for each in show_all(lane, Live(pbx, desk), KEY)}
    assert said[Diagnostic].code == "PV786"
    assert said[Published].request == other.number
    stage.approve(locked)
    stage.merge(locked)
    done = stage.apply()
    assert (done.codes("schmiede"), done.untold) == (["PV765"], ["PV786"])


def test_what_was_approved_before_the_lock_is_carried_out_though_nobody_is_told(
    hub_stage: Stage,
) -> None:
    stage = hub_stage
    request = approved(stage, stage.ask({SCHMIEDE: manifest()}))
    stage.merge(request)
    stage.side.double.faults.append(Fault("PATCH", "/comments/", Said(403, LOCKED)))
    done = stage.apply()
    assert (done.told["schmiede"].ended, done.untold) == (Ended.DONE, ["PV786"])
    stage.apply()
    assert "Applied" in stage.comments(request)[0]


ADOPTIONS = """\
version: 1
adoptions:
  - {what: schmiede/all, why: It was ours before, until: 2026-12-31}
"""


def test_a_reseller_who_permits_to_adopt(hub_stage: Stage) -> None:
    """In a request it is not theirs; pushed past one, it widens no approval."""
    stage = hub_stage
    files = {SCHMIEDE: manifest(), "adoptions.yaml": ADOPTIONS}
    request = stage.ask(files, branch="both")
    published = stage.plan(request)
    assert published.shown.stage is Shown.BLOCKED
    assert "PV714" in {d.code for d in published.shown.findings}
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV768"]
    assert stage.live() == []


def test_a_permission_to_adopt_that_a_reseller_pushed_releases_nothing(hub_stage: Stage) -> None:
    stage = hub_stage
    stage.direct({"adoptions.yaml": ADOPTIONS, SCHMIEDE: manifest()}, by=stage.limmat)
    assert stage.apply(settings_changed=True).codes("schmiede") == ["PV767"]
    assert stage.live() == []


OLD, RENAMED = manifest(), f"was: schmiede\n{manifest()}"
HAMMER = "customers/limmat/hammer.yaml"


def _two(stage: Stage) -> tuple[Request, Request]:
    """One renames the customer, the other edits it under its old id."""
    approved(stage, first := stage.ask({SCHMIEDE: OLD}, stage.huber, branch="first"))
    stage.merge(first)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    rename = stage.ask({SCHMIEDE: None, HAMMER: RENAMED}, branch="rename")
    edit = stage.ask({SCHMIEDE: OLD.replace("Empfang", "Theke")}, branch="edit")
    return approved(stage, rename), approved(stage, edit)


def test_renamed_and_edited_and_both_merged(hub_stage: Stage) -> None:
    """Git carries the edit over to the new file: nobody was shown what comes of both."""
    stage = hub_stage
    rename, edit = _two(stage)
    stage.merge(rename)
    stage.merge(edit)
    assert stage.apply().codes("hammer") == ["PV768"]
    assert stage.names() == ["Empfang"]


def test_renamed_first_and_the_edit_gets_a_new_plan(hub_stage: Stage) -> None:
    stage = hub_stage
    rename, edit = _two(stage)
    stage.merge(rename)
    assert stage.apply().told["hammer"].ended is Ended.DONE
    published = stage.plan(edit)
    assert (published.withdrawn, published.shown.stage) == (1, Shown.BLOCKED)
    assert "PV480" in stage.comments(edit)[0]  # `was` has done its work and has to go
    stage.repo.git("checkout", "--quiet", "edit")
    stage.repo.git("merge", "--quiet", "--no-edit", "main")
    stage.repo.git("checkout", "--quiet", "main")
    stage.push_again(edit, {HAMMER: OLD.replace("Empfang", "Theke")})
    approved(stage, edit)
    stage.merge(edit)
    assert stage.apply().told["hammer"].ended is Ended.DONE
    assert stage.names() == ["Theke"]
