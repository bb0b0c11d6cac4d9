import json
from types import ModuleType

import pytest

from provisioner.report.plan.json import PlanFileError, load_plan, plan_json


@pytest.mark.parametrize("name", ["new", "dangerous", "stopped", "nothing"])
def test_a_plan_comes_back_as_it_was(name: str, plans: ModuleType) -> None:
    plan = plans.PLANS[name]
    assert load_plan(plan_json(plan)) == plan


def test_the_json_is_stable_and_readable(plans: ModuleType) -> None:
    text = plan_json(plans.PLANS["new"])
    assert text == plan_json(load_plan(text))
    assert text.startswith(b'{\n  "format_version": 1,\n  "tool"')
    assert text.endswith(b"}\n")


def test_nothing_is_computed_again(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["digest"] = "0" * 64
    assert load_plan(json.dumps(document).encode()).digest == "0" * 64


def test_unknown_keys_are_ignored(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["new_in_a_later_version"] = [1]
    assert load_plan(json.dumps(document).encode()) == plans.PLANS["new"]


@pytest.mark.parametrize("version", [2, "1", None, True, 1.0, {}])
def test_another_format_is_refused(version: object, plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["format_version"] = version
    with pytest.raises(PlanFileError) as refused:
        load_plan(json.dumps(document).encode())
    assert refused.value.code == "PV430"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff", b"[]", b"null", b"{}", b'{"format_version": 1}', b"[" * 100_000],
    ids=["empty", "cut", "bytes", "list", "null", "no version", "no fields", "deep"],
)
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(PlanFileError) as refused:
        load_plan(text)
    assert refused.value.code == "PV431"


def test_a_step_of_an_unknown_kind_is_refused_with_its_place(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["customers"][0]["steps"][3]["kind"] = "satellite"
    with pytest.raises(PlanFileError) as refused:
        load_plan(json.dumps(document).encode())
    assert refused.value.params["where"] == "customers.0.steps.3.kind"
