"""`plan --changed-since`: what the change touches is planned, the others are counted."""

import json
import shutil
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, Run
from repositories import Clone

VELO = "customers/limmat-it/velo-werk.yaml"
LINDENHOF = "customers/limmat-it/pension-lindenhof.yaml"


@pytest.fixture
def clone(workspace: Path) -> Clone:
    """Two customers, on main; what follows is on another branch."""
    shutil.copy(ROOT / LINDENHOF, workspace / LINDENHOF)
    found = Clone(workspace)
    found.commit()
    found.git("checkout", "--quiet", "-b", "side")
    return found


def edit(clone: Clone, name: str, old: str, new: str) -> None:
    text = (clone.path / name).read_text("utf-8")
    assert old in text
    clone.write({name: text.replace(old, new)})


def digest(path: Path) -> str:
    return str(json.loads(path.read_text("utf-8"))["digest"])


def customers(path: Path) -> list[str]:
    return [each["customer"] for each in json.loads(path.read_text("utf-8"))["customers"]]


def test_the_plan_is_of_what_was_changed_and_counts_the_others(run: Run, clone: Clone) -> None:
    edit(clone, VELO, "phones+apps", "phones")  # not committed: it is what a plan reads
    done = run(f"plan --at {DAY} --changed-since main --out plan.json")
    said = done.stdout.decode()
    assert said.startswith("Changed since main (")
    assert "Not shown: 1 other customer of whom there is something to say (1 customer" in said
    assert customers(clone.path / "plan.json") == ["velo-werk"]
    shown = run("show plan.json")  # its digests follow from what is in it
    assert (shown.returncode, shown.stdout) == (0, done.stdout)
    run(f"plan velo-werk --at {DAY} --out named.json")  # an approval of it is of this and no more
    assert digest(clone.path / "plan.json") == digest(clone.path / "named.json")


def test_a_renamed_and_a_deleted_manifest_are_both_of_the_change(run: Run, clone: Clone) -> None:
    clone.git("mv", VELO, VELO.replace("velo-werk", "velo-laden"))
    clone.write({LINDENHOF: None})
    run(f"plan --at {DAY} --changed-since main --out plan.json")
    since = json.loads((clone.path / "plan.json").read_text("utf-8"))["since"]
    assert since["customers"] == ["pension-lindenhof", "velo-laden", "velo-werk"]
    assert since["commit"] == clone.git("rev-parse", "main")


@pytest.mark.parametrize("name", ["provision.yaml", "removals.yaml"])
def test_the_operators_files_concern_everybody(name: str, run: Run, clone: Clone) -> None:
    clone.write({name: (clone.path / name).read_bytes() + b"# a word\n"})
    done = run(f"plan --at {DAY} --changed-since main --out plan.json --lang de")
    assert f"{name}. Das betrifft jeden Kunden" in done.stdout.decode().replace("\n  ", " ")
    assert customers(clone.path / "plan.json") == ["pension-lindenhof", "velo-werk"]


def test_what_others_did_meanwhile_is_not_of_the_change(run: Run, clone: Clone) -> None:
    edit(clone, VELO, "phones+apps", "phones")
    clone.commit()
    clone.git("checkout", "--quiet", "main")
    edit(clone, LINDENHOF, "phones+apps", "phones")
    clone.commit()
    clone.git("checkout", "--quiet", "side")
    run(f"plan --at {DAY} --changed-since main --out plan.json")
    assert customers(clone.path / "plan.json") == ["velo-werk"]


def test_a_number_that_a_change_claims_stops_the_other_one_in_sight(run: Run, clone: Clone) -> None:
    clone.write({VELO.replace("velo-werk", "velo-zwei"): (clone.path / VELO).read_bytes()})
    done = run(f"plan --at {DAY} --changed-since main --out plan.json")
    assert done.returncode == 3
    assert customers(clone.path / "plan.json") == ["velo-werk", "velo-zwei"]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("--changed-since nowhere", 64, b"[PV702]"),
        ("--changed-since --all", 64, b"[PV702]"),
        ("--changed-since alone", 3, b"[PV684]"),
        ("--changed-since main velo-werk", 64, b"and CUSTOMER do not go together"),
        ("--changed-since main --whole", 64, b"and --whole do not go together"),
        ("--changed-since main --shard 1/2 --out p.json", 64, b"--shard and --changed-since do"),
    ],
)
def test_what_cannot_be_compared_is_told(
    line: str, code: int, says: bytes, run: Run, clone: Clone
) -> None:
    clone.git("branch", "alone", clone.commit_of(clone.git("write-tree")))
    done = run(f"plan --at {DAY} {line}")
    assert (done.returncode, done.stdout) == (code, b"")
    assert says in done.stderr


def test_without_git_or_history_the_remedy_is_told(run: Run, workspace: Path) -> None:
    assert b"[PV701]" in run(f"plan --at {DAY} --changed-since main").stderr
    origin = Clone(workspace.with_name("origin"))
    origin.commit({"a": "1"})
    origin.commit({"a": "2"})
    Clone(workspace)
    git = Clone(workspace).git
    git("fetch", "--quiet", "--depth=1", f"file://{origin.path}", "main:other")
    assert b"[PV703]" in run(f"plan --at {DAY} --changed-since other~1").stderr


@pytest.mark.parametrize(
    ("job", "whole", "shown"),
    [
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}, "", ["velo-werk"]),
        ({"GITHUB_BASE_REF": "main"}, "", ["velo-werk"]),
        ({"GITHUB_BASE_REF": "main"}, "--whole", ["pension-lindenhof", "velo-werk"]),
        ({"GITHUB_BASE_REF": "gone"}, "", ["pension-lindenhof", "velo-werk"]),
    ],
)
def test_the_job_of_a_merge_request_shows_its_change(
    job: dict[str, str], whole: str, shown: list[str], run: Run, clone: Clone
) -> None:
    clone.git("update-ref", "refs/remotes/origin/main", "main")
    edit(clone, VELO, "phones+apps", "phones")
    done = run(f"plan --at {DAY} --out plan.json {whole}", **job)
    assert customers(clone.path / "plan.json") == shown
    told = b"Every customer is shown" in done.stderr
    assert (done.returncode, told) == (0, "gone" in job.values())
