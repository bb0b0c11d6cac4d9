"""Only what was approved is carried out, and whatever is no approval is a refusal (section 6)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner import operations
from provisioner.apply.events import Outcome
from provisioner.codes.systems import DatabaseIsBusy
from provisioner.errors import NotApproved, Unavailable
from provisioner.plan.approval import Approval
from provisioner.report.plan.json import load_plan
from tests.by_hand import ByHandLocal
from tests.stateful import samples
from tests.stateful.commands import run_here
from tests.stateful.world import Content, Hazard, World, leftovers

AT = ("--at", samples.TODAY.isoformat())
NAMES = ("anna", "bert", "cora")


@pytest.fixture
def world(folder: Path) -> World:
    """Three customers that are written, and nothing is live."""
    made = World(folder / "workspace", samples.TODAY)
    for name in NAMES:
        made.write(name, samples.manifest(name, numbers=[{"id": "main", "area": "052"}]))
    return made


@pytest.fixture
def approved(world: World) -> Path:
    """The plan for all three, as a file."""
    path = world.root / "plan.json"
    assert run_here(world.root, "plan", *AT, "--out", str(path)) == 0
    return path


def apply(world: World, *approvals: object) -> int:
    given = [part for each in approvals for part in ("--approved", str(each))]
    return run_here(world.root, "apply", *AT, *given)


def edit(world: World, name: str) -> None:
    manifest = dict(world.files[name])
    manifest["contact"] = {**manifest["contact"], "city": "Bern"}
    world.write(name, manifest)


def test_the_plan_file_that_was_approved(world: World, approved: Path) -> None:
    assert apply(world, approved) == 0
    assert leftovers(world.plan()) == []
    assert apply(world, approved) == 0, "a second time there is nothing left to do"


def test_the_digest_of_the_plan(world: World, approved: Path) -> None:
    assert apply(world, load_plan(approved.read_bytes()).digest) == 0
    assert leftovers(world.plan()) == []


def test_the_digest_of_one_customer_lets_only_that_one_through(
    world: World, approved: Path
) -> None:
    digest = next(
        c.digest for c in load_plan(approved.read_bytes()).customers if c.customer == "bert"
    )
    assert apply(world, digest) == 5
    assert {row[0] for row in world.content()["releases"]} == {"bert"}


def test_a_part_is_already_true(
    world: World, approved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = load_plan(approved.read_bytes())
    results = world.apply(plan, Hazard(30, Unavailable(DatabaseIsBusy(target="test"))), only="anna")
    assert [r.outcome for r in results] == [Outcome.FAILED]
    left = leftovers(world.plan())
    assert 0 < len([s for s in left if s.startswith("anna")]) < len(plan.customers[0].steps)
    capsys.readouterr()
    assert apply(world, approved) == 0
    assert "was already in place" in capsys.readouterr().out, "it says so"
    assert leftovers(world.plan()) == []


def test_an_edit_after_the_approval_is_refused_and_the_others_go_on(
    world: World, approved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(world, "bert")
    capsys.readouterr()
    assert apply(world, approved) == 5
    shown = capsys.readouterr()
    assert "bert" in shown.out
    assert "PV445" in shown.out + shown.err
    assert {row[0] for row in world.content()["releases"]} == {"anna", "cora"}
    assert not any(world.of("bert").values())


def test_fewer_steps_of_another_manifest_are_no_part(world: World, approved: Path) -> None:
    manifest = {k: v for k, v in world.files["bert"].items() if k != "numbers"}
    world.write("bert", manifest)
    assert apply(world, approved) == 5
    assert not any(world.of("bert").values())


def test_nothing_but_what_was_not_approved(world: World, approved: Path) -> None:
    for name in NAMES:
        edit(world, name)
    assert apply(world, approved) == 4
    assert world.content()["releases"] == []


def test_the_live_system_changed_after_the_approval(world: World) -> None:
    assert apply(world, world.plan().digest) == 0
    edit(world, "anna")
    path = world.root / "plan.json"
    assert run_here(world.root, "plan", *AT, "--out", str(path)) == 0
    (key,) = (row[2] for row in world.of("anna")["pbx"] if row[1] == "workplace")
    from provisioner.contract.resources import Kind

    ByHandLocal(world.pbx).by_hand_set("anna", Kind.WORKPLACE, key, license="phones")
    before = world.content()
    assert apply(world, path) == 4
    assert world.content() == before


@pytest.mark.parametrize(
    "made",
    [
        lambda d: d[:63],
        lambda d: d[:12],
        lambda _: "",
        lambda _: "0" * 64,
        lambda d: d[:-1] + ("0" if d[-1] != "0" else "1"),
        lambda d: d + "0",
        lambda d: d[:32] + " " + d[32:],
        lambda _: "no-such-file.json",
    ],
    ids=["63", "short", "empty", "zero", "other", "65", "space", "no file"],
)
def test_what_is_no_digest_of_the_plan_is_a_refusal(
    world: World, approved: Path, made: Callable[[str], str]
) -> None:
    digest = load_plan(approved.read_bytes()).digest
    assert apply(world, made(digest)) in {4, 64}  # no approval, or no file of that name
    assert world.content()["releases"] == []


def _steps(plan: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan["customers"][0]["steps"]
    return found


def _drop(plan: dict[str, Any]) -> None:
    del _steps(plan)[-1]


def _swap(plan: dict[str, Any]) -> None:
    _steps(plan)[0]["after"]["manifest"] = "0" * 64


def _digest(plan: dict[str, Any]) -> None:
    plan["customers"][0]["digest"] = "0" * 64


def _rename(plan: dict[str, Any]) -> None:
    plan["customers"][0]["customer"] = "bert"


def _add(plan: dict[str, Any]) -> None:
    _steps(plan).append(dict(_steps(plan)[-1], key="another", id="workplace/another:create"))


@pytest.mark.parametrize("tamper", [_drop, _swap, _digest, _rename, _add])
def test_a_plan_file_that_was_tampered_with_is_refused(
    world: World, approved: Path, tamper: Callable[[dict[str, Any]], None]
) -> None:
    plan = json.loads(approved.read_bytes())
    tamper(plan)
    approved.write_text(json.dumps(plan), encoding="utf-8")
    assert apply(world, approved) == 4
    assert world.content()["releases"] == []


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "garbage", '{"format_version": 2}'])
def test_a_file_that_is_no_plan_is_refused(world: World, approved: Path, text: str) -> None:
    approved.write_text(text, encoding="utf-8")
    assert apply(world, approved) == 1
    assert world.content()["releases"] == []


def test_the_plan_of_another_target_is_refused(world: World, approved: Path) -> None:
    config = world.root / "provision.yaml"
    text = config.read_text(encoding="utf-8").replace(
        '"driver": "local"', '"driver": "local", "path": "state/production.sqlite"'
    )
    config.write_text(text, encoding="utf-8")
    assert apply(world, approved) == 4
    assert apply(world, load_plan(approved.read_bytes()).digest) == 4
    assert not list((world.root / "state").glob("production*"))


def test_an_approval_of_nothing_covers_nothing(world: World) -> None:
    with pytest.raises(NotApproved):
        Approval.of_digests([])
    for empty in (Approval(), Approval(steps={name: {} for name in NAMES})):
        done = operations.apply(
            world.opened(), today=world.today, runner=world.runner(), approval=empty
        )
        assert {r.outcome for r in done.results} == {Outcome.REFUSED}
        content: Content = world.content()
        assert content["releases"] == []


def test_a_manifest_edited_again_after_a_crash_needs_its_own_approval(world: World) -> None:
    """PV574: what was begun is not the working copy's manifest, whether it was released or not."""
    plan = world.plan()
    world.apply(plan, Hazard(7, Unavailable(DatabaseIsBusy(target="test"))), only="anna")
    edit(world, "anna")
    before = world.of("anna")
    assert [(r.outcome, r.error and r.error.code) for r in world.resume()] == [
        (Outcome.REFUSED, "PV574")
    ]
    assert world.of("anna") == before
