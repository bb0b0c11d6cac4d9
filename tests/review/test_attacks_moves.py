"""Attacks with what two customers share, what staff permit, and what a brake holds."""

import pytest
from repositories import Content
from review.stage import MUEHLE, SCHMIEDE, Done, Stage, manifest

from provisioner.cli.reviewing import ForgeTexts
from provisioner.contract.resources import StockAllocation
from provisioner.forge.model import Account, Run
from provisioner.manifest.config import Language
from provisioner.operations.opening import open_systems
from provisioner.report.messages import Catalogue
from provisioner.review.showing import Ended, PlanShown

SECOND = """\
  - {{id: {id}, {what}}}
workplaces:
  - {{login: {login}, name: Halle, license: phones, use: other, number: {{stock: {id}}}}}
"""


def with_second(text: str, **second: str) -> str:
    return text.replace("workplaces:\n", SECOND.format(**second))


GIVER, TAKER = manifest(), manifest("muehle", "Mühle AG")


REMOVALS = """\
version: 1
removals:
  - {what: schmiede/customer, why: The customer has cancelled, until: 2026-12-31}
"""


def held(stage: Stage) -> dict[str, list[str]]:
    """Numbers of the operator's, by customer."""
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (_, desk):
        return {
            str(customer): sorted(
                str(o.digits) for o in state.objects if isinstance(o, StockAllocation)
            )
            for customer, state in desk.read(sorted(desk.customers())).items()
        }


def approved(stage: Stage, files: dict[str, Content], branch: str) -> Done:
    """By two, asked for by a third of the staff."""
    third = stage.side.world.person(f"third-{branch}")
    stage.direct({"provision.yaml": stage.settings([stage.meier, stage.huber, third])})
    request = stage.ask(files, third, branch)
    stage.plan(request)
    stage.approve(request, stage.meier, stage.huber)
    stage.merge(request)
    return stage.apply()


@pytest.mark.parametrize("side", ["giver", "taker"])
def test_a_number_stays_if_one_side_alone_is_approved(hub_stage: Stage, side: str) -> None:
    stage = hub_stage
    files = {SCHMIEDE: with_second(GIVER, id="zweite", what="area: 052", login="halle")}
    approved(stage, {**files, MUEHLE: TAKER}, "first")
    before = held(stage)
    digits = before["schmiede"][1]
    given = {SCHMIEDE: GIVER}
    what = f'held: "{digits}", from: schmiede'
    taken = {MUEHLE: with_second(TAKER, id="alt", what=what, login="alt")}
    one, other = (given, taken) if side == "giver" else (taken, given)
    stage.direct(other)
    done = approved(stage, one, "move")
    assert {each.ended for each in done.told.values()} == {Ended.REFUSED}
    assert held(stage) == before
    assert stage.live() == ["empfang", "halle", "muehle"]


def test_a_pushed_move_is_released_by_hand_with_both_digests(hub_stage: Stage) -> None:
    stage = hub_stage
    files = {SCHMIEDE: with_second(GIVER, id="zweite", what="area: 052", login="halle")}
    approved(stage, {**files, MUEHLE: TAKER}, "first")
    digits = held(stage)["schmiede"][1]
    what = f'held: "{digits}", from: schmiede'
    stage.direct(
        {SCHMIEDE: GIVER, MUEHLE: with_second(TAKER, id="alt", what=what, login="alt")},
        by=stage.meier,
    )
    fresh = [each.fresh for each in stage.apply().told.values()]
    digests = [plan.digest for plan in fresh if plan]
    run = Run(Account(stage.huber.number, stage.huber.login), 1)
    stage.apply(digests=digests[:1], run=run)
    assert digits in held(stage)["schmiede"]
    stage.apply(digests=digests, run=run)
    assert digits in held(stage)["muehle"]


def test_a_permission_that_was_pushed_widens_no_approval(hub_stage: Stage) -> None:
    """What was shown of a deleted manifest was that nothing is deleted."""
    stage = hub_stage
    approved(stage, {SCHMIEDE: GIVER}, "first")
    request = stage.ask({SCHMIEDE: None})
    stage.plan(request)
    stage.approve(request, stage.meier, stage.huber)
    stage.merge(request)
    stage.direct({"removals.yaml": REMOVALS})
    assert stage.apply(settings_changed=True).told["schmiede"].ended is Ended.REFUSED
    assert stage.live() == ["empfang"]


def test_moved_in_one_request_and_deleted_in_the_next(hub_stage: Stage) -> None:
    """Both before the next run: it is released from where it was first, and gone from elsewhere."""
    stage = hub_stage
    approved(stage, {SCHMIEDE: GIVER}, "first")
    moved = "customers/aare/schmiede.yaml"
    for files in ({SCHMIEDE: None, moved: GIVER}, {moved: None, "removals.yaml": REMOVALS}):
        request = stage.ask(files, stage.huber, branch=f"step-{len(stage.side.world.requests)}")
        third = next(p for p in stage.side.world.people.values() if p.login == "third-first")
        stage.plan(request)
        stage.approve(request, stage.meier, third)
        stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert stage.live() == []
    assert "Applied: 1 customer done" in stage.comments(request)[0]


def test_deleted_and_made_again(hub_stage: Stage) -> None:
    """The approval of the first time is none for the second."""
    stage = hub_stage
    approved(stage, {SCHMIEDE: GIVER}, "first")
    done = approved(stage, {SCHMIEDE: None, "removals.yaml": REMOVALS}, "gone")
    assert (done.told["schmiede"].ended, stage.live()) == (Ended.DONE, [])
    stage.direct({SCHMIEDE: GIVER})
    assert stage.apply().codes("schmiede") == ["PV767"]
    stage.direct({SCHMIEDE: None})
    assert stage.apply().told == {}
    assert stage.live() == []


def test_what_a_brake_holds_is_not_released_by_the_next_run(hub_stage: Stage) -> None:
    stage = hub_stage
    more = "brakes: {updates: {count: 1, percent: 1}, deletes: {count: 1, percent: 1}}\n"
    stage.direct({"provision.yaml": stage.settings(more=more)})
    many = {f"customers/limmat/c{n}.yaml": manifest(f"c{n}", f"C{n} AG") for n in range(4)}
    first = stage.ask(many, stage.huber, "many")
    stage.plan(first)
    stage.approve(first)
    stage.merge(first)
    stage.apply()
    was = stage.names()
    other = {path: str(text).replace("name: Empfang", "name: Theke") for path, text in many.items()}
    second = stage.ask(other, stage.huber, "other")
    stage.plan(second)
    stage.approve(second)
    stage.merge(second)
    for _ in range(2):
        assert {each.ended for each in stage.apply().told.values()} == {Ended.REFUSED}
        assert stage.names() == was


class Cramped(ForgeTexts):
    """With no room for what cannot be undone."""

    def plan(self, shown: PlanShown, language: Language | None, limit: int) -> tuple[str, bool]:
        return super().plan(shown, language, min(limit, 1_600))


def test_a_comment_without_room_for_what_cannot_be_undone(hub_stage: Stage) -> None:
    """It says that nobody can go by it, and nobody can."""
    stage = hub_stage
    approved(stage, {SCHMIEDE: GIVER}, "first")
    stage.texts = Cramped(Catalogue("en"))
    gone = {SCHMIEDE: None, "removals.yaml": REMOVALS}
    request = stage.ask(gone, stage.huber, branch="gone")
    stage.plan(request)
    assert "Do not release this plan on the basis of this comment" in stage.comments(request)[0]
    assert stage.side.world.marks[-1].state == "failure"
    stage.approve(request, stage.meier)
    assert [d.code for d in stage.ready(request.head)] == ["PV792"]
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV792"]
    assert stage.live() == ["empfang"]
