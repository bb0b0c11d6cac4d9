"""Two plans beside each other: what appeared, went, changed, is held and is said."""

import json
from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest
from jsonschema import Draft7Validator
from syrupy.assertion import SnapshotAssertion

from provisioner.cli.commands.schema import all_schemas
from provisioner.contract.resources import Kind
from provisioner.errors import ProvisionError
from provisioner.plan.comparing import Difference, compared
from provisioner.plan.model import Action, CustomerPlan, Effect, Plan, Targets
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.against import (
    difference_json,
    difference_markdown,
    difference_text,
)

Words = Callable[[Language], Catalogue]
SHOWN = [("en", width) for width in (60, 80, 120)]
SHOWN += [(language, 80) for language in LANGUAGES if language != "en"]


@pytest.fixture
def old(plans: ModuleType) -> Plan:
    """A new customer, one that is stopped, and one that stays as it is."""
    found: Plan = plans.PLANS["new"]
    same = CustomerPlan(customer="alpha", reseller="muster", steps=(plans.desk("a.alpha"),))
    blocked = plans.blocked_customer()
    return found.model_copy(update={"customers": (same, blocked, *found.customers)})


@pytest.fixture
def new(plans: ModuleType, old: Plan) -> Plan:
    """The new one takes another license and loses a workplace; another comes, one goes."""
    same, _, first = old.customers
    steps = list(first.steps)
    at = next(n for n, s in enumerate(steps) if s.kind is Kind.WORKPLACE)
    steps[at] = plans.desk(steps[at].key, "phones", extension="21", caller_id="0525552011")
    del steps[at + 1]
    gone = plans.step(
        Action.DELETE,
        Kind.WORKPLACE,
        "lager.alt",
        {"license": "phones"},
        effect=Effect.DISRUPTIVE,
    )
    changed = first.model_copy(update={"steps": (*steps, gone)})
    come = plans.dangerous_customer()
    update = {"customers": (same, changed, come), "at": date(2026, 12, 2), "digest": "e" * 64}
    return old.model_copy(update=update)


@pytest.fixture
def found(old: Plan, new: Plan) -> Difference:
    return compared(old, new)


@pytest.mark.parametrize(("language", "width"), SHOWN)
def test_as_text(
    language: Language, width: int, words: Words, found: Difference, snapshot: SnapshotAssertion
) -> None:
    text = difference_text(found, words(language), width=width, color=False)
    assert text == snapshot
    assert all(len(line) <= width or len(line.split()[-1]) == 64 for line in text.splitlines())


def test_as_markdown(en: Catalogue, found: Difference, snapshot: SnapshotAssertion) -> None:
    assert difference_markdown(found, en) == snapshot


def test_as_json_of_the_published_schema(found: Difference) -> None:
    made = difference_json(found)
    Draft7Validator(all_schemas()["difference.schema.json"]).validate(json.loads(made))
    assert Difference.model_validate_json(made) == found


def test_a_plan_against_itself_is_the_same(old: Plan, en: Catalogue) -> None:
    same = compared(old, old)
    assert (same.customers, same.same) == ((), len(old.customers))
    said = difference_text(same, en, width=100, color=False)
    assert said == f"Against the plan for Tue 01.12.2026: the same.\n\nDigest: {old.digest}\n"


STRANGE = {
    "PV430": {"format_version": 1},
    "PV685": {"targets": Targets(pbx="local:state/other.sqlite", desk="sql:state/desk.sqlite")},
    "PV692": {"customers": (CustomerPlan(customer="alpha", reseller="aare"),)},
}


@pytest.mark.parametrize("code", STRANGE)
def test_a_plan_of_something_else_is_refused(code: str, old: Plan, new: Plan) -> None:
    with pytest.raises(ProvisionError) as refused:
        compared(old.model_copy(update=STRANGE[code]), new)
    assert refused.value.code == code
