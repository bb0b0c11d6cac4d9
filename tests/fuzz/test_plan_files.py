"""Plan files that someone edited: refused with a code, or shown in both languages."""

import random
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from fuzz.judge import LANGUAGES, codes_of
from fuzz.seeds import seeded
from fuzz.shapes import PROFILE, ROOT, nearly
from hypothesis import given, settings
from hypothesis import seed as with_seed
from written import plan_json

from provisioner.manifest.repository import load_workspace
from provisioner.operations import Opened, open_systems, plan
from provisioner.plan.approval import Approval
from provisioner.report.messages import Catalogue
from provisioner.report.plan.diff import diff_plans
from provisioner.report.plan.json import load_plan
from provisioner.report.plan.text import render_plan

WORDS = [Catalogue(language) for language in LANGUAGES]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The example customers' first plan, on systems that hold nothing."""
    root = tmp_path_factory.mktemp("nothing-yet")
    workspace = load_workspace(ROOT)
    with open_systems(workspace.config, root) as (pbx, desk):
        opened = Opened(workspace, pbx, desk)
        return plan_json(plan(opened, today=date(2026, 11, 24)).plan)


def use(data: bytes) -> None:
    """All that is done with a plan file: shown, compared, taken for an approval."""
    plan = load_plan(data)
    for words in WORDS:
        text = render_plan(plan, words, width=60, color=False, show_all=True)
        text += "".join(diff_plans({}, c, words, width=60, color=False) for c in plan.customers[:1])
        assert "\x1b" not in text
        text.encode()
    plan_json(plan)
    Approval.of_plan(plan)


def smaller(good: bytes) -> Any:
    """A few steps of each customer, so that hundreds of variants are quick to make and to show."""
    plan = orjson.loads(good)
    for customer in plan["customers"]:
        customer["steps"] = customer["steps"][:: max(1, len(customer["steps"]) // 4)]
    return plan


def test_the_plan_itself_is_good(good: bytes) -> None:
    assert codes_of(lambda: use(good)) == frozenset()


@seeded
def test_nearly_valid_plans(seed: int, good: bytes) -> None:
    @with_seed(seed)
    @settings(PROFILE, max_examples=400)
    @given(nearly([smaller(good)]))
    def holds(data: Any) -> None:
        try:
            text = orjson.dumps(data)
        except orjson.JSONEncodeError:
            return  # a lone surrogate is not JSON
        codes_of(lambda: use(text))

    holds()


@seeded
def test_every_value_replaced(seed: int, good: bytes) -> None:
    chance, whole = random.Random(seed), smaller(good)  # noqa: S311 - repeatable on purpose
    others = [
        None,
        True,
        -1,
        1.5,
        2**63,
        "",
        "x",
        "2026-99-99",
        "{}",
        "\x1b[2J",
        "0" * 400,
        [],
        {},
        [[]],
    ]
    whole["customers"] = whole["customers"][-1:]
    for way in _leaves(whole):
        data = deepcopy(whole)
        around = data
        for step in way[:-1]:
            around = around[step]
        around[way[-1]] = chance.choice(others)
        codes_of(lambda data=data: use(orjson.dumps(data)))


def _leaves(data: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [leaf for key, value in items for leaf in [(*way, key), *_leaves(value, (*way, key))]]


@seeded
def test_cut_off_and_flipped(seed: int, good: bytes) -> None:
    chance = random.Random(seed)  # noqa: S311
    data = orjson.dumps(smaller(good))
    for size in range(0, len(data), 101):
        assert codes_of(lambda size=size: use(data[:size])) <= {"PV431"}
    for _ in range(300):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        codes_of(lambda flipped=bytes(flipped): use(flipped))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"1e999",
        b'{"format_version": 3}',
        b'{"format_version": true}',
        b'{"format_version": 1.0}',
        b'{"format_version": "\\ud800"}',
        b'{"format_version": 1}',
        b"\xff\xfe",
        b"[" * 300_000,
        b'{"format_version":' * 20_000,
        b'{"format_version": 1, "customers": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"format_version": ' + b"9" * 250_000 + b"}",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_plan(data: bytes) -> None:
    assert codes_of(lambda: use(data)) & {"PV430", "PV431"}


def test_a_file_of_this_repository_is_no_plan() -> None:
    path = Path(ROOT / "schemas/plan.schema.json")
    assert codes_of(lambda: use(path.read_bytes())) == {"PV431"}
