"""From a push to what is live: merged as forges merge, and what keeps it from being applied."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from forge.double.world import Commit, Person, Request
from repositories import Content
from review.stage import MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.review.showing import Ended
from provisioner.review.showing import Stage as Shown

REMOVALS = """\
version: 1
removals:
  - {what: schmiede/customer, why: The customer has cancelled, until: 2026-12-31}
"""


def _released(
    stage: Stage, files: dict[str, Content], branch: str = "first", by: Person | None = None
) -> None:
    """Through a request of staff's, approved and carried out."""
    request = stage.ask(files, by or stage.huber, branch)
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    assert {each.ended for each in stage.apply().told.values()} == {Ended.DONE}


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "fast-forward", "queue"])
def test_what_was_approved_is_carried_out_once(stage: Stage, how: str) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    published = stage.plan(request)
    assert published.written
    assert published.shown.stage is Shown.PLAN
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


def test_a_push_after_the_approval(stage: Stage) -> None:
    """The forge may leave the approval standing: it does not count."""
    stage.side.world.ends_on_push = False
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.push_again(request, {SCHMIEDE: manifest(login="telefon")})
    published = stage.plan(request)
    assert published.shown.void.about.code == "PV757"
    assert published.withdrawn == 1
    assert "does not count any more" in stage.comments(request)[0]
    stage.merge(request)
    done = stage.apply()
    assert done.told["schmiede"].ended is Ended.REFUSED
    assert done.codes("schmiede")[0] in {"PV748", "PV751"}
    assert stage.live() == []
    assert "NOT applied" in stage.comments(request)[0]
    assert [issue.open for issue in stage.side.world.issues.values()] == [True]


def test_a_mistake_that_is_mended_makes_no_approval_void(hub_stage: Stage) -> None:
    """Nothing was there to approve; if somebody did, they are told."""
    stage = hub_stage
    for file, someone in ((SCHMIEDE, False), (MUEHLE, True)):
        by = stage.aare if someone else stage.limmat
        login = "muehle" if someone else "empfang"
        request = stage.ask({file: manifest(login, license="phone")}, by, branch=login)
        assert stage.plan(request).shown.stage is Shown.BLOCKED
        stage.side.world.ends_on_push = False
        if someone:
            stage.approve(request)
        stage.push_again(request, {file: manifest(login)}, by)
        published = stage.plan(request)
        assert published.shown.stage is Shown.PLAN
        assert (published.shown.void is not None) is someone
        assert published.withdrawn == int(someone)


def test_merged_with_a_push_that_nobody_planned(stage: Stage) -> None:
    stage.side.world.ends_on_push = False
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.push_again(request, {SCHMIEDE: manifest(login="telefon")})
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV765"]
    assert stage.live() == []


def test_an_approval_before_the_plan_was_shown(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.approve(request)
    head = request.head
    stage.plan(request)  # takes it back; somebody with more rights than sense puts it back
    for review in request.reviews:
        review.state, review.commit = "APPROVED", head
    request.approved = {stage.meier: request.created}
    stage.merge(request)
    assert stage.apply().codes("schmiede")[0] in {"PV751", "PV752"}
    assert stage.live() == []


def test_a_live_change_between_plan_and_merge_is_shown_and_takes_the_approval(
    stage: Stage,
) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    request = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="second")
    stage.plan(request)
    stage.approve(request)
    stage.by_hand("empfang", license="phones+apps")
    published = stage.plan(request)
    assert published.shown.void.about.code == "PV758"
    assert published.withdrawn == 1
    assert stage.standing(request) == []
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.REFUSED
    assert stage.names() == ["Empfang"]


def test_a_live_change_after_the_merge_is_refused_with_the_plan_made_now(stage: Stage) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    request = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="second")
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.by_hand("empfang", license="phones+apps")
    done = stage.apply()
    assert done.codes("schmiede") == ["PV445"]
    assert stage.names() == ["Empfang"]
    fresh = done.told["schmiede"].fresh
    assert fresh
    assert fresh.digest[:12] in stage.comments(request)[0]


def test_a_day_passes(hub_stage: Stage) -> None:
    """On 1 December the start of billing that was shown has passed."""
    stage = hub_stage
    soon = manifest().replace("2027-01-01", "2026-12-01")
    request = stage.ask({SCHMIEDE: soon})
    stage.today = date(2026, 11, 30)
    stage.plan(request)
    record = stage.record(request)
    assert record.until is not None
    stage.approve(request)
    stage.today = record.until + timedelta(days=1)
    stage.side.world.tick(86400 * (stage.today - date(2026, 11, 24)).days)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV756"]
    assert stage.live() == []


def _dismissed(stage: Stage, request: Request) -> None:
    stage.approve(request)
    stage.side.world.take_back(request, stage.meier)


def _objection(stage: Stage, request: Request) -> None:
    stage.approve(request)
    stage.side.world.review(request, stage.huber, "CHANGES_REQUESTED")


def _by_the_author(stage: Stage, request: Request) -> None:
    request.author = stage.meier
    stage.approve(request)


def _by_a_committer(stage: Stage, request: Request) -> None:
    request.commits = [Commit(request.head, stage.meier, stage.meier)]
    stage.approve(request)


def _by_the_pusher(stage: Stage, request: Request) -> None:
    stage.side.world.pushes[-1].by = stage.meier
    stage.approve(request)


def _by_a_reseller(stage: Stage, request: Request) -> None:
    stage.approve(request, stage.aare)


def _by_a_bot(stage: Stage, request: Request) -> None:
    stage.meier.bot = True
    stage.approve(request)


def _by_former_staff(stage: Stage, request: Request) -> None:
    stage.approve(request)
    stage.direct({"provision.yaml": stage.settings(staff=[stage.huber])})


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (_dismissed, "PV748"),
        (_objection, "PV746"),
        (_by_the_author, "PV750"),
        (_by_a_committer, "PV750"),
        (_by_the_pusher, "PV750"),
        (_by_a_reseller, "PV749"),
        (_by_a_bot, "PV749"),
        (_by_former_staff, "PV749"),
    ],
)
def test_whose_word_does_not_count(
    hub_stage: Stage, who: Callable[[Stage, Request], None], code: str
) -> None:
    request = hub_stage.ask({SCHMIEDE: manifest()})
    hub_stage.plan(request)
    who(hub_stage, request)
    hub_stage.merge(request)
    assert hub_stage.apply().codes("schmiede") == [code]
    assert hub_stage.live() == []


def test_a_comment_after_the_approval_changes_nothing(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()})
    stage.plan(request)
    stage.approve(request)
    stage.side.world.review(request, stage.meier, "COMMENTED")
    stage.side.world.comment(request, stage.aare, "/approve\nlooks good")
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE


def test_what_cannot_be_undone_takes_two(hub_stage: Stage) -> None:
    stage = hub_stage
    _released(stage, {SCHMIEDE: manifest()})
    gone = {
        SCHMIEDE: None,
        "removals.yaml": REMOVALS,
    }
    request = stage.ask(gone, by=stage.huber, branch="gone")
    published = stage.plan(request)
    assert published.shown.needed == 2
    stage.approve(request, stage.meier)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV755"]
    assert stage.live() == ["empfang"]


def test_two_requests_on_one_customer(stage: Stage) -> None:
    """Both were approved; the second was approved for what the first has changed since."""
    _released(stage, {SCHMIEDE: manifest(), MUEHLE: manifest("muehle", "Mühle AG")})
    one = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="one")
    other = stage.ask({SCHMIEDE: manifest().replace("Hammerweg 12", "Hammerweg 14")}, branch="two")
    apart = stage.ask({MUEHLE: manifest("muehle", "Mühle Basel AG")}, stage.aare, branch="apart")
    for request in (one, other, apart):
        stage.plan(request)
        stage.approve(request)
    for request in (one, other, apart):
        stage.merge(request)
    done = stage.apply()
    assert done.codes("schmiede") == ["PV768"]
    assert done.told["muehle"].ended is Ended.DONE
    assert stage.names() == ["Empfang", "Empfang"]


def test_two_requests_on_one_customer_one_after_the_other(stage: Stage) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    one = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="one")
    other = stage.ask({SCHMIEDE: manifest().replace("Hammerweg 12", "Hammerweg 14")}, branch="two")
    for request in (one, other):
        stage.plan(request)
        stage.approve(request)
    stage.merge(one)
    stage.apply()
    published = stage.plan(other)
    assert published.shown.void.about.code == "PV759"
    assert published.withdrawn == 1
    stage.approve(other)
    stage.merge(other)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert stage.names() == ["Theke"]


def test_a_group_of_a_queue(hub_stage: Stage) -> None:
    stage = hub_stage
    _released(stage, {SCHMIEDE: manifest(), MUEHLE: manifest("muehle", "Mühle AG")})
    one = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="one")
    other = stage.ask({SCHMIEDE: manifest().replace("Hammerweg 12", "Hammerweg 14")}, branch="two")
    apart = stage.ask({MUEHLE: manifest("muehle", "Mühle Basel AG")}, stage.aare, branch="apart")
    for request in (one, other, apart):
        stage.plan(request)
    assert [d.code for d in stage.ready(one.head)] == ["PV748"]
    for request in (one, other, apart):
        stage.approve(request)
    assert stage.ready(one.head) == []
    assert stage.ready(stage.group(one, apart)) == []
    assert [d.code for d in stage.ready(stage.group(one, other))] == ["PV768"]
    assert [d.code for d in stage.ready(stage.push({MUEHLE: manifest("x")}, "none"))] == ["PV768"]
    new = stage.push({"customers/aare/neu.yaml": manifest("neu")}, "new")
    assert [d.code for d in stage.ready(new)] == ["PV767"]


def test_the_work_list_has_what_waits_for_its_approval_or_its_merge(hub_stage: Stage) -> None:
    stage = hub_stage
    one = stage.ask({SCHMIEDE: manifest()}, branch="one")
    stage.ask({MUEHLE: manifest("muehle", "Mühle AG")}, stage.aare, branch="two")
    assert stage.requests() == []  # nobody has seen a plan
    stage.plan(one)
    ((text, reseller, until),) = stage.requests()
    assert (text, reseller) == ("request", "limmat")
    assert until == str(stage.record(one).until)
    stage.approve(one)
    assert stage.requests() == [("request_approved", "limmat", until)]
    stage.today = date.fromisoformat(until) + timedelta(days=1)
    assert stage.requests() == [("request", "limmat", until)]
    stage.merge(one)
    assert stage.requests() == []


def test_a_direct_push_is_nobodys_release(stage: Stage) -> None:
    stage.direct({SCHMIEDE: manifest()})
    assert stage.apply().codes("schmiede") == ["PV767"]
    assert stage.live() == []
    assert len(stage.side.world.issues) == 1
    stage.apply()
    assert len(stage.side.world.issues) == 1


def test_what_was_approved_once_does_not_come_back_by_a_push(stage: Stage) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    _released(stage, {SCHMIEDE: manifest(name="Theke")}, branch="second")
    stage.direct({SCHMIEDE: manifest()})
    assert stage.apply().codes("schmiede") == ["PV767"]
    assert stage.names() == ["Theke"]


def test_a_request_that_takes_one_back(stage: Stage) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    _released(stage, {SCHMIEDE: manifest(name="Theke")}, branch="second")
    _released(stage, {SCHMIEDE: manifest()}, branch="third")
    assert stage.names() == ["Empfang"]


def test_requests_without_a_manifest(stage: Stage) -> None:
    empty = stage.ask({}, branch="empty")
    assert stage.plan(empty).shown.stage is Shown.NOTHING
    readme = stage.ask({"README.md": "Hello\n"}, by=stage.huber, branch="readme")
    assert stage.plan(readme).shown.stage is Shown.NOTHING
    stage.approve(readme)
    stage.merge(readme)
    assert stage.apply().told == {}


def test_a_new_setting_of_the_operator(hub_stage: Stage) -> None:
    """It changes customers whose manifests are the same, so it is planned for all of them."""
    stage = hub_stage
    _released(stage, {SCHMIEDE: manifest()})
    more = 'emergency_caller: "0445550100"\n'
    request = stage.ask({"provision.yaml": stage.settings(more=more)}, by=stage.huber, branch="set")
    published = stage.plan(request)
    assert published.shown.stage in {Shown.PLAN, Shown.NOTHING}
    stage.approve(request)
    stage.merge(request)
    done = stage.apply(settings_changed=True)
    assert all(each.ended in {Ended.DONE, Ended.NOTHING} for each in done.told.values())


def test_a_stale_branch_is_planned_as_it_will_be(stage: Stage) -> None:
    """Its own tree lacks what was merged since: that is no deletion."""
    request = stage.ask({SCHMIEDE: manifest()}, branch="old")
    _released(stage, {MUEHLE: manifest("muehle", "Mühle AG")}, branch="new", by=stage.aare)
    published = stage.plan(request)
    assert [c.customer for c in published.shown.plan.customers] == ["schmiede"]
    clash = stage.ask({SCHMIEDE: manifest(name="Theke")}, branch="clash")
    stage.approve(request)
    stage.merge(request)
    stage.apply()
    published = stage.plan(clash)
    assert published.shown.stage is Shown.BLOCKED
    assert "PV704" in {d.code for d in published.shown.findings}
    assert stage.record(clash).customers == ()


def test_an_edit_of_anothers_file_is_not_released_though_it_was_approved(stage: Stage) -> None:
    _released(stage, {SCHMIEDE: manifest()})
    request = stage.ask({SCHMIEDE: manifest(name="Theke")}, by=stage.aare, branch="foreign")
    published = stage.plan(request)
    assert "PV711" in {d.code for d in published.shown.findings}
    stage.approve(request)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV768"]
    assert stage.names() == ["Empfang"]


def test_a_brake_holds_a_request_and_is_told(hub_stage: Stage) -> None:
    stage = hub_stage
    brakes = "brakes: {updates: {count: 1, percent: 1}}\n"
    stage.direct({"provision.yaml": stage.settings(more=brakes)})
    phones = "".join(
        f"  - {{login: p{n}, name: Platz {n}, license: phones, use: other}}\n" for n in range(12)
    )
    _released(stage, {SCHMIEDE: manifest() + phones})
    renamed = (manifest() + phones).replace("Platz", "Tisch")
    request = stage.ask({SCHMIEDE: renamed}, branch="many")
    assert stage.plan(request).shown.stage is Shown.BLOCKED
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert done.codes("schmiede") == ["PV440"]
    assert stage.apply(acknowledged=("updates",)).told["schmiede"].ended is Ended.DONE
