"""``provision doctor --forge``: what a forge and a token leave open, and that nobody guesses it."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from forge.conftest import Side
from forge.double.server import TOKEN, Fault, Said
from forge.double.world import APP
from forge.test_opening import OURS, environment
from nacl.signing import SigningKey
from syrupy.assertion import SnapshotAssertion

from provisioner.cli.group import main
from provisioner.operations.forging import private_line, public_line

Doctor = Callable[[Side], tuple[int, str, str]]
Codes = Callable[[Side], dict[str, list[str]]]

PULLS = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_last_push_approval": True,
    "require_code_owner_review": False,
    "required_review_thread_resolution": False,
}
GUARDS = {
    "branch": {"push_access_levels": [{"access_level": 0}], "allow_force_push": False},
    "approvals": {
        "reset_approvals_on_push": True,
        "merge_requests_author_approval": False,
        "merge_requests_disable_committers_approval": True,
    },
    "rules": [{"approvals_required": 1}],
    "project": {
        "only_allow_merge_if_pipeline_succeeds": True,
        "ci_allow_fork_pipelines_to_run_in_parent_project": False,
        "ci_pipeline_variables_minimum_override_role": "no_one_allowed",
    },
}


def rule(kind: str, **parameters: Any) -> dict[str, Any]:
    made = {"type": kind, "ruleset_id": 1, "ruleset_source": "x"}
    made |= {"ruleset_source_type": "Repository"}
    return made | ({"parameters": parameters} if parameters else {})


def required(*checks: tuple[str, int | None]) -> dict[str, Any]:
    shown = [{"context": name} | ({"integration_id": app} if app else {}) for name, app in checks]
    return rule(
        "required_status_checks",
        required_status_checks=shown,
        strict_required_status_checks_policy=False,
    )


def guard(side: Side) -> None:
    """As it should be."""
    side.world.guards = GUARDS
    side.world.rules = [
        rule("deletion"),
        rule("non_fast_forward"),
        rule("pull_request", **PULLS),
        required(("provision/plan", APP)),
    ]


def write(folder: Path, side: Side, staff: int = 2, **changes: object) -> None:
    recorder = APP if side.name == "github" else side.world.recorder.number
    given = {"recorder": recorder, "needed": 2} | changes
    people = "".join(f"\n    - {{name: P{n}, {side.name}: {n}}}" for n in range(1, staff + 1))
    (folder / "provision.yaml").write_text(
        "version: 1\npbx: {driver: local}\ndesk: {driver: sql}\n"
        f"approvals: {{ordinary: 1, irreversible: {given['needed']}}}\n"
        f"review:\n  project: {{forge: {side.name}, id: {side.world.project}, branch: main}}\n"
        f"  recorder: {given['recorder']}\n  keys: ['{public_line(OURS)}']\n  staff:{people}\n",
        "utf-8",
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "en")
    for name in ("PROVISION_LANG", "FORCE_COLOR", "PROVISION_FORGE_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def doctor(
    here: Path,  # noqa: ARG001  it runs there
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Doctor:
    def call(side: Side, *more: str) -> tuple[int, str, str]:
        for name, value in environment(side).items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--forge", *more])
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        assert side.double.writes() == []
        return code, out, err

    return call


@pytest.fixture
def codes(doctor: Doctor) -> Codes:
    """What is not as it should be: its checks, by code; whether it ends with 1 is by the errors."""

    def call(side: Side) -> dict[str, list[str]]:
        code, out, _ = doctor(side, "--format", "json")  # type: ignore[call-arg]
        found = orjson.loads(out)
        faults = [(each["check"], fault) for each in found["checks"] for fault in each["faults"]]
        failed = any(fault["severity"] == "error" for _, fault in faults)
        assert code == failed
        assert found["ok"] is not failed
        said: dict[str, list[str]] = {}
        for check, fault in faults:
            assert fault["help"]
            said.setdefault(fault["code"], []).append(check.removeprefix("forge_"))
        return said

    return call


def test_a_bare_project(
    side: Side, here: Path, doctor: Doctor, snapshot: SnapshotAssertion
) -> None:
    write(here, side, staff=1)
    code, out, err = doctor(side)
    assert code == 1
    assert f"{out}\n{err}" == snapshot


def test_a_hardened_project(
    side: Side, here: Path, doctor: Doctor, snapshot: SnapshotAssertion
) -> None:
    write(here, side)
    guard(side)
    code, out, err = doctor(side)
    assert code == 0
    assert f"{out}\n{err}" == snapshot


def test_what_a_forge_does_not_tell_is_not_fine(side: Side, here: Path, codes: Codes) -> None:
    write(here, side)
    if side.name == "github":
        guard(side)
        found = codes(side)["PV779"]
        assert found == ["account", "comment", "mark", "rights", "ends"]
        return
    side.double.faults.append(Fault("GET", "/protected_branches", Said(403, {})))
    found = codes(side)["PV779"]
    assert found == ["approvals", "push", "author", "committers", "past", "history"]


def permissions(side: Side, ends: str = "2027-01-31 09:00:00 UTC", **may: bool) -> None:
    """Those of a person's token, as GitHub tells them."""
    body = {"id": side.world.project, "permissions": may}
    told = {"GitHub-Authentication-Token-Expiration": ends}
    side.double.faults.append(Fault("GET", "manifests$", Said(200, body, told)))


def test_a_token_that_can_only_read_says_which_right_is_missing(
    lab: Side, here: Path, doctor: Doctor
) -> None:
    write(here, lab)
    guard(lab)
    lab.api.read_only = True
    code, out, err = doctor(lab)
    assert code == 1
    assert "  PV729 not met: the token can comment\n" in out
    assert "  PV729 not met: the token can place the check\n" in out
    assert {"`Reporter, api`", "`Developer, api`"} <= {*re.findall(r"`[^`]+`", err)}


def test_a_token_that_is_not_told_who_pushed(side: Side, here: Path, codes: Codes) -> None:
    write(here, side)
    guard(side)
    side.double.faults.append(Fault("GET", "/(activity|events)", Said(403, {})))
    assert codes(side)["PV729"] == ["pushes"]


@pytest.mark.parametrize("level", [40, 50])
def test_a_token_that_can_do_more(lab: Side, here: Path, codes: Codes, level: int) -> None:
    write(here, lab)
    guard(lab)
    access = {"project_access": {"access_level": level}, "group_access": None}
    lab.world.guards = GUARDS | {"project": GUARDS["project"] | {"permissions": access}}
    assert codes(lab) == {"PV776": ["rights"]}


@pytest.mark.parametrize(("day", "soon"), [("2026-12-09", False), ("2026-12-08", True)])
def test_a_token_that_ends_soon(
    side: Side, here: Path, codes: Codes, day: str, *, soon: bool
) -> None:
    """The forge's clock shows 24 November, 9 o'clock."""
    write(here, side)
    guard(side)
    permissions(side, ends=f"{day} 00:00:00 UTC")
    side.double.twist = lambda body: (
        body | {"expires_at": day} if isinstance(body, dict) and "expires_at" in body else body
    )
    assert ("PV739" in codes(side)) is soon


def test_staff_look_at_the_rules_with_a_token_of_their_own(
    side: Side, here: Path, codes: Codes
) -> None:
    """On GitHub it is told apart by being told what it may, which an App is not."""
    write(here, side, **({"recorder": 77} if side.name == "gitlab" else {}))
    guard(side)
    permissions(side, pull=True, push=True, admin=True)
    assert codes(side) == {"PV778": ["account"]}


@pytest.mark.parametrize(
    "checks", [[], [("provision/plan", None)], [("provision/plan", 15368)], [("other", APP)]]
)
def test_a_check_that_others_can_place_is_none(
    hub: Side, here: Path, codes: Codes, checks: list[tuple[str, int | None]]
) -> None:
    write(here, hub)
    guard(hub)
    assert "PV773" not in codes(hub)
    hub.world.rules = [*hub.world.rules[:-1], required(*checks)]
    assert codes(hub)["PV773"] == ["check"]


@pytest.mark.parametrize(
    ("field", "code", "check"),
    [
        ("required_approving_review_count", "PV770", "approvals"),
        ("dismiss_stale_reviews_on_push", "PV771", "push"),
        ("require_last_push_approval", "PV772", "committers"),
    ],
)
def test_each_rule_of_a_branch_on_github(
    hub: Side, here: Path, codes: Codes, field: str, code: str, check: str
) -> None:
    write(here, hub)
    guard(hub)
    hub.world.rules[2] = rule("pull_request", **PULLS | {field: 0 if code == "PV770" else False})
    assert codes(hub) | {"PV779": []} == {code: [check], "PV779": []}


@pytest.mark.parametrize(
    ("part", "change", "code", "check"),
    [
        ("rules", [], "PV770", "approvals"),
        ("approvals", {"reset_approvals_on_push": False}, "PV771", "push"),
        ("approvals", {"merge_requests_author_approval": True}, "PV772", "author"),
        (
            "approvals",
            {"merge_requests_disable_committers_approval": False},
            "PV772",
            "committers",
        ),
        ("project", {"only_allow_merge_if_pipeline_succeeds": False}, "PV773", "check"),
        ("branch", {"push_access_levels": [{"access_level": 40}]}, "PV774", "past"),
        ("branch", {"allow_force_push": True}, "PV774", "history"),
        (
            "project",
            {"ci_allow_fork_pipelines_to_run_in_parent_project": True},
            "PV775",
            "forks",
        ),
        (
            "project",
            {"ci_pipeline_variables_minimum_override_role": "developer"},
            "PV775",
            "variables",
        ),
    ],
)
def test_each_setting_of_a_project_on_gitlab(
    lab: Side, here: Path, codes: Codes, part: str, change: Any, code: str, check: str
) -> None:
    write(here, lab)
    guard(lab)
    before: Any = GUARDS[part]
    lab.world.guards = GUARDS | {part: before | change if isinstance(before, dict) else change}
    assert codes(lab) == {code: [check]}


def test_there_are_people_enough(side: Side, here: Path, codes: Codes) -> None:
    guard(side)
    write(here, side, staff=2, needed=3)
    assert codes(side)["PV777"] == ["staff"]
    write(here, side, staff=3, needed=3)
    assert "PV777" not in codes(side)


def test_a_forge_that_does_not_answer_is_the_only_thing_said(
    side: Side, here: Path, codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, side)
    guard(side)
    monkeypatch.setattr("time.sleep", lambda _: None)
    side.double.faults.append(Fault("GET", ".", Said(401, {})))
    assert codes(side) == {"PV728": ["reachable"]}
    side.double.faults.append(Fault("GET", "/approval_rules|/rules/", Said(409, {})))
    assert codes(side)["PV735"] == ["rules"]


def test_without_settings_or_token_it_says_so(
    side: Side, here: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "provision.yaml").write_text(
        "version: 1\npbx: {driver: local}\ndesk: {driver: sql}\n", "utf-8"
    )
    code, out, _ = doctor(side)
    assert (code, out.splitlines()[-1]) == (1, "  PV761 not met: project and token are known")
    write(here, side)
    for name in environment(side):
        monkeypatch.delenv(name, raising=False)
    assert main(["doctor", "--forge"]) == 1
    (here / "provision.yaml").unlink()
    assert main(["doctor", "--forge"]) == 1


def test_it_speaks_to_no_other_system(side: Side, here: Path, doctor: Doctor) -> None:
    write(here, side)
    _, out, _ = doctor(side)
    assert [line.split("  ")[0] for line in out.splitlines() if line[0] != " "] == [
        "Workspace",
        "Forge",
    ]
    assert {path.name for path in here.iterdir()} == {"provision.yaml"}


def test_a_new_key_goes_to_two_places(
    here: Path,  # noqa: ARG001  it runs there
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What belongs into the secret store is alone on standard output."""
    assert main(["ci", "key"]) == 0
    out, err = capsys.readouterr()
    private, public = out.removesuffix("\n"), err.splitlines()[-1]
    seed = private.removeprefix("ed25519-private:")
    assert len(seed) == 44
    assert seed not in err
    made = SigningKey(base64.b64decode(seed))
    assert (private_line(made), public_line(made)) == (private, public)
    assert main(["ci", "key"]) == 0
    assert capsys.readouterr().out != out
