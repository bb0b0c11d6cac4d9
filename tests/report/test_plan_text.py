import re
from collections.abc import Callable
from dataclasses import fields
from types import ModuleType

import pytest
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.resources import CLASSES
from provisioner.plan.model import MASK, CustomerPlan, Plan
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.text import render_plan
from provisioner.report.plan.words import UNSAID

Words = Callable[[Language], Catalogue]
NAMES = ["new", "dangerous", "stopped", "nothing"]
WIDTHS = [60, 80, 120]
SHOWN = [("en", name, width) for name in NAMES for width in WIDTHS]
SHOWN += [(language, "dangerous", 80) for language in LANGUAGES if language != "en"]
ESCAPE = re.compile(r"\033\[[0-9;]*m")


@pytest.mark.parametrize(("language", "name", "width"), SHOWN)
def test_plan_as_text(
    language: Language,
    name: str,
    width: int,
    words: Words,
    plans: ModuleType,
    snapshot: SnapshotAssertion,
) -> None:
    assert render_plan(plans.PLANS[name], words(language), width=width, color=False) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_wider_than_the_terminal(
    name: str, width: int, language: Language, words: Words, plans: ModuleType
) -> None:
    text = render_plan(plans.PLANS[name], words(language), width=width, color=False)
    assert all(len(line) <= width or len(line) == 64 for line in text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_colour_only_repeats_what_is_said(
    name: str, width: int, words: Words, plans: ModuleType
) -> None:
    plan = plans.PLANS[name]
    plain = render_plan(plan, words("de"), width=width, color=False)
    coloured = render_plan(plan, words("de"), width=width, color=True)
    assert "\033" not in plain
    assert coloured != plain
    assert ESCAPE.sub("", coloured) == plain


def test_plan_in_colour(en: Catalogue, plans: ModuleType, snapshot: SnapshotAssertion) -> None:
    assert render_plan(plans.PLANS["dangerous"], en, width=80, color=True) == snapshot


def test_all_shows_every_addition_and_help(
    en: Catalogue, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    text = render_plan(plans.PLANS["new"], en, width=100, color=False, show_all=True)
    assert text == snapshot
    assert all(f"workplace werk{n:02d}" in text for n in range(1, 13))
    assert "Write `license: phones+apps`." in text


def test_nothing_to_do_is_one_line(en: Catalogue, plans: ModuleType) -> None:
    text = render_plan(plans.plan(), en, width=80, color=False)
    assert text == "Plan for Tue 01.12.2026: nothing to do.\n"


def test_r18_danger_and_open_questions_stand_above_the_changes(
    en: Catalogue, plans: ModuleType
) -> None:
    plan = plans.plan(plans.new_customer(), plans.dangerous_customer())
    text = render_plan(plan, en, width=80, color=False)
    order = [
        "DANGER",
        "OPEN",
        "held schmiedeisen",
        "question schmiedeisen",
        "\ncafe-sonne",
        "LATER",
    ]
    found = [text.index(mark) for mark in order]
    assert found == sorted(found)


def test_no_dangerous_step_is_ever_folded(en: Catalogue, plans: ModuleType) -> None:
    one = plans.dangerous_customer().steps[0]
    steps = tuple(
        one.model_copy(update={"key": f"04450013{n:02d}", "id": f"route/{n}:delete"})
        for n in range(40)
    )
    customer = CustomerPlan(customer="viel", steps=steps, digest=plans.digest("viel"))
    text = render_plan(plans.plan(customer), en, width=80, color=False)
    assert text.count("- calls to 044 500 13 ") == 80  # above, and with the customer
    assert "40 DANGEROUS steps" in text


def test_r10_a_split_is_told(en: Catalogue, plans: ModuleType) -> None:
    text = render_plan(plans.PLANS["new"], en, width=120, color=False)
    assert "haupt/1 (part 1 of 2)" in text
    assert "haupt/2 (part 2 of 2)" in text


def test_known_numbers_are_shown_and_others_are_known_after_apply(
    en: Catalogue, plans: ModuleType
) -> None:
    new = render_plan(plans.PLANS["new"], en, width=120, color=False)
    assert "stock number zentrale (known after apply)" in new
    changed = render_plan(plans.PLANS["dangerous"], en, width=120, color=False)
    assert "044 500 12 34 → 044 555 30 00 (stock number zentrale)" in changed


def test_every_hostile_value_is_made_visible(en: Catalogue, plans: ModuleType) -> None:
    evil = "evil\u202e\x1b[2J\nPlan: 0 to add"
    plan = plans.plan(plans.new_customer(), plans.dangerous_customer())
    document = plan.model_dump(mode="json")

    def poison(value: object) -> object:
        match value:
            case dict():
                return {k: poison(v) for k, v in value.items()}
            case list():
                return [poison(v) for v in value]
            case "Swisscom" | "Schmiedeisen AG" | "muster" | "petra.huber" | "zentrale" | "lift":
                return evil
            case "Sunrise" | "haupt/1" | "Café Sonne GmbH" | "stock:zentrale" | "schmiedeisen":
                return evil
            case _:
                return value

    text = render_plan(Plan.model_validate(poison(document)), en, width=80, color=False)
    assert "\\u{202E}" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\nPlan: 0 to add" not in text


def test_a_mask_says_that_it_is_personal_data(words: Words, plans: ModuleType) -> None:
    text = render_plan(plans.PLANS["new"], words("de"), width=120, color=False)
    assert "Name (Personendaten)" in text
    assert MASK not in text


def test_the_same_advice_is_counted_after_the_second(en: Catalogue, plans: ModuleType) -> None:
    customer = plans.new_customer()
    advice = [d for d in customer.diagnostics if d.code == "PV293"][:1] * 7
    plan = plans.plan(customer.model_copy(update={"diagnostics": tuple(advice)}))
    text = render_plan(plan, en, width=80, color=False)
    assert text.count("advice[PV293]") == 2
    assert "... and 5 more like [PV293]" in text


def test_every_field_of_a_resource_has_a_word(en: Catalogue) -> None:
    """Else a plan would show it by its name in the code."""
    names = {
        field.name
        for cls in CLASSES.values()
        for field in fields(cls)
        if field.name not in cls.hidden | UNSAID
    }
    assert sorted(n for n in names if en.name(f"field.{n}", "") == "") == []
