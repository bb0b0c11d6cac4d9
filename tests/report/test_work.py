"""The work list as a page, a calendar and on a terminal, whatever is written in it."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest
from icalendar import Calendar
from report.hostile import NASTY, assert_nothing_lives, page_of, shape, text_of
from report.worklist import TODAY, work

from provisioner.plan.matters import Who, of_orders
from provisioner.report.layout import cells
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.sanitise import visible
from provisioner.report.work.html import render_work_page
from provisioner.report.work.ics import render_work_calendar
from provisioner.report.work.text import render_work
from provisioner.report.work.words import command_of
from provisioner.report.work.words import text_of as sentence

Words = Callable[[Language], Catalogue]


def page(value: str, words: Catalogue) -> Element:
    return page_of("".join(render_work_page(work(value), words)))


def test_a_hostile_value_everywhere_changes_no_structure(en: Catalogue) -> None:
    decoration = frozenset({"code", "span"})
    usual = shape(page("harmless", en), of=decoration)
    for at in range(0, len(NASTY), 20):
        value = " ".join(NASTY[at : at + 20]) + "x"
        hostile = page(value, en)
        assert shape(hostile, of=decoration) == usual, value
        assert_nothing_lives("html", hostile)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_tells(words: Words, language: Language) -> None:
    (body,) = page("velo", words(language)).iter("body")
    text = text_of(body)
    assert "044" in text
    assert "Petra Huber" not in text
    assert "rechnung@" not in text
    assert "{" not in text
    assert "due." not in text


def test_a_calendar_takes_every_text(en: Catalogue) -> None:
    for at in range(0, len(NASTY), 20):
        value = "".join(NASTY[at : at + 20])
        now = datetime(2027, 2, 25, tzinfo=UTC)
        made = render_work_calendar(work(value).matters, en, today=TODAY, now=now)
        read = Calendar.from_ical(made)
        assert len(read.subcomponents) == 12
        assert {visible(value) in str(each["DESCRIPTION"]) for each in read.subcomponents} == {True}
        assert all(len(line) <= 75 for line in made.split(b"\r\n"))


def test_a_provider_that_nobody_knows_is_not_to_be_asked_by_that_name(words: Words) -> None:
    held = work("unknown")
    (desk,) = held.states.values()
    asked = [m for m in of_orders("r", desk, held.policy, TODAY) if m.who is Who.DONOR]
    assert asked
    for each in asked:
        matters = [replace(each, text=text) for text in ("answer", "unanswered", "cancel")]
        english = [sentence(matter, words("en")) for matter in matters]
        assert all(text.startswith("Find out who the current") for text in english)
        assert "Ask unknown" not in "".join(english)
        assert len({sentence(matters[0], words(language)) for language in LANGUAGES}) == 4


def test_a_reason_is_proposed_in_the_language_of_the_reader(words: Words) -> None:
    held = work("x")
    (desk,) = held.states.values()
    asked = [each for each in of_orders("r", desk, held.policy, TODAY) if each.why]
    commands = {
        language: [command_of(each, words(language)) for each in asked] for language in LANGUAGES
    }
    assert [shlex.split(each)[-1] for each in commands["en"]] == ["donor accepts", "calls tested"]
    assert [shlex.split(each)[-1] for each in commands["de"]] == [
        "Anbieter nimmt an",
        "Anrufe getestet",
    ]
    assert len(set(map(tuple, commands.values()))) == len(LANGUAGES)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_line_is_not_longer_than_the_terminal(en: Catalogue, width: int) -> None:
    """A command that is parted says the same to a shell."""
    command = f"provision porting accept {'x' * 40}/haupt/1 --why 'donor accepts'"
    matters = [replace(each, command=command) for each in work("x" * 40).matters]
    when = {"today": TODAY, "until": TODAY}
    text = render_work(matters, en, **when, width=width, color=False)
    assert max(map(cells, text.splitlines())) <= width
    typed = text.replace("\\\n", "")
    assert typed.count("provision") == len(matters)
    for line in typed.splitlines():
        if "provision" in line:
            assert shlex.split(line) == shlex.split(command)
    assert "\x1b" not in render_work(work("\x1b[2J").matters, en, **when, width=width, color=False)
