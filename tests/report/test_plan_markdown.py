"""The comment on a merge request: read in a hurry, never too long, never silent about danger."""

import re
from collections.abc import Callable
from types import ModuleType

import pytest
from report.hostile import poisoned
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.resources import Kind
from provisioner.plan.model import Action, CustomerPlan, Effect, Plan, Status
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.markdown import LIMIT, MARKER, render_markdown

Words = Callable[[Language], Catalogue]
NAMES = ["new", "dangerous", "stopped", "nothing"]
SHOWN = [("en", name) for name in NAMES]
SHOWN += [(language, "dangerous") for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize(("language", "name"), SHOWN)
def test_plan_as_markdown(
    language: Language, name: str, words: Words, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    assert render_markdown(plans.PLANS[name], words(language)) == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_the_marker_by_which_ci_finds_its_comment_comes_first(
    name: str, en: Catalogue, plans: ModuleType
) -> None:
    plan = plans.PLANS[name]
    assert render_markdown(plan, en).startswith(f"{MARKER}\n### Plan for Tue 01.12.2026: ")
    assert render_markdown(plan, en) == render_markdown(Plan.model_validate(plan.model_dump()), en)


def test_r18_risks_then_questions_then_customers_then_details(
    en: Catalogue, plans: ModuleType
) -> None:
    text = render_markdown(plans.everything(), en)
    order = [
        "Plan for",
        "STOPPED BY A BRAKE",
        "Digest",
        "DANGER - ",
        "CANNOT BE UNDONE",
        "STOPPED - none",
        "OPEN",
        "CUSTOMERS",
        "DETAILS",
        "LATER",
        "3 customers unchanged",
    ]
    found = [text.index(mark) for mark in order]
    assert found == sorted(found)
    assert text.count("<details>") == text.count("</details>") == 4


def many(plans: ModuleType, count: int, effect: Effect, *, steps: int = 1, key: str = "") -> Plan:
    """Customers with dangerous steps, among harmless ones."""
    one = plans.dangerous_customer()
    action, kind = (
        (Action.DELETE, Kind.STOCK)
        if effect is Effect.IRREVERSIBLE
        else (Action.DELETE, Kind.ROUTE)
    )
    made = [
        one.model_copy(
            update={
                "customer": f"customer-{n:05d}",
                "steps": tuple(
                    plans.step(action, kind, f"{key}{n}-{s}", before={"area": "044"}, effect=effect)
                    for s in range(steps)
                ),
            }
        )
        for n in range(count)
    ]
    return plans.plan(plans.new_customer(), *made)


def irreversible(plan: Plan) -> list[tuple[str, str]]:
    return [
        (c.customer, s.key)
        for c in plan.customers
        for s in c.steps
        if s.effect is Effect.IRREVERSIBLE
    ]


@pytest.mark.parametrize("count", [100, 300, 700])
def test_no_irreversible_step_is_left_out(count: int, en: Catalogue, plans: ModuleType) -> None:
    plan = many(plans, count, Effect.IRREVERSIBLE, key="nr")
    text = render_markdown(plan, en)
    assert len(text) <= LIMIT
    danger = text[: text.index("#### CUSTOMERS")] if "#### CUSTOMERS" in text else text
    for customer, key in irreversible(plan):
        line = next(line for line in danger.splitlines() if customer in line)
        assert key in line
    assert "too many" not in text


def test_irreversible_steps_with_huge_values_are_all_named(
    en: Catalogue, plans: ModuleType
) -> None:
    plan = many(plans, 60, Effect.IRREVERSIBLE, key="*" * 3_000)
    text = render_markdown(plan, en)
    assert len(text) <= LIMIT
    assert "60 steps CANNOT BE UNDONE, in short:" in text
    assert all(customer in text for customer, _key in irreversible(plan))


def test_more_than_a_comment_holds_is_said_at_the_top_and_by_no_half_list(
    en: Catalogue, plans: ModuleType
) -> None:
    plan = many(plans, 3_000, Effect.IRREVERSIBLE)
    text = render_markdown(plan, en)
    assert len(text) <= LIMIT
    head = text[: text.index("#### CUSTOMERS")]
    assert "3000 steps CANNOT BE UNDONE: too many for a comment" in head
    assert "Do not release this plan on the basis of this comment" in head
    assert "stock number" not in head


def test_ten_thousand_harmless_customers_are_counted(en: Catalogue, plans: ModuleType) -> None:
    new = plans.new_customer()
    customers = [new.model_copy(update={"customer": f"c{n:05d}"}) for n in range(10_000)]
    plan = plans.plan(*customers, plans.dangerous_customer(), plans.moving_customer())
    text = render_markdown(plan, en)
    assert LIMIT // 2 < len(text) <= LIMIT
    assert "This comment is shortened" in text[:1_000]
    for what in ("stock number alt", "synchronise port order haupt/1", "workplace lift"):
        assert what in text
    assert re.search(r"^- \.\.\. and \d+ more that are open$", text, re.MULTILINE)


def test_the_gravest_customers_keep_their_rows_and_details(
    en: Catalogue, plans: ModuleType
) -> None:
    quiet = plans.new_customer().model_copy(update={"held": (), "diagnostics": (), "days": ()})
    customers = [quiet.model_copy(update={"customer": f"c{n:05d}"}) for n in range(2_000)]
    plan = plans.plan(*customers, plans.dangerous_customer(), plans.blocked_customer())
    text = render_markdown(plan, en)
    assert len(text) <= LIMIT
    assert "\n| cafe-sonne |" in text
    assert "\n| bad |" in text
    assert "<details><summary><b>cafe-sonne</b>" in text
    rows = len(re.findall(r"^\| (?:c\d{5}|cafe-sonne|bad) \|", text, re.MULTILINE))
    more = re.search(r"^\.\.\. and (\d+) more customers$", text, re.MULTILINE)
    left = re.search(r"details of (\d+) customers\.", text)
    assert rows + (int(more[1]) if more else 0) == 2_002
    assert left
    assert text.count("<details>") + int(left[1]) == 2_001


def test_huge_values_are_cut_with_dots(en: Catalogue, plans: ModuleType) -> None:
    for value in ("|" * 20_000, "`" * 20_000, "x" * 20_000, "\x1b" * 20_000, "@a " * 8_000):
        text = render_markdown(poisoned(plans.everything(), value), en)
        assert len(text) <= LIMIT
        assert text.count("CANNOT BE UNDONE") >= 1


@pytest.mark.parametrize("effect", [Effect.IRREVERSIBLE, Effect.DISRUPTIVE])
@pytest.mark.parametrize("count", [1, 40, 400, 1_500])
@pytest.mark.parametrize("limit", [5_000, 20_000, LIMIT])
def test_any_plan_fits_any_limit(
    limit: int, count: int, effect: Effect, en: Catalogue, plans: ModuleType
) -> None:
    text = render_markdown(many(plans, count, effect), en, limit=limit)
    assert len(text) <= limit
    assert text.count("<details>") == text.count("</details>")


def test_many_blocked_customers_are_counted(en: Catalogue, plans: ModuleType) -> None:
    bad = plans.blocked_customer()
    customers = [bad.model_copy(update={"customer": f"bad-{n}"}) for n in range(2_000)]
    text = render_markdown(plans.plan(*customers), en)
    assert len(text) <= LIMIT
    assert "2000 customers CANNOT be applied" in text
    assert re.search(r"^- \.\.\. and \d+ more errors$", text, re.MULTILINE)


def test_a_note_on_the_run_is_no_stop(en: Catalogue, plans: ModuleType) -> None:
    warning = plans.new_customer().diagnostics[1]
    text = render_markdown(plans.plan(plans.moving_customer(), diagnostics=(warning,)), en)
    assert "#### NOTES on the whole run" in text
    assert "STOPPED" not in text


def test_one_customer_needs_no_table(en: Catalogue, plans: ModuleType) -> None:
    assert "#### CUSTOMERS" not in render_markdown(plans.PLANS["new"], en)
    waiting = CustomerPlan(customer="zzz", status=Status.UNKNOWN)
    two = plans.plan(plans.new_customer(), waiting)
    assert "| zzz |  |  |  |  | UNKNOWN |" in render_markdown(two, en)
