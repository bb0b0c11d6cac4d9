"""Whole plans as people see them, made by the real planner: what lies ahead is the hard part."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from tinyhtml5.parser import HTMLParser
from written import render_html

from provisioner.plan.model import Plan
from provisioner.report.messages import Catalogue
from provisioner.report.plan.markdown import render_markdown
from provisioner.report.plan.text import render_plan
from provisioner.telephony.porting import Event
from tests.stateful import samples, scenarios
from tests.stateful.samples import PRICES
from tests.stateful.world import CONFIG, World

EN = Catalogue("en")
TEN = [samples.workplace(f"room{n:02d}.berg", extension=20 + n) for n in range(10)]


def an_end_ahead(world: World) -> None:
    small = samples.manifest("berg", numbers=[{"id": "main", "area": "052"}])
    small["workplaces"][0]["number"] = {"stock": "main"}
    world.write("berg", small)
    world.apply(world.plan())
    term = {**small["subscription"], "ends_on": "2027-03-31"}
    world.write("berg", {**small, "subscription": term})


def an_activation_ahead(world: World) -> None:
    term = {"billing_from": "2027-02-01", "activate_from": "2027-01-25"}
    support = {"login": "bergnetz.berg"}
    world.write(
        "berg", samples.manifest("berg", subscription=term, workplaces=TEN, support_login=support)
    )


def a_split_port_with_two_dates(world: World) -> None:
    numbers = [f"05255512{n:02d}" for n in range(12)]
    port = samples.porting("main", "2027-02-26", numbers=numbers)
    whole = samples.manifest("berg", porting=[port])
    world.write("berg", whole)
    world.apply(world.plan())
    one, two = scenarios.orders_of(world, "berg")
    scenarios.move(world, one, Event.ACCEPT)
    scenarios.move(world, two, Event.ACCEPT, on=date(2027, 3, 5))
    places = [samples.workplace("main.berg", number=numbers[0])]
    world.write("berg", {**whole, "workplaces": places})


def a_number_that_moves_to_another_reseller(world: World) -> None:
    both = {
        name: samples.manifest(name, numbers=[{"id": "main", "area": "052"}])
        for name in ("berg", "thal")
    }
    for name, manifest in both.items():
        manifest["workplaces"][0]["number"] = {"stock": "main"}
        world.write(name, manifest, "limmat" if name == "thal" else "bergnetz")
    world.apply(world.plan())
    berg, thal = both.values()
    world.write("berg", {**berg, "numbers": [], "workplaces": [samples.workplace("main.berg")]})
    taken = {"id": "berg", "held": "0525557000", "from": "berg"}
    places = [*thal["workplaces"], samples.workplace("two.thal", number={"stock": "berg"})]
    world.write(
        "thal", {**thal, "numbers": [*thal["numbers"], taken], "workplaces": places}, "limmat"
    )


STORIES = (
    an_end_ahead,
    an_activation_ahead,
    a_split_port_with_two_dates,
    a_number_that_moves_to_another_reseller,
)


@pytest.fixture(params=STORIES, ids=lambda story: story.__name__)
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plan]:
    story: Callable[[World], None] = request.param
    world = World(tmp_path, date(2027, 1, 11), {**CONFIG, "prices": PRICES})
    try:
        story(world)
        yield world.plan()
    finally:
        world.close()


def test_as_text(plan: Plan, snapshot: SnapshotAssertion) -> None:
    assert render_plan(plan, EN, width=80, color=False) == snapshot


def test_as_markdown(plan: Plan, snapshot: SnapshotAssertion) -> None:
    assert render_markdown(plan, EN) == snapshot


def test_as_a_page(plan: Plan, snapshot: SnapshotAssertion) -> None:
    page = HTMLParser(namespace_html_elements=False).parse(render_html(plan, EN))
    assert "\n".join(_lines(page.find("body"))) == snapshot


def _lines(found: Any) -> Iterator[str]:
    """What is read on the page, without the drawings."""
    for part in found.findall(".//*"):
        name = part.tag
        if name in {"h1", "h2", "h3", "h4", "p", "li", "tr"} and not part.findall(".//li"):
            yield " ".join("".join(part.itertext()).split())
