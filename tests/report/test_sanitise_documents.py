"""Hostile values in every place of a plan, read back by the programs that people use."""

import re
from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree as ET

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.hostile import (
    NASTY,
    assert_nothing_lives,
    forge,
    page_of,
    poisoned,
    positions,
    shape,
    squeezed,
    text_of,
    values,
)
from written import render_html, render_junit

from provisioner.plan.model import Plan
from provisioner.report.layout import cells
from provisioner.report.messages import Catalogue
from provisioner.report.plan.markdown import MARKER, render_markdown
from provisioner.report.plan.text import render_plan
from provisioner.report.sanitise import markdown, summary, visible

HARMLESS = "harmless"
EXAMPLES = settings(max_examples=200, deadline=None)
SGR = re.compile(r"\x1b\[[0-9;]*m")

Render = Callable[[Plan, Catalogue], str]


def comment(plan: Plan, words: Catalogue) -> ET.Element:
    return forge(render_markdown(plan, words, limit=1_000_000))


def page(plan: Plan, words: Catalogue) -> ET.Element:
    return page_of(render_html(plan, words))


def report(plan: Plan, words: Catalogue) -> ET.Element:
    return ET.fromstring(render_junit(plan, words))  # noqa: S314 - our own document


DOCUMENTS = {"markdown": comment, "html": page, "junit": report}
VALUES = {
    "html": frozenset({"code", "span"}),
    "markdown": frozenset({"code"}),
    "junit": frozenset[str](),
}
"""Elements that only decorate a value: they may come and go with it."""


def structure(name: str, element: ET.Element) -> object:
    return shape(element, of=VALUES[name])


def shown(value: str) -> str:
    """The beginning of the value as it has to be seen: long ones may be cut."""
    return squeezed(visible(value)[:60])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_value_everywhere_changes_no_structure(
    name: str, en: Catalogue, plans: ModuleType
) -> None:
    plan, render = plans.everything(), DOCUMENTS[name]
    usual = structure(name, render(poisoned(plan, HARMLESS), en))
    several = 12 if name == "html" else 1  # a page takes long to make and to read
    for at in range(0, len(NASTY), several):
        value = " ".join(NASTY[at : at + several])
        hostile = render(poisoned(plan, f"{value}x"), en)
        assert structure(name, hostile) == usual, value
        assert_nothing_lives(name, hostile)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_value_anywhere_is_text_and_nothing_else(
    name: str, en: Catalogue, plans: ModuleType
) -> None:
    plan, render = plans.everything(), DOCUMENTS[name]
    places = list(positions(plan.model_dump(mode="json")))

    @settings(EXAMPLES, max_examples=8 if name == "html" else 60)
    @given(st.sampled_from(places), values)
    def holds(place: tuple[str | int, ...], value: str) -> None:
        # customers stand in the order of their ids, which is not what this is about
        lead = "zz" if place[-1] == "customer" else ""
        usual = render(poisoned(plan, lead + HARMLESS, place), en)
        hostile = render(poisoned(plan, lead + value, place), en)
        assert structure(name, hostile) == structure(name, usual)
        assert_nothing_lives(name, hostile)
        taken_apart = place[-1] in {"key", "credential", "product"} or "resolved" in place
        if HARMLESS in text_of(usual) and not taken_apart:
            seen, wanted = text_of(hostile), shown(value)
            if name == "html":  # a pair of backticks becomes code, whoever wrote it
                seen, wanted = seen.replace("`", ""), squeezed(wanted.replace("`", ""))
            assert wanted in squeezed(seen)

    holds()


@EXAMPLES
@given(values)
def test_markdown_shows_a_value_as_it_is_visible(value: str) -> None:
    for wrapped in (
        f"- {markdown(value)}",
        f"# {markdown(value)}",
        f"- **x**: {markdown(value)} y",
    ):
        element = forge(wrapped)
        assert shown(value) in text_of(element)
        assert {e.tag for e in element.iter()} <= {
            "html", "head", "body", "ul", "li", "h1", "strong", "code",
        }  # fmt: skip
    row = forge(f"| a | b |\n| -- | -- |\n| {markdown(value)} | z |\n")
    found = ["".join(cell.itertext()) for cell in row.iter("td")]
    assert [squeezed(text) for text in found] == [squeezed(visible(value)), "z"]


@EXAMPLES
@given(values)
def test_a_summary_shows_a_value_as_it_is_visible(value: str) -> None:
    text = f"{MARKER}\n<details><summary><b>{summary(value)}</b></summary>\n\nx\n\n</details>\n"
    element = forge(text)
    (found,) = element.iter("summary")
    assert squeezed("".join(found.itertext())) == squeezed(visible(value))
    assert {e.tag for e in found.iter()} <= {"summary", "b", "code"}
    assert len(list(element.iter("p"))) == 1


@pytest.mark.parametrize("value", ["/close", "/merge now", "/label ~x"])
def test_no_line_of_a_comment_begins_with_a_quick_action(
    value: str, en: Catalogue, plans: ModuleType
) -> None:
    text = render_markdown(poisoned(plans.everything(), value), en)
    assert not [line for line in text.splitlines() if line.lstrip(" >").startswith("/")]


def test_a_terminal_shows_the_text_and_obeys_only_our_colours(
    en: Catalogue, plans: ModuleType
) -> None:
    plan = plans.everything()
    places = list(positions(plan.model_dump(mode="json")))

    @settings(EXAMPLES, max_examples=40)
    @given(st.sampled_from(places), values)
    def holds(place: tuple[str | int, ...], value: str) -> None:
        hostile = poisoned(plan, value, place)
        plain = render_plan(hostile, en, width=120, color=False).splitlines()
        text = render_plan(hostile, en, width=120, color=True)
        rest = SGR.sub("", text)
        assert not [char for char in rest if ord(char) < 0x20 and char != "\n"]
        screen = pyte.Screen(400, len(plain) + 2)
        stream = pyte.Stream(screen)
        stream.feed(text.replace("\n", "\r\n"))
        assert (screen.cursor.x, screen.cursor.y) == (0, len(plain))
        seen = [line.rstrip() for line in screen.display[: len(plain)]]
        assert seen == [line.rstrip() for line in plain]
        assert screen.title == ""
        assert all(cells(line) < 400 for line in plain)

    holds()
