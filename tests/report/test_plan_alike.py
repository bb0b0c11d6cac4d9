"""Equal edits of many customers: told once, and never what is dangerous, goes or is a port."""

import json
from collections.abc import Callable
from datetime import date
from itertools import count
from types import ModuleType

import pytest
from jsonschema import Draft7Validator
from syrupy.assertion import SnapshotAssertion

from provisioner.cli.commands.schema import all_schemas
from provisioner.codes import Severity
from provisioner.codes.policy import ApprovalRunsOut
from provisioner.contract.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import (
    MASK,
    Action,
    Cost,
    CustomerPlan,
    Edit,
    Effect,
    Event,
    Held,
    Plan,
    Step,
)
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.alike import NAMED, put_together
from provisioner.report.plan.html import render_html
from provisioner.report.plan.markdown import render_markdown
from provisioner.report.plan.summary import summary_json
from provisioner.report.plan.text import render_plan

Words = Callable[[Language], Catalogue]
SHOWN = [("en", width) for width in (60, 80, 120)]
SHOWN += [(language, 80) for language in LANGUAGES if language != "en"]


def customer(plans: ModuleType, name: str, *more: Step, **other: object) -> CustomerPlan:
    """One that takes a smaller license at one workplace."""
    login = f"empfang.{name}"
    was, will = {"license": "phones+apps"}, {"license": "phones"}
    steps = [
        plans.step(
            Action.UPDATE,
            Kind.RELEASE,
            "release",
            {"manifest": "a" * 64},
            {"manifest": plans.digest(name)},
            effect=Effect.MUTATING,
            changed=("manifest",),
        ),
        plans.step(
            Action.UPDATE,
            Kind.WORKPLACE,
            login,
            was,
            will,
            effect=Effect.DISRUPTIVE,
            changed=("license",),
        ),
        *more,
    ]
    found = CustomerPlan(
        customer=name,
        reseller="muster",
        company=f"{name.title()} AG",
        steps=tuple(steps),
        edits=(Edit(path=f"workplaces.{login}.license", before="phones+apps", after="phones"),),
        cost=Cost(before=3090, after=2790),
        until=date(2026, 12, 15),
        until_why=Event.of(ApprovalRunsOut(days=14)),
    )
    return found.model_copy(update=other)


def plan(plans: ModuleType, *customers: CustomerPlan) -> Plan:
    return Plan(
        tool="1.0", at=plans.AT, targets=plans.TARGETS, customers=customers, digest="d" * 64
    )


@pytest.fixture
def many(plans: ModuleType) -> Plan:
    """Nine alike, one that also loses a workplace."""
    gone = plans.step(
        Action.DELETE, Kind.WORKPLACE, "lager", {"license": "phones"}, effect=Effect.DISRUPTIVE
    )
    nine = [customer(plans, f"firma-{n}") for n in range(1, 10)]
    return plan(plans, *nine, customer(plans, "zimmerei", gone))


@pytest.mark.parametrize(("language", "width"), SHOWN)
def test_as_text(
    language: Language, width: int, words: Words, many: Plan, snapshot: SnapshotAssertion
) -> None:
    assert render_plan(many, words(language), width=width, color=False) == snapshot


def test_as_a_comment_with_all_names(
    en: Catalogue, many: Plan, snapshot: SnapshotAssertion
) -> None:
    assert render_markdown(many, en, summary=True) == snapshot


def test_a_page_names_them_all_and_keeps_their_details(en: Catalogue, many: Plan) -> None:
    page = "".join(render_html(many, en))
    assert page.count(", ".join(f"firma-{n}" for n in range(1, 10))) == 2  # DANGER, and the entry
    assert page.count("empfang.firma-9") > 1


def test_a_summary_as_json_names_them_all(many: Plan) -> None:
    made = json.loads(summary_json(many))
    Draft7Validator(all_schemas()["summary.schema.json"]).validate(made)
    (group,) = made["groups"]
    assert group["customers"] == [f"firma-{n}" for n in range(1, 10)]
    assert group["edits"] == [
        {"path": "workplaces.license", "before": "phones+apps", "after": "phones"}
    ]
    assert (group["change"], group["dangerous"], group["monthly_after"]) == (18, 9, 9 * 2790)
    assert [(c["customer"], c["destroy"]) for c in made["customers"]] == [("zimmerei", 1)]


def test_all_shows_each_and_a_summary_leaves_the_details_out(en: Catalogue, many: Plan) -> None:
    every = render_plan(many, en, width=80, color=False, show_all=True)
    brief = render_plan(many, en, width=80, color=False, summary=True)
    assert "workplace empfang.firma-9" in every
    assert "SAME EDIT" not in every
    assert "workplace lager" in brief  # among the dangers
    dangers = brief.partition("THE SAME EDIT")[0]
    assert all(f"firma-{n}" in dangers for n in range(1, 10))
    assert "2 to change, 1 to destroy; CHF" not in brief


def held(plans: ModuleType) -> Held:
    return Held(step=customer(plans, "x").steps[1], code="PV441")


_NUMBERS = count()

ODD = {
    "deletes": lambda p: {"steps": (p.step(Action.DELETE, Kind.ADMIN, "admin", {"x": 1}),)},
    "dangerous": lambda p: {
        "steps": (p.step(Action.UPDATE, Kind.TENANT, "tenant", effect=Effect.IRREVERSIBLE),)
    },
    "silent": lambda p: {
        "steps": (
            p.step(
                Action.UPDATE,
                Kind.ROUTE,
                "0525551200",
                {"target": "empfang"},
                {"target": ""},
                effect=Effect.DISRUPTIVE,
                changed=("target",),
            ),
        )
    },
    "ports": lambda p: {"steps": (p.step(Action.SUBMIT, Kind.ORDER, "haupt/1"),)},
    "a port's number": lambda p: {"steps": (p.create(Kind.PROVISIONAL, "haupt/0525551200"),)},
    "new": lambda p: {"steps": (p.create(Kind.RELEASE, "release", manifest="a" * 64),)},
    "personal": lambda _: {"edits": (Edit(path="contact.phone", before=MASK, after=MASK),)},
    "a new workplace": lambda _: {
        "edits": (Edit(path=f"workplaces.neu.w{next(_NUMBERS)}", after="license: phones"),)
    },
    "held": lambda p: {"held": (held(p),)},
    "asked": lambda _: {"diagnostics": (Diagnostic("PV201", Severity.QUESTION),)},
    "warned": lambda _: {"diagnostics": (Diagnostic("PV201", Severity.WARNING),)},
    "a lift": lambda _: {"lifts": ("empfang",), "steps": ()},
    "done before": lambda _: {"done": 1},
}


@pytest.mark.parametrize("odd", ODD)
def test_what_needs_eyes_is_told_one_by_one(odd: str, plans: ModuleType) -> None:
    names = [f"firma-{n}" for n in range(1, 5)]
    others = [ODD[odd](plans) for _ in names]
    added = [other.pop("steps", ()) for other in others]
    each = zip(names, added, others, strict=True)
    made = [customer(plans, name, *steps, **other) for name, steps, other in each]
    if odd == "a lift":
        made = [c.model_copy(update={"lifts": (f"empfang.{c.customer}",)}) for c in made]
    assert put_together(plan(plans, *made)) == ([], plan(plans, *made))


def test_two_are_told_one_by_one_and_so_is_another_edit(plans: ModuleType, en: Catalogue) -> None:
    two = [customer(plans, "eins"), customer(plans, "zwei")]
    assert put_together(plan(plans, *two))[0] == []
    more = [customer(plans, f"firma-{n}") for n in range(NAMED + 1)]
    other = Edit(path="workplaces.empfang.license", before="phones", after="phones+apps")
    odd = customer(plans, "anders", edits=(other,))
    groups, rest = put_together(plan(plans, *more, odd))
    assert [c.customer for c in rest.customers] == ["anders"]
    assert groups[0].names(NAMED, en).endswith("firma-5")  # "and 1 more" would be no shorter
