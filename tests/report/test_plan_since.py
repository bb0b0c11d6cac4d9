"""A plan of what a change touches: what it is narrowed to, and what it leaves out."""

from collections.abc import Callable
from types import ModuleType

import pytest
from syrupy.assertion import SnapshotAssertion

from provisioner.plan.digest import is_genuine
from provisioner.plan.model import Plan, Since
from provisioner.plan.narrowed import narrowed
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.html import render_html
from provisioner.report.plan.json import load_plan, plan_json
from provisioner.report.plan.junit import render_junit
from provisioner.report.plan.markdown import render_markdown
from provisioner.report.plan.since import others_text, since_text
from provisioner.report.plan.text import render_plan

Words = Callable[[Language], Catalogue]
SHOWN = [("en", width) for width in (60, 80, 120)]
SHOWN += [(language, 80) for language in LANGUAGES if language != "en"]


@pytest.fixture
def stopped(plans: ModuleType) -> Plan:
    found: Plan = plans.PLANS["stopped"]
    return found


def since(*customers: str, everybody: tuple[str, ...] = ()) -> Since:
    return Since(
        revision="origin/main", commit="4c1d2e3f" * 5, customers=customers, everybody=everybody
    )


@pytest.mark.parametrize(("language", "width"), SHOWN)
def test_as_text(
    language: Language, width: int, words: Words, stopped: Plan, snapshot: SnapshotAssertion
) -> None:
    made = narrowed(stopped, since("bad", "gone"), {"customers/muster/bad.yaml"})
    assert render_plan(made, words(language), width=width, color=False) == snapshot


def test_every_form_says_what_is_not_in_it(en: Catalogue, stopped: Plan) -> None:
    made = narrowed(stopped, since("bad"), ())
    pieces = {
        "markdown": render_markdown(made, en),
        "html": "".join(render_html(made, en)),
        "junit": "".join(render_junit(made, en)),
    }
    for form, text in pieces.items():
        assert "Changed since origin/main" in text, form
        assert "Not shown: 2 other customers" in text, form
    assert load_plan(b"".join(plan_json(made))) == made


def test_what_is_left_is_a_plan_of_its_own(stopped: Plan) -> None:
    made = narrowed(stopped, since("bad"), ())
    assert [c.customer for c in made.customers] == ["bad"]
    assert made.checksum != stopped.checksum
    assert made.braked  # over all of them
    assert made.since
    assert made.since.others.customers == len(stopped.customers) - 1


def test_a_plan_that_is_everybodys_is_whole(words: Words, stopped: Plan) -> None:
    made = narrowed(stopped, since("bad", everybody=("provision.yaml",)), ())
    assert made.customers == stopped.customers
    assert made.digest == stopped.digest
    assert others_text(made, words("it")) == ""
    assert since_text(made, words("it")).endswith("perciò sono mostrati tutti.")


def test_a_plan_of_before_is_still_what_it_was(plans: ModuleType) -> None:
    """Files that were written by an earlier version hold no such field and stay genuine."""
    plan = plans.PLANS["nothing"]
    assert b'"since"' not in b"".join(plan_json(plan))
    assert is_genuine(narrowed(plan, since(), ()))
