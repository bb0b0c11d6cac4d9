"""From a push to what is live: merged as forges merge, and what keeps it from being applied."""

import pytest
from review.stage import MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.review.showing import Ended, Stage as Shown


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "fast-forward", "queue"])
def test_what_was_approved_is_carried_out_once(stage: Stage, how: str) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    published = stage.plan(request)
    assert published.written and published.shown.stage is Shown.PLAN
    stage.approve(request)
    stage.merge(request, how)
    done = stage.apply()
    assert done.told["schmiede"].ended is Ended.DONE
    assert stage.live() == ["empfang"]
    assert len(stage.comments(request)) == 1
    assert "Applied" in stage.comments(request)[0]
    written = len(stage.side.double.writes())
    assert stage.apply().told == {}
    assert len(stage.side.double.writes()) == written
    assert any("approved in merge request 1 by meier" in line for line in stage.audit("schmiede"))
