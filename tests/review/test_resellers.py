"""Resellers with a repository each on one PBX and one desk: each has its way, and none learns of
the other's customers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from forge.conftest import github, opened
from forge.double.world import Request
from review.resellers import OfReseller, Resellers, world_of
from review.stage import SCHMIEDE, Done, Stage, manifest

from provisioner.codes import Severity
from provisioner.forge.model import Account, Run
from provisioner.operations.applying import PlanMade
from provisioner.operations.drifting import drift
from provisioner.operations.opening import open_systems
from provisioner.review.showing import Ended
from provisioner.review.showing import Stage as Shown
from provisioner.telephony.identity import CustomerId

CANARY = "kanari"
"""In all that Aare's customer is called."""
KANARIE = "customers/aare/kanarie.yaml"
THEIRS = manifest("kanari.empfang", "Kanarienvogel AG", name="Kanari")
HELD = "  - {id: alt, held: 0525550777}\n"
PORT = """\
porting:
  - id: haupt
    provider: Swisscom
    scope: partial
    internet_on_contract: false
    schedule: {when: asap, time: "09:00"}
    signature: {authority: single, signatories: [Petra Huber]}
    numbers: [0525550888]
"""
MORE = "calls: {simultaneous: 50}\n"
REMOVALS = """\
version: 1
removals:
  - {what: schmiede/customer, why: The customer has cancelled, until: 2026-12-31}
"""


def holding(text: str, more: str) -> str:
    """With another number."""
    return text.replace("workplaces:\n", f"{more}workplaces:\n")


def asked(of: OfReseller, file: str, text: str, branch: str = "first") -> Request:
    by = of.limmat if file.startswith("customers/limmat/") else of.aare
    request = of.ask({file: text}, by, branch)
    of.plan(request)
    return request


def through(of: OfReseller, file: str, text: str, branch: str = "first") -> Done:
    request = asked(of, file, text, branch)
    of.approve(request)
    of.merge(request)
    return of.apply()


def codes(of: OfReseller, request: Request) -> set[str]:
    """Errors in the plan of it, and in its files."""
    shown = of.plan(request).shown
    found = [*shown.findings]
    for part in shown.plan.customers if shown.plan else ():
        found += part.diagnostics
    return {each.code for each in found if each.severity is Severity.ERROR}


@pytest.fixture
def one(resellers: Resellers) -> OfReseller:
    """Limmat's, while Aare's customer is live."""
    assert through(resellers.aare, KANARIE, THEIRS).told["kanarie"].ended is Ended.DONE
    return resellers.limmat


@pytest.fixture
def hub_one(hub_resellers: Resellers) -> OfReseller:
    assert through(hub_resellers.aare, KANARIE, THEIRS).told["kanarie"].ended is Ended.DONE
    return hub_resellers.limmat


def test_each_has_its_way(one: OfReseller, resellers: Resellers) -> None:
    request = asked(one, SCHMIEDE, manifest())
    assert one.record(request).project == 4711
    one.approve(request)
    assert one.ready(one.group(request)) == []
    one.merge(request)
    done = one.apply()
    assert {name: each.ended for name, each in done.told.items()} == {"schmiede": Ended.DONE}
    assert one.live() == ["empfang", "kanari.empfang"]
    assert one.apply().told == {}
    assert resellers.aare.apply().told == {}
    assert CANARY not in one.said().lower()
    assert "schmiede" not in resellers.aare.said().lower()


def test_nobody_is_told_what_is_live_elsewhere(one: OfReseller) -> None:
    """Without a manifest here it is not one that was deleted."""
    with one.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
        opened = lane.opened(pbx, desk)
        assert list(opened.customers()) == []
        assert list(desk.customers()) == [CustomerId("kanarie")]
    assert one.apply().told == {}
    assert CANARY not in one.said().lower()


@pytest.mark.parametrize("text", [HELD, PORT], ids=["held", "ported"])
def test_a_number_that_another_reseller_s_customer_has(hub_resellers: Resellers, text: str) -> None:
    limmat, aare = hub_resellers.limmat, hub_resellers.aare
    through(aare, KANARIE, holding(THEIRS, text))
    request = asked(limmat, SCHMIEDE, holding(manifest(), text))
    assert codes(limmat, request) == {"PV492"}
    limmat.approve(request)
    limmat.merge(request)
    assert limmat.apply().codes("schmiede") == ["PV492"]
    assert limmat.live() == ["kanari.empfang"]
    assert CANARY not in limmat.said().lower()


def test_the_same_id_in_two(one: OfReseller, resellers: Resellers) -> None:
    """It is no move from reseller to reseller, and nothing of the other one is shown."""
    request = asked(one, "customers/limmat/kanarie.yaml", manifest(company="Limmat AG"))
    shown = one.plan(request).shown
    assert shown.stage is Shown.BLOCKED
    (part,) = shown.plan.customers
    assert codes(one, request) == {"PV491"}
    assert part.steps == ()
    one.approve(request)
    one.merge(request)
    done = one.apply()
    assert done.told["kanarie"].ended is Ended.REFUSED
    assert done.codes("kanarie") == ["PV491"]
    assert one.live() == ["kanari.empfang"]
    assert resellers.aare.apply().told == {}
    said = one.said()
    assert "kanari.empfang" not in said
    assert "Kanarienvogel" not in said


@pytest.mark.parametrize(
    ("file", "theirs", "code"),
    [
        ("customers/aare/schmiede.yaml", THEIRS, "PV491"),
        (KANARIE, holding(THEIRS, PORT), "PV492"),
        (KANARIE, THEIRS.replace("kanari.empfang", "empfang"), "PV493"),
    ],
    ids=["id", "number", "login"],
)
@pytest.mark.parametrize("late", [False, True], ids=["approved", "planned"])
def test_what_was_taken_meanwhile(
    hub_resellers: Resellers, file: str, theirs: str, code: str, late: bool
) -> None:
    """Since the approval, or in the moment between the plan of the apply and the lease."""
    limmat, aare = hub_resellers.limmat, hub_resellers.aare
    request = asked(limmat, SCHMIEDE, holding(manifest(), PORT))
    limmat.approve(request)
    limmat.merge(request)
    taken = []

    def take(event: object) -> None:
        if not taken and (event is None or isinstance(event, PlanMade)):
            taken.append(through(aare, file, theirs).told)

    if not late:
        take(None)
    done = limmat.apply(emit=take)
    assert [each.ended for each in taken[0].values()] == [Ended.DONE]
    assert done.codes("schmiede") == [code]
    assert limmat.names() == ["Kanari"]
    assert CANARY not in limmat.said().lower()


def test_a_login_that_is_live_elsewhere(hub_one: OfReseller) -> None:
    request = asked(hub_one, SCHMIEDE, manifest("Kanari.Empfang".lower()))
    assert codes(hub_one, request) == {"PV493"}
    hub_one.approve(request)
    hub_one.merge(request)
    assert hub_one.apply().codes("schmiede") == ["PV493"]
    assert "kanarie" not in hub_one.said().lower()
    assert "Kanarienvogel" not in hub_one.said()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (manifest().replace("version: 1\n", "version: 1\nwas: kanarie\n"), "PV491"),
        (holding(manifest(), "  - {id: alt, held: 0525551000, from: kanarie}\n"), "PV415"),
    ],
    ids=["was", "from"],
)
def test_what_names_another_reseller_s_customer(hub_one: OfReseller, text: str, code: str) -> None:
    request = asked(hub_one, SCHMIEDE, text)
    assert codes(hub_one, request) == {code}
    hub_one.approve(request)
    hub_one.merge(request)
    assert hub_one.apply().told["schmiede"].ended is Ended.REFUSED
    assert hub_one.live() == ["kanari.empfang"]
    assert "Kanarienvogel" not in hub_one.said()


def test_a_run_that_died_elsewhere_is_left_to_its_own(
    one: OfReseller, resellers: Resellers
) -> None:
    aare = resellers.aare
    with aare.lane() as lane, open_systems(lane.config, lane.home) as (_, desk):
        desk.begin(CustomerId("kanarie"), at=datetime.now(UTC), who="x", manifest="x", steps={})
    assert one.apply().told == {}
    assert set(aare.apply().told) == {"kanarie"}
    assert CANARY not in one.said().lower()


def test_what_was_changed_by_hand_is_told_where_it_belongs(
    one: OfReseller, resellers: Resellers
) -> None:
    one.by_hand("kanari.empfang", name="Theke")
    found = []
    for of in (one, resellers.aare):
        with of.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            found.append([c.customer for c in drift(lane, lane.opened(pbx, desk)).customers])
    assert found == [[], ["kanarie"]]
    assert not one.side.world.issues


def test_settings_are_those_of_the_operator_s_tip(one: OfReseller, resellers: Resellers) -> None:
    """Not those of this repository, and no file that is not committed."""
    resellers.operator.write({"provision.yaml": "version: 1\n"})
    one.direct({"provision.yaml": "version: 1\nresellers: {}\n", "removals.yaml": "x\n"})
    assert through(one, SCHMIEDE, manifest()).told["schmiede"].ended is Ended.DONE
    resellers.operator.commit({"provision.yaml": one.settings(more=MORE)})
    done = one.apply(settings_changed=True)
    assert done.codes("schmiede") == ["PV799"]
    digest = done.told["schmiede"].fresh.digest
    run = Run(Account(one.huber.number, one.huber.login), 1)
    done = one.apply(settings_changed=True, digests=[digest], run=run)
    assert done.told["schmiede"].ended is Ended.DONE


def test_a_removal_is_permitted_in_the_operator_s_repository(
    one: OfReseller, resellers: Resellers
) -> None:
    through(one, SCHMIEDE, manifest())
    resellers.operator.commit({"removals.yaml": REMOVALS})
    request = one.ask({SCHMIEDE: None}, one.limmat, "second")
    assert one.plan(request).shown.stage is Shown.PLAN
    one.approve(request, one.meier, one.huber)
    one.merge(request)
    assert one.apply().told["schmiede"].ended is Ended.DONE
    assert one.live() == ["kanari.empfang"]


@pytest.fixture
def own(hub_resellers: Resellers) -> Iterator[Stage]:
    """The operator's repository, with the customers of a reseller that has none of its own."""
    limmat, operator = hub_resellers.limmat, hub_resellers.operator
    settings = limmat.settings().replace("    project: {forge: github, id: 4712}\n", "")
    operator.commit({"provision.yaml": settings, "customers/aare/.keep": ""})
    with contextmanager(opened)(github(world_of(4700))) as side:
        people = [side.world.person(name) for name in ("limmat", "aare", "meier", "huber")]
        yield Stage(side, operator, *people)


def test_a_reseller_whose_manifests_are_in_the_operator_s_repository(
    own: Stage, hub_resellers: Resellers
) -> None:
    limmat = hub_resellers.limmat
    through(limmat, SCHMIEDE, manifest())
    request = own.ask({KANARIE: THEIRS}, own.aare, "first")
    own.plan(request)
    own.approve(request)
    own.merge(request)
    assert set(own.apply().told) == {"kanarie"}
    settings = (own.repo.path / "provision.yaml").read_text("utf-8")
    changed = {"provision.yaml": settings.replace("porting:", f"{MORE}porting:")}
    plan = own.plan(own.ask(changed, own.huber, "second")).shown.plan
    assert [part.customer for part in plan.customers] == ["kanarie"]
    request = own.ask({"customers/aare/schmiede.yaml": manifest("amboss")}, own.aare, "third")
    assert "PV491" in {d.code for d in own.plan(request).shown.plan.customers[0].diagnostics}
    assert limmat.apply().told == {}
    assert CANARY not in limmat.said().lower()
