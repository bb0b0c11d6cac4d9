import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft7Validator
from written import plan_json

from provisioner.report.plan.json import PlanFileError, load_plan


@pytest.mark.parametrize("name", ["new", "dangerous", "stopped", "nothing"])
def test_a_plan_comes_back_as_it_was(name: str, plans: ModuleType) -> None:
    plan = plans.PLANS[name]
    assert load_plan(plan_json(plan)) == plan


def test_the_json_is_stable_and_readable(plans: ModuleType) -> None:
    text = plan_json(plans.PLANS["new"])
    assert text == plan_json(load_plan(text))
    assert text.startswith(b'{\n  "format_version": 2,\n  "tool"')
    assert text.endswith(b"}\n")


def test_nothing_is_computed_again(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["digest"] = "0" * 64
    assert load_plan(json.dumps(document).encode()).digest == "0" * 64


def test_unknown_keys_are_ignored(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["new_in_a_later_version"] = [1]
    assert load_plan(json.dumps(document).encode()) == plans.PLANS["new"]


@pytest.mark.parametrize("version", [3, "2", None, True, 2.0, {}])
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


SCHEMA = Path(__file__).parents[2] / "schemas" / "plan.schema.json"
GONE = object()
ALTERED: tuple[Callable[[Any], Any], ...] = (
    lambda _: GONE,
    lambda _: 7,
    lambda _: -1,
    lambda _: 1.5,
    lambda _: True,
    lambda _: "x",
    lambda _: None,
    lambda _: [],
    lambda _: {},
    lambda found: {**found, "of_a_later_version": 1} if isinstance(found, dict) else found,
)


def short(found: Any) -> Any:
    """Of each list the first items speak for the rest, which would be checked again each time."""
    if isinstance(found, dict):
        return {key: short(value) for key, value in found.items()}
    return [short(each) for each in found[:3]] if isinstance(found, list) else found


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands."""
    if path:
        yield path
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inner:
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def altered(document: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    made = copy.deepcopy(document)
    *above, last = path
    inner = made
    for part in above:
        inner = inner[part]
    value = change(inner[last])
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return made


def test_a_plan_file_is_read_if_and_only_if_the_published_schema_takes_it(
    plans: ModuleType,
) -> None:
    """The model says what the schema says, nine times as fast; so it is what reads."""
    schema = Draft7Validator(
        json.loads(SCHEMA.read_bytes()), format_checker=Draft7Validator.FORMAT_CHECKER
    )
    document = short(json.loads(plan_json(plans.everything())))
    load_plan(json.dumps(document).encode())
    wrong, count = [], 0
    for path in places(document):
        for at, change in enumerate(ALTERED):
            made = altered(document, path, change)
            count += 1
            try:
                load_plan(json.dumps(made).encode())
                read = True
            except PlanFileError:
                read = False
            if read != schema.is_valid(made):
                wrong.append((path, at, read))
    assert count > 1000
    assert wrong == []


def test_a_step_of_an_unknown_kind_is_refused_with_its_place(plans: ModuleType) -> None:
    document = json.loads(plan_json(plans.PLANS["new"]))
    document["customers"][0]["steps"][3]["kind"] = "satellite"
    with pytest.raises(PlanFileError) as refused:
        load_plan(json.dumps(document).encode())
    assert refused.value.params["where"] == "customers.0.steps.3.kind"


def test_a_key_that_stands_twice_is_refused(plans: ModuleType) -> None:
    """A person reads the one, a program the other."""
    text = plan_json(plans.PLANS["new"])
    twice = b'{"digest": "0", ' + text.lstrip()[1:]
    with pytest.raises(PlanFileError) as refused:
        load_plan(twice)
    assert refused.value.code == "PV431"
    assert load_plan(text) == plans.PLANS["new"]
