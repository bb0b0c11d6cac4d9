"""`plan --shard` and `plan merge`: the parts of one plan make it whole, and nothing else does.

Each case of ``tests/cases`` with several customers is also joined from parts, by ``test_cases``.
"""

import json
from pathlib import Path

import pytest
from cli.conftest import DAY, workspace
from many.conftest import Run
from written import plan_json

from provisioner.plan.parts import Claim, Part, Shard
from provisioner.report.plan.json import load_part
from provisioner.telephony.identity import CustomerId

__all__ = ["workspace"]

ROOT = Path(__file__).parents[2]
BLOCKED, USAGE = 3, 64
OTHER = "velo-zwei"


@pytest.fixture
def parts(run: Run, workspace: Path) -> Path:
    """Two customers, one in each of the first two of three parts."""
    text = (workspace / "customers/limmat-it/velo-werk.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if "CHE-" not in line]
    other = "\n".join(lines).replace("login: ", "login: z.")
    (workspace / f"customers/limmat-it/{OTHER}.yaml").write_text(other, "utf-8")
    for number in (1, 2, 3):
        made = run(f"plan --at {DAY} --shard {number}/3 --out part-{number}.json")
        assert made.code == 0, made.err
    return workspace


ALL = "part-1.json part-2.json part-3.json"


def _alter(folder: Path, name: str, **changes: object) -> None:
    """A part that says something else, with a checksum that fits."""
    part = load_part((folder / name).read_bytes(), name)
    (folder / name).write_bytes(plan_json(part.model_copy(update=changes).sealed()))


def _refused(run: Run, code: str, names: str = ALL) -> None:
    found = run(f"plan merge {names}")
    assert (found.code in {1, BLOCKED, 64}, code in found.err) == (True, True), found.err
    assert "Traceback" not in found.err
    assert found.out == ""


def test_in_any_order_they_are_the_plan_that_one_machine_makes(run: Run, parts: Path) -> None:
    whole = run(f"plan --at {DAY} --out whole.json")
    joined = run("plan merge part-3.json part-1.json part-2.json --out joined.json")
    assert joined.out == whole.out
    assert (parts / "joined.json").read_bytes() == (parts / "whole.json").read_bytes()
    sizes = [
        len(json.loads((parts / f"part-{n}.json").read_bytes())["customers"]) for n in (1, 2, 3)
    ]
    assert sum(sizes) > max(sizes), "both in one part prove nothing"
    changed = run("plan merge --detailed-exitcode " + ALL)
    assert changed.code == run(f"plan --at {DAY} --detailed-exitcode").code


def test_what_makes_no_whole_is_refused(run: Run, parts: Path) -> None:
    _refused(run, "PV671", "part-1.json part-3.json")
    _refused(run, "PV672", f"{ALL} part-2.json")
    _refused(run, "PV670", "provision.yaml")
    (parts / "part-4.json").write_text('{"part_version": 1, "shard": 1, "shard": 2}')
    _refused(run, "PV670", "part-4.json")
    whole = (parts / "part-2.json").read_bytes()
    (parts / "part-2.json").write_bytes(whole[: len(whole) // 2])
    _refused(run, "PV670")
    edited = json.loads(whole)
    edited["unchanged"] += 1
    (parts / "part-2.json").write_text(json.dumps(edited))
    _refused(run, "PV675")
    for change in ({"commit": "f" * 40}, {"at": "2026-11-25"}, {"tool": "0.0"}, {"of": 4}):
        edited = {**json.loads(whole), **change, "checksum": ""}
        part = Part.model_validate_json(json.dumps(edited), strict=True).sealed()
        (parts / "part-2.json").write_bytes(plan_json(part))
        _refused(run, "PV673")
    (parts / "part-2.json").write_bytes(whole)
    (parts / "big.json").write_bytes(b" " * (32 * 1024 * 1024 + 1))
    _refused(run, "PV032", "big.json")
    assert run("plan merge").code == USAGE


def test_a_customer_in_two_parts_is_refused(run: Run, parts: Path) -> None:
    found = [load_part((parts / f"part-{n}.json").read_bytes(), "") for n in (1, 2, 3)]
    everyone = tuple(c for part in found for c in part.customers)
    _alter(parts, "part-3.json", customers=everyone)
    _refused(run, "PV676")


def test_what_two_parts_claim_that_saw_different_files_is_found(run: Run, parts: Path) -> None:
    """Each machine is content with what it sees; together they are not."""
    part = load_part((parts / "part-3.json").read_bytes(), "")
    claimed = [
        claim.model_copy(update={"customer": "third"})
        for n in (1, 2, 3)
        for claim in load_part((parts / f"part-{n}.json").read_bytes(), "").claims
        if claim.customer == "velo-werk"
    ]
    logins = [c for c in claimed if c.kind == "login"]
    assert logins
    _alter(parts, "part-3.json", claims=(*part.claims, *logins))
    _refused(run, "PV407")
    numbers = [logins[0].model_copy(update={"kind": "number", "what": "0445551234"})]
    wider = [numbers[0].model_copy(update={"customer": "fourth", "what": "04455512"})]
    _alter(parts, "part-3.json", claims=(*part.claims, *numbers, *wider))
    _refused(run, "PV406")
    again = [numbers[0].model_copy(update={"customer": "fifth"})]
    _alter(parts, "part-3.json", claims=(*part.claims, *numbers, *again))
    _refused(run, "PV405")


def test_a_phone_that_stays_in_one_part_is_not_taken_in_another(run: Run, parts: Path) -> None:
    part = load_part((parts / "part-3.json").read_bytes(), "")
    kept = Claim(customer="third", kind="kept", what="000413A1B2C3")
    taken = Claim(customer="fourth", kind="taken", what="000413A1B2C3")
    _alter(parts, "part-3.json", claims=(*part.claims, kept, taken))
    _refused(run, "PV809")
    _alter(parts, "part-3.json", claims=(*part.claims, taken))
    assert run(f"plan merge {ALL}").code == 0


def test_other_settings_and_empty_pools_are_refused(run: Run, parts: Path) -> None:
    settings = parts / "provision.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("login_scope: fleet", "login_scope: customer"), "utf-8")
    _refused(run, "PV677")
    settings.write_text(text, "utf-8")
    number = next(n for n in (1, 2, 3) if b'"asks": [\n' in (parts / f"part-{n}.json").read_bytes())
    part = load_part((parts / f"part-{number}.json").read_bytes(), "")
    need = next(n for n in part.needs if n.asks)
    many = need.model_copy(update={"asks": need.asks * 2_000})
    _alter(parts, f"part-{number}.json", needs=(many,))
    _refused(run, "PV674")


def test_the_share_comes_from_the_variables_of_a_job(run: Run, parts: Path) -> None:
    wanted = (parts / "part-2.json").read_bytes()
    for given in (
        {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"},
        {"PROVISION_SHARD": "2/3", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "3"},
        {"JOB_COMPLETION_INDEX": "1", "PROVISION_SHARDS": "3"},
    ):
        assert run(f"plan --at {DAY} --shard auto --out here.json", **given).code == 0
        assert (parts / "here.json").read_bytes() == wanted
    for line in (
        "--shard auto --out x",
        "--shard 4/3 --out x",
        "--shard 1/1",
        "--shard ²/3 --out x",
    ):
        assert run(f"plan --at {DAY} {line}").code == USAGE
    assert not (parts / "x").exists()
    # without being asked, nobody plans less than all
    plain = run(f"plan --at {DAY}", CI_NODE_INDEX="2", CI_NODE_TOTAL="3")
    assert plain.out == run(f"plan --at {DAY}").out


def test_a_renamed_customer_stays_in_the_part_of_its_former_id() -> None:
    for n in range(200):
        was, now = CustomerId(f"old-{n}"), CustomerId(f"new-{n}")
        (where,) = (k for k in range(1, 8) if Shard(k, 7).has(was, None))
        assert Shard(where, 7).has(now, was)
