"""A value that a default gives is told as such, in every form and language."""

from collections.abc import Callable
from types import ModuleType

import pytest

from provisioner.contract.resources import Kind
from provisioner.plan.digest import customer_digest
from provisioner.plan.model import Action, Default, Edit, Effect, Plan, Status
from provisioner.report.messages import Catalogue, Language
from provisioner.report.plan.html import render_html
from provisioner.report.plan.json import plan_json
from provisioner.report.plan.markdown import render_markdown
from provisioner.report.plan.text import render_plan

Words = Callable[[Language], Catalogue]
LOGIN = "petra.huber"
GIVEN = (
    Default(path="canton", value="TI", of="provision.yaml"),
    Default(path="support_login.login", value="velo.help", of="limmat-it"),
    Default(path=f"workplaces.{LOGIN}.license", value="phones", of="limmat-it"),
)
MARKS: dict[Language, str] = {
    "en": "license: phones+apps → phones (default of limmat-it)",
    "de": "Lizenz: phones+apps → phones (Vorgabe von limmat-it)",
    "fr": "licence: phones+apps → phones (valeur par défaut de limmat-it)",
    "it": "licenza: phones+apps → phones (valore predefinito di limmat-it)",
}


@pytest.fixture
def made(plans: ModuleType) -> Plan:
    """A default has given another license; the manifest says nothing else than before."""
    whole: Plan = plans.PLANS["stopped"]
    changed = plans.step(
        Action.UPDATE,
        Kind.WORKPLACE,
        LOGIN,
        {"license": "phones+apps"},
        {"license": "phones"},
        effect=Effect.DISRUPTIVE,
        changed=("license",),
    )
    edit = Edit(path=f"workplaces.{LOGIN}.license", before="phones+apps", after="phones")
    customer = (
        plans.PLANS["stopped"]
        .customers[0]
        .model_copy(
            update={
                "customer": "velo",
                "status": Status.READY,
                "steps": (
                    changed,
                    plans.create(Kind.SUPPORT, "velo.help", credential="generated:1"),
                ),
                "edits": (edit,),
                "defaults": GIVEN,
                "held": (),
                "diagnostics": (),
            }
        )
    )
    return whole.model_copy(update={"customers": (customer,)})


@pytest.mark.parametrize("language", MARKS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_in_all_forms(language: Language, width: int, made: Plan, words: Words) -> None:
    said = words(language)
    text = render_plan(made, said, width=width, color=False)
    assert max(len(line) for line in text.splitlines() if " " in line) <= width
    joined = " ".join(text.split())
    page = "".join(render_html(made, said))
    for form in (joined, page, render_markdown(made, said)):
        assert MARKS[language].partition("→ ")[2] in form
        assert said.ui("given.cause").replace("provision.yaml", "")[:20] in form
    assert MARKS[language] in joined
    of = said.ui("given.of", of="provision.yaml")
    line = said.ui("given.line", what=f"{said.ui('field.canton')} TI {of}")
    assert line in joined
    assert line in page


def test_the_plan_file_tells_it_and_no_digest_has_it(made: Plan) -> None:
    customer = made.customers[0]
    without = customer.model_copy(update={"defaults": ()})
    assert customer_digest(customer, made.targets) == customer_digest(without, made.targets)
    assert b'"of": "limmat-it"' in b"".join(plan_json(made))


def test_what_is_written_is_not_marked(made: Plan, words: Words) -> None:
    written = made.customers[0].model_copy(update={"defaults": ()})
    text = render_plan(
        made.model_copy(update={"customers": (written,)}), words("en"), width=100, color=False
    )
    assert "default" not in text
    assert words("en").ui("cause.edited") in text
